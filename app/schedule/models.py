"""Scheduled posts and how they move, and their history."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, func, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from app.accounts.lateness import LATE_POLICIES
from app.accounts.models import Member, record
from app.core.database import Owned, session
from app.core.errors import Missing
from app.core.queue import ring
from app.core.states import move, possible, states_of
from app.core.time import now
from app.platforms.models import Account, Channel, ChannelType, Platform
from app.posts.models import Post, PostPart
from app.schedule import rest
from app.schedule.doubted import Doubted
from app.schedule.guarded import Guarded
from app.schedule.history import HistoryLine
from app.schedule.judging import Judged
from app.schedule.moves import MOVES, NO_LEASE, NO_TROUBLE, check_moment
from app.schedule.posting_schedules import PostingSchedule
from app.schedule.recurring import Recurring
from app.schedule.words import STATES, Label, again, buttons_of, in_words

__all__ = ["NO_LEASE", "NO_TROUBLE", "HistoryLine", "PostingSchedule", "ScheduledPost", "check_moment"]


class ScheduledPost(Doubted, Guarded, Judged, Recurring, Owned):
    """One post, for one channel of one account, at one moment."""

    MOVES = MOVES

    __tablename__ = "scheduled_posts"
    __table_args__ = (
        CheckConstraint(f"state IN {states_of(MOVES)}", name="state"),
        CheckConstraint(f"late_policy IN {LATE_POLICIES}", name="late_policy"),
        Index(
            "ix_scheduled_posts_calendar", "workspace_id", "scheduled_time", "id",
            postgresql_include=["state", "platform_id", "account_id"],
        ),
        Index(
            "ix_scheduled_posts_state", "workspace_id", "state", "scheduled_time", "id",
            postgresql_where=text("state NOT IN ('publishing', 'published')"),
        ),
        Index("ix_scheduled_posts_account", "account_id", "scheduled_time"),
        Index("ix_scheduled_posts_due", "due_at", "id", postgresql_where=text("state = 'scheduled'")),
        Index(
            "ix_scheduled_posts_turn", "account_id", "due_at", "scheduled_time", "id",
            postgresql_where=text("state = 'scheduled'"),
        ),
        Index(
            "ix_scheduled_posts_busy", "account_id", "lease_until",
            postgresql_where=text("state = 'publishing'"),
        ),
        Index(
            "ix_scheduled_posts_away", "account_id",
            postgresql_where=text("state = 'held' AND problem_kind = 'account'"),
        ),
        Index(
            "ix_scheduled_posts_guarded", "workspace_id", "account_id", "problem_kind", "due_at",
            postgresql_where=text("problem_kind IN ('burst', 'same_text', 'pace')"),
        ),
        Index("ix_scheduled_posts_late", "workspace_id", "late_at", postgresql_where=text("problem_kind = 'late'")),
        Index(
            "ix_scheduled_posts_unlooked", "published_at",
            postgresql_where=text("state = 'published' AND look_planned_at IS NULL"),
        ),
        Index("ix_scheduled_posts_restored", "due_at", postgresql_where=text("problem_kind = 'restored'")),
        Index("ix_scheduled_posts_unsure", "due_at", postgresql_where=text("state = 'unsure'")),
        Index(
            "ix_scheduled_posts_unnoticed", "id",
            postgresql_where=text(
                "cause IS NULL AND state IN ('failed', 'held', 'missed', 'unsure')"
                " AND problem_kind IS DISTINCT FROM 'person'"
            ),
        ),
        Index(
            "ix_scheduled_posts_cause", "workspace_id", "cause", "scheduled_time", "id",
            postgresql_where=text("cause IS NOT NULL"),
        ),
        Index(
            "uq_scheduled_posts_slot", "posting_schedule_id", "scheduled_time", unique=True,
            postgresql_where=text("posting_schedule_id IS NOT NULL AND state NOT IN ('cancelled', 'missed')"),
        ),
        Index(
            "ix_scheduled_posts_rest", "id",
            postgresql_where=text("problem_kind = 'parts' AND state = 'published' AND cause IS NULL"),
        ),
        Index(
            "uq_scheduled_posts_part", "parent_id", "part_id", unique=True,
            postgresql_where=text("parent_id IS NOT NULL"),
        ),
    )  # fmt: skip
    noun = "scheduled post"

    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"))
    channel_type_id: Mapped[UUID] = mapped_column(ForeignKey("channel_types.id", ondelete="CASCADE"))
    posting_schedule_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("posting_schedules.id", ondelete="SET NULL")
    )
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("scheduled_posts.id", ondelete="CASCADE"))
    part_id: Mapped[UUID | None]  # the follow-up that it is; it points at nothing, so that it outlives the part
    scheduled_time: Mapped[datetime]
    zone: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(12), default="scheduled")
    late_policy: Mapped[str] = mapped_column(String(8), default="ask")
    late_minutes: Mapped[int] = mapped_column(default=180)
    late_own: Mapped[bool] = mapped_column(default=False, server_default=text("false"))  # else inherited
    late_at: Mapped[datetime | None]  # when its late policy stopped it
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    lease_key: Mapped[UUID | None]  # whose the lease is: only they may say what came of it
    tries: Mapped[int] = mapped_column(default=0)
    begun_at: Mapped[datetime | None]
    problem_kind: Mapped[str | None] = mapped_column(String(20))
    last_error: Mapped[str | None] = mapped_column(Text)
    cause: Mapped[str | None] = mapped_column(String(40))  # see causes.py; every move forgets it, by a trigger
    published_at: Mapped[datetime | None]
    published_text: Mapped[str | None] = mapped_column(Text)
    remote_id: Mapped[str | None] = mapped_column(Text)
    remote_url: Mapped[str | None] = mapped_column(Text)
    look_planned_at: Mapped[datetime | None]  # since when `still_there` knows of it
    vanished_at: Mapped[datetime | None]
    accepted_facts: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))  # see schedule.freshness
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))

    post: Mapped[Post] = relationship()
    account: Mapped[Account] = relationship()
    platform: Mapped[Platform] = relationship()
    channel_type: Mapped[ChannelType] = relationship()
    parent: Mapped["ScheduledPost | None"] = relationship(remote_side="ScheduledPost.id")
    part: Mapped[PostPart | None] = relationship(
        primaryjoin=lambda: foreign(ScheduledPost.part_id) == PostPart.id, viewonly=True
    )

    @classmethod
    def plan(
        cls, post: Post, channel: Channel, account: Account, at: datetime, by: Member | None, *,
        slot: PostingSchedule | None = None, zone: str | None = None,
    ) -> "ScheduledPost":  # fmt: skip
        """Put a post on the calendar for one channel of one account. `by` None is Slogan itself.

        Raise Invalid naming every rule that the post breaks, for a past time or for an account of another
        platform; WrongState when the slot was taken meanwhile; NotAllowed.
        """
        from app.schedule.planning import plan

        return plan(post, channel, account, at, by, slot, zone)

    @property
    def channel(self) -> Channel:
        """Where the rules of this post hang. Raise Missing."""
        found = session.scalar(
            select(Channel).where(
                Channel.platform_id == self.platform_id, Channel.channel_type_id == self.channel_type_id
            )
        )
        if found is None:
            raise Missing(
                f"{self.platform.display_name} no longer has the channel {self.channel_type.display_name}."
            )
        return found

    @property
    def words(self) -> str:
        """What it says: the words of the post for its channel, or its own where it is a follow-up."""
        if self.parent_id is None:
            return self.post.text_for(self.channel)
        return self.part.text if self.part else ""

    @property
    def first_line(self) -> str:
        """What lists call it."""
        return self.words[:160] or "A follow-up that was taken off" if self.parent_id else self.post.first_line

    @property
    def key(self) -> str:
        """The idempotency key: the same at every try, so that a platform can drop a repeat."""
        return str(self.id)

    @property
    def label(self) -> Label:
        """The state in words."""
        return STATES[self.state]

    @property
    def buttons(self) -> dict[str, str]:
        """What a person may do with it now: verb and words. For `unsure` there is `settle` instead."""
        moves = set(possible(self)) - self.unfit()
        if "retry" in moves and self.scheduled_time <= now():
            moves.discard("publish_now")  # to try again is to publish now
        if self.problem_kind not in rest.KINDS:
            moves.discard("send_rest")
        return {verb: words for verb, words in buttons_of(self.problem_kind).items() if verb in moves}

    def reschedule(self, to: datetime, by: Member) -> None:
        """Move it to another moment, also out of a failure. Raise Invalid for a past one, WrongState."""
        by.must("schedule")
        check_moment(to)
        before = self.scheduled_time
        self._start_over("reschedule", to)
        self.note(
            "reschedule", f"Moved from {in_words(before, self.zone)} to {in_words(to, self.zone)}.", by.name
        )
        record(by, "rescheduled", self, before=before.isoformat(), to=to.isoformat())

    def publish_now(self, by: Member) -> None:
        """Send it as soon as a worker is free, whatever its time was."""
        by.must("schedule")
        self._start_over("publish_now", now())
        self.note("publish_now", "To be published right away.", by.name)
        record(by, "published now", self)

    def retry(self, by: Member, at: datetime | None = None) -> None:
        """Try again after a person looked: at its time if that is still to come, else `at` or right away."""
        by.must("schedule")
        moment, words = now(), again(self.problem_kind)
        to = max(self.scheduled_time, at or moment, moment)
        self._start_over("retry", to)
        self.note("retry", words.noted(in_words(to, self.zone) if to > moment else ""), by.name)
        record(by, words.audited, self)

    def pause(self, by: Member, reason: str = "") -> None:
        """Keep it from being sent until a person decides."""
        by.must("schedule")
        move(self, "pause", problem_kind="person", last_error=reason or f"{by.name} holds it back.")
        self.note("pause", f"Held back. {reason}".strip(), by.name)
        record(by, "held back", self, reason=reason)

    def cancel(self, by: Member) -> None:
        """Take it off the plan; `restore` brings it back."""
        by.must("schedule")
        if rest.root_of(self):
            rest.stop(self, by)
        else:
            move(self, "cancel")
            self.note("cancel", "Cancelled.", by.name)
        record(by, "cancelled", self)

    def restore(self, by: Member) -> None:
        """Undo a cancellation. Raise Invalid when its time has passed meanwhile."""
        by.must("schedule")
        if self.state == "cancelled":
            check_moment(self.scheduled_time, "Its time has passed. Move it to a new one instead.")
        self._start_over("restore", self.scheduled_time)
        self.note("restore", f"On the plan again for {in_words(self.scheduled_time, self.zone)}.", by.name)
        record(by, "restored", self)

    def history(self) -> list["HistoryLine"]:
        """Its life in words, oldest first."""
        lines = select(HistoryLine).where(HistoryLine.scheduled_post_id == self.id)
        return list(session.scalars(lines.order_by(HistoryLine.created_at, HistoryLine.id)))

    def note(self, verb: str, sentence: str, who: str = "Slogan", **details: Any) -> None:
        """Add a line to the history."""
        session.add(
            HistoryLine(
                workspace_id=self.workspace_id, scheduled_post_id=self.id, verb=verb, sentence=sentence,
                who=who[:120], details=details,
                created_at=func.clock_timestamp(),  # the database's clock, whatever this machine's says
            )
        )  # fmt: skip

    def card(self) -> dict[str, Any]:
        """What programs read."""
        return {
            "id": str(self.id), "post_id": str(self.post_id), "title": self.first_line,
            "parent_id": str(self.parent_id) if self.parent_id else None,
            "part_id": str(self.part_id) if self.part_id else None,
            "platform": self.platform.name, "channel": self.channel_type.name,
            "account_id": str(self.account_id), "account": self.account.name,
            "content_type": self.post.content_type, "state": self.state,
            "scheduled_time": self.scheduled_time.isoformat(), "zone": self.zone,
            "late_policy": self.late_policy, "late_minutes": self.late_minutes, "late_own": self.late_own,
            "tries": self.tries, "problem": self.last_error, "remote_id": self.remote_id, "url": self.remote_url,
            "published_at": self.published_at.isoformat() if self.published_at else None,
        }  # fmt: skip

    def _start_over(self, verb: str, at: datetime, **more: Any) -> None:
        own = self.apart(at) | self.decided(verb)
        changes = {"scheduled_time": at, "due_at": at, "tries": 0, **NO_TROUBLE, **NO_LEASE, **own, **more}
        try:
            with session.begin_nested():
                move(self, verb, **changes)
        except IntegrityError as error:  # its schedule has another post then: it leaves the schedule
            if "uq_scheduled_posts_slot" not in str(error.orig):
                raise
            move(self, verb, posting_schedule_id=None, **changes)
        if at <= now():
            ring("schedule.publish_due", at_most_once_in=1)
