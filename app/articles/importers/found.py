"""What an importer finds: articles, and places in the source that could not be read."""

import re
import unicodedata
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from dateutil import parser as dates

_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


@dataclass
class FoundArticle:
    """One article as the source tells it.

    `body` is Markdown without raw HTML and without template tags. `published_at` is aware, or None
    where the source does not say. `source_ref` names the article inside its source (a path, a feed's
    id, an address), so that a second import finds the same article again.
    """

    title: str
    slug: str
    body: str
    source_ref: str
    url: str | None = None
    author: str | None = None
    summary: str | None = None
    tags: tuple[str, ...] = ()
    image_url: str | None = None
    published_at: datetime | None = None
    language: str | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, str):
                setattr(self, field.name, _UNSTORABLE.sub("", value))
        self.tags = tuple(
            dict.fromkeys(tag for tag in (_UNSTORABLE.sub("", t).strip() for t in self.tags) if tag)
        )
        self.title = " ".join(self.title.split())[:500]


@dataclass(frozen=True)
class BadRow:
    """A place in the source that could not be read, with the reason as a sentence.

    `line` counts from 1; it is None where the source has no lines that a person could look up.
    """

    file: str
    line: int | None
    reason: str


@dataclass(frozen=True)
class Upload:
    """A file that somebody sent: its name as they gave it, and its bytes, which can be read twice."""

    name: str
    file: BinaryIO


def slug_of(text: str) -> str:
    """A short name for an address: lower case letters, digits and hyphens; may be empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:120].strip("-")


def moment_of(value: object) -> datetime | None:
    """The aware instant that a value means; UTC where no zone is said, None if unreadable."""
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)  # noqa: DTZ001 (the zone comes below)
    if isinstance(value, str):
        try:
            value = dates.parse(value[:80])
        except (ValueError, OverflowError, TypeError):
            return None
    if not isinstance(value, datetime):
        return None
    try:
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def address_of(value: object) -> str | None:
    """The value when it is a whole web address, else None."""
    if not isinstance(value, str) or len(value) > 2000:
        return None
    try:
        parts = urlsplit(value.strip())
    except ValueError:
        return None
    return value.strip() if parts.scheme in ("http", "https") and parts.netloc else None


def text_of(data: bytes) -> str:
    """Bytes as text with plain line ends: by byte-order mark, else UTF-8, else Windows-1252."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            text = data.decode(encoding, errors="replace")
            break
    else:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = data.decode("cp1252", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def title_from(name: str) -> str:
    """A title for a file that has none: its name without date, ending and hyphens."""
    stem = re.sub(r"^\d{4}-\d{2}-\d{2}-", "", Path(name).stem)
    return re.sub(r"[-_\s]+", " ", stem).strip().capitalize()
