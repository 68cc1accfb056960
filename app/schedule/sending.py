"""One post's way from the claim to what came of it.

The order is what keeps it from going out twice: check, write the try down and commit, call, write down
what came of it. A worker may die at every point between; `sweeping` finds what it left.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import joinedload, selectinload
from uuid_utils.compat import uuid7

from app.core.database import scope, session
from app.core.errors import Problem
from app.core.time import now
from app.core.waiting import in_thread, pause
from app.posts.models import Post
from app.publishing import outbox
from app.publishing.accounts import connector_class
from app.publishing.breaker import REST, Breaker
from app.publishing.connector import Connector
from app.publishing.delivery import CannotTell, Kind, PublishError, Receipt
from app.publishing.models import Attempt
from app.schedule import outcomes
from app.schedule.guard import Objection
from app.schedule.leases import LEASE, Lease
from app.schedule.ledger import Ledger, Try, stop
from app.schedule.loading import Due
from app.schedule.models import ScheduledPost

log = structlog.get_logger("publishing")
PAUSES = (0, 1, 3, 8, 15, 30)  # seconds between tries to write down what came of a call


class Worker(NamedTuple):
    """What one worker sends with."""

    lease: Lease
    ledger: Ledger
    breaker: Breaker


def settle(one: Try, connector: Connector, said: Receipt | PublishError, worker: Worker) -> bool:
    """Write down what came of a call, and say whether the account may go on."""
    if isinstance(said, PublishError) and said.kind is Kind.DUPLICATE:
        said = found_there(one, connector, said)
    worked = isinstance(said, Receipt) or said.kind not in (Kind.TRANSIENT, Kind.UNSURE)
    moment = worker.lease.now()
    worker.breaker.note(connector.server, worked, moment)
    worker.ledger.learn(connector.learnt())
    if isinstance(said, PublishError):
        return unusual(one.due, one, said, worker.lease)
    if said.trouble or said.out_at:
        persistently(partial(write_accepted, one, said, worker.lease))
    else:
        worker.ledger.accept(one, said, moment)
    return connector.used_up(moment) is None


def prepare(due: Due, connector: Connector, moment: datetime) -> Try:
    """What is to be sent from this moment on, with all that is written down of it before."""
    number = uuid7()
    delivery = due.delivery(moment, partial(keep_handles, due.workspace_id, (number, moment)))
    payload = {"post": delivery.words(), **connector.payload(delivery)}
    return Try(number, moment, now(), due, delivery, payload, connector.wording(delivery))


def call(one: Try, connector: Connector, lease: Lease) -> Receipt | PublishError:
    """Make the call. No transaction is open meanwhile, but for the moments in which handles are kept."""
    if not all(-LEASE < gone < LEASE / 2 for gone in (lease.now() - one.started_at, now() - one.clock)):
        return PublishError("The machine stood still for too long; nothing was sent.", kind=Kind.TRANSIENT)
    try:
        return connector.publish(one.delivery)
    except PublishError as error:
        return error
    except Exception as error:  # a fault of ours while the platform may have the post already
        log.exception("a connector broke", scheduled_post=str(one.due.id))
        in_thread(session.rollback)
        said = f"Something broke on our side after the sending had begun ({type(error).__name__})."
        return PublishError(said, kind=Kind.UNSURE)


def keep_handles(workspace_id: UUID, attempt: tuple[UUID, datetime], handles: dict[str, Any]) -> None:
    """Commit what the platform gave. Once the post is out, a database that is away must not hide that."""
    with scope(workspace_id):
        try:
            session.get_one(Attempt, attempt).keep(handles)
        except OperationalError:
            session.rollback()
            if "remote_id" not in handles or "parts" in handles:  # a part that is not known to be begun must not go
                raise
            log.warning("a handle could not be kept; the receipt is written down next")


def found_there(one: Try, connector: Connector, error: PublishError) -> Receipt | PublishError:
    """The platform says that it has the post already: look for it."""
    try:
        found = connector.find(one.delivery)
    except CannotTell as unknown:
        return PublishError(f"{error.message} {unknown.reason}", kind=Kind.UNSURE)
    except PublishError as trouble:
        return PublishError(f"{error.message} {trouble.message}", kind=Kind.UNSURE)
    said = f"{error.message} It is not this post, though: it was looked for, and is not there."
    return found or PublishError(said, kind=Kind.REFUSED)


# -- what is not the usual way: with the whole post, in a session of the lane's own ------------------


def unusual(due: Due, one: Try | None, error: PublishError, lease: Lease) -> bool:
    """Write down that a try failed, and say whether the account may go on."""
    persistently(partial(write_failed, due, one, error, lease))
    return error.kind not in (Kind.RATE_LIMITED, Kind.RECONNECT)


def write_failed(due: Due, one: Try | None, error: PublishError, lease: Lease) -> None:
    with scope(due.workspace_id):
        attempt = attempt_of(one) if one else None
        outcomes.went_wrong(whole(due.id), attempt, error, lease)
        session.commit()


def write_accepted(one: Try, receipt: Receipt, lease: Lease) -> None:
    """Write down that a platform has a post when there is more to say than that."""
    with scope(one.due.workspace_id):
        outcomes.accepted(whole(one.due.id), attempt_of(one), receipt, one.wording, lease)
        session.commit()


def put_off(due: Due, connector: Connector, worker: Worker) -> None:
    """Its server fails too often just now: later, which is no failure of the post."""
    until = worker.breaker.until(connector.server) or worker.lease.now()
    until = max(until, worker.lease.now() + REST)
    reason = f"{connector.label} fails too often just now, so it is left alone for a while."
    persistently(partial(stop, worker.lease, [(due, Objection("put_off", "server", reason, until))]))


def keep(due: Due, connector: Connector | None, lease: Lease) -> None:
    """Nothing can send it: keep what would be sent in the outbox."""
    with scope(due.workspace_id):
        post = whole(due.id)
        kind = connector_class(post.platform)
        speaks = kind if kind and due.channel in kind.channels else None
        findings = post.post.findings(post.channel)
        item = outbox.keep(post.id, post.account, due.delivery(lease.now()), speaks, findings)
        outcomes.kept(post, lease, item, connected=connector is not None)
        session.commit()


def persistently(write: Callable[[], None]) -> bool:
    """Write and commit, and say whether that is done; a database that is restarting gets a minute."""
    for wait in PAUSES:
        pause(wait)
        if in_thread(_written, write):
            return True
    log.error("what came of a post could not be written down; the sweep will look for it")
    return False


def _written(write: Callable[[], None]) -> bool:
    try:
        write()
    except OperationalError as error:
        session.rollback()
        log.warning("what came of a post could not be written down yet", error=str(error.orig))
        return False
    return True


def whole(post_id: UUID) -> ScheduledPost:
    """The post with everything that its outcome needs, as the database has it now."""
    parts = (
        joinedload(ScheduledPost.post).options(selectinload(Post.variants), selectinload(Post.pictures)),
        joinedload(ScheduledPost.account),
        joinedload(ScheduledPost.platform),
        joinedload(ScheduledPost.channel_type),
    )
    found = select(ScheduledPost).where(ScheduledPost.id == post_id).options(*parts)
    return session.scalars(found.execution_options(populate_existing=True)).unique().one()


def attempt_of(one: Try) -> Attempt:
    """The row of a try that has begun."""
    return session.get_one(Attempt, (one.id, one.started_at))


def ours(error: Exception) -> PublishError:
    """A fault of our own before anything was sent, as a try that may be repeated."""
    reason = (
        error.message
        if isinstance(error, Problem)
        else f"Something broke on our side ({type(error).__name__})."
    )
    return PublishError(f"{reason} Nothing was sent.", kind=Kind.TRANSIENT)
