"""The best time to post, as far as it is known: what was measured stands to our right, and tells us here."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select

from app.core.database import session
from app.core.errors import Invalid
from app.core.time import at_wall, now, zone
from app.platforms.models import Account
from app.schedule.models import ScheduledPost

NEAR = timedelta(minutes=15)  # no two posts of an account come closer
WEEKS = 4  # looked ahead


class Hour(NamedTuple):
    """An hour of the week that did well, and why we say so; Monday is 1."""

    weekday: int
    hour: int
    reason: str


class Best(NamedTuple):
    """The moment that is proposed, and why."""

    at: datetime
    reason: str


Adviser = Callable[[Any, str], list[Hour]]
_advisers: list[Adviser] = []


def advise_with(adviser: Adviser) -> None:
    """Whoever measures how posts do names the best hours of a platform in a workspace, the best first."""
    _advisers[:] = [adviser]


def best_time(workspace: Any, account: Account) -> Best:
    """The next of the best hours in which the account has nothing yet. Raise Invalid where too little is known."""
    hours = [hour for adviser in _advisers for hour in adviser(workspace, account.platform.name)]
    found = next((best for best in _coming(hours, workspace.zone) if not _is_taken(account, best.at)), None)
    if found is None:
        raise Invalid(
            f"Too few posts on {account.platform.display_name} have been measured to say which hour does best. "
            "Give a time, or take the next free slot.", at="Give a time.",
        )  # fmt: skip
    return found


def _coming(hours: list[Hour], zone_name: str) -> Iterator[Best]:
    moment = now()
    today = moment.astimezone(zone(zone_name)).date()
    for week in range(WEEKS):
        for one in hours:
            days = (one.weekday - today.isoweekday()) % 7 + 7 * week
            at = at_wall(today + timedelta(days=days), datetime.min.time().replace(hour=one.hour), zone_name)
            if at > moment + NEAR:
                yield Best(at, one.reason)


def _is_taken(account: Account, at: datetime) -> bool:
    near = select(ScheduledPost.id).where(
        ScheduledPost.account_id == account.id, ScheduledPost.state.not_in(("cancelled", "failed", "missed")),
        ScheduledPost.scheduled_time.between(at - NEAR, at + NEAR),
    )  # fmt: skip
    return session.scalar(near.limit(1)) is not None
