"""Children are started, heard, started again with growing pauses, and stopped together."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from app.local.family import Child
from tests.patience import LIMIT, until

pytestmark = pytest.mark.waits
SLEEPS = "import os, time; print('lives', os.getpid()); time.sleep(900)"  # longer than any test waits
DEAF = "import signal; signal.signal(signal.SIGTERM, lambda *_: print('hears and stays')); " + SLEEPS
WITH_CHILD = (
    "import subprocess, time; inner = subprocess.Popen(['sleep', '900'], process_group=0); "
    "print('lives', inner.pid); time.sleep(900)"
)
ROOT = Path(__file__).parents[2]


class Running:
    """The supervisor under test, line by line."""

    def __init__(self, folder, *children):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.local.family_of", str(folder), *children],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
        )
        self.seen, self.skipped = [], []
        self.limit = threading.Timer(LIMIT, self.process.kill)  # what never speaks is not waited for
        self.limit.start()

    def until(self, pattern):
        """The match of a line that nothing waited for yet, or of the next that comes: children speak in any order."""
        for index, line in enumerate(self.skipped):
            if found := re.search(pattern, line):
                del self.skipped[index]
                return found
        for line in self.process.stdout:
            self.seen.append(line.rstrip("\n"))
            if found := re.search(pattern, line):
                return found
            self.skipped.append(line)
        pytest.fail(f"{pattern} never came:\n" + "\n".join(self.seen))

    def pid_of(self, name):
        return int(self.until(rf"{name} *\| lives (\d+)")[1])

    def end(self):
        self.process.terminate()
        self.process.communicate(timeout=LIMIT)


@pytest.fixture
def start(tmp_path):
    begun = []

    def begin(*children):
        begun.append(Running(tmp_path, *children))
        return begun[-1]

    yield begin
    for running in begun:
        if running.process.poll() is None:
            running.end()
        running.limit.cancel()
        running.process.stdout.close()


def gone(pid):
    """Whether a process has ended."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def all_go(*pids):
    """Wait until all of these have ended."""
    until(lambda: all(gone(pid) for pid in pids), "the end of them all")


def test_each_line_has_a_time_and_a_name_and_stands_in_the_file_too(start, tmp_path):
    family = start("web=print('GET /'); import time; time.sleep(900)", f"worker-1={SLEEPS}")
    pid = family.pid_of("worker-1")
    family.until(r"^\d\d:\d\d:\d\d web +\| GET /$")  # either may speak first
    family.end()
    in_file = rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ worker-1 \| lives {pid}"
    assert re.search(in_file, (tmp_path / "log").read_text())


def test_one_that_dies_starts_again_and_says_how_it_died(start):
    family = start(f"worker-1={SLEEPS}", f"clock={SLEEPS}")
    first, clock = family.pid_of("worker-1"), family.pid_of("clock")
    os.kill(first, signal.SIGKILL)
    family.until(r"worker-1 \| ended by SIGKILL; it starts again in 1 s")
    assert family.pid_of("worker-1") != first
    assert psutil.pid_exists(clock)


def test_one_that_keeps_dying_waits_longer_and_shows_its_traceback(start):
    family = start("web=1/0")
    family.until(r"web \| ZeroDivisionError: division by zero")
    family.until(r"web \| ended with code 1; it starts again in 1 s")
    family.until(r"web \| ended with code 1; it starts again in 2 s")


def test_pauses_double_to_thirty_seconds_and_begin_again_after_a_healthy_minute():
    child = Child("web", print)
    pauses = []
    for _ in range(7):
        child.started = 100.0
        pauses.append(child.died(now=101.0))
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    assert child.died(now=161.0) == 1


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everyone(start, sign):
    family = start(f"web={SLEEPS}", f"clock={SLEEPS}")
    pids = [family.pid_of("web"), family.pid_of("clock")]
    family.process.send_signal(sign)
    family.until("all stopped")
    assert family.process.wait(LIMIT) == 0
    all_go(*pids)


def test_one_that_will_not_stop_is_ended_after_the_grace_with_what_it_started(start):
    family = start(f"web={DEAF}", f"worker-1={WITH_CHILD}")
    pids = [family.pid_of("web"), family.pid_of("worker-1")]
    asked = time.monotonic()
    family.process.send_signal(signal.SIGINT)
    family.until(r"web +\| hears and stays")
    family.until("all stopped")
    assert time.monotonic() - asked >= 1, "it had no grace"
    all_go(*pids)


def test_children_die_with_a_killed_parent_and_the_next_one_may_start(start):
    family = start(f"web={DEAF}", f"clock={SLEEPS}")
    pids = [family.pid_of("web"), family.pid_of("clock")]
    family.process.kill()
    family.process.wait(LIMIT)
    all_go(*pids)
    start(f"web={SLEEPS}").pid_of("web")


def test_a_second_one_is_refused_and_told_where_the_first_is(start, tmp_path):
    first = start(f"web={SLEEPS}")
    first.pid_of("web")
    second = start(f"web={SLEEPS}")
    second.until(rf"Slogan runs already at http://127\.0\.0\.1:1 \(process {first.process.pid}, folder ")
    assert second.process.wait(LIMIT) == 1
    first.end()
    assert not (tmp_path / "run" / "slogan.json").exists()
    start(f"web={SLEEPS}").pid_of("web")
