"""Posting schedules: times of day on some weekdays that offer slots for an account's channel."""

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Any, NamedTuple, Self
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, Text, Time, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Member, record
from app.core.database import Owned, session
from app.core.errors import Invalid, Missing
from app.core.queries import queries
from app.core.time import at_wall, now, zone
from app.platforms.models import Account, Channel, ChannelType
from app.schedule import rhythm

sql = queries(__file__)
DAYS = 30  # how far ahead a free slot is looked for
AT_ONCE = 200  # moments of which is asked together whether a post stands there
SHOWN = 14  # days that are looked through for a conflict
KINDS = {"product": "products", "article": "articles", "text": "your own texts"}


class Slot(NamedTuple):
    """A moment of a schedule, and the post that fills it if one does."""

    at: datetime
    post: Any = None  # id, state, title, kind


class PostingSchedule(Owned):
    """Times of day on some weekdays, in a zone, that fill themselves with posts for an account's channel."""

    __tablename__ = "posting_schedules"
    __table_args__ = (
        CheckConstraint("cardinality(times) > 0", name="times"),
        CheckConstraint("cardinality(weekdays) > 0", name="weekdays"),
        Index("ix_posting_schedules_account", "workspace_id", "account_id"),
    )
    noun = "posting schedule"

    name: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text, default="")
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    channel_type_id: Mapped[UUID] = mapped_column(ForeignKey("channel_types.id", ondelete="CASCADE"))
    content_type: Mapped[str] = mapped_column(String(20), default="product")
    times: Mapped[list[time]] = mapped_column(ARRAY(Time))
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    zone: Mapped[str] = mapped_column(String(64))
    is_active: Mapped[bool] = mapped_column(default=True)

    account: Mapped[Account] = relationship()
    channel_type: Mapped[ChannelType] = relationship()

    @classmethod
    def create(
        cls, workspace: Any, by: Member, *, name: str, channel: Channel, account: Account,
        times: Iterable[time], weekdays: Iterable[int], zone_name: str | None = None,
        content_type: str = "product", description: str = "",
    ) -> Self:  # fmt: skip
        """A new rule. Raise Invalid at the field that is wrong (no time, no day …), NotAllowed."""
        by.must("schedule")
        made = cls(workspace_id=workspace.id)
        made._fill(
            name, channel, account, times, weekdays, zone_name or workspace.zone, content_type, description
        )
        session.add(made)
        session.flush()
        record(by, "made a posting schedule", made, says=made.sentence())
        return made

    def change(
        self, by: Member, *, name: str, channel: Channel, account: Account, times: Iterable[time],
        weekdays: Iterable[int], zone_name: str, content_type: str, description: str = "",
    ) -> None:  # fmt: skip
        """Give it another rhythm or another account. Posts that are planned stay where they are."""
        by.must("schedule")
        before = self.sentence()
        self._fill(name, channel, account, times, weekdays, zone_name, content_type, description)
        session.flush()
        record(by, "changed a posting schedule", self, before=before, says=self.sentence())

    def _fill(
        self, name: str, channel: Channel, account: Account, times: Iterable[time], weekdays: Iterable[int],
        zone_name: str, content_type: str, description: str,
    ) -> None:  # fmt: skip
        if not name.strip():
            raise Invalid("The schedule needs a name.", name="Fill this in.")
        if account.platform_id != channel.platform_id:
            raise Invalid(
                f"{account.name} is no account of {channel.platform.display_name}.",
                where="Choose a channel of the account's own platform.",
            )
        if content_type not in KINDS:
            raise Invalid(
                "This kind of content cannot fill a schedule.", content_type="Choose one of the list."
            )
        zone(zone_name)
        self.times = rhythm.times_of(f"{wall:%H:%M}" for wall in times)
        self.weekdays, self.zone = rhythm.days_of(weekdays), zone_name
        self.name, self.description, self.content_type = name.strip()[:120], description.strip(), content_type
        self.account_id, self.account = account.id, account
        self.channel_type_id, self.channel_type = channel.channel_type_id, channel.channel_type

    def pause(self, by: Member) -> None:
        """Offer no slots until it is resumed. What is planned stays."""
        by.must("schedule")
        self.is_active = False
        record(by, "paused a posting schedule", self)

    def resume(self, by: Member) -> None:
        """Offer slots again."""
        by.must("schedule")
        self.is_active = True
        record(by, "resumed a posting schedule", self)

    def remove(self, by: Member) -> None:
        """Take the rule away. What it has planned stays on the calendar."""
        by.must("schedule")
        record(by, "removed a posting schedule", self, name=self.name)
        session.delete(self)
        session.flush()

    def sentence(self) -> str:
        """The rule as people say it: “Every weekday at 09:00 and 17:30, Europe/London”."""
        return rhythm.sentence(self.times, self.weekdays, self.zone)

    @property
    def channel(self) -> Channel:
        """Where its posts go, and where their rules hang. Raise Missing."""
        found = session.scalar(
            select(Channel).where(
                Channel.platform_id == self.account.platform_id,
                Channel.channel_type_id == self.channel_type_id,
            )
        )
        if found is None:
            raise Missing(f"{self.account.platform.display_name} no longer has this channel.")
        return found

    def next_slots(self, after: datetime | None = None, number: int = 10, days: int = DAYS) -> list[datetime]:
        """Its next moments after `after` (now, at the earliest), free or not, within so many days."""
        return list(islice(self._moments(after, days), number))

    def next_free_slot(self, after: datetime | None = None, days: int = DAYS) -> datetime | None:
        """The first moment that no post has: gaps first, never in the past; None within `days` days."""
        return next(self.free_slots(after, days), None)

    def free_slots(self, after: datetime | None = None, days: int = DAYS) -> Iterator[datetime]:
        """The moments that no post of the account's channel has, in order."""
        moments = self._moments(max(after or now(), now()), days)
        while some := list(islice(moments, AT_ONCE)):
            taken = set(session.scalars(sql["taken"], self._here() | {"moments": some}))
            yield from (moment for moment in some if moment not in taken)

    def preview(self, number: int = 10) -> list[Slot]:
        """Its next moments with what fills them."""
        moments = self.next_slots(number=number)
        found = session.execute(sql["fills"], self._here() | {"moments": moments})
        posts = {row.scheduled_time: row for row in found}
        return [Slot(moment, posts.get(moment)) for moment in moments]

    def conflict(self) -> str | None:
        """What else wants its account at one of its moments in the next two weeks, as a sentence."""
        mine = list(self._moments(None, SHOWN))
        if not self.is_active or not mine:
            return None
        others = PostingSchedule.of_account(self)
        for other in others:
            if both := sorted(set(mine) & set(other._moments(None, SHOWN))):
                return f"“{other.name}” posts as {self.account.name} at the same time: {self._said(both[0])}."
        stranger = session.scalar(sql["strangers"], self._here() | {"moments": mine, "schedule": self.id})
        return (
            f"Another post of {self.account.name} is planned for {self._said(stranger)}."
            if stranger
            else None
        )

    @classmethod
    def of_account(cls, schedule: "PostingSchedule") -> list["PostingSchedule"]:
        """The other active schedules of the same account."""
        mine = select(cls).where(
            cls.workspace_id == schedule.workspace_id, cls.account_id == schedule.account_id,
            cls.is_active, cls.id != schedule.id,
        )  # fmt: skip
        return list(session.scalars(mine.order_by(cls.name)))

    @classmethod
    def matching(cls, channel: Channel, account: Account, kind: str) -> list["PostingSchedule"]:
        """The active schedules of an account's channel: those for this kind of content, or all if none is."""
        found = list(
            session.scalars(
                select(cls).where(
                    cls.workspace_id == account.workspace_id, cls.account_id == account.id,
                    cls.channel_type_id == channel.channel_type_id, cls.is_active,
                )
            )
        )  # fmt: skip
        return [one for one in found if one.content_type == kind] or found

    @staticmethod
    def counted(workspace: Any, schedules: Iterable["PostingSchedule"]) -> dict[UUID, Any]:
        """How many posts each has planned from now on, and this week (from Monday), by id."""
        today = now().astimezone(zone(workspace.zone)).date()
        monday = today - timedelta(days=today.isoweekday() - 1)
        rows = session.execute(
            sql["counts"],
            {
                "workspace": workspace.id, "schedules": [str(one.id) for one in schedules], "now": now(),
                "monday": at_wall(monday, time(), workspace.zone),
                "next_monday": at_wall(monday + timedelta(days=7), time(), workspace.zone),
            },
        )  # fmt: skip
        return {row.id: row for row in rows}

    def moments_between(self, begins: datetime, ends: datetime) -> list[datetime]:
        """Its moments from `begins` until before `ends` that are still to come."""
        if ends <= now() or begins >= ends:
            return []
        start = max(begins - timedelta(microseconds=1), now())
        found = rhythm.moments(self.times, self.weekdays, self.zone, start, (ends - start).days + 1)
        return [moment for moment in found if moment < ends]

    def _moments(self, after: datetime | None, days: int) -> Iterator[datetime]:
        return rhythm.moments(self.times, self.weekdays, self.zone, max(after or now(), now()), days)

    def _here(self) -> dict[str, Any]:
        return {"workspace": self.workspace_id, "account": self.account_id, "channel": self.channel_type_id}

    def _said(self, moment: datetime) -> str:
        return f"{moment.astimezone(zone(self.zone)):%a %-d %b, %H:%M} ({self.zone})"

    def card(self) -> dict[str, Any]:
        """What programs read."""
        free = self.next_free_slot() if self.is_active else None
        return {
            "id": str(self.id), "name": self.name, "sentence": self.sentence(), "is_active": self.is_active,
            "account_id": str(self.account_id), "channel": self.channel.slug,
            "content_type": self.content_type,
            "times": [f"{wall:%H:%M}" for wall in self.times], "weekdays": self.weekdays, "zone": self.zone,
            "next_free_slot": free.isoformat() if free else None,
        }  # fmt: skip
