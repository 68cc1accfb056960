"""The posts of one account go out, one after the other.

Each waits until its try is committed. Where the platform drops a repeat that takes no time: the try of the next
post is written down while the call before it is under way. A worker that dies then leaves one more try of which
nobody knows whether it was made, and which may be made again. Everywhere else it is written when its turn comes.
"""

import threading
import time
from collections import deque
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import structlog

from app.core.database import scope
from app.core.waiting import in_thread
from app.publishing.accounts import unusable
from app.publishing.connector import Connector
from app.publishing.delivery import PublishError
from app.schedule import sending
from app.schedule.ledger import Try, let_go, take_back
from app.schedule.loading import Due
from app.schedule.sending import Worker

log = structlog.get_logger("publishing")
OLD = timedelta(seconds=20)  # a try that waited so long for its turn is asked for again: is its post still ours?
TURN = 60.0  # seconds that an account sends what was claimed and checked together; the rest is claimed anew
stopping = threading.Event()


def send_all(posts: list[Due], worker: Worker) -> list[Due]:
    """Send the posts of one account, one after the other; return those that were not begun."""
    with scope(posts[0].workspace_id):
        try:
            connector = posts[0].connector()
        except Exception as error:
            log.exception("a connector could not be made", account=str(posts[0].account_id))
            sending.unusual(posts[0], None, sending.ours(error), worker.lease)
            return posts[1:]
        lane = Lane(posts, connector, worker)
        try:
            lane.work()
        except Exception:
            log.exception("a lane broke", account=str(posts[0].account_id))
            lane.leave()
        finally:
            worker.ledger.settle()
            lane.take_back()
        return list(lane.left)


class Lane:
    """One account's posts on their way. `left` are those that were not begun."""

    def __init__(self, posts: list[Due], connector: Connector | None, worker: Worker) -> None:
        self.left, self._connector, self._worker = deque(posts), connector, worker
        self._now = posts[0]
        self._ahead: Try | None = None  # of the next post, begun and not made

    def work(self) -> None:
        """Send until the account can take no more, its turn is over, or this process is asked to stop."""
        over = time.monotonic() + TURN
        while self.left and not stopping.is_set():
            self._now = self.left.popleft()
            if not self._send(self._now) or time.monotonic() > over:
                break

    def leave(self) -> None:
        """Something broke here: what became of the post is for those to find out who settle lost leases, at once."""
        sending.persistently(partial(let_go, self._worker.lease, self._now))

    def _send(self, due: Due) -> bool:
        """Send one claimed post, or say why not. False: its account can take no more for now.

        Nothing is ever left without a word in its history.
        """
        connector, worker = self._connector, self._worker
        if connector is None and (error := unusable(due.sender)):
            return sending.unusual(due, None, error, worker.lease)
        if connector is None or due.channel not in connector.channels:
            in_thread(sending.keep, due, connector, worker.lease)
            return True
        moment = worker.lease.now()
        if not worker.breaker.allow(connector.server, moment):
            if self.take_back():
                sending.put_off(due, connector, worker)
            return False
        if self._is_old(moment) and not self.take_back():
            return True
        try:
            one, self._ahead = self._ahead or sending.prepare(due, connector, worker.lease.now()), None
        except PublishError as error:
            return sending.unusual(due, None, error, worker.lease)
        except Exception as error:
            log.exception("a post could not be prepared", scheduled_post=str(due.id))
            return sending.unusual(due, None, sending.ours(error), worker.lease)
        if not worker.ledger.begin(one):
            return True
        self._begin_next(connector)
        return sending.settle(one, connector, sending.call(one, connector, worker.lease), worker)

    # -- the next one's try -------------------------------------------------------------------------

    def _begin_next(self, connector: Connector) -> None:
        """Have the next post's try written down meanwhile, if its platform drops a repeat."""
        due = self.left[0] if self.left else None
        if due is None or due.channel not in connector.channels:
            return
        with suppress(Exception):  # what is wrong with it is said when its turn comes
            moment = self._worker.lease.now()
            if connector.may_repeat(due.begun_at or moment):
                one = sending.prepare(due, connector, moment)
                self._ahead = one if self._worker.ledger.begin_ahead(one) else None

    def _is_old(self, moment: datetime) -> bool:
        return self._ahead is not None and moment - self._ahead.started_at > OLD

    def take_back(self) -> bool:
        """A try that was begun ahead will not be made.

        False: nobody knows whether that is written down, so its post is left to those who settle lost leases.
        """
        one, self._ahead = self._ahead, None
        if one is None:
            return True
        if self._worker.ledger.begin(one) and sending.persistently(partial(take_back, self._worker.lease, one)):
            return True
        self.left = deque(due for due in self.left if due is not one.due)
        return False
