"""The doorbell. PostgreSQL remembers what is to be done; Redis only rings, and may be wiped."""

import importlib
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

import structlog
from flask import has_app_context
from redis import ConnectionPool, Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

from app.core.database import after_commit, everywhere, session
from app.core.settings import settings

log = structlog.get_logger("queue")
QUEUES = ("publishing", "default", "rewriting", "slow")


@cache
def _pool(url: str) -> ConnectionPool:
    return ConnectionPool.from_url(url, socket_timeout=5, socket_connect_timeout=2)


def redis() -> Redis:
    """A client of the Redis or Valkey that the settings name."""
    return Redis(
        connection_pool=_pool(
            (settings().redis_url or "redis://127.0.0.1:6379/0").replace("valkey://", "redis://")
        )
    )


def forget_connections() -> None:
    """Drop connections that a fork shares with its parent."""
    _pool.cache_clear()


def ring(name: str, *args: Any, at_most_once_in: int = 0) -> None:
    """Call job `room.function` with ids after the commit. A bell that is lost is found by a sweep.

    `at_most_once_in` seconds, an equal bell is not rung again.
    """
    after_commit(lambda: _ring_now(name, [str(arg) for arg in args], at_most_once_in))


def _ring_now(name: str, args: list[str], at_most_once_in: int) -> None:
    function = resolve(name)
    try:
        connection = redis()
        key = f"slogan:rung:{name}:{','.join(args)}"
        if at_most_once_in and not connection.set(key, 1, nx=True, ex=at_most_once_in):
            return
        Queue(function.queue, connection=connection, serializer=JSONSerializer).enqueue(
            f"jobs.{name}", args=tuple(args), job_timeout=function.timeout, result_ttl=0, failure_ttl=86_400
        )
    except RedisError as error:
        log.warning("bell lost; the sweep will find it", job=name, error=str(error))


def resolve(name: str) -> Any:
    """The job function `jobs.<room>.<function>` that a bell names."""
    room, function = name.split(".")
    return getattr(importlib.import_module(f"jobs.{room}"), function)


def job(
    queue: str = "default", timeout: str | int = "2m"
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function of jobs/ callable by a worker: app context, all workspaces, session closed, log stamped.

    The verb it calls narrows the scope to the workspace of the row it works on.
    """

    def wrap(work: Callable[..., None]) -> Callable[..., None]:
        @wraps(work)
        def run(*args: Any) -> None:
            if has_app_context():
                return work(*args)
            from app import the_app

            with (
                the_app().app_context(),
                structlog.contextvars.bound_contextvars(job=work.__name__, args=args),
            ):
                try:
                    with everywhere():
                        work(*args)
                        session.commit()
                except BaseException:
                    session.rollback()
                    raise
                finally:
                    session.remove()
            return None

        run.queue, run.timeout = queue, timeout  # type: ignore[attr-defined]
        return run

    return wrap


def depth() -> dict[str, int] | None:
    """How many bells wait in each queue, or None when Redis is away."""
    try:
        connection = redis()
        return {name: Queue(name, connection=connection).count for name in QUEUES}
    except RedisError:
        return None
