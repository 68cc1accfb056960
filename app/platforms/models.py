"""Platforms, their channels and the rules of both as rows."""

from typing import Any, Self
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Numeric, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, contains_eager, joinedload, mapped_column, relationship, selectinload, synonym

from app.accounts.models import Member
from app.core.database import Finder, Owned
from app.core.errors import Missing
from app.platforms import adding
from app.platforms.accounts import Account, Credential
from app.platforms.changing import Changeable
from app.platforms.checks import RULES
from app.platforms.counting import method_for, options_for
from app.platforms.need import Need

__all__ = ["Account", "Capability", "Channel", "ChannelType", "Credential", "Platform", "Requirement"]

UNDERSTOOD = {*RULES, "character_counting", "url_counted_as"}  # what checks and counters can judge


class Platform(Owned):
    """A network or carrier that posts go to. Adding one is a row, not code."""

    __tablename__ = "platforms"
    __table_args__ = (
        UniqueConstraint("workspace_id", "name"),
        CheckConstraint("status IN ('active', 'inactive', 'deprecated')", name="status"),
    )
    noun = "platform"
    STATUSES = ("active", "inactive", "deprecated")

    name: Mapped[str] = mapped_column(String(50))
    display_name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[str] = mapped_column(String(20), default="active")
    priority: Mapped[int] = mapped_column(default=0)
    website_url: Mapped[str | None] = mapped_column(String(500))
    api_documentation_url: Mapped[str | None] = mapped_column(String(500))

    capabilities: Mapped[list["Capability"]] = relationship(
        order_by="Capability.capability_type, Capability.capability_name", back_populates="platform"
    )
    channels: Mapped[list["Channel"]] = relationship(back_populates="platform", order_by="Channel.priority, Channel.id")

    @classmethod
    def called(cls, workspace: Any, name: str) -> Self:
        """The platform of that short name. Raise Missing."""
        found = cls.of(workspace).where(cls.name == name).first()
        if found is None:
            raise Missing(f"There is no platform called “{name}” here.")
        return found

    @classmethod
    def in_order(cls, workspace: Any) -> list[Self]:
        """All platforms, the most important first."""
        return cls.of(workspace).order_by(cls.priority, cls.display_name).all()

    @classmethod
    def add(cls, workspace: Any, by: Member | None, **values: Any) -> Self:
        """A new platform: display_name, name (made from it when empty), status, priority, … Raise Invalid."""
        return adding.add_platform(cls, workspace, by, values)

    def change(self, by: Member | None, **values: Any) -> None:
        """Give it another display_name, description, status, priority or address. Raise Invalid."""
        adding.change_platform(self, by, values)

    def card(self) -> dict[str, Any]:
        shown = "name", "display_name", "description", "status", "priority", "website_url", "api_documentation_url"
        return {"id": str(self.id), **{name: getattr(self, name) for name in shown}}


class Capability(Changeable, Owned):
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

    category = synonym("capability_type")
    key = synonym("capability_name")
    value = synonym("capability_value")
    platform: Mapped[Platform] = relationship(back_populates="capabilities")

    @classmethod
    def add(cls, platform: Platform, by: Member | None, **values: Any) -> Self:
        """A new fact of a platform: category, key, value, unit, bounds, description, source. Raise Invalid."""
        return adding.add_rule(cls, {"platform_id": platform.id}, platform, by, values)

    @property
    def need(self) -> Need:
        return Need.of_capability(self)


class ChannelType(Owned):
    """A kind of post: feed post, story, reel, thread, newsletter and so on."""

    __tablename__ = "channel_types"
    __table_args__ = (UniqueConstraint("workspace_id", "name"),)
    noun = "channel type"
    CONTENTS = ("mixed", "text", "image", "video")
    MEDIA = ("text", "image", "video")

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
    STATUSES = ("active", "beta", "deprecated")

    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"))
    channel_type_id: Mapped[UUID] = mapped_column(ForeignKey("channel_types.id", ondelete="CASCADE"))
    is_supported: Mapped[bool] = mapped_column(default=True)
    status: Mapped[str] = mapped_column(String(20), default="active")
    priority: Mapped[int] = mapped_column(default=0)
    notes: Mapped[str] = mapped_column(Text, default="")

    platform: Mapped[Platform] = relationship(back_populates="channels", lazy="joined")
    channel_type: Mapped[ChannelType] = relationship(lazy="joined")
    requirements: Mapped[list["Requirement"]] = relationship(
        order_by="Requirement.category, Requirement.key", back_populates="channel", viewonly=True
    )

    @classmethod
    def in_order(cls, workspace: Any) -> Finder[Self]:
        """Every channel by platform, then by its place there, without a further query for what it hangs on."""
        return (
            cls.of(workspace).join(cls.platform).join(cls.channel_type)
            .options(contains_eager(cls.platform), contains_eager(cls.channel_type))
            .order_by(Platform.priority, Platform.display_name, cls.priority, cls.id)
        )  # fmt: skip

    @classmethod
    def open_in(cls, workspace: Any) -> list[Self]:
        """The channels that a new post may be written for, with their rules loaded (three queries)."""
        rules = selectinload(cls.requirements), contains_eager(cls.platform).selectinload(Platform.capabilities)
        allowed = cls.is_supported, cls.status != "deprecated", Platform.status == "active"
        return cls.in_order(workspace).where(*allowed).options(*rules).all()

    @classmethod
    def by_slug(cls, workspace: Any, slug: str) -> Self:
        """The channel that programs call `platform/channel_type`. Raise Missing."""
        platform, _, kind = slug.partition("/")
        found = cls.in_order(workspace).where(Platform.name == platform, ChannelType.name == kind).first()
        if found is None:
            raise Missing(f"There is no channel called “{slug}” here.")
        return found

    @classmethod
    def add(cls, platform: Platform, by: Member | None, **values: Any) -> Self:
        """A channel of a platform: display_name, or the `name` of a known channel type; status, notes. Raise Invalid."""
        return adding.add_channel(cls, ChannelType, platform, by, values)

    def change(self, by: Member | None, **values: Any) -> None:
        """Give it another status, priority, notes, or switch its support (is_supported). Raise Invalid."""
        adding.change_channel(self, by, values)

    def needs(self) -> list[Need]:
        """What a post must and should keep here: the channel's active rules, then the platform's own.

        Of the platform's capabilities, those count that a check understands and the channel has no rule for.
        """
        own = [Need.of_requirement(row) for row in self.requirements if row.is_active]
        spoken = {need.key for need in own}
        of_all = [row for row in self.platform.capabilities if row.is_active and row.key in UNDERSTOOD - spoken]
        return own + [Need.of_capability(row) for row in of_all]

    def counting(self) -> tuple[str, dict[str, int]]:
        """How characters are counted here: `count(text, method, **options)` of `counting`."""
        needs = self.needs()
        return method_for(needs), options_for(needs)

    @property
    def is_open(self) -> bool:
        """Whether a new post may be written for it."""
        return self.is_supported and self.status != "deprecated" and self.platform.status == "active"

    @property
    def label(self) -> str:
        """What people call it, such as “Facebook feed post”."""
        return f"{self.platform.display_name} {self.channel_type.display_name.lower()}"

    @property
    def slug(self) -> str:
        """What programs call it, such as facebook/feed_post."""
        return f"{self.platform.name}/{self.channel_type.name}"

    def card(self) -> dict[str, Any]:
        kind = self.channel_type
        return {
            "id": str(self.id), "slug": self.slug, "label": self.label, "platform": self.platform.name,
            "channel": kind.name, "content_type": kind.content_type, "media_support": kind.media_support,
            "status": self.status, "is_supported": self.is_supported, "notes": self.notes,
        }  # fmt: skip


class Requirement(Changeable, Owned):
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
    CHANGES = (*Changeable.CHANGES, "is_mandatory")

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

    channel: Mapped[Channel] = relationship(back_populates="requirements", viewonly=True)

    @classmethod
    def whole(cls, workspace: Any) -> Finder[Self]:
        """Rules with the channel they belong to and who changed them."""
        return cls.of(workspace).options(joinedload(cls.channel), joinedload(cls.changed_by))

    @classmethod
    def add(cls, channel: Channel, by: Member | None, **values: Any) -> Self:
        """A new rule of a channel: category, key, value, unit, bounds, is_mandatory, … Raise Invalid."""
        place = {"platform_id": channel.platform_id, "channel_type_id": channel.channel_type_id}
        return adding.add_rule(cls, place, channel, by, values)

    @property
    def need(self) -> Need:
        return Need.of_requirement(self)

    @property
    def title(self) -> str:
        """What the audit calls it, such as “max hashtags of Facebook feed post”."""
        return f"{self.key.replace('_', ' ')} of {self.channel.label}"

    def card(self) -> dict[str, Any]:
        shown = (
            "category", "key", "value", "unit", "min_value", "max_value", "is_mandatory", "validation_rules",
            "description", "source", "display_order", "is_active",
        )  # fmt: skip
        changed = {
            "changed_by": self.changed_by.name if self.changed_by else None,
            "changed_at": self.changed_at.isoformat() if self.changed_at else None,
        }
        place = {"platform": self.channel.platform.name, "channel": self.channel.channel_type.name}
        return {"id": str(self.id), **place, **{name: getattr(self, name) for name in shown}, **changed}
