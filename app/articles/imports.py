"""Bringing articles in: every article once, however often and by whichever way it comes."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from app.accounts.activity import Activity
from app.accounts.uploads import sent_files, watched
from app.articles.importers import BadRow, FoundArticle, count_articles, read_articles
from app.articles.models import Article, Section
from app.articles.sections import cut_into_sections
from app.core.database import session
from app.core.errors import Invalid

EVERY = 20  # articles between two commits
_COPIED = (
    "title", "slug", "body", "url", "author", "image_url", "language", "published_at", "source_ref",
)  # fmt: skip


def import_articles(activity: Activity, source: str) -> None:
    """Read every article of `source` (an address, or a path on this machine), to the activity's end.

    New articles are added, changed ones changed, equal ones left alone. A place that cannot be read
    is a problem of the activity and costs no other. What is read is committed every 20 articles.
    """
    with watched(activity):
        count = Counter[str]()
        total = _total(source)
        keys = _Keys()
        for number, found in enumerate(_found(source), 1):
            if isinstance(found, BadRow):
                count["bad"] += 1
                where = found.file if found.line is None else f"{found.file}, line {found.line}"
                activity.problem(where, found.reason)
            else:
                count[_take(activity, found, keys.of(found))] += 1
            if number % EVERY == 0:
                activity.step(number, total, _words(count))
        activity.done = count.total()
        activity.finish(
            _words(count), **{name: count[name] for name in ("new", "changed", "unchanged", "bad")}
        )


def _total(source: str) -> int | None:
    files = sent_files(source)
    if files and len(files) > 1:
        return len(files)
    path = Path(source)
    return count_articles(path) if "://" not in source and path.is_dir() else None


def _found(source: str) -> Iterator[FoundArticle | BadRow]:
    """What a source holds. Of several files that were sent, one that is nothing we know is one problem."""
    files = sent_files(source)
    if files is None:
        yield from read_articles(source if "://" in source else Path(source))
        return
    for file in files:
        try:
            yield from read_articles(file)
        except Invalid as problem:
            if len(files) == 1:
                raise
            yield BadRow(file.name, None, problem.message)


class _Keys:
    """The digest by which an article is known: SHA-256 of its normalised title and address.

    An article without address is known by its file's name, whatever folder or zip it comes in; where
    that is not enough to tell two of one import apart, by its whole path.
    """

    def __init__(self) -> None:
        self.given: dict[str, str] = {}

    def of(self, found: FoundArticle) -> str:
        short = _digest(_plain(found.title), _place(found.url) if found.url else _file(found.source_ref))
        if self.given.setdefault(short, found.source_ref) == found.source_ref:
            return short
        return _digest(_plain(found.title), found.source_ref)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _plain(title: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", title).casefold().split())


def _place(url: str) -> str:
    """An address without what does not name the page: scheme, www, tracking, fragment, last slash."""
    parts = urlsplit(url.strip())
    query = "&".join(
        part for part in parts.query.split("&") if part and not re.match(r"utm_|fbclid|gclid", part)
    )
    host = (parts.hostname or "").removeprefix("www.")
    return f"{host}{parts.path.rstrip('/')}{'?' + query if query else ''}"


def _file(ref: str) -> str:
    path = PurePosixPath(ref)
    named_by_folder = path.stem.lower() in ("index", "_index", "readme") and "://" not in ref
    return ref if "://" in ref else "/".join(path.parts[-2:]) if named_by_folder else path.name


def _content(found: FoundArticle) -> str:
    values = [getattr(found, name) for name in _COPIED if name != "source_ref"]
    told = [value.isoformat() if isinstance(value, datetime) else value or "" for value in values]
    return _digest(*told, found.summary or "", *found.tags)


def _take(activity: Activity, found: FoundArticle, digest: str) -> str:
    """Add or change one article; says whether it was new, changed or unchanged."""
    known = Article.of(_Owner(activity)).where(Article.digest == digest).first()
    content = _content(found)
    if known and known.content_digest == content:
        return "unchanged"
    values: dict[str, Any] = {name: getattr(found, name) for name in _COPIED}
    values |= {"summary": found.summary or "", "tags": list(found.tags), "content_digest": content}
    if known:
        for name, value in values.items():
            setattr(known, name, value)
        cut_again(known)
        return "changed"
    article = Article(workspace_id=activity.workspace_id, digest=digest, **values)
    article.sections = [_section(article, piece) for piece in cut_into_sections(found.body, found.title)]
    session.add(article)
    session.flush()
    return "new"


class _Owner:
    """The workspace of an activity, where a finder asks for one."""

    def __init__(self, activity: Activity) -> None:
        self.id = activity.workspace_id


def _section(article: Article, piece: Any) -> Section:
    return Section(
        workspace_id=article.workspace_id, position=piece.position, heading=piece.heading, text=piece.text,
        word_count=piece.word_count,
    )  # fmt: skip


def cut_again(article: Article) -> None:
    """Cut an article's new body into sections; those whose text is as before keep what was made of them."""
    before: dict[str, list[Section]] = {}
    for section in article.sections:
        before.setdefault(section.text, []).append(section)
        section.position = -section.position  # out of the way of the new order, which is unique
    session.flush()
    after: list[Section] = []
    for piece in cut_into_sections(article.body, article.title):
        same = before.get(piece.text)
        section = same.pop(0) if same else _section(article, piece)
        section.position, section.heading = piece.position, piece.heading
        after.append(section)
    article.sections = after
    session.flush()


def _words(count: Counter[str]) -> str:
    """What came of it, such as “152 articles: 150 new, 2 unchanged; 3 could not be read”."""
    read = count["new"] + count["changed"] + count["unchanged"]
    parts = [f"{count[name]:,} {name}" for name in ("new", "changed", "unchanged") if count[name]]
    line = f"{read:,} article{'' if read == 1 else 's'}" + (f": {', '.join(parts)}" if parts else "")
    return line + (f"; {count['bad']:,} could not be read" if count["bad"] else "")
