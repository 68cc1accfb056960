"""What a dead worker or a lost answer left behind is found, and every unsure post is looked for."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from flask import Flask, current_app

from app.core.database import everywhere, scope, session
from app.core.queries import queries
from app.publishing.accounts import connector_for
from app.publishing.connector import Connector
from app.publishing.delivery import CannotTell, Delivery, Kind, PublishError
from app.publishing.models import Attempt
from app.schedule import outcomes
from app.schedule.claiming import tell
from app.schedule.leases import LEASE, Claimed, Lease
from app.schedule.loading import delivery_of
from app.schedule.models import ScheduledPost
from app.schedule.outcomes import FIRST_LOOK
from app.schedule.sending import whole
from app.schedule.words import in_words

sql = queries(__file__)
log = structlog.get_logger("publishing")
WAITS = (FIRST_LOOK, timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=60))
CLOSED = timedelta(minutes=5)  # between looks while the account lets nobody in; they do not count
NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # no look is planned: it is a person's turn
BATCH = 100  # posts looked for in one sweep
LANES = 16
LOST = "The worker stopped before the answer came, so it may be out. Slogan looks in a minute."
Work = Callable[[Claimed, Lease], None]


def sweep(lanes: int = LANES) -> None:
    """Settle leases that ran out, free what waited for an account, look for what is unsure."""
    lease = Lease()
    with everywhere():
        lease.tune()
        while let_go(lease) or release(lease):
            pass
        claimed = take_to_look(lease)
    if lanes == 0:
        for lane in lanes_of(claimed):
            work_lane(lane, lease, look)
        return
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    with ThreadPoolExecutor(lanes, "look") as pool:
        for lane in lanes_of(claimed):
            pool.submit(in_thread, app, lane, lease, look)


def let_go(lease: Lease) -> int:
    """Say of posts whose worker is gone what is known of them: due again, or unsure. How many there were."""
    moment = lease.now()
    ids = session.scalars(sql["lost"], {"now": moment, "longest": 2 * LEASE.total_seconds()}).all()
    found = {"ids": list(ids), "now": moment, "look": moment + FIRST_LOOK}
    rows = session.execute(sql["let_go"], found).all() if ids else []
    unsure = [row.id for row in rows if row.state == "unsure"]
    if unsure:
        session.execute(sql["end_lost_attempts"], {"now": moment, "ids": unsure})
    for row in rows:
        if row.state == "unsure":
            tell(row.id, row.workspace_id, "lose", LOST)
        else:
            tell(
                row.id, row.workspace_id, "put_off", "The worker stopped before it was sent. It is due again."
            )
    session.commit()
    return len(rows)


def release(lease: Lease) -> int:
    """Put held posts back on the plan when their account works again. How many there were."""
    rows = session.execute(sql["release"], {"now": lease.now()}).all()
    for row in rows:
        tell(row.id, row.workspace_id, "release", "The account works again, so it is on the plan again.")
    session.commit()
    return len(rows)


def lanes_of(claimed: Iterable[Claimed]) -> Iterator[list[Claimed]]:
    """The posts of each account, in the order of their times."""
    by_account = sorted(claimed, key=lambda one: (one.account_id, one.due_at, one.scheduled_time, one.id))
    for _, posts in groupby(by_account, key=lambda one: one.account_id):
        yield list(posts)


def in_thread(app: Flask, lane: list[Claimed], lease: Lease, work: Work) -> None:
    """Work through a lane with a session of this thread's own."""
    with app.app_context():
        try:
            work_lane(lane, lease, work)
        finally:
            session.remove()


def work_lane(lane: list[Claimed], lease: Lease, work: Work) -> None:
    """Do the work for one post after the other; what breaks on one does not stop the next."""
    for claimed in lane:
        with scope(claimed.workspace_id):
            try:
                work(claimed, lease)
            except Exception:  # it is due for a look again when this one should have been done
                session.rollback()
                log.exception("a post could not be looked for", scheduled_post=str(claimed.id))


def take_to_look(lease: Lease) -> list[Claimed]:
    """Unsure posts whose next look is due, for nobody else to look meanwhile."""
    moment = lease.now()
    found = {"key": lease.key, "now": moment, "again": moment + 3 * LEASE, "batch": BATCH}
    claimed = [Claimed(*row) for row in session.execute(sql["take_to_look"], found)]
    session.commit()
    return claimed


def look(claimed: Claimed, lease: Lease) -> None:
    """Look on the platform whether an unsure post arrived, and settle it if that can be known."""
    post, attempt = whole(claimed.id), Attempt.last_of(claimed.id)
    connector = connector_for(post.account)
    if connector is None or post.account.state == "reconnect":
        wait_for_account(post, lease)
        return session.commit()
    delivery = as_sent(post, attempt)
    session.commit()
    try:
        receipt = connector.find(delivery)
    except Exception as trouble:  # noqa: BLE001  (written down, logged, and looked for again)
        session.rollback()
        in_vain(post, attempt, connector, lease, trouble)
    else:
        if receipt:
            outcomes.found(post, attempt, receipt, lease)
        else:
            why = f"Looked on {post.platform.display_name}: it is not there."
            outcomes.absent(post, attempt, lease, why)
    return session.commit()


def in_vain(
    post: ScheduledPost, attempt: Attempt | None, connector: Connector, lease: Lease, trouble: Exception
) -> None:
    """A look that told nothing: what follows from why."""
    if isinstance(trouble, CannotTell) and connector.may_repeat(post.begun_at or lease.now()):
        why = f"{connector.label} drops a repeated post, so sending again is safe."
        outcomes.absent(post, attempt, lease, why)
    elif isinstance(trouble, CannotTell):
        look_again(post, lease, trouble.reason, last=not trouble.passing)
    elif isinstance(trouble, PublishError) and trouble.kind is Kind.RECONNECT:
        post.account.lost(trouble.message)
        wait_for_account(post, lease)
    elif isinstance(trouble, PublishError):
        look_again(post, lease, f"It could not be looked for: {trouble.message}", trouble.until)
    else:
        log.error("a look broke", scheduled_post=str(post.id), exc_info=trouble)
        look_again(post, lease, f"Looking for it broke on our side ({type(trouble).__name__}).")


def as_sent(post: ScheduledPost, attempt: Attempt | None) -> Delivery:
    """What was sent at the latest try, whatever the post says by now."""
    plan = Sent(post.id, post.channel_type.name, post.begun_at, attempt.handles if attempt else {})
    today = delivery_of(plan, post.post, post.channel, post.begun_at or post.due_at)
    said = today.as_sent(attempt.payload.get("post", {}) if attempt else {})
    return replace(said, on_keep=attempt.keep if attempt else None)


class Sent(NamedTuple):
    """What is known of a post that was sent."""

    id: UUID
    channel: str
    begun_at: datetime | None
    handles: dict[str, Any]


def wait_for_account(post: ScheduledPost, lease: Lease) -> None:
    """Look when the account lets us in again. Such a wait uses up no look, and is told once."""
    reason = f"{post.account.name} is not connected, so Slogan looks once it is."
    news = post.last_error != reason
    if lease.move(post, "wonder", due_at=lease.now() + CLOSED, last_error=reason) and news:
        post.note("wait", reason)


def look_again(
    post: ScheduledPost, lease: Lease, reason: str, until: datetime | None = None, *, last: bool = False
) -> None:
    """Plan the next look, or leave it to a person when all were in vain. `until` does not use one up."""
    looks = session.scalar(sql["looks"], {"id": post.id}) or 0
    to = until or (lease.now() + WAITS[looks + 1] if looks + 1 < len(WAITS) and not last else NEVER)
    if not lease.move(post, "wonder", due_at=to, last_error=reason):
        return
    then = (
        f"The next look is at {in_words(to, post.zone)}." if to != NEVER else "Please look yourself and say."
    )
    post.note("wait" if until else "look", f"{reason} {then}")
