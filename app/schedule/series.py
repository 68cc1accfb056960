"""Series: posts that come again by a rule on the clock of a place, and what a person does with a whole series."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship
from uuid_utils.compat import uuid7

from app.accounts.lateness import LATE_POLICIES, check_late
from app.accounts.models import Member, record
from app.core.database import Owned, session
from app.core.errors import Invalid, Missing
from app.core.queries import queries
from app.core.states import move, states_of
from app.core.time import now
from app.platforms.models import Account, Channel, ChannelType, Platform
from app.posts.models import Post
from app.schedule.models import ScheduledPost
from app.schedule.occurrences import Occurrence, Recurrence
from app.schedule.recurrence import Rule
from app.schedule.rule_words import sentence

sql = queries(__file__)
MOST_POSTS = 200  # in the queue of one series


class Series(Owned):
    """One or several posts that go out again and again, for one channel of one account."""

    MOVES: dict[str, Any] = {
        "pause":  (("active",),          "paused"),
        "resume": (("paused", "ended"),  "active"),
        "end":    (("active", "paused"), "ended"),
        "finish": (("active",),          "ended"),   # its last time has passed
        "reopen": (("ended",),           "active"),  # it was given a later end
    }  # fmt: skip

    __tablename__ = "series"
    __table_args__ = (
        CheckConstraint(f"state IN {states_of(MOVES)}", name="state"),
        CheckConstraint(f"late_policy IS NULL OR late_policy IN {LATE_POLICIES}", name="late_policy"),
        CheckConstraint("max_repeats IS NULL OR max_repeats > 0", name="max_repeats"),
        CheckConstraint("cool_down >= 0", name="cool_down"),
        Index("ix_series_recent", "workspace_id", "id"),
        Index("ix_series_state", "workspace_id", "state", "id"),
        Index("ix_series_account", "account_id"),
        Index("ix_series_chain", "chain_id"),
        Index("ix_series_fill", "fill_at", "id", postgresql_where=text("state = 'active'")),
    )
    noun = "series"

    name: Mapped[str] = mapped_column(String(120))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"))
    channel_type_id: Mapped[UUID] = mapped_column(ForeignKey("channel_types.id", ondelete="CASCADE"))
    chain_id: Mapped[UUID]  # the first of those that “this and following” cut from one another
    zone: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=False))  # a wall time, like the two below
    rule: Mapped[str] = mapped_column(Text)
    ends_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=False))
    cool_down: Mapped[int] = mapped_column(default=0)  # days before a post of it comes again
    max_repeats: Mapped[int | None]  # of each post
    late_policy: Mapped[str | None] = mapped_column(String(8))  # empty: as the campaign or workspace has it
    late_minutes: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(8), default="active")
    trouble: Mapped[str | None] = mapped_column(Text)  # why it cannot go on, in words
    laid_until: Mapped[datetime | None]  # up to here its times are on the calendar
    fill_at: Mapped[datetime]  # when more of them are due there
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))

    account: Mapped[Account] = relationship()
    platform: Mapped[Platform] = relationship()
    channel_type: Mapped[ChannelType] = relationship()
    queue: Mapped[list["SeriesPost"]] = relationship(
        order_by="SeriesPost.position, SeriesPost.id", cascade="all, delete-orphan", passive_deletes=True
    )

    @classmethod
    def create(
        cls, workspace: Any, by: Member, *, posts: list[Post], channel: Channel, account: Account,
        starts_at: datetime, rule: str, zone: str | None = None, name: str = "", cool_down: int = 0,
        max_repeats: int | None = None, late_policy: str | None = None, late_minutes: int | None = None,
    ) -> Self:  # fmt: skip
        """A new series, with its next times on the calendar. Raise Invalid at the field, NotAllowed."""
        from app.schedule.laying_out import lay_out

        by.must("schedule")
        made = cls(id=uuid7(), workspace_id=workspace.id, state="active", fill_at=now(), created_by_id=by.id)
        made.chain_id = made.id
        made.fill_in(
            posts=posts, channel=channel, account=account, starts_at=starts_at, rule=rule,
            zone=zone or workspace.zone, name=name, cool_down=cool_down, max_repeats=max_repeats,
            late_policy=late_policy, late_minutes=late_minutes,
        )  # fmt: skip
        made.recurrence.must_have_more()
        session.add(made)
        session.flush()
        record(by, "made a series", made, says=made.sentence)
        lay_out(made)
        return made

    def fill_in(
        self, *, posts: list[Post], channel: Channel, account: Account, starts_at: datetime, rule: str, zone: str,
        name: str, cool_down: int, max_repeats: int | None, late_policy: str | None, late_minutes: int | None,
    ) -> None:  # fmt: skip
        """Set what it is, with all checks. Raise Invalid at the field that is wrong."""
        if account.platform_id != channel.platform_id:
            raise Invalid(
                f"{account.name} is no account of {channel.platform.display_name}.",
                where="Choose a channel of the account's own platform.",
            )
        starts_at = starts_at.replace(tzinfo=None, second=0, microsecond=0)
        recurrence = Recurrence.of(rule, starts_at, zone)
        if late_policy:
            check_late(late_policy, late_minutes)
        if max_repeats is not None and not 1 <= max_repeats <= 1000:
            raise Invalid("This number of repeats cannot be.", max_repeats="From 1 to 1000, or leave it empty.")
        if not 0 <= cool_down <= 3660:
            raise Invalid("This cool-down cannot be.", cool_down="From 0 to 3,660 days.")
        self.take_queue(posts)
        self.name = (name.strip() or posts[0].first_line)[:120]
        self.account_id, self.account = account.id, account
        self.platform_id, self.platform = channel.platform_id, channel.platform
        self.channel_type_id, self.channel_type = channel.channel_type_id, channel.channel_type
        self.zone, self.starts_at, self.rule = zone, starts_at, recurrence.rule.text
        self.ends_at, self.cool_down, self.max_repeats = recurrence.ends, cool_down, max_repeats
        self.late_policy, self.late_minutes = late_policy or None, late_minutes if late_policy else None

    def take_queue(self, posts: list[Post]) -> None:
        """These posts, in this order. Raise Invalid for none or too many."""
        wanted = list(dict.fromkeys(posts))
        if not wanted or len(wanted) > MOST_POSTS:
            raise Invalid("A series needs a post.", posts=f"Choose between 1 and {MOST_POSTS} posts.")
        there = {entry.post_id: entry for entry in self.queue}
        if [post.id for post in wanted] == list(there):
            return
        for entry in self.queue[:]:
            if entry.post_id not in {post.id for post in wanted}:
                self.queue.remove(entry)
        for position, post in enumerate(wanted):
            if post.id in there:
                there[post.id].position = position
            else:
                self.queue.append(
                    SeriesPost(workspace_id=self.workspace_id, post_id=post.id, post=post, position=position)
                )

    @classmethod
    def named(cls, series_id: Any) -> tuple[UUID, UUID]:
        """A series and its workspace, for a worker that was rung with its id. Raise Missing."""
        found = cls.anywhere(series_id)
        return found.id, found.workspace_id

    @property
    def recurrence(self) -> Recurrence:
        """Its rule on the clocks of its zone."""
        return Recurrence(Rule.parse(self.rule, self.zone), self.starts_at, self.zone, self.ends_at)

    @property
    def sentence(self) -> str:
        """“Every Monday and Thursday at 09:00, Europe/London, until 24 December 2026”."""
        return sentence(Rule.parse(self.rule, self.zone), self.starts_at, self.zone)

    @property
    def channel(self) -> Channel:
        """Where its posts go. Raise Missing."""
        here = Channel.platform_id == self.platform_id, Channel.channel_type_id == self.channel_type_id
        found = session.scalar(select(Channel).where(*here))
        if found is None:
            raise Missing(f"{self.platform.display_name} no longer has this channel.")
        return found

    @property
    def posts(self) -> list[Post]:
        return [entry.post for entry in self.queue]

    def next(self) -> Occurrence | None:
        """Its next time, planned or not."""
        return self.recurrence.after(now()) if self.state == "active" else None

    def lock(self) -> None:
        """One at a time: whoever changes or lays out a series waits here for the other."""
        session.flush()
        session.execute(select(Series.id).where(Series.id == self.id).with_for_update())
        session.refresh(self)

    def pause(self, by: Member) -> int:
        """Take its coming posts off the calendar until it is resumed; how many there were.

        What a person changed on its own stays where it is.
        """
        by.must("schedule")
        self.lock()
        move(self, "pause", laid_until=None)
        record(by, "paused a series", self)
        return self.clear()

    def resume(self, by: Member) -> None:
        """Go on from now: what would have come meanwhile is not made up for. Raise Invalid where nothing comes."""
        from app.schedule.laying_out import lay_out

        by.must("schedule")
        self.lock()
        self.recurrence.must_have_more()
        move(self, "resume", fill_at=now())
        record(by, "resumed a series", self)
        lay_out(self)

    def end(self, by: Member) -> int:
        """No more of it; how many coming posts left the calendar."""
        by.must("schedule")
        self.lock()
        move(self, "end", trouble=None)
        record(by, "ended a series", self)
        return self.clear()

    def remove(self, by: Member) -> int:
        """Take it away with its coming posts; what is out or was changed on its own stays on the calendar."""
        by.must("schedule")
        self.lock()
        gone = self.clear()
        record(by, "removed a series", self, name=self.name, says=self.sentence)
        session.delete(self)
        session.flush()
        return gone

    def clear(self, keep: tuple[UUID, ...] = (), since: datetime | None = None) -> int:
        """Take away the coming posts that nobody touched: they are nothing but what the rule said."""
        moment = max(since or now(), now())
        asked = {"series": self.id, "since": moment, "keep": list(keep)}
        gone = session.scalars(sql["clear"], asked).all()
        self.forget_refusals()
        return len(gone)

    def forget_refusals(self) -> None:
        """What could not be planned is thought about anew."""
        session.execute(sql["forget_refusals"], {"series": self.id})

    def card(self) -> dict[str, Any]:
        """What programs read."""
        coming = self.next()
        return {
            "id": str(self.id), "name": self.name, "state": self.state, "sentence": self.sentence,
            "rule": self.rule, "starts_at": self.starts_at.isoformat(), "zone": self.zone,
            "account_id": str(self.account_id), "channel": f"{self.platform.name}/{self.channel_type.name}",
            "post_ids": [str(entry.post_id) for entry in self.queue], "cool_down": self.cool_down,
            "max_repeats": self.max_repeats, "late_policy": self.late_policy, "late_minutes": self.late_minutes,
            "trouble": self.trouble, "next": coming.at.isoformat() if coming else None,
        }  # fmt: skip


class SeriesPost(Owned):
    """A post in the queue of a series."""

    __tablename__ = "series_posts"
    __table_args__ = (UniqueConstraint("series_id", "post_id"), Index("ix_series_posts_post", "post_id"))
    noun = "post of a series"

    series_id: Mapped[UUID] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"))
    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=0)

    post: Mapped[Post] = relationship(lazy="joined")


class SeriesGap(Owned):
    """A time of a series that has no post: a person skipped it, or it could not be planned."""

    __tablename__ = "series_gaps"
    __table_args__ = (
        UniqueConstraint("series_id", "occurrence"), CheckConstraint("kind IN ('skipped', 'refused')", name="kind"),
        Index("ix_series_gaps_calendar", "workspace_id", "occurrence"),
    )  # fmt: skip
    noun = "gap of a series"

    series_id: Mapped[UUID] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"))
    occurrence: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    kind: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(Text, default="")


Index(
    "uq_scheduled_posts_occurrence", ScheduledPost.series_id, ScheduledPost.occurrence, unique=True,
    postgresql_where=text("series_id IS NOT NULL"),
)  # fmt: skip
