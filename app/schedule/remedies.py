"""What can be done about a cause: all its posts are tried again, or cancelled, spread out and with progress."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.activity import Activity, Cancelled
from app.accounts.models import Member
from app.accounts.notices import Notice
from app.core.database import enter, session
from app.core.errors import Invalid, Missing, Problem, WrongState
from app.core.pages import Page
from app.core.queue import ring
from app.core.time import now
from app.platforms.models import Account
from app.schedule.causes import PREFIX, keep_count, sql
from app.schedule.guard import policies_of, rooms_of
from app.schedule.guarded import KINDS as GUARDED
from app.schedule.models import ScheduledPost
from app.schedule.remedy_words import Remedy, remedy_of
from app.schedule.words import in_words, retry_words, span

log = structlog.get_logger("causes")
KIND = "mend posts"  # of the activity
STEP = 50  # posts between two words of progress
AT_ONCE = 5  # as many need no spreading
SHARE = 0.8  # of what an account may send; the rest is left to what is planned anyway
DONE = {"retry": "to be tried again", "cancel": "cancelled", "allow": "sent all the same"}


@dataclass
class Cause:
    """One thing that went wrong, with the posts that it struck."""

    workspace: Any
    notice: Notice
    struck: dict[Account, int] = field(default_factory=dict)  # how many posts of each account, most first
    state: str = ""
    kind: str = ""

    @classmethod
    def find(cls, workspace: Any, key: str) -> "Cause":
        """The cause of that key, also when all its posts have moved on. Raise Missing."""
        notice = Notice.of(workspace).where(Notice.cause == key).order_by(Notice.opened_at.desc()).first()
        if notice is None or not key.startswith(PREFIX):
            raise Missing("There is no such cause.")
        found = cls(workspace, notice)
        rows = session.execute(sql["states"], {"workspace": workspace.id, "cause": key}).all()
        if rows:
            accounts = _accounts_of(workspace, {row.account_id for row in rows})
            found.state, found.kind = rows[0].state, rows[0].problem_kind or ""
            found.struck = _most_first({accounts[row.account_id]: row.size for row in rows})
        return found

    @classmethod
    def all_of(cls, workspace: Any) -> list["Cause"]:
        """The causes that posts have now, the largest first."""
        rows = session.execute(sql["open_causes"], {"workspace": workspace.id}).all()
        told = Notice.of(workspace).where(Notice.cause.in_([row.cause for row in rows])).order_by(Notice.opened_at)
        notices = {notice.cause: notice for notice in told}
        accounts = _accounts_of(workspace, {UUID(one) for row in rows for one in row.accounts})
        return [
            cls(workspace, notices[row.cause],
                _most_first({accounts[UUID(one)]: size for one, size in row.accounts.items()}),
                row.state, row.problem_kind or "")
            for row in rows if row.cause in notices
        ]  # fmt: skip

    @property
    def size(self) -> int:
        """How many posts have it now."""
        return sum(self.struck.values())

    @property
    def account(self) -> Account | None:
        """The account that it struck, if it is one."""
        return next(iter(self.struck)) if len(self.struck) == 1 else None

    @property
    def key(self) -> str:
        return self.notice.cause

    @property
    def may_retry(self) -> bool:
        """Whether its posts can be sent again; an unsure one may be out, so a person settles each."""
        return bool(self.size) and self.state in ScheduledPost.MOVES["retry"][0]

    @property
    def retry_words(self) -> str:
        """What its button says that tries them again: as at a post alone."""
        return retry_words(self.kind, self.size)

    @property
    def may_allow(self) -> bool:
        """Whether the burst guard holds its posts, so that a person's yes sends them."""
        return bool(self.size) and self.state == "held" and self.kind in GUARDED

    @property
    def may_cancel(self) -> bool:
        return bool(self.size) and self.state in ScheduledPost.MOVES["cancel"][0]

    @property
    def remedy(self) -> Remedy:
        """What helps, as far as its kind tells."""
        return remedy_of(self.state, self.kind, list(self.struck))

    def posts(self, cursor: str | None = None, size: int = 20) -> Page[ScheduledPost]:
        """Its posts, soonest first."""
        found = ScheduledPost.of(self.workspace).where(ScheduledPost.cause == self.key)
        found = found.options(joinedload(ScheduledPost.post), joinedload(ScheduledPost.account))
        return found.page(cursor, size, by=ScheduledPost.scheduled_time, descending=False)

    def preview(self) -> str:
        """What trying all again would do, in a sentence."""
        posts = counted(self.size)
        paces = {account: Pace.of(account.id, size) for account, size in self.struck.items()}
        if not any(pace.gap for pace in paces.values()):
            return f"{posts} {'goes' if self.size == 1 else 'go'} out as soon as a worker is free."
        last = in_words(max(paces[one].at(size - 1) for one, size in self.struck.items()), self.workspace.zone)
        if self.account:
            every, stays = f"one every {span(paces[self.account].gap)}", "the account stays below what it may send"
        else:
            every, stays = "one after the other", "each account stays below what it may send"
        return (
            f"{posts} go out {every}, so that {stays}; the last at {last}. Those whose time is still to come keep it."
        )

    def retry_all(self, by: Member, *, here: bool = False) -> Activity:
        """Try all its posts again, spread out: by a worker, or at once and `here`. Raise Invalid, NotAllowed."""
        if not self.may_retry:
            raise Invalid(self._not("tried again"))
        return self._start("retry", f"Try again: {self.notice.title}", by, here)

    def cancel_all(self, by: Member, *, here: bool = False) -> Activity:
        """Take all its posts off the plan: by a worker, or at once and `here`. Raise Invalid, NotAllowed."""
        if not self.may_cancel:
            raise Invalid(self._not("cancelled"))
        return self._start("cancel", f"Cancel: {self.notice.title}", by, here)

    def allow_all(self, by: Member, *, here: bool = False) -> Activity:
        """Send all its posts now, beyond what the account may send by itself. Raise Invalid, NotAllowed."""
        if not self.may_allow:
            raise Invalid("The burst guard does not hold these posts.")
        return self._start("allow", f"Send all the same: {self.notice.title}", by, here)

    def card(self) -> dict[str, Any]:
        """What programs read."""
        return {
            "key": self.key, "title": self.notice.title, "sentence": self.notice.sentence, "posts": self.size,
            "state": self.state or None, "kind": self.kind or None,
            "account": self.account.name if self.account else None,
            "accounts": {account.name: size for account, size in self.struck.items()},
            "since": self.notice.opened_at.isoformat(), "what_to_do": self.remedy.words,
            "can_be_retried": self.may_retry, "can_be_cancelled": self.may_cancel,
            "can_be_allowed": self.may_allow,
        }  # fmt: skip

    def _start(self, verb: str, title: str, by: Member, here: bool) -> Activity:
        by.must("schedule")
        activity = Activity.start(self.workspace, KIND, title, by, total=self.size, cause=self.key, verb=verb)
        if here:
            mend(activity)
        else:
            ring("schedule.mend", activity.id)
        return activity

    def _not(self, done: str) -> str:
        if not self.size:
            return "None of its posts needs anybody any more."
        return f"These posts may be out already, so they cannot be {done} together. Settle each by itself."


def _accounts_of(workspace: Any, ids: Iterable[UUID]) -> dict[UUID, Account]:
    return {account.id: account for account in Account.ever_of(workspace).where(Account.id.in_(set(ids)))}


def _most_first(struck: dict[Account, int]) -> dict[Account, int]:
    return dict(sorted(struck.items(), key=lambda one: (-one[1], one[0].name)))


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
        while some := self.next():
            for post in some:
                self.one(post, self.turn_of(post.account_id))
            self.activity.step(self.done, max(total, self.done), f"{counted(self.done)} {DONE[self.verb]}")
        keep_count()
        others = f" {counted(self.elsewhere)} had been seen to meanwhile." if self.elsewhere else ""
        said = f"{counted(self.done)} {DONE[self.verb]}.{others}"
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
            "allow": lambda: post.allow(self.by),
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
    """Do what `retry_all` or `cancel_all` started; commits as it goes. A second bell finds it begun."""
    enter(activity.workspace_id)
    try:
        activity.begin()
    except WrongState:
        return
    try:
        by = session.get(Member, activity.started_by_id) if activity.started_by_id else None
        if by is None:
            raise Missing("Who asked for it is no longer here.")
        activity.finish(Run(activity, by, activity.inputs["cause"], activity.inputs["verb"]).go())
    except Cancelled:
        activity.stop()
    except Problem as problem:
        activity.fail(problem.message)
