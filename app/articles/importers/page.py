"""A single web page as an article: trafilatura finds the text between the menus."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import trafilatura
from trafilatura.settings import Document

from app.articles.importers.found import BadRow, FoundArticle, address_of, moment_of, slug_of, text_of
from app.articles.prose import as_markdown, blocks_of_html
from app.core.errors import Invalid

LARGEST = 5_000_000  # bytes of HTML
# What trafilatura and lxml raise on pages that are no HTML at all.
_BROKEN = (ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError, SyntaxError)
_LANGUAGE = re.compile(r"<html[^>]{0,500}\blang=[\"']?([A-Za-z]{2,3}(?:-\w{2,8})?)", re.IGNORECASE)


def read_page(data: bytes, address: str) -> Iterator[FoundArticle | BadRow]:
    """The article on a page. Raise Invalid when the page holds no text that is one.

    `address` is where the page came from: a web address, or the name of a saved file.
    """
    if len(data) > LARGEST:
        raise Invalid(
            f"{address} is larger than {LARGEST // 1_000_000} MB, which no page with an article is."
        )
    url = address_of(address)
    text, about = _extracted(data, url, address)
    blocks = blocks_of_html(text)
    if not any(block.text.strip() for block in blocks):
        raise Invalid(
            f"No article text was found on {address}. "
            "Pages that need JavaScript show their text only in a browser."
        )
    opening = blocks[0].text.strip() if blocks[0].kind == "heading" else ""
    title = about.title or opening or about.sitename or address
    if opening == title.strip() and len(blocks) > 1:
        blocks = blocks[1:]
    language = _LANGUAGE.search(text_of(data[:20_000]))
    yield FoundArticle(
        title=title,
        slug=slug_of(urlsplit(url).path.rstrip("/").rsplit("/", 1)[-1] if url else "") or slug_of(title),
        body=as_markdown(blocks),
        source_ref=address,
        url=address_of(about.url) or url,
        author=about.author or None,
        summary=" ".join(block.text for block in blocks_of_html(about.description or ""))[:2000] or None,
        tags=(*(about.tags or ()), *(about.categories or ())),
        image_url=address_of(about.image),
        published_at=moment_of(about.date),
        language=about.language or (language[1] if language else None),
    )


def _extracted(data: bytes, url: str | None, address: str) -> tuple[str, Document]:
    """The article's own HTML, empty where there is none, and what the page tells about it."""
    try:
        text = trafilatura.extract(
            data, url=url, output_format="html", include_formatting=True, include_links=True,
            include_comments=False, include_images=False,
        )  # fmt: skip
        about = trafilatura.extract_metadata(data, default_url=url)
    except _BROKEN as error:
        raise Invalid(f"The page {address} cannot be read.") from error
    return text or "", about
