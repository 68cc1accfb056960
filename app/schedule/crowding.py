"""Hours that hold more posts than their account may send: seen beforehand, and spread with one button."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Any
from uuid import UUID

from app.accounts.activity import Activity
from app.accounts.models import Member
from app.core.database import session
from app.core.errors import Invalid
from app.core.queries import queries
from app.core.time import now, zone
from app.platforms.models import Account
from app.schedule.limits import HOUR
from app.schedule.models import ScheduledPost
from app.schedule.moving import MOST, Batch, Change, move_to

sql = queries(__file__)
FARTHEST = timedelta(days=7)  # so far behind a crowd a place is looked for
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Crowd:
    """More posts of an account, close together, than it may send."""

    account: Account
    begins: datetime
    ends: datetime
    planned: int
    fit: int
    zone: str

    @property
    def over(self) -> int:
        return self.planned - self.fit

    @property
    def when(self) -> str:
        """“Tue 24 Nov, 14:00–14:50”."""
        begins, ends = (moment.astimezone(zone(self.zone)) for moment in (self.begins, self.ends))
        if begins.date() != ends.date():
            return f"{begins:%a %-d %b, %H:%M} to {ends:%a %-d %b, %H:%M}"
        return f"{begins:%a %-d %b, %H:%M}" + (f"–{ends:%H:%M}" if f"{begins:%H:%M}" != f"{ends:%H:%M}" else "")

    @property
    def sentence(self) -> str:
        """“Mastodon @kilts: 31 posts on Tue 24 Nov, 14:00–14:50, of which 25 fit.”"""
        return f"{self.account.label}: {self.planned} posts on {self.when}, of which {self.fit} fit."

    def card(self) -> dict[str, Any]:
        """What programs read."""
        return {
            "account_id": str(self.account.id), "account": self.account.name, "begins": self.begins.isoformat(),
            "ends": self.ends.isoformat(), "planned": self.planned, "fit": self.fit, "sentence": self.sentence,
        }  # fmt: skip


def overfull(workspace: Any, start: datetime, end: datetime, account: Account | None = None) -> list[Crowd]:
    """Where the plan holds more posts of an account within an hour than it may send, soonest first."""
    asked = {"workspace": workspace.id, "start": start, "end": end, "account": account.id if account else None}
    stretches: list[list[Any]] = []
    for row in session.execute(sql["crowded"], asked):
        if stretches and stretches[-1][0] == row.account_id and row.begins <= stretches[-1][2]:
            stretches[-1][2] = row.ends
        else:
            stretches.append([row.account_id, row.begins, row.ends, row.cap])
    if not stretches:
        return []
    some = Account.ever_of(workspace).where(Account.id.in_({one[0] for one in stretches}))
    accounts = {one.id: one for one in some}
    return sorted((_crowd(workspace, accounts[one[0]], *one[1:]) for one in stretches), key=lambda crowd: crowd.begins)


def _crowd(workspace: Any, account: Account, begins: datetime, ends: datetime, cap: int) -> Crowd:
    times = [at for _, at in plans(account, begins, ends)]
    return Crowd(account, begins, ends, len(times), len(times) - len(placed(times, cap)), workspace.zone)


def plans(account: Account, start: datetime, end: datetime, few: int = 5000) -> list[tuple[UUID, datetime]]:
    """An account's waiting posts and their times, in order."""
    asked = {"workspace": account.workspace_id, "account": account.id, "start": start, "end": end, "few": few}
    return [(row.id, row.scheduled_time) for row in session.execute(sql["plans"], asked)]


def placed(times: Iterable[datetime], cap: int, before: Iterable[datetime] = ()) -> dict[int, datetime]:
    """Of posts at some times (in order): which find no room in their hour, and when they would find some.

    `before` is when others went out. What is moved goes out evenly, on whole minutes; what fits stays.
    """
    waiting = [(at, number) for number, at in enumerate(times)]
    heapify(waiting)
    out, last = sorted(before), None
    found: dict[int, datetime] = {}
    while waiting:
        at, number = heappop(waiting)
        free = out[-cap] + HOUR if len(out) >= cap else at
        if free > at:
            last = found[number] = whole_minute(max(free, last + HOUR / cap) if last else free)
            heappush(waiting, (last, number))
        else:
            out.append(at)
    return found


def whole_minute(moment: datetime) -> datetime:
    """The moment itself if it is a whole minute, else the next."""
    full = moment.replace(second=0, microsecond=0)
    return full if full == moment else full + MINUTE


def spreading(workspace: Any, account: Account, begins: datetime) -> list[Change]:
    """Where the posts of a crowd would go, in their order; nothing is changed. Raise Invalid where all fit."""
    cap = workspace.hourly_cap if account.hourly_cap is None else account.hourly_cap
    start = max(begins, now())
    times = plans(account, start, start + FARTHEST)
    before = session.scalars(sql["just_sent"], {"account": account.id, "since": start - HOUR, "now": start})
    to = placed([at for _, at in times], cap, before) if cap else {}
    if not to:
        raise Invalid(f"All posts of {account.name} fit by now.")
    chosen = {times[number][0]: at for number, at in sorted(to.items())[:MOST]}
    found = ScheduledPost.of(workspace).where(ScheduledPost.id.in_(chosen))
    return [Change(post, chosen[post.id]) for post in found.order_by(ScheduledPost.scheduled_time, ScheduledPost.id)]


def spread(workspace: Any, account: Account, begins: datetime, by: Member) -> Activity:
    """Move what does not fit to where it does; the activity knows how to take it back. Raise Invalid, NotAllowed."""
    by.must("schedule")
    changes = spreading(workspace, account, begins)
    before: list[list[str]] = []
    done = Batch(workspace, "move", "Spread posts", by)
    for change in changes:
        was = [str(change.post.id), change.post.scheduled_time.isoformat()]
        if done.tried(change.post, lambda change=change: move_to(change.post, change.to, by)):
            before.append(was)
    return done.ended(before, "spread")


def warning(planned: ScheduledPost, workspace: Any) -> str | None:
    """What is to be said of a post that was just planned into an hour that is full."""
    at = planned.scheduled_time
    full = overfull(workspace, at - HOUR, at + HOUR + MINUTE, planned.account)
    hit = next((crowd for crowd in full if crowd.begins <= at <= crowd.ends), None)
    if hit is None:
        return None
    smooth = (planned.account.surplus or workspace.surplus) == "smooth"
    return f"{hit.sentence} What is over {'is spread' if smooth else 'waits for a yes'}."
