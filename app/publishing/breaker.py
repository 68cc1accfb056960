"""A server that fails half of its calls is left alone for a while, then tried with one post at a time."""

import json
import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from redis.exceptions import RedisError

from app.core.queue import redis
from app.core.waiting import in_thread

log = structlog.get_logger("publishing")
LAST = 20  # calls that are looked at
LEAST = 10  # calls before anything is said
SHARE = 0.5  # of them that fail
REST = timedelta(seconds=30)  # how long a server is left alone; it doubles each time a test fails
LONGEST = timedelta(minutes=10)
TESTS = 2  # tests in a row that must work
SHOWN = "breaker"  # where Redis keeps what pages show; it may be lost


@dataclass
class Circuit:
    """How one server has been doing."""

    calls: deque[bool] = field(default_factory=lambda: deque(maxlen=LAST))
    open_until: datetime | None = None  # None: closed
    rest: timedelta = REST
    testing_until: datetime | None = None  # a test is out until it answers, or until then at the latest
    passed: int = 0


class Breaker:
    """What one worker knows of the servers that it sends to. It forgets with the worker."""

    def __init__(self) -> None:
        self._circuits: defaultdict[str, Circuit] = defaultdict(Circuit)
        self._lock = threading.Lock()

    def allow(self, key: str, moment: datetime) -> bool:
        """Whether a call to that server may be made now. In a test phase one at a time may."""
        with self._lock:
            one = self._circuits.get(key)
            if one is None or one.open_until is None:
                return True
            if moment < one.open_until or (one.testing_until and moment < one.testing_until):
                return False
            one.testing_until = moment + REST
            return True

    def note(self, key: str, ok: bool, moment: datetime) -> None:
        """What came of a call: whether the server did its work (a refusal with reasons is work done)."""
        with self._lock:
            one = self._circuits[key]
            changed = _tested(one, ok, moment) if one.open_until else _counted(one, ok, moment)
            until = one.open_until
        if changed:
            log.warning(
                "a server is left alone" if until else "a server works again", server=key, until=str(until)
            )
            in_thread(_show, key, until)

    def until(self, key: str) -> datetime | None:
        """Until when a server is left alone at least; None while it works."""
        with self._lock:
            one = self._circuits.get(key)
            return one.open_until if one else None


def _counted(one: Circuit, ok: bool, moment: datetime) -> bool:
    one.calls.append(ok)
    if ok or len(one.calls) < LEAST or one.calls.count(False) < SHARE * len(one.calls):
        return False
    one.open_until, one.rest, one.passed, one.testing_until = moment + REST, REST, 0, None
    one.calls.clear()
    return True


def _tested(one: Circuit, ok: bool, moment: datetime) -> bool:
    """An answer while the server is left alone: calls that were out when it began count for nothing."""
    if one.testing_until is None:
        return False
    one.testing_until = None
    if not ok:
        one.rest = min(2 * one.rest, LONGEST)
        one.open_until, one.passed = moment + one.rest, 0
        return True
    one.passed += 1
    if one.passed < TESTS:
        return False
    one.open_until, one.rest = None, REST
    return True


def _show(key: str, until: datetime | None) -> None:
    """Tell the pages. Redis may be away or wiped: then they show nothing, and nothing else changes."""
    try:
        if until:
            redis().hset(SHOWN, key, json.dumps(until.isoformat()))
        else:
            redis().hdel(SHOWN, key)
    except RedisError as error:
        log.warning("what a server does could not be shown", error=str(error).splitlines()[0])


def resting(moment: datetime) -> dict[str, datetime]:
    """The servers that a worker leaves alone now, and until when."""
    try:
        kept: dict[Any, Any] = redis().hgetall(SHOWN)  # type: ignore[assignment]
    except RedisError:
        return {}
    shown = {_plain(key): datetime.fromisoformat(json.loads(until)) for key, until in kept.items()}
    return {key: until for key, until in shown.items() if until + REST > moment}


def _plain(key: Any) -> str:
    return key.decode() if isinstance(key, bytes) else str(key)
