"""What is written down around each call: the try before it, what came of it after it, many at a time.

Lanes hand in what they have, one of them writes it: everything that comes together within some milliseconds
is one transaction. A lane waits until its try is committed before it calls; it does not wait until the
outcome is, since a worker that dies in between leaves the same as one that dies before the answer: a try
without an outcome, which is looked for.
"""

import asyncio
import os
import socket
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, repeat
from queue import Empty, SimpleQueue
from typing import Any
from uuid import UUID

import orjson
import structlog
from flask import Flask
from sqlalchemy.exc import DBAPIError, OperationalError
from uuid_utils.compat import uuid7

from app.core.database import everywhere, session
from app.core.queries import queries
from app.core.waiting import loop, pause, start_lane, wait_for
from app.publishing import budgets
from app.publishing.allowances import Seen
from app.publishing.delivery import Delivery, Receipt
from app.schedule.guard import Objection, digest_of
from app.schedule.leases import Lease
from app.schedule.loading import Due
from app.schedule.moves import MOVES

sql = queries(__file__)
log = structlog.get_logger("publishing")
WINDOW = 0.02  # seconds in which what comes is written together, once more than one comes at a time
FEW, MOST = 1, 500
WORDS = {"put_off": "Put off.", "hold": "Held.", "miss": "Not sent."}
PAUSES = (0, 0.5, 1, 2, 4)  # seconds between tries to write while the database is away; then eight each
GIVE_UP = 300.0  # seconds after which what could not be written is left to the sweep


@dataclass(slots=True)
class Try:
    """One try to send a post, from before its call until after it."""

    id: UUID
    started_at: datetime
    due: Due
    delivery: Delivery
    payload: dict[str, Any]
    wording: str
    receipt: Receipt | None = None
    ended_at: datetime | None = None

    def as_begun(self) -> dict[str, Any]:
        """What the table of attempts holds of it."""
        due, digest = self.due, digest_of(self.due.text)
        return {
            "digest": digest.hex() if digest else None, "id": self.id, "at": self.started_at,
            "workspace": due.workspace_id, "post": due.id, "account": due.account_id,
            "number": (due.last_number or 0) + 1, "payload": self.payload, "handles": self.delivery.handles,
        }  # fmt: skip

    def as_accepted(self) -> dict[str, Any]:
        """What came of it, for the try, its post and the history."""
        receipt, due = self.receipt, self.due
        assert receipt
        assert self.ended_at
        where = f": {receipt.url}" if receipt.url else "."
        return {
            "attempt": self.id, "started": self.started_at, "post": due.id, "at": self.ended_at,
            "remote_id": receipt.remote_id, "url": receipt.url, "text": self.wording, "tries": due.tries + 1,
            "line": uuid7(), "sentence": f"Published on {due.platform}{where}",
        }  # fmt: skip


Answer = asyncio.Future[bool]
Entry = tuple[Try | None, Answer | None]  # a begin with where to answer, an end, or a wait


class Ledger:
    """One worker's writing, for lanes. With `app` None it writes at once, in the caller's own session."""

    def __init__(self, lease: Lease, app: Flask | None, late: Any) -> None:
        self.lease = lease
        self._late = late  # called with a try whose post is ours no longer
        self._worker = f"{socket.gethostname()}:{os.getpid()}"
        self._noted: dict[UUID, float] = {}
        self._book, self._news_of_budgets = budgets.Book(), SimpleQueue[Seen]()
        self._inbox: asyncio.Queue[Entry | None] = asyncio.Queue()
        self._lane = start_lane(self._run, app) if app else None

    def begin(self, one: Try) -> bool:
        """Write a try down and wait until that is kept. False: it must not be sent by us (any more)."""
        if self._lane is None:
            return one.due.id in self._write([one], [])
        return self._asked(one)

    def accept(self, one: Try, receipt: Receipt) -> None:
        """Write down, soon, that a platform has the post."""
        one.receipt, one.ended_at = receipt, self.lease.now()
        if self._lane is None:
            self._write([], [one])
        else:
            self._inbox.put_nowait((one, None))

    def learn(self, news: Iterable[Seen]) -> None:
        """Keep, soon, what platforms said of the requests that are left."""
        for seen in news:
            self._news_of_budgets.put(seen)

    def settle(self) -> None:
        """Wait until everything that was handed in so far is written."""
        if self._lane:
            self._asked(None)

    def close(self) -> None:
        """Write what is left, and stop."""
        if self._lane:
            self._inbox.put_nowait(None)
            wait_for(asyncio.wrap_future(self._lane))

    def _asked(self, one: Try | None) -> bool:
        """Hand it in, and wait for the answer."""
        answer = loop().create_future()
        self._inbox.put_nowait((one, answer))
        return wait_for(answer)

    # -- the writing lane ---------------------------------------------------------------------------

    def _run(self, app: Flask) -> None:
        with app.app_context():
            last, going_on = 0, True
            while going_on:
                entries, going_on = self._collect(WINDOW if last > FEW else 0)
                last = len(entries)
                self._settle(entries)
            session.remove()

    def _collect(self, window: float) -> tuple[list[Entry], bool]:
        """What has come, after waiting for the first and then for a moment; and whether more may come."""
        first = wait_for(self._inbox.get())
        if window:
            pause(window)
        entries: list[Entry] = []
        while first is not None:
            entries.append(first)
            if len(entries) == MOST or self._inbox.empty():
                return entries, True
            first = self._inbox.get_nowait()
        return entries, False

    def _settle(self, entries: list[Entry]) -> None:
        begins = [one for one, answer in entries if one and answer]
        ends = [one for one, answer in entries if one and not answer]
        begun: set[UUID] = set()
        try:
            if begins or ends:
                begun = self._write(begins, ends)
        except Exception:  # nobody may wait for ever for an answer
            session.rollback()
            log.exception("tries could not be written down")
        for one, answer in entries:
            if answer:
                answer.set_result(one is not None and one.due.id in begun)

    def _write(self, begins: list[Try], ends: list[Try]) -> set[UUID]:
        """Write it in one transaction, and again while the database is away; which posts may be sent."""
        until = time.monotonic() + GIVE_UP
        for wait in chain(PAUSES, repeat(8)):
            pause(wait)
            try:
                with everywhere():
                    begun, lost = self._once(begins, ends)
            except OperationalError as error:
                session.rollback()
                log.warning("what came of posts could not be written down yet", error=str(error.orig))
                if time.monotonic() > until:
                    break
            except (DBAPIError, TypeError):
                session.rollback()
                return self._one_by_one(begins, ends)
            else:
                for one in lost:
                    self._late(one)
                return begun
        log.error("what came of posts could not be written down; the sweep will look for them")
        return set()

    def _once(self, begins: list[Try], ends: list[Try]) -> tuple[set[UUID], list[Try]]:
        begun: set[UUID] = set()
        out: set[UUID] = set()
        if ends:
            begun_at = [one.started_at for one in ends]
            given = {
                "tries": [one.id for one in ends], "first": min(begun_at), "last": max(begun_at),
                "rows": orjson.dumps([one.as_accepted() for one in ends]).decode(), "key": self.lease.key,
                "contents": list({one.due.post_id for one in ends if one.due.content.state != "published"}),
                "accounts": self._news({one.due.account_id for one in ends}), "now": self.lease.now(),
            }  # fmt: skip
            out = set(session.scalars(sql["accept"], given))
        if begins:
            rows = orjson.dumps([one.as_begun() for one in begins]).decode()
            given = {"rows": rows, "key": self.lease.key, "worker": self._worker}
            begun = set(session.scalars(sql["begin"], given))
        budgets.write(self._book.due(_drained(self._news_of_budgets)))
        session.commit()
        return begun, [one for one in ends if one.due.id not in out]

    def _news(self, accounts: set[UUID]) -> list[UUID]:
        """The accounts whose latest post was not noted within the last second."""
        moment = time.monotonic()
        news = [one for one in accounts if moment - self._noted.get(one, -1e9) > 1]
        self._noted.update(dict.fromkeys(news, moment))
        return news

    def _one_by_one(self, begins: list[Try], ends: list[Try]) -> set[UUID]:
        """One of many that cannot be written must not take the others with it."""
        begun: set[UUID] = set()
        for one in chain(begins, ends):
            mine = ([one], []) if one.receipt is None else ([], [one])
            try:
                with everywhere():
                    begun |= self._once(*mine)[0]
            except (DBAPIError, TypeError) as error:
                session.rollback()
                log.error("a try could not be written down", scheduled_post=str(one.due.id), error=str(error))
        return begun


def _drained(queue: "SimpleQueue[Seen]") -> Iterator[Seen]:
    while True:
        try:
            yield queue.get_nowait()
        except Empty:
            return


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
