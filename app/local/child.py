"""Processes that belong to us: they die when we do, and stop when asked."""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from app.local import owner

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def dies_with(parent: int, sign: int) -> Callable[[], None]:
    """What a child calls first, so that the kernel sends it `sign` when its parent is gone.

    It holds for kill -9 too. To be called after a change of user, which clears the wish.
    """
    prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None

    def wish() -> None:
        if prctl:
            prctl(_PR_SET_PDEATHSIG, sign)
        if os.getppid() != parent:  # the parent died before the wish was heard
            os.kill(os.getpid(), sign)

    return wish


def spawn(
    command: Sequence[str | Path],
    *,
    stop_with: int = signal.SIGTERM,
    user: pwd.struct_passwd | None = None,
    output: int | None = None,
    folder: Path | None = None,
    given: str | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, so that Ctrl-C reaches us alone.

    `output` is the file descriptor for what it prints; `given` is what it reads.
    """
    process = subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.PIPE if given is not None else subprocess.DEVNULL,
        stdout=output if output is not None else subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        cwd=folder,
        start_new_session=True,
        preexec_fn=dies_with(os.getpid(), stop_with),  # noqa: PLW1509  (the wish needs no thread)
        **owner.identity(user),
    )
    if given is not None and process.stdin:
        process.stdin.write(given.encode())
        process.stdin.close()
    return process


def end(process: subprocess.Popen[bytes] | psutil.Process, signals: Sequence[tuple[int, float]]) -> None:
    """Send each signal in turn and wait its seconds, until the process is gone."""
    for sign, seconds in signals:
        try:
            process.send_signal(sign)
            process.wait(seconds)
        except psutil.NoSuchProcess:
            return
        except (subprocess.TimeoutExpired, psutil.TimeoutExpired):
            continue
        else:
            return
