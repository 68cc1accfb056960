"""All posts of a cause, taken through one verb: spread out, with progress, and what cannot be done is named."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.accounts.activity import Activity, Cancelled
from app.accounts.models import Member
from app.core.database import enter, session
from app.core.errors import Missing, Problem, WrongState
from app.core.time import now
from app.schedule.causes import keep_count, sql
from app.schedule.guard import policies_of, rooms_of
from app.schedule.models import ScheduledPost
from app.schedule.words import again

KIND = "mend posts"  # of the activity
STEP = 50  # posts between two words of progress
AT_ONCE = 5  # as many need no spreading
SHARE = 0.8  # of what an account may send; the rest is left to what is planned anyway
DONE = {"skip": "skipped", "cancel": "cancelled", "allow": "sent all the same"}


def counted(number: int) -> str:
    return f"{number:,} {'post' if number == 1 else 'posts'}"


class Pace(NamedTuple):
    """From when on, and how far apart, the posts of one account are tried again."""

    start: datetime
    gap: timedelta

    @classmethod
    def of(cls, account_id: UUID, number: int) -> "Pace":
        """Few go at once, where there is room; many take four fifths of what the account may send."""
        moment, policy = now(), policies_of([account_id])[account_id]
        rooms = rooms_of([policy], moment)[account_id]
        start = max((room.next_free() for room in rooms if room.left <= 0), default=moment)
        if number <= min([AT_ONCE, *(room.left for room in rooms)]):
            return cls(start, timedelta(0))
        return cls(start, max((limit.step for limit in policy.limits), default=timedelta(0)) / SHARE)

    def at(self, index: int) -> datetime:
        return self.start + self.gap * index


@dataclass
class Run:
    """One pass over a cause's posts: what it does to each, and what came of it."""

    activity: Activity
    by: Member
    key: str
    verb: str
    kind: str = ""  # of the problem that the posts have
    done: int = 0
    elsewhere: int = 0
    refused: set[UUID] = field(default_factory=set)
    sizes: dict[UUID, int] = field(default_factory=dict)  # posts of each account
    paces: dict[UUID, Pace] = field(default_factory=dict)
    turns: Counter[UUID] = field(default_factory=Counter)  # how many of each account are done

    def go(self) -> str:
        """Work until no post is left that can be done. Returns what came of it, in words."""
        total = self.activity.total or 1
        asked = {"workspace": self.activity.workspace_id, "cause": self.key}
        self.sizes = {row.account_id: row.size for row in session.execute(sql["states"], asked)}
        words = DONE.get(self.verb) or f"to be {again(self.kind).done}"
        while some := self.next():
            for post in some:
                self.one(post, self.turn_of(post.account_id))
            self.activity.step(self.done, max(total, self.done), f"{counted(self.done)} {words}")
        keep_count()
        others = f" {counted(self.elsewhere)} had been seen to meanwhile." if self.elsewhere else ""
        said = f"{counted(self.done)} {words}.{others}"
        return f"{said} {counted(len(self.refused))} could not be." if self.refused else said

    def next(self) -> list[ScheduledPost]:
        """The next posts of the cause, in their order."""
        waiting = select(ScheduledPost).where(
            ScheduledPost.workspace_id == self.activity.workspace_id, ScheduledPost.cause == self.key,
            ScheduledPost.state.in_(ScheduledPost.MOVES[self.verb][0]), ScheduledPost.id.not_in(self.refused),
        )  # fmt: skip
        return list(session.scalars(waiting.order_by(ScheduledPost.scheduled_time, ScheduledPost.id).limit(STEP)))

    def turn_of(self, account_id: UUID) -> datetime:
        """When it is the turn of an account's next post."""
        if account_id not in self.paces:
            self.paces[account_id] = Pace.of(account_id, self.sizes.get(account_id, 1))
        return self.paces[account_id].at(self.turns[account_id])

    def one(self, post: ScheduledPost, at: datetime) -> None:
        """Take one post through the verb; one that cannot be is noted, and costs no other."""
        acts: dict[str, Callable[[], None]] = {
            "retry": lambda: post.retry(self.by, at), "cancel": lambda: post.cancel(self.by),
            "skip": lambda: post.skip(self.by), "allow": lambda: post.allow(self.by),
        }  # fmt: skip
        try:
            with session.begin_nested():
                acts[self.verb]()
        except Problem as problem:
            session.refresh(post)
            if post.cause != self.key:  # somebody was faster
                self.elsewhere += 1
                return
            self.refused.add(post.id)
            self.activity.problem(post.post.first_line, problem.message)
        else:
            self.done += 1
            self.turns[post.account_id] += 1


def mend(activity: Activity) -> None:
    """Do what a verb of the cause started; commits as it goes. A second bell finds it begun."""
    enter(activity.workspace_id)
    try:
        activity.begin()
    except WrongState:
        return
    try:
        by = session.get(Member, activity.started_by_id) if activity.started_by_id else None
        if by is None:
            raise Missing("Who asked for it is no longer here.")
        asked = activity.inputs
        activity.finish(Run(activity, by, asked["cause"], asked["verb"], asked.get("trouble", "")).go())
    except Cancelled:
        activity.stop()
    except Problem as problem:
        activity.fail(problem.message)
