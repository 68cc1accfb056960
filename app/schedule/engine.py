"""What is due goes out: claimed in batches, account beside account, each account's posts in their order.

A ring wakes a worker. It claims runs of due posts under a lease and sends them until none is due or its
minutes are over; two workers never hold the same post, nor two posts of one account. A ring too many finds
nothing to do; one that is lost is made good by the next, a second later.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from uuid import UUID

import structlog
from flask import Flask, current_app

from app.accounts import instance
from app.core.database import close_lane_connections, everywhere, session
from app.core.waiting import in_thread, pause, start_lane, wait_for
from app.publishing.breaker import Breaker
from app.schedule import sending
from app.schedule.claiming import RUN, Claims, Waiting, put_off_blocked
from app.schedule.lane import send_all, stopping
from app.schedule.leases import Lease
from app.schedule.ledger import Ledger, Try, stop
from app.schedule.loading import Due, load
from app.schedule.objections import objections_to
from app.schedule.sending import Worker

log = structlog.get_logger("publishing")
LANES = 128  # accounts sent for at once, by one worker
FIRST = 10  # posts of an account in its first run
CLAIM = 500  # posts that are claimed together: enough to share the statements, few enough to hold up nobody
PER_PLATFORM = 100  # of those, at most: one that hangs leaves lanes to the others
CLAIMING = 240.0  # seconds after which a worker claims no more; the next ring finds a fresh one
WATCH = 30.0  # seconds between looks whether this installation is still itself
LINGER = timedelta(seconds=3)  # so soon before a post is due, a worker waits for it
LOOK = 0.25  # seconds between looks for accounts that have posts due, where a look is quick
SLOW_LOOK = 0.5  # seconds between them at most: a look that is slow takes a twenty-fifth of the time until then
PAUSE = 0.01  # seconds before a look when the last claim brought nothing more to do


def publish_due(lanes: int = LANES, run: int = RUN) -> int:
    """Send everything that is due, and return how many posts were taken up.

    `lanes` accounts are sent for side by side; 0 sends in the caller's own thread, one after the other.
    """
    with everywhere():
        mark = instance.watch()
        session.commit()
    if mark is None:
        return 0  # this installation may not be the real one: see `instance`
    if lanes == 0:
        return _one_after_another(mark, run)
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    return start_lane(_drain, app, mark, lanes, run).result()


def _drain(app: Flask, mark: int, lanes: int, run: int) -> int:
    with app.app_context():  # a session of its own, for posts that are read and never changed
        try:
            return Drain(app, mark, lanes, run).work()
        finally:
            session.remove()
            close_lane_connections()


def stop_softly() -> None:
    """Finish the calls that are under way, give back what has not begun, and return from `publish_due`."""
    stopping.set()


def _one_after_another(mark: int, run: int) -> int:
    """Send what is due without threads, in the caller's session."""
    lease, taken = Lease(), 0
    claims = Claims(lease, mark)
    worker = Worker(lease, Ledger(lease, None, late_answer(lease)), Breaker())
    put_off_blocked(lease)
    while waiting := claims.accounts():
        claimed = claims.take([one.id for one in waiting], run)
        ids = [post for posts in claimed.values() for post in posts]
        if not ids:
            break
        taken += len(ids)
        for lane in checked(lease, ids):
            claims.give_back([post.id for post in send_all(lane, worker)])
        put_off_blocked(lease)
    return taken


def late_answer(lease: Lease) -> Callable[[Try], None]:
    """What becomes of an answer whose post is ours no longer."""

    def write(one: Try) -> None:
        assert one.receipt
        sending.persistently(partial(sending.write_accepted, one, one.receipt, lease))

    return write


class Drain:
    """One worker's stretch of publishing: it claims, its lanes send, its ledger writes."""

    def __init__(self, app: Flask, mark: int, lanes: int, run: int) -> None:
        self.app, self.lanes, self.run = app, lanes, run
        self.lease = Lease()
        self.claims = Claims(self.lease, mark)
        self.worker = Worker(self.lease, Ledger(self.lease, app, late_answer(self.lease)), Breaker())
        self.taken = 0
        self._busy: dict[UUID, UUID] = {}  # accounts that we send for, and their platforms
        self._turns: dict[UUID, tuple[float, int]] = {}  # when accounts last had a run, and of how many posts
        self._more: set[UUID] = set()  # accounts that had as many posts as they were asked for
        self._done: deque[list[Due]] = deque()
        self._freed = asyncio.Event()
        self._waiting: deque[Waiting] = deque()
        self._look_at = 0.0
        self._watch_at = time.monotonic() + WATCH
        self._ends = time.monotonic() + CLAIMING

    def work(self) -> int:
        """Send until nothing is due."""
        put_off_blocked(self.lease)
        try:
            with self.lease.kept_alive():
                while True:
                    if self._may_claim():
                        self._claim()
                    if self._busy:
                        self._wait()
                    elif self._is_over() or not self._has_more():
                        put_off_blocked(self.lease)
                        return self.taken
        finally:
            session.rollback()
            while self._busy:  # something broke here: what is under way still ends well
                self._wait()
            self.worker.ledger.close()

    # -- claiming -----------------------------------------------------------------------------------

    def _is_over(self) -> bool:
        return stopping.is_set() or time.monotonic() > self._ends

    def _may_claim(self) -> bool:
        return not self._is_over() and len(self._busy) < self.lanes

    def _claim(self) -> None:
        if time.monotonic() > self._watch_at:
            self._keep_watch()
        if time.monotonic() >= self._look_at:
            self._look()
        chosen, run = self._choose()
        if not chosen:
            return
        taken = self.claims.take(chosen, run)
        self.taken += sum(len(posts) for posts in taken.values())
        self._more.difference_update(chosen)
        self._more.update(account for account, posts in taken.items() if len(posts) == run)
        ids = [post for posts in taken.values() for post in posts]
        for lane in checked(self.lease, ids):
            self._busy[lane[0].account_id] = lane[0].platform_id
            start_lane(self._lane, lane)

    def _look(self) -> None:
        """Find who waits: first who had no turn yet, then whose turn was the longest ago.

        Of those that are due since the same moment, each worker begins with others: it finds them free.
        """
        began = time.monotonic()
        found = self.claims.accounts()
        self._waiting = deque(sorted(found, key=self._turn_of))
        ended = time.monotonic()
        self._look_at = ended + min(max(LOOK, 25 * (ended - began)), SLOW_LOOK)

    def _turn_of(self, one: Waiting) -> tuple[float, datetime, int]:
        last, _ = self._turns.get(one.id, (0.0, 0))
        return last, one.due_at, hash((self.lease.key, one.id))

    def _keep_watch(self) -> None:
        """Claim nothing more from a database that was put back meanwhile, or is none of ours any more."""
        self._watch_at = time.monotonic() + WATCH
        with everywhere():
            mark = instance.watch()
            session.commit()
        if mark is None:
            self._ends = 0.0
        else:
            self.claims.mark = mark

    def _choose(self) -> tuple[list[UUID], int]:
        """The next waiting accounts that there are lanes for, and how many posts each of them gets.

        At first a few, so that all lanes are at work soon, then twice as many each time: who has a lot to
        send waits for a claim less often.
        """
        crowds, chosen = Counter(self._busy.values()), list[UUID]()
        run = self._run_of(self._waiting[0]) if self._waiting else 1
        most = min(max(1, CLAIM // run), self.lanes - len(self._busy))
        while self._waiting and len(chosen) < most and self._run_of(self._waiting[0]) == run:
            one = self._waiting.popleft()
            if one.id not in self._busy and crowds[one.platform_id] < self._most():
                chosen.append(one.id)
                crowds[one.platform_id] += 1
        self._turns.update(dict.fromkeys(chosen, (time.monotonic(), run)))
        return chosen, run

    def _run_of(self, one: Waiting) -> int:
        _, last = self._turns.get(one.id, (0.0, FIRST // 2))
        return min(2 * last, self.run)

    def _most(self) -> int:
        return min(PER_PLATFORM, self.lanes)

    def _has_more(self) -> bool:
        """With every lane free: whether something is due, or will be so soon that it is worth the wait."""
        pause(PAUSE)
        self._look()
        if self._waiting:
            return True
        soon = self.claims.next_due(LINGER)
        if soon is None:
            return False
        pause(max(0.0, (soon - self.lease.now()).total_seconds()))
        self._look_at = 0.0
        return True

    def _wait(self) -> None:
        """Until a lane is free, or for a moment; not at all while there is more to claim."""
        moment = 0 if self._waiting and self._may_claim() else LOOK
        with suppress(TimeoutError):
            wait_for(asyncio.wait_for(self._freed.wait(), moment))
        self._freed.clear()
        while self._done:
            self._free(self._done.popleft())

    def _free(self, lane: list[Due]) -> None:
        """An account has had its turn; one that had as many posts as it was asked for is likely to have more."""
        one = lane[0]
        self._busy.pop(one.account_id)
        if one.account_id in self._more:
            self._waiting.append(Waiting(one.account_id, one.platform_id, one.due_at))

    def _lane(self, lane: list[Due]) -> None:
        with self.app.app_context():
            try:
                if rest := send_all(lane, self.worker):
                    in_thread(self.claims.give_back, [post.id for post in rest])
            except Exception:  # nobody waits for a lane's result; its posts are found when the lease runs out
                log.exception("a lane broke", account=str(lane[0].account_id))
            finally:
                session.remove()
                self._done.append(lane)
                self._freed.set()


def checked(lease: Lease, ids: list[UUID]) -> list[list[Due]]:
    """The claimed posts that may go, account by account; what speaks against the others is written down."""
    if not ids:
        return []
    with everywhere():  # one transaction for both
        posts = load(lease, ids)
        pause(0)  # what is ready goes on
        objections = objections_to(posts, lease.now())
        session.commit()
    stop(lease, [(post, objections[post.id]) for post in posts if post.id in objections])
    free = [post for post in posts if post.id not in objections]
    return [list(lane) for _, lane in groupby(free, key=lambda post: post.account_id)]
