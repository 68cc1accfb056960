"""What can be done about a cause: all its posts are tried again, or cancelled, spread out and with progress."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import joinedload

from app.accounts.activity import Activity
from app.accounts.models import Member
from app.accounts.notices import Notice
from app.core.database import session
from app.core.errors import Invalid, Missing
from app.core.pages import Page
from app.core.queue import ring
from app.platforms.models import Account
from app.schedule.causes import PREFIX, sql
from app.schedule.guarded import KINDS as GUARDED
from app.schedule.lateness import policy_said
from app.schedule.mending import KIND, Pace, counted, mend
from app.schedule.models import ScheduledPost
from app.schedule.remedy_words import Remedy, remedy_of
from app.schedule.words import again, in_words, span


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
        words = again(self.kind)
        return words.button if self.size == 1 else words.all.format(number=self.size)

    @property
    def may_allow(self) -> bool:
        """Whether the burst guard holds its posts, so that a person's yes sends them."""
        return bool(self.size) and self.state == "held" and self.kind in GUARDED

    @property
    def may_skip(self) -> bool:
        """Whether its posts were late and wait for a word, so that a person can let them go."""
        return bool(self.size) and self.state == "held" and self.kind == "late"

    @property
    def may_cancel(self) -> bool:
        return bool(self.size) and self.state in ScheduledPost.MOVES["cancel"][0]

    @property
    def remedy(self) -> Remedy:
        """What helps, as far as its kind tells."""
        return remedy_of(self.state, self.kind, list(self.struck))

    def policy_said(self, post: ScheduledPost) -> str:
        """What a missed post's late policy said, where its posts were too late."""
        return policy_said(post.last_error or "") if self.state == "missed" else ""

    def posts(self, cursor: str | None = None, size: int = 20) -> Page[ScheduledPost]:
        """Its posts, soonest first."""
        found = ScheduledPost.of(self.workspace).where(ScheduledPost.cause == self.key)
        found = found.options(joinedload(ScheduledPost.post), joinedload(ScheduledPost.account))
        return found.page(cursor, size, by=ScheduledPost.scheduled_time, descending=False)

    def preview(self) -> str:
        """What trying all again would do, in a sentence."""
        posts = f"{again(self.kind).title}: {counted(self.size)}"
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
        return self._start("retry", f"{again(self.kind).title}: {self.notice.title}", by, here)

    def skip_all(self, by: Member, *, here: bool = False) -> Activity:
        """Let all its posts go that were too late: they are not sent. Raise Invalid, NotAllowed."""
        if not self.may_skip:
            raise Invalid("These posts do not wait for a word since they were late, so there is nothing to skip.")
        return self._start("skip", f"Skip: {self.notice.title}", by, here)

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
            "can_be_allowed": self.may_allow, "can_be_skipped": self.may_skip,
        }  # fmt: skip

    def _start(self, verb: str, title: str, by: Member, here: bool) -> Activity:
        by.must("schedule")
        asked = {"cause": self.key, "verb": verb, "trouble": self.kind}
        activity = Activity.start(self.workspace, KIND, title, by, total=self.size, **asked)
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
