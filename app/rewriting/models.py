"""Processes (how a source becomes a post for a channel), their settings, and every run of them."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Owned
from app.core.states import states_of
from app.platforms.models import ChannelType, Platform

STATUSES = ("draft", "developed", "testing", "production")


class ContentProcess(Owned):
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
        order_by="ProcessConfiguration.config_category, ProcessConfiguration.display_order, ProcessConfiguration.config_key",
    )


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

    process: Mapped[ContentProcess] = relationship(back_populates="configurations")


class Execution(Owned):
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
    article_section_id: Mapped[UUID | None] = mapped_column(ForeignKey("article_sections.id", ondelete="SET NULL"))
    product_id: Mapped[UUID | None] = mapped_column(ForeignKey("products.id", ondelete="SET NULL"))
    started_at: Mapped[datetime | None]

    process: Mapped[ContentProcess] = relationship(lazy="joined")
