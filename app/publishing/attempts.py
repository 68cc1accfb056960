"""The publishing log: every try in plain words."""

from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from pydantic import BaseModel
from sqlalchemy import select

from app.core.database import session
from app.core.pages import Page, page_of
from app.core.time import at_wall
from app.platforms.models import Account, Platform
from app.publishing.models import Attempt

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
