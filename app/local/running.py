"""One Slogan to a folder: a lock that dies with its holder, and a note of where it can be reached."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from app.core.errors import Unavailable, WrongState


class Held:
    """The lock of a folder, and the note beside it. Only its owner can read the note: it has passwords."""

    def __init__(self, var_dir: Path, file: IO[str]) -> None:
        self._path = note_path(var_dir)
        self._facts: dict[str, Any] = {"pid": os.getpid()}
        self.file = file
        self.note()

    def note(self, **facts: Any) -> None:
        """Add to the note: pid, port, address, database_url, redis_url …"""
        self._facts |= facts
        made = self._path.with_suffix(".new")
        made.unlink(missing_ok=True)
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(self._facts, file, indent=1)
        made.replace(self._path)

    def forget(self) -> None:
        """Take the note away."""
        self._path.unlink(missing_ok=True)


def note_path(var_dir: Path) -> Path:
    """The file that says where the Slogan of a folder can be reached."""
    return var_dir / "run" / "slogan.json"


def read_note(var_dir: Path) -> dict[str, Any] | None:
    """What the last one to run here wrote, whether it still runs or not."""
    try:
        note: dict[str, Any] = json.loads(note_path(var_dir).read_text())
    except (OSError, ValueError):
        return None
    return note


def wait_for_note(var_dir: Path, key: str, seconds: float = 60) -> dict[str, Any]:
    """The note of the one who holds the lock, once it has the key. Raise Unavailable when it never has."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        note = read_note(var_dir)
        if note and key in note:
            return note
        time.sleep(0.1)
    raise Unavailable(f"The Slogan on {var_dir} does not say where its servers are. Stop it and try again.")


@contextmanager
def lock_if_free(var_dir: Path) -> Iterator[Held | None]:
    """The lock of a folder, or None when somebody holds it. The kernel frees it when the holder dies."""
    (var_dir / "run").mkdir(parents=True, exist_ok=True)
    with (var_dir / "run" / "slogan.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        held = Held(var_dir, file)
        try:
            yield held
        finally:
            held.forget()


@contextmanager
def using(var_dir: Path) -> Iterator[None]:
    """Use somebody's servers; `wait_for_users` waits for all who do."""
    with (var_dir / "run" / "users.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def wait_for_users(var_dir: Path) -> None:
    """Return when nobody uses our servers any more."""
    with (var_dir / "run" / "users.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)


@contextmanager
def only_one(var_dir: Path) -> Iterator[Held]:
    """The lock of a folder. Raise WrongState, saying where the other one is, when somebody holds it."""
    with lock_if_free(var_dir) as held:
        if held is None:
            note = read_note(var_dir) or {}
            where = f" at {note['address']}" if "address" in note else ""
            raise WrongState(
                f"Slogan runs already{where} (process {note.get('pid', 'unknown')}, folder {var_dir}). "
                "Stop it with Ctrl-C in its window, or set VAR_DIR and PORT for a second one."
            )
        yield held
