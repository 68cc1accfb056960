"""Who runs PostgreSQL: it refuses to run as root, so root lends it an ordinary user."""

import os
import pwd
import stat
import subprocess
from pathlib import Path
from typing import Any

from app.core.errors import Unavailable

_NAME = "slogan"


def for_folder(data: Path) -> pwd.struct_passwd | None:
    """The user who is to run PostgreSQL on a data folder; None means the one who runs us.

    For root that is the owner of data that exists, else the machine's `postgres` user,
    else a user `slogan` without a login, made now.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        return pwd.getpwuid(data.stat().st_uid)
    return _known("postgres") or _known(_NAME) or _made()


def identity(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """What `subprocess` has to be told to run a program as that user."""
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def _known(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _made() -> pwd.struct_passwd:
    make = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _NAME]
    try:
        subprocess.run(make, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        raise Unavailable(
            "PostgreSQL does not run as root, and no user for it could be made "
            f"({getattr(problem, 'stderr', '') or problem}). Run Slogan as an ordinary user, "
            "or make a user named slogan, or set DATABASE_URL."
        ) from problem
    return pwd.getpwnam(_NAME)


def let_pass(user: pwd.struct_passwd | None, place: Path) -> None:
    """Let the user reach a place through the folders above it.

    A checkout under /root is closed to everyone else. Those folders get leave to pass (x),
    not to list (r); already open ones stay as they are.
    """
    if user:
        for folder in place.resolve().parents:
            _add(folder, stat.S_IXOTH)


def let_read(user: pwd.struct_passwd | None, place: Path) -> None:
    """Let the user reach, read and run everything in a folder."""
    let_pass(user, place)
    if user:
        _open_tree(place)


def _open_tree(place: Path) -> None:
    if place.is_dir():
        _add(place, stat.S_IXOTH | stat.S_IROTH)
        for inner in place.iterdir():
            _open_tree(inner)
    elif not place.is_symlink():
        runs = place.stat().st_mode & stat.S_IXUSR
        _add(place, stat.S_IROTH | (stat.S_IXOTH if runs else 0))


def _add(path: Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(stat.S_IMODE(mode) | bits)
