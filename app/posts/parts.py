"""The parts of a post beyond its text: further posts of a thread, comments under it, timed follow-ups."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Owned, session
from app.core.errors import Invalid
from app.platforms.findings import Part
from app.platforms.models import Channel, ChannelType, Platform

if TYPE_CHECKING:
    from app.posts.models import Post

KINDS = {"thread": "Next post of the thread", "comment": "Comment", "follow_up": "Follow-up"}
LONGEST = 10_000  # characters of one part
MOST = 50  # parts of one post
LONGEST_WAIT = 60 * 24 * 90  # minutes
UNITS = (("days", 1440), ("hours", 60), ("minutes", 1))


class PostPart(Owned):
    """One part. Its id stays for ever: what has gone out is remembered by it."""

    __tablename__ = "post_parts"
    __table_args__ = (
        CheckConstraint("kind IN ('thread', 'comment', 'follow_up')", name="kind"),
        CheckConstraint("(kind = 'follow_up') = (delay_minutes IS NOT NULL)", name="delay"),
        Index("ix_post_parts_post", "post_id", "position"),
        Index(
            "ix_post_parts_follow_ups", "workspace_id", "post_id",
            postgresql_where=text("kind = 'follow_up'"),
        ),
    )  # fmt: skip
    noun = "part"

    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(Text)
    delay_minutes: Mapped[int | None]  # a follow-up goes out so long after the post
    platform_id: Mapped[UUID | None] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"))
    channel_type_id: Mapped[UUID | None] = mapped_column(ForeignKey("channel_types.id", ondelete="CASCADE"))

    post: Mapped["Post"] = relationship(back_populates="parts")
    platform: Mapped[Platform | None] = relationship(lazy="joined")
    channel_type: Mapped[ChannelType | None] = relationship(lazy="joined")

    @property
    def said(self) -> Part:
        """What goes out."""
        return Part(str(self.id), self.kind, self.text)

    @property
    def only_for(self) -> str | None:
        """The slug of the one channel that it is for; None for every channel of the post."""
        return (
            f"{self.platform.name}/{self.channel_type.name}" if self.platform and self.channel_type else None
        )

    @property
    def delay(self) -> timedelta:
        return timedelta(minutes=self.delay_minutes or 0)

    @property
    def written(self) -> "Written":
        return Written(self.kind, self.text, self.delay_minutes, self.only_for, str(self.id))

    def is_for(self, channel: Channel) -> bool:
        """Whether it goes out there."""
        mine = (self.platform_id, self.channel_type_id)
        return mine in ((None, None), (channel.platform_id, channel.channel_type_id))

    def card(self) -> dict[str, Any]:
        return {
            "id": str(self.id), "kind": self.kind, "text": self.text, "delay_minutes": self.delay_minutes,
            "only_for": self.only_for,
        }  # fmt: skip


class Written(NamedTuple):
    """A part as somebody writes it. `only_for` is a channel's slug, `id` that of the part it was before."""

    kind: str
    text: str
    delay_minutes: int | None = None
    only_for: str | None = None
    id: str | None = None


def parts_of(first_comment: str | None, parts: Iterable[Written]) -> list[Written]:
    """Every part that is not empty; a first comment may be given by itself."""
    kept = [part for part in parts if part.text.strip()]
    if (first_comment or "").strip() and not any(part.kind == "comment" for part in kept):
        kept.append(Written("comment", first_comment or ""))
    return kept


def fill_parts(workspace: Any, post: "Post", parts: list[Written], known: Iterable[str]) -> None:
    """Give a post these parts, in this order. Those of an id that the post has, or had (`known`), keep it.

    Raise Invalid at the field `parts`, Missing for an unknown channel.
    """
    if len(parts) > MOST:
        raise Invalid(f"A post has at most {MOST} parts.", parts="Take some of them away.")
    here, had, kept = {str(part.id): part for part in post.parts}, set(known), []
    for position, told in enumerate(_with_ids(post, parts)):
        _check(told)
        part = here.pop(told.id or "", None) or PostPart(workspace_id=workspace.id)
        if told.id and part.id is None and told.id in had:
            part.id = UUID(told.id)
        channel = Channel.by_slug(workspace, told.only_for) if told.only_for else None
        part.position, part.kind, part.text = position, told.kind, told.text
        part.delay_minutes = told.delay_minutes if told.kind == "follow_up" else None
        part.platform = channel.platform if channel else None
        part.channel_type = channel.channel_type if channel else None
        part.platform_id = channel.platform_id if channel else None
        part.channel_type_id = channel.channel_type_id if channel else None
        kept.append(part)
    post.parts = kept


def _with_ids(post: "Post", parts: list[Written]) -> list[Written]:
    """Parts that came without an id are those that say the same, so that nothing goes out anew."""
    asked = {told.id for told in parts if told.id}
    free = [part for part in post.parts if str(part.id) not in asked]
    found = []
    for told in parts:
        same = next((one for one in free if not told.id and one.written._replace(id=None) == told), None)
        if same is not None:
            free.remove(same)
        found.append(told._replace(id=str(same.id)) if same else told)
    return found


def _check(told: Written) -> None:
    if told.kind not in KINDS:
        raise Invalid(f"“{told.kind}” is no kind of part.", parts="Choose thread, comment or follow_up.")
    if len(told.text) > LONGEST:
        raise Invalid("One of the parts is far too long.", parts=f"Use at most {LONGEST:,} characters.")
    wait = told.delay_minutes or 0
    if told.kind == "follow_up" and not 1 <= wait <= LONGEST_WAIT:
        raise Invalid(
            "A follow-up has no time.", parts="Say how long after the post it goes out: at most 90 days."
        )


def told_by(snapshot: Mapping[str, Any]) -> list[Written]:
    """The parts of a version; before there were parts, it had a first comment."""
    parts = [Written(**part) for part in snapshot.get("parts", ())]
    return parts_of(snapshot.get("first_comment"), parts)


def in_units(minutes: int | None) -> tuple[str, str]:
    """A wait as a number and its largest whole unit: 120 is 2 hours, 90 is 90 minutes."""
    if not minutes:
        return "", "hours"
    unit, size = next((unit, size) for unit, size in UNITS if minutes % size == 0)
    return str(minutes // size), unit


def in_words(minutes: int | None) -> str:
    """A wait as people say it: “2 hours”, “90 minutes”, “1 day”."""
    number, unit = in_units(minutes)
    return f"{number or 0} {unit.removesuffix('s') if number == '1' else unit}"


def known_ids(post: "Post", parts: Iterable[Written]) -> set[str]:
    """Ids among these that an earlier version of the post had, so that what went out stays known."""
    from app.posts.models import PostVersion

    here = {str(part.id) for part in post.parts}
    asked = {part.id for part in parts if part.id} - here
    if not asked or post.id is None:
        return set()
    snapshots = session.query(PostVersion.snapshot).filter(PostVersion.post_id == post.id)
    return asked & {part.id for (snapshot,) in snapshots for part in told_by(snapshot) if part.id}
