"""Whose a post is while it is being sent or looked for: a key that runs out unless its worker lives."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import structlog
from flask import Flask, current_app
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from app.core.database import everywhere, session
from app.core.queries import queries
from app.core.time import now
from app.schedule.models import NO_LEASE, ScheduledPost

sql = queries(str(Path(__file__).with_name("claiming.py")))
log = structlog.get_logger("publishing")
LEASE = timedelta(seconds=120)
RENEW_EVERY = 30.0  # seconds
STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def steady() -> float:
    """Seconds by a clock that nobody sets, and that goes on while the machine sleeps."""
    return time.clock_gettime(STEADY)


class Claimed(NamedTuple):
    """A post that this worker may act on."""

    id: UUID
    workspace_id: UUID
    account_id: UUID
    due_at: datetime
    scheduled_time: datetime


class Lease:
    """One worker's hold on the posts that it has claimed.

    Its times are the database's, so that workers on machines whose clocks differ agree on what is due and
    on whose lease has run out.
    """

    def __init__(self) -> None:
        self.key = uuid4()
        self._tuned = now(), steady()  # what time it was for the database, and how much had gone by here

    def now(self) -> datetime:
        """This moment by the database's clock, also when this machine's is set meanwhile."""
        moment, since = self._tuned
        return moment + timedelta(seconds=steady() - since)

    def tune(self) -> datetime:
        """Ask the database what time it is, and return it."""
        moment: datetime = session.scalar(sql["moment"])  # type: ignore[assignment]
        self._tuned = moment, steady()
        return moment

    def move(self, post: ScheduledPost, verb: str, **changes: Any) -> bool:
        """Take a post through a verb and let it go, if it is still ours. Say whether it was."""
        sources, target = ScheduledPost.MOVES[verb]
        session.flush()
        moved = session.scalar(
            update(ScheduledPost)
            .where(
                ScheduledPost.id == post.id,
                ScheduledPost.state.in_(sources),
                ScheduledPost.lease_key == self.key,
            )
            .values(state=target, **{**NO_LEASE, **changes})
            .returning(ScheduledPost.id)
            .execution_options(synchronize_session=False)
        )
        session.refresh(post)
        return moved is not None

    def renew(self) -> None:
        """Hold what is claimed for another while."""
        with everywhere():
            values = {"key": self.key, "now": self.tune(), "seconds": LEASE.total_seconds()}
            session.execute(sql["renew"], values)
            session.commit()

    @contextmanager
    def kept_alive(self) -> Iterator[None]:
        """Renew it in the background for as long as the block runs."""
        app, done = current_app._get_current_object(), threading.Event()  # type: ignore[attr-defined]
        beat = threading.Thread(target=self._beat, args=(app, done), daemon=True, name="lease")
        beat.start()
        try:
            yield
        finally:
            done.set()
            beat.join()

    def _beat(self, app: Flask, done: threading.Event) -> None:
        while not done.wait(RENEW_EVERY):
            with app.app_context():
                try:
                    self.renew()
                except SQLAlchemyError as error:
                    session.rollback()
                    log.warning("lease not renewed; trying again", error=str(error).splitlines()[0])
                finally:
                    session.remove()
