"""Work on several accounts at once, each in a thread and session of its own: one that hangs delays no other."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import structlog
from flask import Flask, current_app

from app.core.database import everywhere, session

log = structlog.get_logger("foresight")
Item = TypeVar("Item")
LANES = 8


def side_by_side(work: Callable[[Item], None], items: Sequence[Item], lanes: int = LANES) -> None:
    """Do the work for each item; what breaks for one stops no other. `lanes` 0 works in the caller's own thread."""
    if lanes == 0 or len(items) < 2:
        for item in items:
            _done(work, item)
        return
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    with ThreadPoolExecutor(lanes, "lane") as pool:
        for item in items:
            pool.submit(_in_thread, app, work, item)


def _in_thread(app: Flask, work: Callable[[Any], None], item: Any) -> None:
    with app.app_context(), everywhere():
        try:
            _done(work, item)
        finally:
            session.remove()


def _done(work: Callable[[Any], None], item: Any) -> None:
    try:
        work(item)
    except Exception:  # nobody waits for it; the next round finds the account again
        session.rollback()
        log.exception("a look broke", item=str(item))
