"""Plain code that waits without holding a thread: many lanes side by side on one event loop.

A connector reads like any blocking code. Run with `start_lane` it is a greenlet on this process's event loop,
and where it waits for an answer another lane goes on; called anywhere else, the same code blocks its caller.
A hundred threads would do it too, at three times the processor time (see docs/decisions.md).
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from threading import Lock, Thread
from typing import TypeVar, TypeVarTuple

from sqlalchemy.util.concurrency import await_only, greenlet_spawn, in_greenlet

Given = TypeVarTuple("Given")
Result = TypeVar("Result")
THREADS = 6  # lanes of one process that may block at the same time: for the database, mostly
_one_at_a_time = Lock()


def loop() -> asyncio.AbstractEventLoop:
    """This process's event loop, in a thread of its own."""
    with _one_at_a_time:
        return _loop()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    import uvloop  # 4 MB, which a process that waits for nothing does without

    made = uvloop.new_event_loop()
    Thread(target=made.run_forever, daemon=True, name="loop").start()
    return made


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="beside-lanes")


def _forget() -> None:
    """A fork has none of its parent's threads."""
    _loop.cache_clear()
    _threads.cache_clear()
    _one_at_a_time.release()


os.register_at_fork(
    before=_one_at_a_time.acquire, after_in_parent=_one_at_a_time.release, after_in_child=_forget
)


def start_lane(function: Callable[[*Given], Result], *args: *Given) -> Future[Result]:
    """Run plain code as a lane, in a copy of the caller's context; its result or error is the future's."""
    return asyncio.run_coroutine_threadsafe(greenlet_spawn(function, *args), loop())


def in_lane() -> bool:
    """Whether the caller is a lane: what blocks here holds up every other one."""
    return in_greenlet()


def wait_for(wanted: Awaitable[Result]) -> Result:
    """The result of something that is awaited: a lane lets others go on meanwhile, a thread blocks.

    What interrupts the thread (a job's time-out comes as a signal) cancels what it waited for.
    """
    if in_lane():
        return await_only(wanted)
    asked = asyncio.run_coroutine_threadsafe(_all_of(wanted), loop())
    try:
        return asked.result()
    except BaseException:
        asked.cancel()  # nothing goes on behind the back of one that has given up
        raise


async def _all_of(wanted: Awaitable[Result]) -> Result:
    return await wanted


def pause(seconds: float) -> None:
    """Sleep."""
    if in_lane():
        await_only(asyncio.sleep(seconds))
    else:
        time.sleep(seconds)


def in_thread(function: Callable[[*Given], Result], *args: *Given) -> Result:
    """Do what blocks, such as writing to the database: a lane has a thread do it, in the lane's own context."""
    if not in_lane():
        return function(*args)
    here = copy_context()
    return await_only(loop().run_in_executor(_threads(), lambda: here.run(function, *args)))
