"""What is done to a worker process from outside its code: shorter waits, another clock, and deaths.

The waits are constants of `app`; here they are a thirtieth or so of what they are, in the same order. Nothing
else of the code under test is touched: the hooks sit at the edge to the network and to the database.
"""

import os
import random
import re
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event


@dataclass(frozen=True)
class Scale:
    """How long things take here, in seconds. Fewer posts leave the machine quicker, so they wait less."""

    time_out: float  # 30 in real life
    lease: float  # 120, renewed four times
    first_look: float  # 60
    next_look: float  # after 5, 15 and 60 minutes
    first_wait: float  # 30; it doubles with each try
    stretch: float  # 240, after which a worker that is publishing lets another go on
    passages: int  # at a step, at most, until a worker dies there

    def constants(self) -> dict[str, Any]:
        """The waits by the names that `app` has for them."""
        look, then = timedelta(seconds=self.first_look), timedelta(seconds=self.next_look)
        return {
            "FIRST_WAIT": self.first_wait, "LONGEST_WAIT": 4.0, "FIRST_LOOK": look,
            "WAITS": (look, then, then, then), "LEASE": timedelta(seconds=self.lease),
            "OLD": timedelta(seconds=self.lease / 6),  # of a try begun ahead: well within half a lease
            "RENEW_EVERY": self.lease / 10, "UPLOAD_SECONDS": self.time_out, "CLAIMING": self.stretch,
        }  # fmt: skip


SMALL = Scale(time_out=1.5, lease=2.5, first_look=1.5, next_look=0.2, first_wait=0.5, stretch=0.7, passages=2)
LARGE = Scale(time_out=5, lease=7, first_look=5, next_look=1, first_wait=0.5, stretch=8, passages=4)
PATIENCE = 1.5  # 60 to 300: the wait after a 429 that names no time
SWEEP_EVERY = 1  # 30


def shorten(scale: Scale) -> None:
    """Make every wait short, in every module that has its name. Raise LookupError for a name that is gone."""
    from app.core.wire import Wire
    from app.publishing import breaker
    from app.publishing.connectors import CONNECTORS
    from jobs import clock

    ours = [module for name, module in sys.modules.items() if name.split(".")[0] in ("app", "jobs")]
    for name, value in scale.constants().items():
        holders = [module for module in ours if name in vars(module)]
        if not holders:
            raise LookupError(f"Nothing is called {name} any more: see benchmarks/chaos/edges.py.")
        for module in holders:
            setattr(module, name, value)
    Wire.request.__kwdefaults__.update(timeout=scale.time_out, connect_timeout=scale.time_out)
    breaker.REST, breaker.LONGEST = timedelta(seconds=1), timedelta(seconds=2)  # 30 seconds and ten minutes
    for kind in CONNECTORS.values():
        kind.patience = PATIENCE
    for what, (_, job) in list(clock.CLOCK.items()):
        if job == "schedule.sweep":
            clock.CLOCK[what] = (clock.Every(SWEEP_EVERY), job)
        elif job != "schedule.publish_due":
            del clock.CLOCK[what]  # the rest of the table is another promise's


def move_clock(seconds: float, after: float, sent: Any) -> None:
    """From `after` seconds on, let this process believe that it is so much later (or earlier).

    What it begins to send from then on is counted in `sent.value`, which forks share.
    """
    from app.core import time as ours
    from app.publishing.connector import Connector

    real, begins = ours.now, time.monotonic() + after

    def now() -> datetime:
        moved = seconds if time.monotonic() >= begins else 0
        return datetime.now(UTC) + timedelta(seconds=moved)

    for module in list(sys.modules.values()):
        if getattr(module, "now", None) is real:
            module.now = now
    publish = Connector.publish

    def counted(*given: Any) -> Any:
        sent.value += time.monotonic() >= begins
        return publish(*given)

    Connector.publish = counted


STEPS = {  # where a worker dies: what is known by then
    "claimed": "claimed, before the attempt is written",
    "written": "attempt written, before the call",
    "answered": "answer read, nothing written",
    "kept": "the platform's id kept, outcome not written",
    "uncommitted": "outcome on its way, not committed",
    "done": "outcome committed",
}


class Death:
    """Ends this process with -9 at a step: not always at the first passage, and only while there are tokens.

    A token is a file; who removes it dies. So all processes together die as often as there are tokens.
    """

    def __init__(self, tokens: Path, most: int) -> None:
        self.tokens, self.most, self.passages, self.dice = tokens, most, {}, random.Random(os.getpid())

    def at(self, step: str) -> None:
        """Die here, if it is our turn."""
        patience = self.passages.setdefault((os.getpid(), step), self.dice.randint(1, self.most))
        self.passages[os.getpid(), step] = patience - 1
        if patience > 1:
            return
        for token in self.tokens.glob(f"{step}-*"):
            try:
                token.unlink()
            except FileNotFoundError:
                continue
            os.kill(os.getpid(), signal.SIGKILL)

    def lie_in_wait(self) -> None:
        """Stand at every step."""
        from app.core.wire import Wire
        from app.publishing.connector import Connector

        Wire.request = self._around(Wire.request, after="answered", when=_creates)
        Connector.publish = self._around(Connector.publish, before="written", after="kept")
        self._listen()

    def _around(
        self,
        real: Callable[..., Any],
        before: str = "",
        after: str = "",
        when: Callable[..., bool] | None = None,
    ) -> Callable[..., Any]:
        def dying(*given: Any, **named: Any) -> Any:
            if before:
                self.at(before)
            said = real(*given, **named)
            if after and (when is None or when(*given)):
                self.at(after)
            return said

        return dying

    def _listen(self) -> None:
        """Hear what is said to the database."""
        from sqlalchemy.engine import Engine

        writes = re.compile(r"insert into attempts", re.IGNORECASE)
        ends = re.compile(
            r"update (attempts|scheduled_posts)\b.*(accepted|published|outcome)", re.IGNORECASE | re.DOTALL
        )

        @event.listens_for(Engine, "before_cursor_execute")
        def said(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            if connection.info.pop("done", False):
                self.at("done")
            if writes.search(statement):
                self.at("claimed")
            elif ends.search(statement) and re.search("accepted|published", f"{statement} {parameters}"):
                if by_itself(connection):
                    self.at("uncommitted")
                connection.info["ending"] = True

        @event.listens_for(Engine, "after_cursor_execute")
        def committed(connection: Any, *_: Any) -> None:
            if by_itself(connection) and connection.info.pop("ending", False):
                self.at("done")

        @event.listens_for(Engine, "commit")
        def commit(connection: Any) -> None:
            if connection.info.pop("ending", False):
                self.at("uncommitted")
                connection.info["done"] = True


def by_itself(connection: Any) -> bool:
    """Whether each statement is a transaction of its own, committed when it returns."""
    return bool(connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT")


def _creates(_wire: Any, method: str, url: str) -> bool:
    return method == "POST" and "Session" not in url
