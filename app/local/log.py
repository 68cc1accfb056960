"""One readable log for everything that runs here, on the screen and in a file."""

import contextlib
import logging
import sys
from collections.abc import Iterable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

from app.core.time import now

_COLOURS = (36, 32, 33, 35, 34, 96, 92, 93)  # ANSI; red is left for what went wrong
_FILE_SIZE = 5_000_000  # bytes
_OLD_FILES = 3


class Log:
    """Lines with a time and a name before them: `09:15:02 web      | GET /`. Without a path, no file."""

    def __init__(self, path: Path | None, names: Iterable[str] = (), screen: IO[str] | None = None) -> None:
        self._screen = sys.stdout if screen is None else screen
        self._colours = self._screen.isatty()
        self._names = list(names)
        self._file = _rotating(path) if path else logging.NullHandler()

    def line(self, name: str, text: str) -> None:
        """Write one line. Times on the screen are this machine's, in the file UTC."""
        at = now()
        if name not in self._names:
            self._names.append(name)
        wide = max(map(len, self._names))
        self._file.emit(logging.makeLogRecord({"msg": f"{at:%Y-%m-%dT%H:%M:%SZ} {name:{wide}} | {text}"}))
        head = f"{at.astimezone():%H:%M:%S} {name:{wide}} |"
        if self._colours:
            head = f"\x1b[{_COLOURS[self._names.index(name) % len(_COLOURS)]}m{head}\x1b[0m"
        self.say(f"{head} {text}")

    def say(self, text: str) -> None:
        """Show text to the person at the screen, who may have closed the window."""
        with contextlib.suppress(OSError, ValueError):
            print(text, file=self._screen, flush=True)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _rotating(path: Path) -> RotatingFileHandler:
    path.parent.mkdir(parents=True, exist_ok=True)
    return RotatingFileHandler(path, maxBytes=_FILE_SIZE, backupCount=_OLD_FILES, encoding="utf-8")


class Pieces:
    """Whole lines out of what a pipe or a growing file gives piece by piece."""

    def __init__(self) -> None:
        self._rest = b""

    def lines(self, piece: bytes) -> list[str]:
        """The lines that the piece completes. A line without an end is cut at 64 kB."""
        *whole, self._rest = (self._rest + piece).split(b"\n")
        if len(self._rest) > 65_536:
            whole, self._rest = [*whole, self._rest], b""
        return [line.decode("utf-8", "replace").rstrip("\r") for line in whole]

    def last(self) -> list[str]:
        """What is left when nothing more comes."""
        rest, self._rest = self._rest, b""
        return [rest.decode("utf-8", "replace")] if rest else []


class Followed:
    """A file that another program writes, read line by line as it grows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._at = path.stat().st_size if path.exists() else 0
        self._pieces = Pieces()

    def lines(self) -> list[str]:
        """What was written since the last call. A file that became shorter is read from its start."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            if self.path.stat().st_size < self._at:
                self._at = 0
            file.seek(self._at)
            piece = file.read()
            self._at = file.tell()
        return self._pieces.lines(piece)
