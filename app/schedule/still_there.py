"""Whether a post that went out can still be seen: looked after ten minutes, and again after a day.

Publishing pays nothing for it: the clock takes up what has been published since (a partial index holds just
those), and gives each post its looks in a small table. A look that gets no answer is made later; only a
platform that answers twice that the post is not there makes it vanished. The post stays published, its
numbers stay, and a person is told.
"""

import time
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import delete, select

from app.core.database import everywhere, scope, session
from app.core.queries import queries
from app.core.time import now
from app.platforms.models import Account
from app.publishing.accounts import connector_for
from app.publishing.connector import UNREADABLE, Connector
from app.publishing.delivery import CannotTell, Kind, PublishError
from app.schedule.foreseen import ConnectionCheck, PostLook
from app.schedule.models import ScheduledPost
from app.schedule.side_by_side import LANES, side_by_side
from app.schedule.vanished import and_follow_ups, tell
from app.schedule.words import in_words

log = structlog.get_logger("foresight")
sql = queries(__file__)
WAITS = (timedelta(minutes=10), timedelta(days=1))  # after the publishing
REMEMBERED = timedelta(days=3)  # what was published before that is not begun with
DOUBT = timedelta(minutes=3)  # until a platform that misses a post is asked again
LATER = timedelta(minutes=30)  # until a look is tried again that got no answer
GIVE_UP = timedelta(days=4)  # after the publishing; who has not answered by then is not asked again
LEASE = timedelta(minutes=10)
BATCH = 200
PATIENCE = 90.0  # seconds that a round takes up new looks


class Look(NamedTuple):
    """A look that is to be made now."""

    id: UUID
    scheduled_post_id: UUID
    account_id: UUID
    workspace_id: UUID
    remote_id: str
    published_at: datetime
    looks: int
    outcome: str


def look_after() -> int:
    """Take up what was published, and make the looks that are due; how many were made."""
    with everywhere():
        taken_up, began, made = take_up(), time.monotonic(), 0
        log.debug("taken up", posts=taken_up)
        while time.monotonic() - began < PATIENCE and (claimed := claim()):
            made += len(claimed)
            by_account: dict[UUID, list[Look]] = defaultdict(list)
            for one in claimed:
                by_account[one.account_id].append(one)
            side_by_side(look_at, list(by_account.values()), LANES if len(by_account) > 1 else 0)
    return made


def take_up(batch: int = 2000) -> int:
    """Give newly published posts their looks; how many posts there were."""
    moment, number = now(), 0
    asked = {"now": moment, "since": moment - REMEMBERED, "until": moment - WAITS[0], "batch": batch}
    while True:
        found = session.execute(sql["take_up"], asked).rowcount  # type: ignore[attr-defined]
        session.commit()
        number += found
        if found < batch:
            return number


def claim(batch: int = BATCH) -> list[Look]:
    """Looks that are due, of accounts that nobody is looking at; nobody else makes them meanwhile."""
    moment = now()
    session.execute(sql["claim_turn"])
    rows = session.execute(sql["claim"], {"now": moment, "lease": moment + LEASE, "batch": batch})
    claimed = [Look(*row) for row in rows]
    session.commit()
    return claimed


def look_at(looks: list[Look]) -> None:
    """Make the looks at one account's posts, one after the other; no transaction is open meanwhile."""
    with scope(looks[0].workspace_id):
        account = session.get_one(Account, looks[0].account_id, populate_existing=True)
        if away := _away(account):
            put_off(looks, *away)
            return
        connector = connector_for(account)
        session.commit()
        if connector is None:
            put_off(looks, now() + LATER, f"{account.name} is not connected, so nobody can look.")
            return
        if type(connector).still_there is Connector.still_there:  # nobody can tell: no need to ask one by one
            end_all(looks, f"{connector.label} offers no way to look at a published post.")
            return
        for number, look in enumerate(looks):
            trouble = _made(connector, look)
            if trouble is not None:
                _troubled(account, looks[number:], trouble)
                break
        tell(account)


def _away(account: Account) -> tuple[datetime, str] | None:
    moment = now()
    if account.blocked_until and account.blocked_until > moment:
        return account.blocked_until, f"{account.name} was asked to slow down."
    if account.state not in ("connected", "paused"):
        return moment + LATER, f"{account.name} is not connected, so nobody can look."
    return None


def _made(connector: Connector, look: Look) -> PublishError | None:
    """Make one look and write down what it said; return what kept the platform from answering."""
    try:
        there = connector.still_there(look.remote_id)
    except CannotTell as unknown:
        session.rollback()
        _end(look, "unknown", unknown.reason)
        return None
    except PublishError as error:
        session.rollback()
        if error.kind is Kind.REFUSED:  # it speaks of this post alone, and says neither yes nor no
            _end(look, "unknown", error.message)
            return None
        return error
    except UNREADABLE as strange:
        session.rollback()
        name = type(strange).__name__
        return PublishError(f"{connector.label} answered with something unreadable ({name}).", kind=Kind.TRANSIENT)
    session.commit()
    _answered(connector.label, look, there)
    return None


def _answered(platform: str, look: Look, there: bool) -> None:
    moment = now()
    answered = {"looks": look.looks + 1, "due_at": next_look(look, moment)}
    if there:
        _write(look, outcome="there", says=f"{platform} shows it.", **answered)
        if look.outcome == "vanished":
            _back(look, platform)
    elif look.outcome in ("doubt", "vanished"):
        _write(look, outcome="vanished", says=f"{platform} no longer shows it.", **answered)
        _gone(look, platform, moment)
    else:
        said = f"{platform} does not show it; it is asked once more."
        _write(look, outcome="doubt", says=said, due_at=moment + DOUBT)
    session.commit()


def next_look(look: Look, moment: datetime) -> datetime | None:
    """When to look again after an answer; None when it was the last look."""
    if look.looks + 1 >= len(WAITS):
        return None
    due = look.published_at + WAITS[look.looks + 1]
    return due if due > moment else None


def _gone(look: Look, platform: str, moment: datetime) -> None:
    post = session.get_one(ScheduledPost, look.scheduled_post_id, populate_existing=True)
    if post.vanished_at is None:
        post.vanished_at = moment
        post.note("vanish", f"{platform} no longer shows it: it was removed or hidden there.")


def _back(look: Look, platform: str) -> None:
    post = session.get_one(ScheduledPost, look.scheduled_post_id, populate_existing=True)
    if post.vanished_at is not None:
        since = in_words(post.vanished_at, post.zone)
        post.vanished_at = None
        follow_ups_too = and_follow_ups(post)
        post.note("reappear", f"{platform} shows it again; it was not to be seen since {since}.{follow_ups_too}")


def _troubled(account: Account, looks: list[Look], error: PublishError) -> None:
    """The platform gave no answer: look later. What that means for the connection, others decide."""
    until = error.until or now() + LATER
    if error.kind is Kind.RATE_LIMITED:
        account.block_until(until)
    elif error.kind is Kind.RECONNECT:
        # The token may only lack the right to read. The next preflight asks the platform anew.
        session.execute(delete(ConnectionCheck).where(ConnectionCheck.account_id == account.id))
    put_off(looks, max(until, now() + timedelta(minutes=5)), error.message)


def put_off(looks: list[Look], until: datetime, why: str) -> None:
    """Look later, and say why; who has not answered for days is not asked again."""
    moment = now()
    late = [one.id for one in looks if moment - one.published_at > GIVE_UP]
    session.execute(
        sql["put_off"],
        {"ids": [one.id for one in looks], "late": late, "until": until, "why": why, "now": moment},
    )
    session.commit()


def end_all(looks: list[Look], why: str) -> None:
    """Nobody can tell whether these can be seen, so nobody looks any more."""
    session.execute(sql["end_all"], {"ids": [one.id for one in looks], "why": why, "now": now()})
    session.commit()


def _end(look: Look, outcome: str, says: str) -> None:
    _write(look, outcome=outcome, says=says, due_at=None)
    session.commit()


def _write(look: Look, **changes: Any) -> None:
    row = session.get(PostLook, look.id, populate_existing=True)
    if row is None or row.outcome == "settled":
        return
    for name, value in {**changes, "lease_until": None, "looked_at": now()}.items():
        setattr(row, name, value)
    session.flush()


def look_of(scheduled_post_id: UUID) -> PostLook | None:
    """What is known of a post's looks; None before the first, and a month after the last."""
    return session.scalar(select(PostLook).where(PostLook.scheduled_post_id == scheduled_post_id))
