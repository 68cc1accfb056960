"""Bringing articles in. `read_articles` tells the kind of a source by what is in it."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from urllib.parse import urlsplit

from app.articles.importers.bundle import paths_in, read_folder, read_zip
from app.articles.importers.feed import read_feed
from app.articles.importers.found import BadRow, FoundArticle, Upload
from app.articles.importers.markdown import LARGEST, read_markdown
from app.articles.importers.page import read_page
from app.articles.importers.wordpress import read_wordpress
from app.core.errors import Invalid, Unavailable
from app.core.wire import Forbidden, TooBig, Wire, WireError
from app.core.wire import wire as outgoing

__all__ = ["BadRow", "FoundArticle", "Upload", "count_articles", "read_articles"]

LARGEST_FEED = 30_000_000  # bytes; a feed is read whole
LARGEST_DOWNLOAD = 50_000_000  # bytes
_BINARY = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"%PDF",
    b"\x1f\x8b",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x7fELF",
    b"\xd0\xcf\x11\xe0",
)


def read_articles(
    source: str | Path | Upload, wire: Wire = outgoing, site: str | None = None
) -> Iterator[FoundArticle | BadRow]:
    """Yield every article of a source, and a BadRow for every place that could not be read.

    A `str` is a web address, a `Path` a file or folder on this machine, an `Upload` a file that
    somebody sent. `site` is the address that relative links in Markdown belong to.
    Raise Invalid when the source as a whole is nothing we know, Unavailable when an address does not
    answer. Memory holds one article at a time, or one feed.
    """
    if isinstance(source, Path):
        yield from _on_this_machine(source, site)
    elif isinstance(source, Upload):
        yield from _by_content(source.file, source.name, site)
    else:
        yield from _fetched(source, wire, site)


def count_articles(source: str | Path | Upload) -> int | None:
    """How many files a folder holds, for a progress bar; None where only reading can tell."""
    return sum(1 for _ in paths_in(source)) if isinstance(source, Path) and source.is_dir() else None


def _on_this_machine(path: Path, site: str | None) -> Iterator[FoundArticle | BadRow]:
    if path.is_dir():
        found = False
        for article in read_folder(path, site):
            found = True
            yield article
        if not found:
            raise Invalid(f"There is no Markdown file (.md or .markdown) in {path.name}.")
        return
    try:
        file = path.open("rb")
    except OSError as error:
        raise Invalid(f"{path} cannot be opened: {error.strerror}.") from error
    with file:
        yield from _by_content(file, path.name, site)


def _fetched(address: str, wire: Wire, site: str | None) -> Iterator[FoundArticle | BadRow]:
    try:
        answer = wire.get(address, timeout=30, limit=LARGEST_DOWNLOAD)
    except (Forbidden, TooBig) as error:
        raise Invalid(str(error)) from error
    except WireError as error:
        raise Unavailable(str(error)) from error
    if not answer.ok:
        raise Unavailable(f"{address} answered with status {answer.status}, so nothing was read.")
    yield from _by_content(BytesIO(answer.body), answer.url, site or answer.url)


def _by_content(file: BinaryIO, name: str, site: str | None) -> Iterator[FoundArticle | BadRow]:
    """Tell a zip, a WordPress export, a feed, a page and Markdown apart by their first bytes."""
    head = file.read(16_384)
    file.seek(0)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        yield from read_zip(file, site)
    elif _is_wide_xml(head) or _begins(head, b"<?xml", b"<rss", b"<feed", b"<rdf:rdf"):
        yield from _xml(file, head, name)
    elif _begins(head, b"<!doctype html", b"<html"):
        yield from read_page(file.read(LARGEST + 1), name)
    elif not head.strip():
        raise Invalid(f"{name} is empty.")
    elif head.startswith(_BINARY) or (b"\0" in head and head[:2] not in (b"\xff\xfe", b"\xfe\xff")):
        raise Invalid(
            f"{name} is none of these: Markdown, a zip of Markdown, a feed, a web page, a WordPress export."
        )
    else:
        yield read_markdown(file.read(LARGEST + 1), _ref(name), site)


def _begins(head: bytes, *starts: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(starts)


def _is_wide_xml(head: bytes) -> bool:
    return head.startswith((b"\xff\xfe<\0", b"\xfe\xff\0<"))


def _xml(file: BinaryIO, head: bytes, name: str) -> Iterator[FoundArticle | BadRow]:
    plain = head.replace(b"\0", b"").lower()
    if b"wordpress.org/export" in plain:
        yield from read_wordpress(file, name)
        return
    if b"<html" in plain:
        yield from read_page(file.read(LARGEST + 1), name)
        return
    data = file.read(LARGEST_FEED + 1)
    if len(data) > LARGEST_FEED:
        raise Invalid(
            f"{name} is larger than {LARGEST_FEED // 1_000_000} MB, which is too much for one feed."
        )
    yield from read_feed(data, name)


def _ref(name: str) -> str:
    """A file's own name, without the folders of the machine or address that it came from."""
    path = urlsplit(name).path if "://" in name else name
    return PurePosixPath(path.replace("\\", "/")).name or name
