"""An RSS or Atom feed as articles."""

import io
import time
from calendar import timegm
from collections.abc import Iterator
from datetime import UTC, datetime
from xml.sax import SAXException

import feedparser

from app.articles.importers.found import BadRow, FoundArticle, address_of, slug_of
from app.articles.prose import as_markdown, blocks_of_html
from app.core.errors import Invalid


def read_feed(data: bytes, name: str) -> Iterator[FoundArticle | BadRow]:
    """The entries of a feed, in its own order. Raise Invalid for what is no feed.

    `name` is the file or address, for messages. The full text is preferred to the summary.
    """
    if b"<!ENTITY" in data[:100_000]:
        raise Invalid(f"{name} defines XML entities, which a feed does not need, so it was not read.")
    try:
        feed = feedparser.parse(io.BytesIO(data), sanitize_html=True, resolve_relative_uris=True)
    except (
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        AssertionError,
        RecursionError,
        SAXException,
    ) as error:
        raise Invalid(f"{name} is not an RSS or Atom feed that can be read.") from error
    if not feed.get("version") and not feed.entries:
        raise Invalid(f"{name} is not an RSS or Atom feed: it holds no XML of that kind.")
    if not feed.entries and feed.get("bozo"):
        raise Invalid(f"{name} begins like a feed, but it is broken before its first entry.")
    language = _language(feed.feed.get("language"))
    for number, entry in enumerate(feed.entries, 1):
        try:
            yield _article(entry, number, name, language)
        except (ValueError, TypeError, LookupError, AttributeError, OverflowError) as error:
            yield BadRow(name, None, f"Entry {number} cannot be read: {error}.")


def _article(
    entry: feedparser.FeedParserDict, number: int, name: str, language: str | None
) -> FoundArticle | BadRow:
    texts = [part.get("value") or "" for part in entry.get("content", [])]
    summary = entry.get("summary") or ""
    blocks = blocks_of_html(max(texts, key=len, default="") or summary)
    title = " ".join(block.text for block in blocks_of_html(entry.get("title") or ""))
    if not any(block.text.strip() for block in blocks):
        return BadRow(name, None, f"Entry {number} ({title or 'without a title'}) has no text.")
    url = address_of(entry.get("link"))
    told = " ".join(" ".join(block.text for block in blocks_of_html(summary)).split()) if texts else ""
    title = title or _beginning(blocks[0].text)
    return FoundArticle(
        title=title,
        slug=slug_of(url.rstrip("/").rsplit("/", 1)[-1].split("?")[0] if url else "") or slug_of(title),
        body=as_markdown(blocks),
        source_ref=str(entry.get("id") or url or title)[:2000],
        url=url,
        author=entry.get("author") or None,
        summary=told[:2000] or None,
        tags=tuple(tag.get("term") or "" for tag in entry.get("tags", [])),
        image_url=_picture(entry),
        published_at=_instant(entry.get("published_parsed") or entry.get("updated_parsed")),
        language=language,
    )


def _beginning(text: str) -> str:
    words = text.split()
    return " ".join(words[:12]) + ("…" if len(words) > 12 else "")


def _picture(entry: feedparser.FeedParserDict) -> str | None:
    pictures = [
        media.get("url")
        for media in entry.get("media_content", [])
        if media.get("medium", "image") == "image"
    ]
    pictures += [media.get("url") for media in entry.get("media_thumbnail", [])]
    pictures += [
        link.get("href") for link in entry.get("enclosures", []) if str(link.get("type")).startswith("image/")
    ]
    return next((url for url in map(address_of, pictures) if url), None)


def _instant(parts: time.struct_time | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(timegm(parts), UTC) if parts else None
    except (ValueError, OverflowError, OSError):
        return None


def _language(value: str | None) -> str | None:
    return value[:20] if value else None
