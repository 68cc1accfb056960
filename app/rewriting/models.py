"""Processes (how a source becomes a post for a channel), their settings, and every run of them."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Member
from app.articles.models import Section
from app.catalogue.models import Product
from app.core.database import Owned
from app.core.states import states_of
from app.platforms.models import ChannelType, Platform
from app.platforms.wording import label, shown
from app.rewriting.adjusting import STATUSES, YES_NO, Adjustable
from app.rewriting.running import Runnable


class ContentProcess(Adjustable, Owned):
    """How a source becomes a post for one channel: prompts and settings."""

    __tablename__ = "content_processes"
    __table_args__ = (
        UniqueConstraint("platform_id", "channel_type_id", "process_name"),
        CheckConstraint(f"development_status IN {STATUSES}", name="development_status"),
    )
    noun = "process"

    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"))
    channel_type_id: Mapped[UUID] = mapped_column(ForeignKey("channel_types.id", ondelete="CASCADE"))
    process_name: Mapped[str] = mapped_column(String(100))
    display_name: Mapped[str] = mapped_column(String(150))
    description: Mapped[str] = mapped_column(Text, default="")
    development_status: Mapped[str] = mapped_column(String(20), default="draft")
    priority: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)

    platform: Mapped[Platform] = relationship(lazy="joined")
    channel_type: Mapped[ChannelType] = relationship(lazy="joined")
    configurations: Mapped[list["ProcessConfiguration"]] = relationship(
        back_populates="process",
        order_by="ProcessConfiguration.display_order, ProcessConfiguration.config_key",
    )

    def new_setting(self, category: str, key: str, value: str) -> "ProcessConfiguration":
        """A setting that was not there, at the end of its category."""
        last = max((row.display_order for row in self.configurations), default=0)
        row = ProcessConfiguration(
            workspace_id=self.workspace_id, config_category=category, config_key=key, config_value=value,
            description="", display_order=last + 1, is_active=True,
        )  # fmt: skip
        self.configurations.append(row)
        return row

    def card(self) -> dict[str, Any]:
        settings: dict[str, dict[str, str]] = {}
        for row in self.configurations:
            if row.is_active:
                settings.setdefault(row.config_category, {})[row.config_key] = row.config_value
        return {
            "id": str(self.id), "name": self.process_name, "display_name": self.display_name,
            "description": self.description, "channel": f"{self.platform.name}/{self.channel_type.name}",
            "development_status": self.development_status, "is_active": self.is_active,
            "priority": self.priority,
            "settings": settings,
        }  # fmt: skip


class ProcessConfiguration(Owned):
    """One setting of a process: a prompt, a constraint, a tactic."""

    __tablename__ = "process_configurations"
    __table_args__ = (UniqueConstraint("process_id", "config_category", "config_key"),)
    noun = "setting"

    process_id: Mapped[UUID] = mapped_column(ForeignKey("content_processes.id", ondelete="CASCADE"))
    config_category: Mapped[str] = mapped_column(String(50))
    config_key: Mapped[str] = mapped_column(String(100))
    config_value: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, default="")
    display_order: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)
    changed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    changed_at: Mapped[datetime | None]

    process: Mapped[ContentProcess] = relationship(back_populates="configurations")
    changed_by: Mapped[Member | None] = relationship()

    @property
    def label(self) -> str:
        """What people call it, such as “Exact hashtags”."""
        return label(self.config_key)

    @property
    def shown(self) -> str:
        """The value as people write it."""
        unit = (
            "boolean"
            if self.config_key in YES_NO
            else "count"
            if self.config_category == "constraints"
            else ""
        )
        return shown(self.config_key, self.config_value, unit)


class Execution(Runnable, Owned):
    """One run of a process: what went in, what came out, what it cost, and how it was checked."""

    MOVES: dict[str, Any] = {
        "begin": (("pending",), "running"),
        "succeed": (("running",), "success"),
        "settle": (("running",), "partial"),
        "fail": (("pending", "running"), "failed"),
    }

    __tablename__ = "execution_history"
    __table_args__ = (
        CheckConstraint(f"execution_status IN {states_of(MOVES)}", name="execution_status"),
        Index("ix_execution_history_recent", "workspace_id", "created_at"),
        Index("ix_execution_history_process", "process_id", "created_at"),
    )
    noun = "rewrite"

    process_id: Mapped[UUID] = mapped_column(ForeignKey("content_processes.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column("execution_status", String(20), default="pending")
    input_data: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    output_data: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    text: Mapped[str | None] = mapped_column(Text)
    fit_to_schedule: Mapped[bool] = mapped_column(default=False)
    provider: Mapped[str | None] = mapped_column(String(60))
    model: Mapped[str | None] = mapped_column(String(120))
    tokens_in: Mapped[int | None]
    tokens_out: Mapped[int | None]
    cost: Mapped[Decimal | None] = mapped_column(Numeric(12, 6))
    execution_time: Mapped[Decimal | None] = mapped_column(Numeric(10, 3))
    error_message: Mapped[str | None] = mapped_column(Text)
    progress: Mapped[str] = mapped_column(String(200), default="")
    asked_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    article_section_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("article_sections.id", ondelete="SET NULL")
    )
    product_id: Mapped[UUID | None] = mapped_column(ForeignKey("products.id", ondelete="SET NULL"))
    started_at: Mapped[datetime | None]

    process: Mapped[ContentProcess] = relationship(lazy="joined")
    asked_by: Mapped[Member | None] = relationship()
    section: Mapped[Section | None] = relationship()
    product: Mapped[Product | None] = relationship()
