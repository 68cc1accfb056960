"""Lanes wait side by side on one loop; the same code blocks when it is called anywhere else."""

import asyncio
import os
import signal
import threading
import traceback
from contextvars import ContextVar

import pytest

from app.core.waiting import in_lane, in_thread, loop, pause, start_lane, wait_for
from tests.patience import LIMIT

where: ContextVar[str] = ContextVar("where", default="nowhere")


async def answer(word):
    await asyncio.sleep(0)
    return word


def test_a_thread_blocks_until_the_answer_is_there():
    assert not in_lane()
    assert wait_for(answer("yes")) == "yes"


class TimeIsUp(BaseException):
    """What RQ raises from a signal in a job that takes too long."""


def test_what_a_thread_waited_for_is_cancelled_when_a_signal_ends_the_wait():
    cancelled, over = threading.Event(), threading.Event()

    def interrupt(_number, frame):
        waits = any(one.f_code.co_name == "result" for one, _ in traceback.walk_stack(frame))
        if waits and not over.is_set():
            over.set()
            raise TimeIsUp

    async def endless():
        try:
            while not over.is_set():
                signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
                await asyncio.sleep(0.01)
            await asyncio.sleep(LIMIT)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with pytest.raises(TimeIsUp):
            wait_for(endless())
        assert cancelled.wait(LIMIT)
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_lane_waits_while_another_goes_on():
    met, said = asyncio.Event(), []

    def first():
        said.append("first waits")
        wait_for(met.wait())
        said.append("first goes on")

    def second():
        said.append("second")
        met.set()

    lanes = [start_lane(first), start_lane(second)]
    for lane in lanes:
        lane.result(LIMIT)
    assert said == ["first waits", "second", "first goes on"]


def test_what_blocks_is_done_in_a_thread_and_in_the_lane_s_context():
    def lane():
        where.set("in the lane")
        seen = in_thread(lambda: (threading.current_thread().name, in_lane(), where.get()))
        return seen, in_lane()

    (thread, inside, context), outside = start_lane(lane).result(LIMIT)
    assert thread.startswith("beside-lanes")
    assert (inside, context, outside) == (False, "in the lane", True)


def test_a_lane_that_pauses_lets_others_go_on():
    said = []

    def slow():
        while not said:
            pause(0.01)
        said.append("slow")

    lanes = [start_lane(slow), start_lane(said.append, "quick")]
    for lane in lanes:
        lane.result(LIMIT)
    assert said == ["quick", "slow"]


def test_an_error_of_a_lane_is_its_future_s():
    def broken():
        wait_for(answer(1))
        raise ValueError("broken on purpose")

    with pytest.raises(ValueError, match="broken on purpose"):
        start_lane(broken).result(LIMIT)


def test_a_fork_has_a_loop_of_its_own():
    assert wait_for(answer(1)) == 1
    pid = os.fork()
    if pid == 0:
        os._exit(0 if wait_for(answer(7)) == 7 else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert loop().is_running()
