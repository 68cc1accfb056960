"""A worker: takes bells from its queues and does the work they name, each in a fork of its own."""

import gc
import os
import signal
from contextlib import suppress
from typing import Any

from rq import Worker
from rq.serializers import JSONSerializer

from app import the_app
from app.core.database import db
from app.core.queue import QUEUES, forget_connections, redis
from app.schedule import engine

# Publishing has a worker that nothing else can keep busy; an import of an hour stops no rewrite.
ROSTER: tuple[tuple[str, ...], ...] = (("publishing",), ("default", "rewriting"), ("slow", "default"))


def queues_of(index: int, workers: int) -> tuple[str, ...]:
    """The queues of the worker with that index (from 0) among so many."""
    if workers < len(ROSTER):
        return QUEUES
    return ROSTER[index % len(ROSTER)]


class Horse(Worker):
    """RQ's worker with our sockets kept apart: a fork opens its own. Asked to stop, it tells its job so.

    A job that publishes then finishes the calls that are under way and gives the rest back; others end as
    they would.
    """

    def handle_warm_shutdown_request(self) -> None:
        super().handle_warm_shutdown_request()
        if self.horse_pid:
            with suppress(ProcessLookupError):
                os.kill(self.horse_pid, signal.SIGUSR1)

    def setup_work_horse_signals(self) -> None:
        super().setup_work_horse_signals()
        signal.signal(signal.SIGUSR1, lambda *_: engine.stop_softly())

    def main_work_horse(self, *args: Any, **more: Any) -> None:
        forget_connections()
        with the_app().app_context():
            db.engine.dispose(close=False)
        super().main_work_horse(*args, **more)


def calm_collector() -> None:
    """Look through what was made less often, and never through what a fork finds there.

    A burst makes some hundred objects a post: with Python's own thresholds a third of a publishing worker's
    time went into looking through them.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


def main(queues: tuple[str, ...] = QUEUES, name: str | None = None) -> None:
    """Work until told to stop; what is under way is finished first."""
    the_app()
    calm_collector()
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # for the moment between a fork and its own handler
    Horse(list(queues), connection=redis(), name=name, serializer=JSONSerializer).work(
        logging_level="WARNING"
    )
