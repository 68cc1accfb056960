"""What remembers this installation outside of its database, and where the database lies.

A database that is put back to yesterday does not know it. So a counter, the mark, is raised every minute in
the database and noted at three places beside it: a file in VAR_DIR, a file in the machine's folder for
temporary files, and a key in Redis. Whoever remembers more than the database knows that it went back. A
witness that is missing says nothing: volumes are new, Redis is wiped, machines start again.
"""

import json
import os
import tempfile
from contextlib import suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import psutil
from redis.exceptions import RedisError

from app.core.queue import redis
from app.core.settings import settings

STEADY = {"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "apfs"}  # a folder keeps its number there
IN_CONTAINER = (Path("/.dockerenv"), Path("/run/.containerenv"))
MACHINE_ID = Path("/etc/machine-id")
BESIDE = Path(tempfile.gettempdir())  # where a snapshot of VAR_DIR does not reach


class Memory(NamedTuple):
    """What a witness remembers."""

    where: str
    identity: UUID
    mark: int
    at: datetime


class Home(NamedTuple):
    """Where a database of our own lies: only for the embedded server, whose files are in VAR_DIR.

    `machine` and `number` are None where they cannot be known or do not last, as in a container.
    """

    place: str
    number: int | None
    machine: str | None


def file() -> Path:
    """The witness that lies in VAR_DIR."""
    return settings().var_dir.absolute() / "instance.json"


def second_file(identity: UUID) -> Path:
    """The witness beside VAR_DIR, which a snapshot of VAR_DIR does not hold."""
    return BESIDE / f"slogan-{identity}.json"


def key(identity: UUID) -> str:
    """The witness in Redis."""
    return f"slogan:instance:{identity}"


def recall(identity: UUID, *, ask_redis: bool = True) -> list[Memory]:
    """What the witnesses remember; that in VAR_DIR also of another installation, so it comes first."""
    found = [_read(file(), "this folder"), _read(second_file(identity), "this machine")]
    if ask_redis:
        with suppress(RedisError):
            found.append(_parse(redis().get(key(identity)), "Redis"))
    return [one for one in found if one]


def tell(identity: UUID, mark: int, at: datetime, *, everybody: bool = True) -> None:
    """Let the witnesses note how far the database is; those that cannot be reached remember less."""
    note = json.dumps({"identity": str(identity), "mark": mark, "at": at.isoformat()})
    _write(file(), note)
    if everybody:
        _write(second_file(identity), note)
        with suppress(RedisError):
            redis().set(key(identity), note)


def keep_up(identity: UUID, mark: int, at: datetime) -> None:
    """Bring the file in VAR_DIR up to date on a machine whose clock is elsewhere."""
    known = _read(file(), "this folder")
    if known is None or known.identity != identity or known.mark < mark:
        tell(identity, mark, at, everybody=False)


def home(system: int | None) -> Home | None:
    """Where the database lies, if it is the embedded one of VAR_DIR; `system` is the number of its server."""
    data = settings().var_dir.absolute() / "postgres" / "data"
    try:
        with (data / "global" / "pg_control").open("rb") as control:
            ours = int.from_bytes(control.read(8), "little")
        number = data.stat().st_ino if steady(str(data)) else None
    except OSError:
        return None
    return Home(str(data.resolve()), number, machine()) if system == ours else None


def machine() -> str | None:
    """The number of this machine. In a container it is the container's, and comes and goes with it."""
    if any(mark.exists() for mark in IN_CONTAINER):
        return None
    try:
        return MACHINE_ID.read_text().strip() or None
    except OSError:
        return None


@cache
def steady(path: str) -> bool:
    """Whether folders keep their number on the disk that holds this path."""
    disks = [disk for disk in psutil.disk_partitions(all=True) if Path(path).is_relative_to(disk.mountpoint)]
    return bool(disks) and max(disks, key=lambda disk: len(disk.mountpoint)).fstype in STEADY


def _read(path: Path, where: str) -> Memory | None:
    try:
        opened = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(opened, "rb") as kept:
            mine = os.fstat(opened).st_uid in (0, os.geteuid())
            return _parse(kept.read(1000), where) if mine else None
    except OSError:
        return None


def _parse(note: bytes | None, where: str) -> Memory | None:
    try:
        said = json.loads(note or b"")
        return Memory(where, UUID(said["identity"]), int(said["mark"]), datetime.fromisoformat(said["at"]))
    except (ValueError, KeyError, TypeError):
        return None


def _write(path: Path, note: str) -> None:
    """Put a note in its place whole, or leave the old one: a disk that is full stops no post."""
    made = path.with_name(f".{path.name}.{os.getpid()}")
    with suppress(OSError):
        made.unlink(missing_ok=True)
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as fresh:
            fresh.write(note)
        made.replace(path)
