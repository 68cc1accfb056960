"""One Markdown file, with or without front matter, as an article."""

import re
from pathlib import PurePosixPath

import yaml
from frontmatter.default_handlers import YAMLHandler

from app.articles.importers.found import (
    BadRow,
    FoundArticle,
    address_of,
    moment_of,
    slug_of,
    text_of,
    title_from,
)
from app.articles.importers.template_tags import resolve_tags
from app.articles.prose import as_markdown, blocks_of_markdown

LARGEST = 5_000_000  # bytes; a long novel is one million
_DATED = re.compile(r"^(\d{4}-\d{2}-\d{2})-(.+)$")


def read_markdown(data: bytes, ref: str, site: str | None = None) -> FoundArticle | BadRow:
    """The article of one Markdown file.

    `ref` is the file's path inside its source; `site` the address that relative links belong to.
    Front matter that cannot be read, a draft, and a file without text are a BadRow.
    """
    if len(data) > LARGEST:
        return BadRow(ref, None, f"The file is larger than {LARGEST // 1_000_000} MB, which no article is.")
    if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return BadRow(ref, None, "This is not a text file.")
    try:
        facts, body = _split(text_of(data))
    except _Unreadable as problem:
        return BadRow(ref, problem.line, f"The front matter cannot be read: {problem.reason}.")
    if facts.get("draft") is True or facts.get("published") is False:
        return BadRow(ref, 1, "This is marked as a draft, so it was left out.")
    try:
        return _article(facts, body, ref, site)
    except RecursionError:
        return BadRow(ref, None, "The text is nested too deeply to be read.")


class _Unreadable(Exception):
    def __init__(self, line: int | None, reason: str) -> None:
        super().__init__(reason)
        self.line, self.reason = line, reason


def _split(text: str) -> tuple[dict[str, object], str]:
    """Front matter and body. A rule of three hyphens that opens a plain text is no front matter."""
    handler = YAMLHandler()
    if not handler.detect(text):
        return {}, text
    try:
        head, body = handler.split(text)
    except ValueError:
        return {}, text
    try:
        facts = handler.load(head)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "it is not YAML"
        raise _Unreadable(mark.line + 1 if mark else 1, str(reason)) from None
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise _Unreadable(1, str(error)[:200] or "it is not YAML") from None
    if facts is None:
        return {}, body
    if not isinstance(facts, dict):
        return {}, text
    return {str(key).lower(): value for key, value in facts.items() if isinstance(key, str)}, body


def _article(facts: dict[str, object], body: str, ref: str, site: str | None) -> FoundArticle | BadRow:
    blocks = blocks_of_markdown(resolve_tags(body, facts, site))
    title = _words(facts, "title", site=site)
    if not title and blocks and blocks[0].kind == "heading":
        title = blocks[0].text
    if blocks and blocks[0].kind == "heading" and blocks[0].text.strip() == title.strip():
        blocks = blocks[1:]
    title = title or title_from(ref)
    if not any(block.text.strip() for block in blocks):
        return BadRow(ref, None, "There is no text in this file.")
    stem = PurePosixPath(ref.replace("\\", "/")).stem
    dated = _DATED.match(stem)
    image = _first(facts, "image", "image_url", "featured_image", "cover", "hero_image", "thumbnail")
    return FoundArticle(
        title=title or "Untitled",
        slug=slug_of(str(facts.get("slug") or "")) or slug_of(dated[2] if dated else stem) or slug_of(title),
        body=as_markdown(blocks),
        source_ref=ref,
        url=_address(_first(facts, "canonical_url", "url", "permalink"), site),
        author=", ".join(_names(_first(facts, "authors", "author"))) or None,
        summary=_words(facts, "excerpt", "summary", "description", site=site) or None,
        tags=(*_names(facts.get("tags")), *_names(_first(facts, "categories", "category"))),
        image_url=_address(image, site),
        published_at=moment_of(_first(facts, "date", "published_at", "pubdate"))
        or moment_of(dated and dated[1]),
        language=_language(_first(facts, "language", "lang", "locale")),
    )


def _first(facts: dict[str, object], *keys: str) -> object:
    return next((facts[key] for key in keys if facts.get(key)), None)


def _words(facts: dict[str, object], *keys: str, site: str | None) -> str:
    """The first of these facts that says something, as plain text on one line."""
    value = _first(facts, *keys)
    if not isinstance(value, str | int | float):
        return ""
    text = resolve_tags(str(value)[:20_000], {}, site)
    return " ".join(" ".join(block.text for block in blocks_of_markdown(text)).split()) or " ".join(
        text.split()
    )


def _names(value: object) -> list[str]:
    """Names from a list, a list of {name: …}, or one text with commas."""
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        return []
    named = [item.get("name") if isinstance(item, dict) else item for item in value[:100]]
    return [
        str(item).strip()[:200] for item in named if isinstance(item, str | int | float) and str(item).strip()
    ]


def _address(value: object, site: str | None) -> str | None:
    if isinstance(value, dict):
        value = next((value[key] for key in ("url", "src", "path") if key in value), None)
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, str):
        return None
    return address_of(resolve_tags(value, {}, site)) or (
        address_of(resolve_tags('{{ "' + value.replace('"', "") + '" | url }}', {}, site)) if site else None
    )


def _language(value: object) -> str | None:
    return (
        value.strip()[:20]
        if isinstance(value, str) and re.fullmatch(r"\s*[A-Za-z]{2,3}([-_]\w{2,8})*\s*", value)
        else None
    )
