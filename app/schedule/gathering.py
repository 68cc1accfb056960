"""What many lanes hand in, dealt with together, by one lane: what came while it dealt with the last lot."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection
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
        self._inbox = deque[tuple[Thing | None, asyncio.Future[bool] | None]]()
        self._closing, self._filled, self._hurry = False, asyncio.Event(), asyncio.Event()
        self._lane = start_lane(self._run, app)

    def hand_in(self, one: Thing) -> None:
        """Have it dealt with soon."""
        self._inbox.append((one, None))
        self._filled.set()

    def asked(self, one: Thing | None) -> asyncio.Future[bool]:
        """Have it dealt with soon; the answer is for later."""
        answer: asyncio.Future[bool] = loop().create_future()
        self._inbox.append((one, answer))
        self._filled.set()
        return answer

    def ask(self, one: Thing | None) -> bool:
        """Have it dealt with at once, and wait for the answer. None: until what was handed in so far is."""
        return self.await_now(self.asked(one))

    def await_now(self, answer: asyncio.Future[bool]) -> bool:
        """Wait for an answer, and for nothing more to come."""
        if answer.done():
            return answer.result()
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
            while self._inbox or not self._closing:
                wait_for(self._filled.wait())
                if self._window and last > 1:  # what comes alone goes at once
                    self._wait_for_more()
                last = min(len(self._inbox), MOST)
                entries = [self._inbox.popleft() for _ in range(last)]
                if not self._inbox:
                    self._filled.clear()
                self._settle(entries)
            session.remove()

    def _wait_for_more(self) -> None:
        window = loop().call_later(self._window, self._hurry.set)
        wait_for(self._hurry.wait())
        window.cancel()
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
