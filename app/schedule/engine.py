"""What is due goes out: claimed in batches, account beside account, each account's posts in their order.

A ring wakes a worker. It claims due posts under a lease and sends them until none is due or its minute
is over; two workers never hold the same post, nor two posts of one account. A ring too many finds
nothing to do; one that is lost is made good by the next, a second later.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import groupby
from typing import Any

import structlog
from flask import Flask, current_app

from app.core.database import everywhere, scope, session
from app.core.time import now
from app.schedule.leases import LEASE, Claimed, Lease, sql
from app.schedule.models import HistoryLine
from app.schedule.sending import send
from app.schedule.words import in_words

log = structlog.get_logger("publishing")
BATCH = 50  # posts claimed at once
LANES = 16  # accounts sent for at once, by one worker
CLAIMING = 60.0  # seconds after which a worker claims no more, so that it can be stopped softly
Work = Callable[[Claimed, Lease], None]


def publish_due(lanes: int = LANES, batch: int = BATCH) -> int:
    """Send everything that is due, and return how many posts were taken up.

    `lanes` accounts are sent for side by side; 0 sends in the caller's own thread, one after the other.
    """
    lease, taken, ends = Lease(), 0, time.monotonic() + CLAIMING
    with everywhere():
        put_off_blocked()
    if lanes == 0:
        while claimed := claim(lease, batch):
            taken += len(claimed)
            for lane in lanes_of(claimed):
                work_lane(lane, lease, send)
        return taken
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    with lease.kept_alive(), ThreadPoolExecutor(lanes, "lane") as pool:
        running: set[Future[None]] = set()
        while True:
            claimed = claim(lease, batch) if len(running) < lanes and time.monotonic() < ends else []
            taken += len(claimed)
            running |= {pool.submit(in_thread, app, lane, lease, send) for lane in lanes_of(claimed)}
            if not running:
                return taken
            if not claimed or len(running) >= lanes:
                running = wait(running, timeout=1, return_when=FIRST_COMPLETED).not_done


def claim(lease: Lease, batch: int) -> list[Claimed]:
    """Take up to `batch` due posts, for nobody else to send while the lease lives."""
    with everywhere():
        session.execute(sql["claim_turn"])
        moment = now()
        rows = session.execute(
            sql["claim"], {"key": lease.key, "lease": moment + LEASE, "now": moment, "batch": batch}
        )
        claimed = [Claimed(*row) for row in rows]
        session.commit()
    return claimed


def put_off_blocked() -> None:
    """Move due posts of accounts that were asked to slow down to when they may send again."""
    rows = session.execute(sql["put_off_blocked"], {"now": now()}).all()
    for row in rows:
        sentence = f"The account was asked to slow down. To be sent at {in_words(row.until, row.zone)}."
        tell(row.id, row.workspace_id, "put_off", sentence)
    session.commit()


def tell(post_id: Any, workspace_id: Any, verb: str, sentence: str) -> None:
    """Add a line to a scheduled post's history without loading the post."""
    session.add(
        HistoryLine(
            scheduled_post_id=post_id, workspace_id=workspace_id, verb=verb, sentence=sentence,
            created_at=now(), details={},
        )
    )  # fmt: skip


def lanes_of(claimed: Iterable[Claimed]) -> Iterator[list[Claimed]]:
    """The posts of each account, in the order in which they are to go out."""
    by_account = sorted(claimed, key=lambda one: (one.account_id, one.due_at, one.scheduled_time, one.id))
    for _, posts in groupby(by_account, key=lambda one: one.account_id):
        yield list(posts)


def in_thread(app: Flask, lane: list[Claimed], lease: Lease, work: Work) -> None:
    """Work through a lane with a session of this thread's own."""
    with app.app_context():
        try:
            work_lane(lane, lease, work)
        except Exception:  # nobody waits for a lane's result; its posts are found when the lease runs out
            log.exception("a lane broke", account=str(lane[0].account_id))
        finally:
            session.remove()


def work_lane(lane: list[Claimed], lease: Lease, work: Work) -> None:
    """Do the work for one post after the other; what breaks on one does not stop the next."""
    for claimed in lane:
        with scope(claimed.workspace_id):
            try:
                work(claimed, lease)
            except Exception:  # the lease runs out, and the sweep says what is known of the post
                session.rollback()
                log.exception("a post could not be worked on", scheduled_post=str(claimed.id))
