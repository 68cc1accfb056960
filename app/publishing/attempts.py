"""The publishing log: every try in plain words, and how each account has been doing."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import case, func, select

from app.core.database import session
from app.core.pages import Page, page_of
from app.core.time import at_wall, now
from app.platforms.models import Account, Platform
from app.publishing.models import Attempt

HEALTH_DAYS = 7
OUTCOMES: dict[str, str] = {
    "sending": "is being sent",
    "accepted": "accepted",
    "transient": "did not work this time",
    "rate_limited": "asked us to wait",
    "reconnect": "no longer lets us in",
    "refused": "refused",
    "duplicate": "had it already",
    "unsure": "gave no clear answer",
    "found": "was looked at: it is out",
    "absent": "was looked at: it is not out",
}
GOOD = ("accepted", "found")


def place(url: str) -> str:
    """An address as people say it: without its scheme, and not longer than a line takes."""
    if url.startswith("/"):
        return "Slogan’s own network"
    said = url.partition("://")[2] or url
    return said if len(said) <= 60 else f"{said[:57]}…"


class Wanted(BaseModel):
    """What a reader of the log asked to see."""

    platform: str | None = None
    outcome: str | None = None
    day: date | None = None
    cursor: str | None = None


class Step(NamedTuple):
    """One moment of a try, for people."""

    at: datetime
    words: str


def steps(attempt: Attempt) -> list[Step]:
    """A try as what happened when: sent, answered, live where."""
    where = attempt.account.platform.display_name
    told = [Step(attempt.started_at, f"sent to {where} as {attempt.account.name}")]
    if attempt.finished_at:
        words = OUTCOMES[attempt.outcome]
        told.append(Step(attempt.finished_at, words if attempt.outcome == "accepted" else f"{where} {words}"))
    return told


def log_page(workspace: Any, wanted: Wanted, size: int = 30) -> Page[Attempt]:
    """The tries of a workspace, newest first, narrowed to a platform, an outcome or a day of its zone."""
    query = select(Attempt).where(Attempt.workspace_id == workspace.id)
    if wanted.platform:
        query = query.join(Account, Account.id == Attempt.account_id).join(Platform)
        query = query.where(Platform.name == wanted.platform)
    if wanted.outcome:
        query = query.where(Attempt.outcome == wanted.outcome)
    if wanted.day:
        begins = at_wall(wanted.day, time(), workspace.zone)
        ends = at_wall(wanted.day + timedelta(days=1), time(), workspace.zone)
        query = query.where(Attempt.started_at >= begins, Attempt.started_at < ends)
    return page_of(session, query, Attempt, wanted.cursor, size, Attempt.started_at, True)


def health(accounts: Iterable[Account]) -> dict[UUID, str]:
    """A line on each account: what stands in its way, or how its last week went."""
    accounts = list(accounts)
    good = func.count(case((Attempt.outcome.in_(GOOD), 1)))
    counted = select(Attempt.account_id, func.count(), good).where(
        Attempt.account_id.in_([account.id for account in accounts]),
        Attempt.started_at > now() - timedelta(days=HEALTH_DAYS),
    )
    rows = session.execute(counted.group_by(Attempt.account_id))
    counts = {row[0]: (row[1], row[2]) for row in rows}
    return {account.id: _health_line(account, *counts.get(account.id, (0, 0))) for account in accounts}


def _health_line(account: Account, tries: int, good: int) -> str:
    if account.state == "new":
        return "Not connected: what would be sent is kept in the outbox."
    if account.state == "paused":
        return "Paused by a person: its posts are held."
    if account.state == "reconnect":
        return account.last_error or "The platform no longer lets us in: connect it again."
    if account.is_blocked:
        return "The platform asked us to slow down; its posts wait."
    if not tries:
        return f"Ready. Nothing was sent in the last {HEALTH_DAYS} days."
    if good == tries:
        return (
            f"All {tries} tries of the last {HEALTH_DAYS} days went well."
            if tries > 1
            else "Its last post went well."
        )
    return f"{good} of {tries} tries of the last {HEALTH_DAYS} days went well."
