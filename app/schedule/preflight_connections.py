"""A live look at the connections that the next days need: rarely, beside each other, with no transaction open."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, select
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from app.core.database import scope, session
from app.core.time import now
from app.platforms.models import Account
from app.publishing.accounts import connector_for
from app.publishing.connector import UNREADABLE
from app.publishing.delivery import Kind, Profile, PublishError
from app.schedule.foreseen import ConnectionCheck
from app.schedule.side_by_side import LANES, side_by_side

EVERY = timedelta(hours=6)  # between two looks at a connection that worked
AGAIN = timedelta(hours=1)  # between two looks at a platform that is down
BY_HAND = timedelta(minutes=1)  # when a person asks for it


def look(workspace: Any, account_ids: Iterable[UUID], by_hand: bool = False, lanes: int = LANES) -> int:
    """Ask the platforms of connected accounts whether they still let us in; how many were asked."""
    moment, wanted = now(), list(account_ids)
    known = checks_of(wanted)
    accounts = session.scalars(select(Account).where(Account.id.in_(wanted))) if wanted else ()
    due = [
        (workspace.id, one.id) for one in accounts
        if one.state == "connected" and _is_due(one, known.get(one.id), moment, by_hand)
    ]  # fmt: skip
    session.commit()
    side_by_side(_look_at, due, lanes)
    return len(due)


def checks_of(account_ids: Iterable[UUID]) -> dict[UUID, ConnectionCheck]:
    """The last look at each of some accounts."""
    wanted = list(account_ids)
    found = select(ConnectionCheck).where(ConnectionCheck.account_id.in_(wanted))
    fresh = session.scalars(found.execution_options(populate_existing=True)) if wanted else ()
    return {one.account_id: one for one in fresh}


def is_outdated(check: ConnectionCheck, account: Account) -> bool:
    """Whether a person has tested or renewed the connection since, with success."""
    later = account.last_checked_at is not None and account.last_checked_at > check.checked_at
    return later and account.last_error is None


def _is_due(account: Account, check: ConnectionCheck | None, moment: datetime, by_hand: bool) -> bool:
    if check is None or is_outdated(check, account):
        return True
    rest = BY_HAND if by_hand else AGAIN if check.outcome == "down" else EVERY
    return moment - check.checked_at >= rest


def _look_at(which: tuple[UUID, UUID]) -> None:
    workspace_id, account_id = which
    with scope(workspace_id):
        account = session.get(Account, account_id, populate_existing=True)
        connector = connector_for(account) if account else None
        session.commit()
        if connector is None:
            return
        try:
            said: Profile | PublishError = connector.check()
        except PublishError as error:
            said = error
        except UNREADABLE as strange:
            name = type(strange).__name__
            said = PublishError(f"{connector.label} answered with something unreadable ({name}).", kind=Kind.TRANSIENT)
        session.rollback()
        _write_down(workspace_id, account_id, said)


def _write_down(workspace_id: UUID, account_id: UUID, said: Profile | PublishError) -> None:
    """Keep what was said; an account that is asked to slow down has said nothing about its connection."""
    if isinstance(said, PublishError) and said.kind is Kind.RATE_LIMITED:
        return
    if isinstance(said, PublishError):
        outcome = "refused" if said.kind in (Kind.RECONNECT, Kind.REFUSED) else "down"
        facts: dict[str, Any] = {"outcome": outcome, "message": said.message, "lacks": {}}
    else:
        facts = {"outcome": "works", "message": "", "lacks": dict(said.lacks)}
    moment = now()
    row = {"id": uuid7(), "workspace_id": workspace_id, "account_id": account_id, "checked_at": moment, "since": moment}
    written = insert(ConnectionCheck).values(**row, **facts)
    same = ConnectionCheck.outcome == written.excluded.outcome
    since = {"since": case((same, ConnectionCheck.since), else_=written.excluded.since)}
    session.execute(
        written.on_conflict_do_update(
            index_elements=["account_id"], set_={**facts, "checked_at": moment, "updated_at": moment, **since}
        )
    )
    session.commit()
