"""What is written down around each call: the try before it, what came of it after it, many at a time.

Lanes hand in what they have, one of them writes it: everything that comes while it writes is the next
transaction. A lane waits until its try is committed before it calls; it does not wait until the
outcome is, since a worker that dies in between leaves the same as one that dies before the answer: a try
without an outcome, which is looked for.
"""

import asyncio
import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain, repeat
from queue import Empty, SimpleQueue
from typing import Any
from uuid import UUID

import orjson
import structlog
from flask import Flask
from sqlalchemy.exc import DBAPIError, OperationalError
from uuid_utils.compat import uuid7

from app.core.database import Direct, everywhere, session
from app.core.queries import array, queries
from app.core.waiting import pause
from app.publishing import budgets
from app.publishing.allowances import Seen
from app.publishing.delivery import Delivery, Receipt
from app.schedule.gathering import Gathering
from app.schedule.guard import Objection
from app.schedule.leases import Lease
from app.schedule.loading import Due
from app.schedule.moves import MOVES

sql = queries(__file__)
log = structlog.get_logger("publishing")
AHEAD = 0.01  # seconds in which tries are gathered that nobody waits for yet; others are written at once
ENDS = 0.05  # seconds in which outcomes are gathered
WORDS = {"put_off": "Put off.", "hold": "Held.", "miss": "Not sent.", "lose": "Not sent yet."}
UNWRITABLE = "What would be sent holds something that cannot be kept, so nothing was sent. Write it anew."
PAUSES = (0, 0.5, 1, 2, 4)  # seconds between tries to write while the database is away; then eight each
GIVE_UP = 300.0  # seconds after which what could not be written is left to the sweep


@dataclass(slots=True, eq=False)
class Try:
    """One try to send a post, from before its call until after it."""

    id: UUID
    started_at: datetime
    clock: datetime  # the same moment by this machine's own clock, which may be set
    due: Due
    delivery: Delivery
    payload: dict[str, Any]
    wording: str
    receipt: Receipt | None = None
    ended_at: datetime | None = None
    kept: asyncio.Future[bool] | None = None  # whether it is written down, where that was asked for ahead of its turn

    def as_begun(self) -> dict[str, Any]:
        """What the table of attempts holds of it, beside what would be sent."""
        due = self.due
        return {
            "id": self.id, "at": self.started_at, "post": due.id, "number": (due.last_number or 0) + 1,
            "handles": self.delivery.handles, "digest": due.mark.hex() if due.mark else None,
        }  # fmt: skip

    def as_accepted(self) -> dict[str, Any]:
        """What came of it, for the try, its post and the history."""
        receipt, due = self.receipt, self.due
        assert receipt
        assert self.ended_at
        return {
            "attempt": self.id, "started": self.started_at, "post": due.id, "at": self.ended_at,
            "remote_id": receipt.remote_id, "url": receipt.url, "text": self.wording, "tries": due.tries + 1,
            "line": uuid7(), "sentence": f"Published on {due.platform}{receipt.where}",
        }  # fmt: skip


Way = Callable[[list[Try]], set[UUID]]


class Ledger:
    """One worker's writing, for lanes. With `app` None it writes at once, in the caller's own session."""

    def __init__(self, lease: Lease, app: Flask | None, late: Any) -> None:
        self.lease = lease
        self._late = late  # called with a try whose post is ours no longer
        self._worker = f"{socket.gethostname()}:{os.getpid()}"
        self._noted: dict[UUID, float] = {}
        self._book, self._news_of_budgets = budgets.Book(), SimpleQueue[Seen]()
        self._to_begin, self._to_end = Direct(), Direct()
        self._begins = Gathering(app, AHEAD, partial(self._write, self._begin)) if app else None
        self._ends = Gathering(app, ENDS, partial(self._write, self._end)) if app else None

    def begin(self, one: Try) -> bool:
        """Write a try down and wait until that is kept. False: it must not be sent by us (any more)."""
        if not self._begins:
            return one in self._write(self._begin, [one])
        return self._begins.await_now(one.kept) if one.kept else self._begins.ask(one)

    def begin_ahead(self, one: Try) -> bool:
        """Have a try written down meanwhile, for which `begin` waits. False: not where one does all."""
        if self._begins:
            one.kept = self._begins.asked(one)
        return one.kept is not None

    def accept(self, one: Try, receipt: Receipt, moment: datetime) -> None:
        """Write down, soon, that a platform has the post since then."""
        one.receipt, one.ended_at = receipt, moment
        if self._ends:
            self._ends.hand_in(one)
        else:
            self._write(self._end, [one])

    def learn(self, news: Iterable[Seen]) -> None:
        """Keep, soon, what platforms said of the requests that are left."""
        for seen in news:
            self._news_of_budgets.put(seen)

    def settle(self) -> None:
        """Wait until everything that was handed in so far is written."""
        if self._ends:
            self._ends.ask(None)

    def close(self) -> None:
        """Write what is left, and stop."""
        if self._begins and self._ends:
            self._begins.close()
            self._ends.close()
            self._to_begin.close()
            self._to_end.close()

    # -- writing ------------------------------------------------------------------------------------

    def _write(self, how: Way, tries: list[Try]) -> set[Try]:
        """Write them in one transaction, and again while the database is away; those that were ours to write."""
        until = time.monotonic() + GIVE_UP
        for wait in chain(PAUSES, repeat(8)):
            pause(wait)
            try:
                found = how(tries)
            except OperationalError as error:
                session.rollback()
                log.warning("what came of posts could not be written down yet", error=str(error.orig))
                if time.monotonic() > until:
                    break
            except (DBAPIError, TypeError) as error:
                session.rollback()
                return self._one_by_one(how, tries, error)
            else:
                ours = {one for one in tries if one.due.id in found}
                for one in tries:
                    if one.receipt and one not in ours:
                        self._tell_late(one)
                return ours
        log.error("what came of posts could not be written down; the sweep will look for them")
        return set()

    def _tell_late(self, one: Try) -> None:
        """One of several late answers that cannot be written down must not take the others with it."""
        try:
            self._late(one)
        except Exception:  # such as of a post that was removed meanwhile
            session.rollback()
            log.exception("a late answer could not be written down", scheduled_post=str(one.due.id))

    def _begin(self, tries: list[Try]) -> set[UUID]:
        if not tries:
            return set()
        rows = orjson.dumps([one.as_begun() for one in tries]).decode()
        payloads = b"\n".join(orjson.dumps(one.payload) for one in tries).decode()
        given = {"rows": rows, "payloads": payloads, "key": self.lease.key, "worker": self._worker}
        return {row[0] for row in self._to_begin.rows(sql["begin"], given)}

    def _end(self, tries: list[Try]) -> set[UUID]:
        if news := self._book.due(_drained(self._news_of_budgets)):
            with everywhere():
                budgets.write(news)
                session.commit()
        if not tries:
            return set()
        begun_at = [one.started_at for one in tries]
        given = {
            "tries": array(one.id for one in tries), "first": min(begun_at), "last": max(begun_at),
            "rows": orjson.dumps([one.as_accepted() for one in tries]).decode(), "key": self.lease.key,
            "contents": array({one.due.post_id for one in tries if one.due.content.state != "published"}),
            "accounts": array(self._news({one.due.account_id for one in tries})), "now": self.lease.now(),
        }  # fmt: skip
        return {row[0] for row in self._to_end.rows(sql["accept"], given)}

    def _one_by_one(self, how: Way, tries: list[Try], error: Exception) -> set[Try]:
        """One of many that cannot be written must not take the others with it; nor come round for ever."""
        if len(tries) > 1:
            return {one for single in tries for one in self._write(how, [single])}
        for one in tries:
            log.error("a try could not be written down", scheduled_post=str(one.due.id), error=str(error))
            if one.receipt is None:
                stop(self.lease, [(one.due, Objection("hold", "fault", UNWRITABLE))])
        return set()

    def _news(self, accounts: set[UUID]) -> list[UUID]:
        """The accounts whose latest post was not noted within the last second."""
        moment = time.monotonic()
        news = [one for one in accounts if moment - self._noted.get(one, -1e9) > 1]
        self._noted.update(dict.fromkeys(news, moment))
        return news


def _drained(queue: "SimpleQueue[Seen]") -> Iterator[Seen]:
    while True:
        try:
            yield queue.get_nowait()
        except Empty:
            return


def take_back(lease: Lease, one: Try) -> None:
    """A try that was written down ahead of its turn, and that will not be made, was none."""
    with everywhere():
        session.execute(sql["take_back"], {"id": one.id, "at": one.started_at, "key": lease.key})
        session.commit()


def let_go(lease: Lease, due: Due) -> None:
    """A post of which nobody here knows any more what became of it: its lease has run out."""
    with everywhere():
        session.execute(sql["let_go"], {"post": due.id, "key": lease.key, "now": lease.now()})
        session.commit()


def stop(lease: Lease, stops: Iterable[tuple[Due, Objection]]) -> None:
    """Put off, hold or miss claimed posts, and say in their history what speaks against sending them."""
    rows = [
        {
            "post": due.id, "verb": said.verb, "state": MOVES[said.verb][1], "kind": said.kind,
            "reason": said.reason, "line": uuid7(), "sentence": f"{WORDS[said.verb]} {said.reason}",
            "until": said.until,
        }
        for due, said in stops
    ]  # fmt: skip
    if rows:
        with everywhere():
            session.execute(
                sql["stop"], {"rows": orjson.dumps(rows).decode(), "key": lease.key, "now": lease.now()}
            )
            session.commit()
