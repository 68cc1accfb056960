"""What a dead worker or a lost answer left behind is found, and every unsure post is looked for."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import structlog
from flask import current_app

from app.core.database import everywhere, session
from app.core.time import now
from app.publishing.accounts import connector_for
from app.publishing.delivery import CannotTell, Delivery, Kind, PublishError
from app.publishing.models import Attempt
from app.schedule import outcomes
from app.schedule.engine import in_thread, lanes_of, tell, work_lane
from app.schedule.leases import LEASE, Claimed, Lease, sql
from app.schedule.models import ScheduledPost
from app.schedule.outcomes import FIRST_LOOK
from app.schedule.sending import delivery_of, load
from app.schedule.words import in_words

log = structlog.get_logger("publishing")
WAITS = (FIRST_LOOK, timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=60))
NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # no look is planned: it is a person's turn
BATCH = 20  # posts looked for in one sweep
LANES = 8
LOST = "The worker stopped before the answer came, so it may be out. Slogan looks in a minute."


def sweep(lanes: int = LANES) -> None:
    """Settle leases that ran out, free what waited for an account, look for what is unsure."""
    with everywhere():
        let_go()
        release()
        lease = Lease()
        claimed = take_to_look(lease)
    if lanes == 0:
        for lane in lanes_of(claimed):
            work_lane(lane, lease, look)
        return
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    with ThreadPoolExecutor(lanes, "look") as pool:
        for lane in lanes_of(claimed):
            pool.submit(in_thread, app, lane, lease, look)


def let_go() -> None:
    """Say of posts whose worker is gone what is known of them: due again, or unsure."""
    moment = now()
    rows = session.execute(sql["let_go"], {"now": moment, "look": moment + FIRST_LOOK}).all()
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


def release() -> None:
    """Put held posts back on the plan when their account works again."""
    for row in session.execute(sql["release"], {"now": now()}).all():
        tell(row.id, row.workspace_id, "release", "The account works again, so it is on the plan again.")
    session.commit()


def take_to_look(lease: Lease) -> list[Claimed]:
    """Unsure posts whose next look is due, for nobody else to look meanwhile."""
    moment = now()
    found = {"key": lease.key, "now": moment, "again": moment + 3 * LEASE, "batch": BATCH}
    claimed = [Claimed(*row) for row in session.execute(sql["take_to_look"], found)]
    session.commit()
    return claimed


def look(claimed: Claimed, lease: Lease) -> None:
    """Look on the platform whether an unsure post arrived, and settle it if that can be known."""
    session.expire_all()
    post, attempt = load(claimed), Attempt.last_of(claimed.id)
    connector = connector_for(post.account)
    if connector is None:
        look_again(post, lease, f"{post.account.name} is not connected, so Slogan cannot look.")
        return session.commit()
    delivery = as_sent(post, attempt)
    session.commit()
    try:
        receipt = connector.find(delivery)
    except CannotTell as unknown:
        if connector.repeats_safely:
            why = f"{connector.label} drops a repeated post, so sending again is safe."
            outcomes.absent(post, attempt, lease, why)
        else:
            look_again(post, lease, unknown.reason)
    except PublishError as error:
        if error.kind is Kind.RECONNECT:
            post.account.lost(error.message)
        look_again(post, lease, f"It could not be looked for: {error.message}")
    except Exception as error:  # a look that breaks is a look that found nothing out
        session.rollback()
        log.exception("a look broke", scheduled_post=str(claimed.id))
        look_again(post, lease, f"Looking for it broke on our side ({type(error).__name__}).")
    else:
        if receipt:
            outcomes.found(post, attempt, receipt, lease)
        else:
            why = f"Looked on {post.platform.display_name}: it is not there."
            outcomes.absent(post, attempt, lease, why)
    return session.commit()


def as_sent(post: ScheduledPost, attempt: Attempt | None) -> Delivery:
    """What was sent at the latest try, whatever the post says by now."""
    today = delivery_of(post)
    sent = attempt.payload.get("post", {}) if attempt else {}
    return Delivery(**{**vars(today), **sent})


def look_again(post: ScheduledPost, lease: Lease, reason: str) -> None:
    """Plan the next look, or leave it to a person when all were in vain."""
    looks = session.scalar(sql["looks"], {"id": post.id}) or 0
    to = now() + WAITS[looks + 1] if looks + 1 < len(WAITS) else NEVER
    if not lease.move(post, "wonder", due_at=to, last_error=reason):
        return
    then = (
        f"The next look is at {in_words(to, post.zone)}." if to != NEVER else "Please look yourself and say."
    )
    post.note("look", f"{reason} {then}")
