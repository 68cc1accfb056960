"""Children of one parent: started, listened to, started again when they die, stopped together."""

import contextlib
import os
import selectors
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from socket import socket
from types import FrameType

import psutil

from app.local.child import dies_with
from app.local.log import Log, Pieces

LONGEST_PAUSE = 30.0  # seconds between two starts of one that keeps dying
HEALTHY = 60.0  # seconds of life after which the pause begins at one second again
GRACE = 10.0  # seconds to finish what is in hand
_TICK = 0.5  # seconds


@dataclass
class Child:
    """A part of Slogan with a process of its own. `main` runs in it; it ends when `main` returns."""

    name: str
    main: Callable[[], object]
    listens: bool = False  # whether it takes calls at the family's port
    pid: int = 0
    started: float = 0.0
    pause: float = 0.0
    start_at: float | None = 0.0
    pipe: int = -1
    pieces: Pieces = field(default_factory=Pieces)

    def fork(self, closing: Iterable[int] = ()) -> None:
        """Start it. It shares the parent's memory, and dies with the parent."""
        self.pipe, write = os.pipe()
        os.set_blocking(self.pipe, False)
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            for unwanted in (self.pipe, *closing):
                os.close(unwanted)
            self._live(parent, write)
        os.close(write)
        self.started, self.start_at = time.monotonic(), None

    def _live(self, parent: int, write: int) -> None:
        """All that happens in the new process. Never returns."""
        code = 1
        try:
            os.setsid()  # Ctrl-C is for the parent, which stops us in order
            _forget_signals()
            dies_with(parent, signal.SIGKILL)()
            os.dup2(write, 1)
            os.dup2(write, 2)
            os.close(write)
            with open(os.devnull) as nothing:  # noqa: PTH123  (a descriptor is wanted, not a path)
                os.dup2(nothing.fileno(), 0)
            for stream in (sys.stdout, sys.stderr):
                stream.reconfigure(line_buffering=True)
            self.main()
            code = 0
        except SystemExit as leave:
            code = leave.code if isinstance(leave.code, int) else int(leave.code is not None)
            if isinstance(leave.code, str):
                print(leave.code, file=sys.stderr)
        except BaseException:  # noqa: BLE001  (the last frame of a process: print it and go)
            traceback.print_exc()
        finally:
            with contextlib.suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def died(self, now: float) -> float:
        """Note a death; say after how many seconds it starts again: 1, 2, 4 … 30."""
        self.pause = 1.0 if now - self.started >= HEALTHY else min(max(1.0, self.pause * 2), LONGEST_PAUSE)
        self.start_at = now + self.pause
        self.pid = 0
        return self.pause


class Family:
    """The parent's side. `closing` are file descriptors that children must not keep.

    `ear` is the port for those that listen; the others do not keep it, so that it is shut when they stop.
    """

    def __init__(
        self, children: list[Child], log: Log, closing: Iterable[int] = (), ear: socket | None = None,
        grace: float = GRACE,
    ) -> None:  # fmt: skip
        self.children = children
        self.log = log
        self.ear = ear
        self.grace = grace
        self.stopping = 0
        self.chores: list[Callable[[], object]] = []  # called about twice a second
        self._closing = list(closing)
        self._sessions: set[int] = set()  # of children, living and dead
        self._wake, self._woken = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(self._woken, False)
        self._ears = selectors.DefaultSelector()
        self._ears.register(self._wake, selectors.EVENT_READ)

    def run(self) -> None:
        """Keep all children alive until SIGINT, SIGTERM or SIGHUP; then stop them and return."""
        with self._heeding():
            while not self.stopping:
                self._start_due()
                self._listen(_TICK)
                self._bury()
                for chore in self.chores:
                    chore()
            self._stop()

    def once(self, child: Child) -> int:
        """Run one child to its end, and return its exit code. A signal stops it."""
        with self._heeding():
            self._start(child)
            while child.pid:
                self._listen(0.1)
                if self.stopping:
                    self._signal(child, signal.SIGKILL)
                pid, status = os.waitpid(child.pid, os.WNOHANG)
                if pid:
                    self._hear_out(child)
                    child.pid = 0
        return 128 + signal.SIGINT if self.stopping else os.waitstatus_to_exitcode(status)

    def _start_due(self) -> None:
        for child in self.children:
            if child.start_at is not None and child.start_at <= time.monotonic():
                self._start(child)

    def _start(self, child: Child) -> None:
        unwanted = [*self._closing, self._woken, *(key.fd for key in self._ears.get_map().values())]
        if self.ear and not child.listens:
            unwanted.append(self.ear.fileno())
        child.fork(unwanted)
        self._ears.register(child.pipe, selectors.EVENT_READ, child)
        self._sessions.add(child.pid)

    def _listen(self, seconds: float) -> None:
        for key, _ in self._ears.select(seconds):
            if key.data is None:
                os.read(self._wake, 4096)
            else:
                self._hear(key.data)

    def _hear(self, child: Child) -> None:
        """Log what a child said; its pipe closes when its whole group is gone."""
        try:
            piece = os.read(child.pipe, 65_536)
        except BlockingIOError:
            return
        for line in child.pieces.lines(piece) if piece else child.pieces.last():
            self.log.line(child.name, line)
        if not piece:
            self._hang_up(child)

    def _hang_up(self, child: Child) -> None:
        if child.pipe >= 0:
            self._ears.unregister(child.pipe)
            os.close(child.pipe)
            child.pipe = -1

    def _hear_out(self, child: Child) -> None:
        """The last words of one that died, then silence: a grandchild may still hold the pipe."""
        with contextlib.suppress(BlockingIOError):
            while child.pipe >= 0 and (piece := os.read(child.pipe, 65_536)):
                for line in child.pieces.lines(piece):
                    self.log.line(child.name, line)
        for line in child.pieces.last():
            self.log.line(child.name, line)
        self._hang_up(child)

    def _bury(self) -> None:
        """Note who died, end what is left of its group, and say when it starts again."""
        for child in self.children:
            if not child.pid:
                continue
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if not pid:
                continue
            self._signal(child, signal.SIGKILL)
            self._hear_out(child)
            pause = child.died(time.monotonic())
            if not self.stopping:
                self.log.line(child.name, f"{_how(status)}; it starts again in {pause:g} s")

    def _stop(self) -> None:
        """Shut the port, ask all at once, wait for the grace (a second Ctrl-C ends it), then end what is left."""
        asked = self.stopping
        if self.ear:
            self.ear.close()  # those that listen shut theirs when they are asked
        for child in self.children:
            child.start_at = None
            with contextlib.suppress(ProcessLookupError):
                if child.pid:
                    os.kill(child.pid, signal.SIGTERM)
        until = time.monotonic() + self.grace
        while any(child.pid for child in self.children):
            self._listen(0.1)
            self._bury()
            if time.monotonic() > until or self.stopping > asked:
                for child in self.children:
                    self._signal(child, signal.SIGKILL)
        self._end_orphans()

    def _end_orphans(self) -> None:
        """End what children started in groups of its own, such as a worker's job."""
        for pid in psutil.pids():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if os.getsid(pid) in self._sessions:
                    os.kill(pid, signal.SIGKILL)

    def _signal(self, child: Child, sign: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if child.pid:
                os.killpg(child.pid, sign)

    @contextlib.contextmanager
    def _heeding(self) -> Iterator[None]:
        """Signals end the wait for lines, and are counted; afterwards all is as it was."""

        def count(_number: int, _frame: FrameType | None) -> None:
            self.stopping += 1

        before = {sign: signal.signal(sign, count) for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda number, frame: None)
        old = signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(old)
            for sign, handler in before.items():
                signal.signal(sign, handler)


def _forget_signals() -> None:
    """Give a child the handling of signals that a fresh program has."""
    signal.set_wakeup_fd(-1)
    for sign in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(sign, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _how(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        return f"ended by {signal.Signals(-code).name}"
    return "ended by itself" if code == 0 else f"ended with code {code}"
