"""Where workers and clocks are born: one process that has loaded the application and forks, as `make run` does."""

import gc
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from multiprocessing.sharedctypes import RawValue
from pathlib import Path
from typing import Any, NoReturn

import psutil

from app.local.child import dies_with
from benchmarks.chaos import edges
from benchmarks.chaos.talking import addresses, listen

_BE_PARENT_OF_ORPHANS = 36  # linux/prctl.h: a work-horse whose worker was killed stays ours
AGAIN = 0.2  # seconds until one that died is there again


@dataclass
class Part:
    """A worker or a clock."""

    name: str
    queues: list[str]
    clock_moved: float = 0
    moved_after: float = 0
    tokens: str = ""
    passages: int = 1
    pid: int = 0
    dead_since: float = 0
    sent: Any = field(default_factory=lambda: RawValue("l", 0))  # posts, while its clock was wrong; forks share it


parts: list[Part] = []


def load(database_url: str, redis_url: str, var_dir: str, large: bool) -> None:
    """Load everything, once. No connection is opened."""
    from app.core.settings import override

    override(
        database_url=database_url, redis_url=redis_url, var_dir=Path(var_dir), private_hosts=addresses(),
        log_level="WARNING", workers=2, _env_file=None,
    )  # fmt: skip
    from app import the_app

    the_app()
    from sqlalchemy.orm import configure_mappers

    import jobs.clock
    import jobs.schedule
    import jobs.worker

    assert jobs.schedule, (jobs.worker, jobs.clock)
    configure_mappers()
    edges.shorten(edges.LARGE if large else edges.SMALL)
    gc.collect()
    gc.freeze()


def start(**given: Any) -> int:
    """A worker of some queues, or with none the clock. It is there again when it dies."""
    part = Part(**given)
    parts.append(part)
    return be_born(part)


def be_born(part: Part) -> int:
    parent = os.getpid()
    part.dead_since = 0
    part.pid = os.fork()
    if part.pid == 0:
        live(part, parent)
    return part.pid


def live(part: Part, parent: int) -> NoReturn:
    """Be a worker or the clock until the end."""
    code = 1
    try:
        os.setsid()
        dies_with(parent, signal.SIGKILL)()
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(2, 1)
        if part.clock_moved:
            edges.move_clock(part.clock_moved, part.moved_after, part.sent)
        if part.tokens:
            edges.Death(Path(part.tokens), part.passages).lie_in_wait()
        work(part)
        code = 0
    except BaseException as broke:  # noqa: BLE001  (a child has no caller to tell)
        print(f"{part.name}: {broke!r}", file=sys.stderr)
    finally:
        os._exit(code)


def work(part: Part) -> None:
    from jobs import clock, worker

    if part.queues:
        worker.main(tuple(part.queues), f"{part.name}-{os.getpid()}")
    else:
        clock.main()


def watch() -> None:
    """Bury the dead, and bring those back that nobody sent away."""
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            break
        if not pid:
            break
        for part in parts:
            if part.pid == pid:
                part.pid, part.dead_since = 0, time.monotonic()
    for part in parts:
        if not part.pid and time.monotonic() - part.dead_since > AGAIN:
            be_born(part)


def kill(name: str, whom: str) -> int:
    """Kill with -9: the `worker`, its work-horse (`horse`), or `both`. Says how many died."""
    dead = 0
    for part in parts:
        if part.name != name or not part.pid:
            continue
        try:
            worker = psutil.Process(part.pid)
            horses = worker.children()
        except psutil.Error:
            continue
        for one in {"worker": [worker], "horse": horses, "both": [worker, *horses]}[whom]:
            try:
                one.kill()
                dead += 1
            except psutil.Error:
                continue
    return dead


def stop() -> dict[str, int]:
    """End everything; says how many posts each worker began to send while its clock was wrong."""
    sent = {part.name: part.sent.value for part in parts}
    parts.clear()
    family = psutil.Process().children(recursive=True)
    for one in family:
        try:
            one.kill()
        except psutil.Error:
            continue
    psutil.wait_procs(family, 10)
    return sent


def main() -> None:
    import ctypes

    ctypes.CDLL(None).prctl(_BE_PARENT_OF_ORPHANS, 1)
    try:
        listen({"load": load, "start": start, "kill": kill, "stop": stop, "pid": os.getpid}, watch)
    finally:
        stop()


if __name__ == "__main__":
    main()
