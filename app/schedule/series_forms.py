"""What a person or a program says of a series: the simple form, or a rule as text."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime, time
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from app.accounts.models import Workspace
from app.core.errors import Invalid
from app.schedule.occurrences import Recurrence
from app.schedule.rule_words import made_of
from app.schedule.series_edits import place_of, posts_called
from app.schedule.slots import account_called

Scope = Literal["this", "following", "all"]


@contextmanager
def said_at(**places: str) -> Iterator[None]:
    """What is wrong is said at the fields that were asked for, where they are called otherwise."""
    try:
        yield
    except Invalid as wrong:
        wrong.fields = {places.get(name, name): sentence for name, sentence in wrong.fields.items()}
        raise


class Rhythm(BaseModel):
    """When it comes."""

    starts_on: date
    at: time
    zone: str = Field(min_length=1)
    kind: str = "daily"
    interval: int = Field(1, ge=1, le=1000)
    weekdays: list[int] = Field(default_factory=list)
    day: int = Field(1, ge=-1, le=31)
    nth: int = Field(1, ge=-1, le=5)
    weekday: int = Field(1, ge=1, le=7)
    ends: Literal["never", "on", "after"] = "never"
    until: date | None = None
    count: int | None = Field(None, ge=1, le=1000)
    rrule: str = ""

    @property
    def starts_at(self) -> datetime:
        return datetime.combine(self.starts_on, self.at.replace(tzinfo=None))

    @property
    def rule(self) -> str:
        """RRULE text. Raise Invalid at the field."""
        if self.kind == "advanced":
            return self.rrule
        if self.ends == "on" and not self.until:
            raise Invalid("Say until when.", until="Choose a day, or let it go on.")
        if self.ends == "after" and not self.count:
            raise Invalid("Say how often.", count="Give a number, or let it go on.")
        return made_of(
            self.kind, interval=self.interval, weekdays=tuple(self.weekdays), day=self.day or 1, nth=self.nth or 1,
            weekday=self.weekday, until=self.until if self.ends == "on" else None,
            count=self.count if self.ends == "after" else None,
        )  # fmt: skip

    @property
    def recurrence(self) -> Recurrence:
        """As it would come. Raise Invalid at the field."""
        return Recurrence.of(self.rule, self.starts_at, self.zone)

    def said(self) -> AbstractContextManager[None]:
        """What is wrong is said at the fields that this form shows."""
        simple = {"never": "kind", "on": "until", "after": "count"}[self.ends]
        return said_at(starts_at="starts_on", rrule="rrule" if self.kind == "advanced" else simple)


class SeriesForm(Rhythm):
    """All of a series, as its page asks for it."""

    name: str = Field("", max_length=120)
    where: str = Field(min_length=1)
    posts: list[UUID] = Field(default_factory=list)
    cool_down: int = Field(0, ge=0, le=3660)
    max_repeats: int | None = Field(None, ge=1, le=1000)
    late_policy: Literal["", "skip", "send", "ask"] = ""
    late_minutes: int | None = Field(None, ge=1, le=100_000)
    scope: Literal["following", "all"] = "all"
    occurrence: datetime | None = None

    def values(self, workspace: Workspace) -> dict[str, Any]:
        """What `Series.create` and the edits take. Raise Invalid at the field, Missing."""
        account, channel = place_of(workspace, self.where)
        return {
            "posts": posts_called(workspace, self.posts), "channel": channel, "account": account,
            "starts_at": self.starts_at, "rule": self.rule, "zone": self.zone, "name": self.name,
            "cool_down": self.cool_down, "max_repeats": self.max_repeats, "late_policy": self.late_policy or None,
            "late_minutes": self.late_minutes,
        }  # fmt: skip


class NewSeries(BaseModel):
    """A series as a program asks for it."""

    post_ids: list[UUID] = Field(min_length=1, max_length=200)
    channel: str = Field(description="Such as practice/feed_post.")
    account: str | None = Field(None, description="By name; needed where the platform has several.")
    starts_at: datetime = Field(description="A wall time without an offset, such as 2026-12-01T09:00.")
    rule: str = Field(description="RRULE of RFC 5545, such as FREQ=WEEKLY;BYDAY=MO,TH.")
    zone: str | None = None
    name: str = Field("", max_length=120)
    cool_down: int = 0
    max_repeats: int | None = None
    late_policy: Literal["skip", "send", "ask"] | None = None
    late_minutes: int | None = None

    def values(self, workspace: Workspace) -> dict[str, Any]:
        """What `Series.create` takes. Raise Invalid at the field, Missing."""
        from app.platforms.models import Channel

        channel = Channel.by_slug(workspace, self.channel)
        kept = self.model_dump(exclude={"post_ids", "channel", "account", "starts_at"})
        return kept | {
            "posts": posts_called(workspace, self.post_ids), "channel": channel,
            "account": account_called(workspace, channel.platform, self.account), "starts_at": wall(self.starts_at),
        }  # fmt: skip


EMPTIED = ("max_repeats", "late_policy", "late_minutes")  # nothing is something for these


class SeriesChange(BaseModel):
    """What is to be different; what is not named stays."""

    scope: Scope = "all"
    occurrence: datetime | None = Field(None, description="Which one: its wall time; for this and following.")
    at: datetime | None = Field(None, description="For this: the moment it goes to.")
    post_id: UUID | None = Field(None, description="For this: another post goes out.")
    name: str | None = Field(None, max_length=120)
    post_ids: list[UUID] | None = None
    starts_at: datetime | None = None
    rule: str | None = None
    zone: str | None = None
    cool_down: int | None = None
    max_repeats: int | None = None
    late_policy: Literal["skip", "send", "ask"] | None = None
    late_minutes: int | None = None

    def values(self, workspace: Workspace) -> dict[str, Any]:
        """What the edits take. Raise Invalid at the field, Missing."""
        given = self.model_dump(exclude_unset=True, exclude={"scope", "occurrence", "at", "post_id"})
        kept = {key: value for key, value in given.items() if value is not None or key in EMPTIED}
        if (ids := kept.pop("post_ids", None)) is not None:
            kept["posts"] = posts_called(workspace, ids)
        if self.starts_at:
            kept["starts_at"] = wall(self.starts_at)
        return kept

    @property
    def wall(self) -> datetime:
        """The one that is meant. Raise Invalid."""
        if self.occurrence is None:
            raise Invalid("Say which one is meant.", occurrence="Give its wall time, such as 2026-12-01T09:00.")
        return wall(self.occurrence)


class Which(BaseModel):
    """One time of a series."""

    occurrence: datetime


class Place(BaseModel):
    """A place in the queue for one post of a series: 0 is the first."""

    post: UUID
    to: int = Field(ge=0, le=1000)


class From(BaseModel):
    """The time of a series from which on it is to be changed, if not all of it is."""

    since: datetime | None = Field(None, alias="from")


def wall(moment: datetime) -> datetime:
    """A wall time. Raise Invalid for one that says an offset: a series follows the clock of its zone."""
    if moment.tzinfo:
        raise Invalid(
            "A series follows the wall clock of its zone.", occurrence="Give the time without an offset.",
            starts_at="Give the time without an offset.",
        )  # fmt: skip
    return moment.replace(second=0, microsecond=0)
