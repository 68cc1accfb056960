"""Many Markdown files at once: a folder, or a zip that somebody sent."""

import os
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from app.articles.importers.found import BadRow, FoundArticle
from app.articles.importers.markdown import LARGEST, read_markdown
from app.core.errors import Invalid

ENDINGS = (".md", ".markdown")
MOST_FILES = 20_000
LARGEST_UNPACKED = 500_000_000  # bytes, all articles of a zip together
GREATEST_RATIO = 100  # unpacked to packed; prose shrinks to a third, a bomb to a thousandth
_SMALL = 100_000  # bytes; below this a ratio says nothing


def read_folder(folder: Path, site: str | None = None) -> Iterator[FoundArticle | BadRow]:
    """The articles of every Markdown file below a folder, in the order of their paths."""
    for path in paths_in(folder):
        ref = path.relative_to(folder).as_posix()
        try:
            with path.open("rb") as file:
                data = file.read(LARGEST + 1)
        except OSError as error:
            yield BadRow(ref, None, f"The file cannot be opened: {error.strerror}.")
            continue
        yield read_markdown(data, ref, site)


def paths_in(folder: Path) -> Iterator[Path]:
    """The Markdown files below a folder, without hidden ones and without following links to other places."""
    for here, below, names in os.walk(folder):
        below[:] = sorted(name for name in below if not name.startswith((".", "_drafts", "node_modules")))
        for name in sorted(names):
            path = Path(here, name)
            if name.lower().endswith(ENDINGS) and not name.startswith(".") and not path.is_symlink():
                yield path


def read_zip(file: BinaryIO, site: str | None = None) -> Iterator[FoundArticle | BadRow]:
    """The articles of every Markdown file in a zip. Raise Invalid for a zip that is broken or a bomb.

    Nothing is unpacked to disk. Members whose path leaves the zip, that are locked, or that are zips
    themselves are a BadRow each; other files (pictures, say) are passed over.
    """
    try:
        archive = zipfile.ZipFile(file)
        members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, OverflowError) as error:
        raise Invalid("This zip file is broken and cannot be opened.") from error
    if len(members) > MOST_FILES:
        raise Invalid(
            f"This zip holds {len(members):,} files; {MOST_FILES:,} is the most that is read at once."
        )
    budget = LARGEST_UNPACKED
    for member in members:
        name = member.filename
        if member.is_dir() or name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith("."):
            continue
        if reason := _refusal(member):
            yield BadRow(name, None, reason)
        elif name.lower().endswith(ENDINGS):
            found = _member(archive, member)
            budget -= len(found) if isinstance(found, bytes) else 0
            if budget < 0:
                raise Invalid(f"This zip unpacks to more than {LARGEST_UNPACKED // 1_000_000} MB.")
            yield found if isinstance(found, BadRow) else read_markdown(found, name, site)


def _refusal(member: zipfile.ZipInfo) -> str | None:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        return "The file's path points outside the zip, so it was left alone."
    if path.suffix.lower() in (".zip", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".tar"):
        return "A zip inside a zip is not opened. Unpack it and send it by itself."
    if member.flag_bits & 0x1:
        return "The file is locked with a password."
    if member.file_size > _SMALL and member.file_size > GREATEST_RATIO * max(1, member.compress_size):
        return "The file unpacks to over a hundred times its size, as a zip bomb does, so it was left alone."
    return None


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes | BadRow:
    """The bytes of one member, never more than an article may have, whatever its header claims."""
    try:
        with archive.open(member) as file:
            return file.read(LARGEST + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError, NotImplementedError):
        return BadRow(member.filename, None, "This file inside the zip is damaged.")
