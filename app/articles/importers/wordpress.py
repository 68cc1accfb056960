"""A WordPress export (WXR) as articles, read as a stream: an export may be larger than memory."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from app.articles.importers.found import BadRow, FoundArticle, address_of, moment_of, slug_of
from app.articles.prose import as_markdown, blocks_of_html
from app.core.errors import Invalid

LARGEST = 5_000_000  # characters of one post
_FORBIDDEN = bytes(set(range(32)) - {9, 10, 13})  # XML 1.0 section 2.2; WordPress writes them all the same
_SHORTCODE = re.compile(
    r"\[/?(?:caption|gallery|embed|audio|video|playlist|wp_caption|more|vc_\w{1,40}|et_pb_\w{1,40})\b[^\]\n]{0,1000}\]"
    r"|\[/[a-z][\w-]{1,40}\]|\[[a-z][\w-]{1,40}(?:\s+[\w-]{1,40}=[^\]\n]{1,300})+/?\]"
)
_BLOCK = re.compile(r"<(p|div|ul|ol|table|blockquote|h[1-6]|pre|figure|section)\b", re.IGNORECASE)


class _Lines:
    """A file read line by line, so that the parser's place in it is known, without forbidden characters."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.number, self.next, self.wide = file, 0, 1, False

    def read(self, size: int) -> bytes:
        line = self.file.readline(size)
        if self.number == 0:
            self.wide = line.startswith((b"\xff\xfe", b"\xfe\xff"))
        self.number = self.next
        self.next += line.endswith(b"\n")
        # An empty answer means the end to the parser, so a line of nothing but rubbish becomes a blank.
        return line if self.wide else line.translate(None, _FORBIDDEN) or (line and b" ")


def read_wordpress(file: BinaryIO, name: str) -> Iterator[FoundArticle | BadRow]:
    """The published posts and pages of an export. Raise Invalid when there is no XML at all.

    Where the XML breaks off, what came before it is kept and the place is a BadRow.
    """
    lines, started, path = _Lines(file), 0, []
    try:
        for event, element in iterparse(lines, events=("start", "end")):
            if event == "start":
                path.append(element)
                started = lines.number if element.tag == "item" else started
                continue
            path.pop()
            if element.tag == "item":
                found = _item(element, name, started)
                if found:
                    yield found
            if len(path) == 2:  # a child of the channel: done with, so its memory is given back
                path[-1].remove(element)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        if not started:
            raise Invalid(f"{name} is not a WordPress export that can be read.") from error
        yield BadRow(
            name, lines.number, f"The file breaks off here: {_why(error)}. What stands before it was read."
        )


def _why(error: Exception) -> str:
    return "it defines XML entities" if isinstance(error, DefusedXmlException) else str(error).split(":")[0]


def _item(item: Element, name: str, line: int) -> FoundArticle | BadRow | None:
    """The article of one item; None for what is no published post or page."""
    told = {child.tag.rsplit("}", 1)[-1]: (child.text or "").strip() for child in item}
    if told.get("post_type") not in ("post", "page") or told.get("status") != "publish":
        return None
    texts = {("excerpt" if "excerpt" in child.tag else "content"): child.text or ""
             for child in item if child.tag.endswith("}encoded")}  # fmt: skip
    title = " ".join(block.text for block in blocks_of_html(told.get("title", "")))
    if len(texts.get("content", "")) > LARGEST:
        return BadRow(name, line, f"“{title}” is longer than {LARGEST // 1_000_000} million characters.")
    blocks = blocks_of_html(_paragraphs(texts.get("content", "")))
    if not any(block.text.strip() for block in blocks):
        return BadRow(name, line, f"“{title or 'An entry without a title'}” has no text.")
    title = title or " ".join(blocks[0].text.split()[:12])
    summary = " ".join(block.text for block in blocks_of_html(texts.get("excerpt", "")))
    url = address_of(told.get("link"))
    return FoundArticle(
        title=title,
        slug=slug_of(told.get("post_name", "")) or slug_of(title),
        body=as_markdown(blocks),
        source_ref=told.get("guid") or url or f"post {told.get('post_id', '')}",
        url=url,
        author=told.get("creator") or None,
        summary=" ".join(summary.split()) or None,
        tags=_tags(item),
        published_at=_instant(told),
    )


def _tags(item: Element) -> tuple[str, ...]:
    kinds = ("category", "post_tag")
    return tuple(child.text or "" for child in item.iter("category") if child.get("domain") in kinds)


def _instant(told: dict[str, str]) -> datetime | None:
    gmt = told.get("post_date_gmt", "")
    return moment_of("" if gmt.startswith("0000") else gmt) or moment_of(told.get("pubDate"))


def _paragraphs(content: str) -> str:
    """WordPress keeps older posts without paragraph tags: an empty line parts them."""
    content = _SHORTCODE.sub("", re.sub(r"<!--.{0,2000}?-->", "", content, flags=re.DOTALL))
    if re.search(r"<p\b", content, re.IGNORECASE):
        return content
    pieces = re.split(r"\n[ \t]*\r?\n", content)
    return "\n".join(piece if _BLOCK.match(piece.strip()) else f"<p>{piece}</p>" for piece in pieces)
