"""Platforms, their channels and rules as rows, and the accounts connected to them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Numeric, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Owned
from app.core.vault import Sealed


class Platform(Owned):
    """A network or carrier that posts go to. Adding one is a row, not code."""

    __tablename__ = "platforms"
    __table_args__ = (
        UniqueConstraint("workspace_id", "name"),
        CheckConstraint("status IN ('active', 'inactive', 'deprecated')", name="status"),
    )
    noun = "platform"

    name: Mapped[str] = mapped_column(String(50))
    display_name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[str] = mapped_column(String(20), default="active")
    priority: Mapped[int] = mapped_column(default=0)
    website_url: Mapped[str | None] = mapped_column(String(500))
    api_documentation_url: Mapped[str | None] = mapped_column(String(500))

    capabilities: Mapped[list["Capability"]] = relationship(
        order_by="Capability.capability_type, Capability.display_order, Capability.capability_name", back_populates="platform"
    )
    channels: Mapped[list["Channel"]] = relationship(back_populates="platform", order_by="Channel.priority")


class Capability(Owned):
    """What a whole platform can do, apart from the rules of its channels."""

    __tablename__ = "platform_capabilities"
    __table_args__ = (UniqueConstraint("platform_id", "capability_type", "capability_name"),)
    noun = "capability"

    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"))
    capability_type: Mapped[str] = mapped_column(String(50))
    capability_name: Mapped[str] = mapped_column(String(100))
    capability_value: Mapped[str] = mapped_column(Text)
    unit: Mapped[str | None] = mapped_column(String(60))
    min_value: Mapped[float | None] = mapped_column(Numeric(20, 4, asdecimal=False))
    max_value: Mapped[float | None] = mapped_column(Numeric(20, 4, asdecimal=False))
    description: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(Text, default="")
    display_order: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)

    platform: Mapped[Platform] = relationship(back_populates="capabilities")


class ChannelType(Owned):
    """A kind of post: feed post, story, reel, thread, newsletter and so on."""

    __tablename__ = "channel_types"
    __table_args__ = (UniqueConstraint("workspace_id", "name"),)
    noun = "channel type"

    name: Mapped[str] = mapped_column(String(50))
    display_name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(Text, default="")
    content_type: Mapped[str] = mapped_column(String(50), default="mixed")
    media_support: Mapped[list[str]] = mapped_column(ARRAY(String(20)), default=list)
    display_order: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)


class Channel(Owned):
    """A channel type on a platform: one cell of the support matrix, and where the rules hang."""

    __tablename__ = "channel_support"
    __table_args__ = (
        UniqueConstraint("platform_id", "channel_type_id"),
        CheckConstraint("status IN ('active', 'beta', 'deprecated')", name="status"),
    )
    noun = "channel"

    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"))
    channel_type_id: Mapped[UUID] = mapped_column(ForeignKey("channel_types.id", ondelete="CASCADE"))
    is_supported: Mapped[bool] = mapped_column(default=True)
    status: Mapped[str] = mapped_column(String(20), default="active")
    priority: Mapped[int] = mapped_column(default=0)
    notes: Mapped[str] = mapped_column(Text, default="")

    platform: Mapped[Platform] = relationship(back_populates="channels", lazy="joined")
    channel_type: Mapped[ChannelType] = relationship(lazy="joined")
    requirements: Mapped[list["Requirement"]] = relationship(
        order_by="Requirement.category, Requirement.display_order, Requirement.key", back_populates="channel", viewonly=True
    )

    @property
    def label(self) -> str:
        """What people call it, such as “Facebook feed post”."""
        return f"{self.platform.display_name} {self.channel_type.display_name.lower()}"

    @property
    def slug(self) -> str:
        """What programs call it, such as facebook/feed_post."""
        return f"{self.platform.name}/{self.channel_type.name}"


class Requirement(Owned):
    """One rule of one channel, edited in the browser and read by page, prompt, counter and checks."""

    __tablename__ = "channel_requirements"
    __table_args__ = (
        UniqueConstraint("platform_id", "channel_type_id", "requirement_category", "requirement_key"),
        ForeignKeyConstraint(
            ["platform_id", "channel_type_id"],
            ["channel_support.platform_id", "channel_support.channel_type_id"],
            ondelete="CASCADE", name="fk_channel_requirements_channel",
        ),
    )  # fmt: skip
    noun = "requirement"

    platform_id: Mapped[UUID]
    channel_type_id: Mapped[UUID]
    category: Mapped[str] = mapped_column("requirement_category", String(50))
    key: Mapped[str] = mapped_column("requirement_key", String(100))
    value: Mapped[str] = mapped_column("requirement_value", Text)
    unit: Mapped[str | None] = mapped_column(String(60))
    min_value: Mapped[float | None] = mapped_column(Numeric(20, 4, asdecimal=False))
    max_value: Mapped[float | None] = mapped_column(Numeric(20, 4, asdecimal=False))
    is_mandatory: Mapped[bool] = mapped_column(default=False)
    validation_rules: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    description: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(Text, default="")
    priority: Mapped[int] = mapped_column(default=0)
    display_order: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)
    changed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    changed_at: Mapped[datetime | None]

    channel: Mapped[Channel] = relationship(back_populates="requirements", viewonly=True)


class Account(Owned):
    """One connected destination: a page, a profile, a bot's channel, an address."""

    MOVES = {
        "connect": (("new", "connected", "reconnect", "paused"), "connected"),
        "lose": (("connected", "new"), "reconnect"),
        "pause": (("connected", "reconnect", "new"), "paused"),
        "resume": (("paused",), "connected"),
    }

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint("state IN ('new', 'connected', 'reconnect', 'paused')", name="state"),
        Index("ix_accounts_workspace", "workspace_id", "platform_id"),
    )
    noun = "account"

    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(20), default="new")
    remote_id: Mapped[str | None] = mapped_column(String(300))
    handle: Mapped[str | None] = mapped_column(String(300))
    url: Mapped[str | None] = mapped_column(String(500))
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    blocked_until: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    last_checked_at: Mapped[datetime | None]
    last_post_at: Mapped[datetime | None]

    platform: Mapped[Platform] = relationship(lazy="joined")
    credentials: Mapped[list["Credential"]] = relationship(back_populates="account", cascade="all, delete-orphan")


class Credential(Owned):
    """One value that opens an account, sealed unless it is plain by nature (a server's address)."""

    __tablename__ = "platform_credentials"
    __table_args__ = (UniqueConstraint("account_id", "credential_type", "credential_key"),)
    noun = "credential"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"))
    credential_type: Mapped[str] = mapped_column(String(50))
    credential_key: Mapped[str] = mapped_column(String(100))
    credential_value: Mapped[str] = mapped_column(Sealed)
    is_encrypted: Mapped[bool] = mapped_column(default=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    expires_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(back_populates="credentials")
