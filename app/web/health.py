"""How Slogan stands: its database, its bell, its clock, and what lies outside."""

import importlib
import time
from typing import Any

from redis.exceptions import RedisError
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from app.accounts.instance import Instance
from app.core.database import db, session
from app.core.errors import Missing
from app.core.queue import depth, redis, ring
from app.core.settings import settings
from app.maintenance.models import ClockRun

VERSION = "0.1.0"
_started = time.monotonic()


def report() -> dict[str, Any]:
    """The state of the service and of each part: `ok`, `away`, or what it is; times in seconds and milliseconds."""
    database, cache = _database(), _cache()
    model = "built-in writer" if not settings().llm_base_url else f"model server {settings().llm_base_url}"
    return {
        "status": "ok" if database["state"] == cache["state"] == "ok" else "degraded",
        "version": VERSION,
        "uptime_seconds": round(time.monotonic() - _started),
        "database": database,
        "cache": cache,
        "sending": sending() if database["state"] == "ok" else "unknown",
        "queues": depth(),
        "external_services": {"writer": model},
    }


def sending() -> str:
    """Whether this installation sends: a restored or moved copy does not, until an admin confirms it."""
    here = Instance.here()
    if here is None or here.waits:
        return "off: restored or moved, an admin has to confirm"
    return "on" if here.sending else "off: this is a copy"


def _database() -> dict[str, Any]:
    began = time.perf_counter()
    try:
        session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        session.rollback()
        return {"state": "away"}
    pool = db.engine.pool
    return {
        "state": "ok",
        "milliseconds": round(1000 * (time.perf_counter() - began), 1),
        "pool": {
            "in_use": pool.checkedout(),
            "open": pool.checkedin() + pool.checkedout(),
            "most": settings().pool_max,
        },  # type: ignore[attr-defined]
    }


def _cache() -> dict[str, Any]:
    began = time.perf_counter()
    try:
        redis().ping()
    except RedisError:
        return {"state": "away"}
    return {"state": "ok", "milliseconds": round(1000 * (time.perf_counter() - began), 1)}


def timetable() -> list[tuple[str, str, str, ClockRun | None]]:
    """What happens by itself: what, how often, the job, and its last run."""
    runs = {run.name: run for run in session.scalars(select(ClockRun))}
    return [(what, str(every), job, runs.get(job)) for what, (every, job) in clock_table().items()]


def run_entry(name: str) -> str:
    """Ring for one entry of the table now. Returns what it does; raise Missing for none of that name."""
    what = next((what for what, (_, job) in clock_table().items() if job == name), None)
    if what is None:
        raise Missing("The clock has no such entry.")
    ring("clock.run", name)
    return what


def clock_table() -> dict[str, tuple[Any, str]]:
    """The table of jobs/clock.py, which stands above this room and is therefore called by name."""
    return importlib.import_module("jobs.clock").CLOCK
