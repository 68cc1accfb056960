"""Platforms with what they can do as a whole, and the kinds of post that they share."""

from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from app.accounts.models import Member
from app.core.database import Owned
from app.core.errors import Missing
from app.platforms import adding
from app.platforms.changing import Changeable
from app.platforms.need import Need

if TYPE_CHECKING:
    from app.platforms.models import Channel


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
    channels: Mapped[list["Channel"]] = relationship(
        back_populates="platform", order_by="Channel.priority, Channel.id"
    )

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
        shown = (
            "name",
            "display_name",
            "description",
            "status",
            "priority",
            "website_url",
            "api_documentation_url",
        )
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
        """A new fact of a platform: category, key, value, unit, bounds, source, … Raise Invalid."""
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
