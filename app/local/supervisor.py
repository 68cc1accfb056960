"""Behind `make run`: everything that Slogan needs, started, watched and stopped by one process."""

import gc
import importlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from socket import socket
from types import FrameType, ModuleType
from typing import NoReturn

from sqlalchemy import select

from app.accounts import instance
from app.accounts.models import Workspace
from app.core import migrate
from app.core.database import everywhere, session
from app.core.errors import Invalid, Problem
from app.core.settings import override, settings
from app.local import ports, running, web
from app.local.family import Child, Family
from app.local.greeting import Greeting
from app.local.log import Followed, Log
from app.local.servers import Servers

# The whole application and `jobs` stand above this room, so they are called by name.
_APP, _WORKER, _CLOCK, _DEMO = "app", "jobs.worker", "jobs.clock", "app.local.demo"


PARTS = ("web", "workers", "clock")


def run(part: str | None = None) -> None:
    """Start Slogan and keep it running until Ctrl-C or SIGTERM. Leave with a message when it cannot start.

    With a part, run that one alone, as a container does; both servers are then named by the settings.
    """
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, _leave)
    try:
        with ExitStack() as stack:
            (_run_part(stack, part) if part else _run_all(stack))
    except Problem as problem:
        raise SystemExit(problem.message) from problem
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _run_all(stack: ExitStack) -> None:
    began, var_dir = time.monotonic(), settings().var_dir.absolute()
    held = stack.enter_context(running.only_one(var_dir))
    log = Log(var_dir / "log" / "slogan.log", names=["worker-1"])
    stack.callback(log.close)
    ear = stack.enter_context(_take_port(log))
    servers = Servers(var_dir)
    stack.callback(servers.stop)
    if servers.embedded():
        log.line("slogan", f"starts {' and '.join(servers.names())} in {var_dir}")
    urls = servers.start()
    override(**urls._asdict(), port=ear.getsockname()[1], var_dir=var_dir)
    held.note(**urls._asdict(), address=_address(ear), port=ear.getsockname()[1])
    family = Family([], log, closing=[held.file.fileno()], ear=ear)
    family.chores = [
        partial(_revive, servers, log),
        partial(_follow, [Followed(one.log) for one in servers.embedded()], log),
    ]
    _live(family, PARTS, Greeting(ear, _address(ear), log, began), ear)
    log.line("slogan", "stopped")


def _run_part(stack: ExitStack, part: str) -> None:
    if part not in PARTS:
        raise Invalid(f"There is no part {part}; there are {', '.join(PARTS)}.")
    if not (settings().database_url and settings().redis_url):
        raise Invalid(f"To run {part} alone, set DATABASE_URL and REDIS_URL.")
    log = Log(None, names=["worker-1"])
    Servers(settings().var_dir).start()
    ear = stack.enter_context(_take_port(log)) if part == "web" else None
    greeting = Greeting(ear, _address(ear), log, time.monotonic()) if ear else None
    _live(Family([], log, ear=ear), (part,), greeting, ear)


def _live(family: Family, parts: Sequence[str], greeting: Greeting | None, ear: socket | None) -> None:
    """Prepare the database, load the application, and stay until a signal comes."""
    _prepare(family, greeting.sign_in if greeting else None)
    family.children = make_children(parts, ear)
    if greeting:
        greeting.knock()
        family.chores.append(greeting.try_to_say)
    family.run()


def make_children(parts: Sequence[str], ear: socket | None) -> list[Child]:
    """The web server, the workers and the clock. The application is loaded here, once, and shared by forks.

    Nothing here opens a connection or starts a thread: a fork would share the one and lose the other.
    """
    application, workers = importlib.import_module(_APP).the_app(), settings().workers
    worker, clock = importlib.import_module(_WORKER), importlib.import_module(_CLOCK)
    gc.collect()
    gc.freeze()  # what is loaded now is never collected, so its pages stay shared
    children = []
    if "web" in parts and ear:
        children.append(Child("web", partial(web.serve, application, ear.fileno()), listens=True))
    if "workers" in parts:
        children += [
            Child(f"worker-{index + 1}", partial(_work, worker, worker.queues_of(index, workers), index))
            for index in range(workers)
        ]
    if "clock" in parts:
        children.append(Child("clock", clock.main))
    return children


def _work(worker: ModuleType, queues: tuple[str, ...], index: int) -> None:
    """Be a worker, under a name that no killed predecessor still holds in Redis."""
    worker.main(queues, f"worker-{index + 1}-{os.getpid()}")


def _take_port(log: Log) -> socket:
    """The port of the settings; when it is busy, say so and take the next free one."""
    host, wanted = settings().host, settings().port
    try:
        return web.listen(host, wanted)
    except OSError as busy:
        port = ports.next_free(host, wanted + 1) if wanted < 65535 else ports.any_free(host)
        log.line("slogan", f"port {wanted} on {host} is busy ({busy.strerror}); taking {port}")
        return web.listen(host, port)


def _address(ear: socket) -> str:
    host, port = ear.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104  (compared, not listened on)
        host = "localhost"
    return settings().public_url or f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _prepare(family: Family, sign_in: Path | None) -> None:
    """Bring the tables up to date, in a process that takes its connections with it when it ends."""
    if code := family.once(Child("prepare", partial(_migrate_and_load, sign_in))):
        raise SystemExit(code)


def _migrate_and_load(sign_in: Path | None) -> None:
    """Migrate. With a file to write the sign-in to, load the demo too, if there is no workspace at all."""
    migrate.upgrade(settings().database_url or "")
    with importlib.import_module(_APP).the_app().app_context(), everywhere():
        instance.arrive()
        if not sign_in or not find_spec(_DEMO):
            return
        demo = importlib.import_module(_DEMO)
        if session.scalar(select(Workspace.id).limit(1)) is None:
            print("loads the demo workspace, this first time only")
            demo.load()
        sign_in.parent.mkdir(parents=True, exist_ok=True)
        sign_in.write_text("\n".join(demo.sign_in()))


def _revive(servers: Servers, log: Log) -> None:
    """Start an embedded server that died again, at its old address."""
    for server in servers.embedded():
        if server.process is None or server.process.poll() is not None:
            name = type(server).__name__
            log.line("slogan", f"{name} died; it starts again")
            try:
                server.start()
            except Problem as problem:
                log.line("slogan", problem.message)


def _follow(files: list[Followed], log: Log) -> None:
    for file in files:
        for line in file.lines():
            log.line(file.path.parent.name, line)


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)


if __name__ == "__main__":
    run(*sys.argv[1:2])
