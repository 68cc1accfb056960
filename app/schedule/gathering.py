"""What many lanes hand in, dealt with together, by one lane: what came while it dealt with the last lot."""

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Generic, TypeVar

import structlog
from flask import Flask

from app.core.database import session
from app.core.waiting import loop, start_lane, wait_for

log = structlog.get_logger("publishing")
Thing = TypeVar("Thing")
MOST = 500


class Gathering(Generic[Thing]):
    """A lane that deals with all that is there. While nobody waits for it, it gathers for `window` seconds."""

    def __init__(
        self, app: Flask, window: float, deal: Callable[[list[Thing]], Collection[Thing]]
    ) -> None:
        """`deal` gets what was handed in, and returns those of which the answer is yes."""
        self._window, self._deal = window, deal
        self._inbox: asyncio.Queue[tuple[Thing | None, asyncio.Future[bool] | None]] = asyncio.Queue()
        self._closing, self._hurry = False, asyncio.Event()
        self._lane = start_lane(self._run, app)

    def hand_in(self, one: Thing) -> None:
        """Have it dealt with soon."""
        self._inbox.put_nowait((one, None))

    def asked(self, one: Thing | None) -> asyncio.Future[bool]:
        """Have it dealt with soon; the answer is for later."""
        answer: asyncio.Future[bool] = loop().create_future()
        self._inbox.put_nowait((one, answer))
        return answer

    def ask(self, one: Thing | None) -> bool:
        """Have it dealt with at once, and wait for the answer. None: until what was handed in so far is."""
        return self.await_now(self.asked(one))

    def await_now(self, answer: asyncio.Future[bool]) -> bool:
        """Wait for an answer, and for nothing more to come."""
        if not answer.done():
            self._hurry.set()
        return wait_for(answer)

    def close(self) -> None:
        """Deal with what is left, and stop."""
        self._closing = True
        self.ask(None)
        wait_for(asyncio.wrap_future(self._lane))

    def _run(self, app: Flask) -> None:
        with app.app_context():
            last = 0
            while not (self._closing and self._inbox.empty()):
                entries = [wait_for(self._inbox.get())]
                if self._window and last > 1:  # what comes alone goes at once
                    self._wait_for_more()
                while not self._inbox.empty() and len(entries) < MOST:
                    entries.append(self._inbox.get_nowait())
                last = len(entries)
                self._settle(entries)
            session.remove()

    def _wait_for_more(self) -> None:
        with suppress(TimeoutError):
            wait_for(asyncio.wait_for(self._hurry.wait(), self._window))
        self._hurry.clear()

    def _settle(self, entries: list[tuple[Thing | None, asyncio.Future[bool] | None]]) -> None:
        yes: Collection[Thing] = ()
        try:
            yes = self._deal([one for one, _ in entries if one is not None])
        except Exception:  # nobody may wait for ever for an answer
            session.rollback()
            log.exception("what was handed in could not be dealt with")
        for one, answer in entries:
            if answer:
                answer.set_result(one in yes)
