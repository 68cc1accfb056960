"""Channels and their rules as rows; platforms, kinds of post and accounts beside them."""

from typing import Any, Self
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import (
    Mapped,
    contains_eager,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
)

from app.accounts.models import Member
from app.core.database import Finder, Owned, session
from app.core.errors import Missing
from app.platforms import adding
from app.platforms.accounts import Account, Credential
from app.platforms.changing import Changeable
from app.platforms.checks import RULES
from app.platforms.counting import method_for, options_for
from app.platforms.need import Need
from app.platforms.platform import Capability, ChannelType, Platform

__all__ = ["Account", "Capability", "Channel", "ChannelType", "Credential", "Platform", "Requirement"]

UNDERSTOOD = {*RULES, "character_counting", "url_counted_as"}  # what checks and counters can judge


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
        """Every channel by platform and its place there; platform and kind of post come with it."""
        return (
            cls.of(workspace).join(cls.platform).join(cls.channel_type)
            .options(contains_eager(cls.platform), contains_eager(cls.channel_type))
            .order_by(Platform.priority, Platform.display_name, cls.priority, cls.id)
        )  # fmt: skip

    @classmethod
    def open_in(cls, workspace: Any) -> list[Self]:
        """The channels that a new post may be written for, with their rules loaded (three queries)."""
        rules = (
            selectinload(cls.requirements),
            contains_eager(cls.platform).selectinload(Platform.capabilities),
        )
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
        """A channel: a display_name or the `name` of a known type, status, notes. Raise Invalid."""
        return adding.add_channel(cls, ChannelType, platform, by, values)

    @classmethod
    def types_left(cls, platform: Platform) -> list[ChannelType]:
        """The kinds of post that a platform has no channel for yet."""
        there = select(cls.channel_type_id).where(cls.platform_id == platform.id)
        mine = ChannelType.workspace_id == platform.workspace_id, ChannelType.is_active
        left = select(ChannelType).where(*mine, ChannelType.id.not_in(there))
        return list(session.scalars(left.order_by(ChannelType.display_name)))

    def change(self, by: Member | None, **values: Any) -> None:
        """Give it another status, priority, notes, or switch its support (is_supported). Raise Invalid."""
        adding.change_channel(self, by, values)

    def needs(self) -> list[Need]:
        """What a post must and should keep here: the channel's active rules, then the platform's own.

        Of the platform's capabilities, those count that a check understands and the channel has no rule for.
        """
        own = [Need.of_requirement(row) for row in self.requirements if row.is_active]
        spoken = {need.key for need in own}
        of_all = [
            row for row in self.platform.capabilities if row.is_active and row.key in UNDERSTOOD - spoken
        ]
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
    def of_place(cls, workspace: Any, platform: str | None, channel: str | None) -> Finder[Self]:
        """The rules in force, of one platform and of one channel type when they are named. Raise Missing."""
        found = cls.whole(workspace).where(cls.is_active)
        if platform and channel:
            asked = Channel.by_slug(workspace, f"{platform}/{channel}")
            return found.where(
                cls.platform_id == asked.platform_id, cls.channel_type_id == asked.channel_type_id
            )
        if platform:
            return found.where(cls.platform_id == Platform.called(workspace, platform).id)
        kinds = select(ChannelType.id).where(
            ChannelType.workspace_id == workspace.id, ChannelType.name == channel
        )
        return found.where(cls.channel_type_id.in_(kinds)) if channel else found

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
