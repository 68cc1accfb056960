"""The versions of a post as a story: who saved when, and which words came and went."""

import difflib
import re
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from markupsafe import Markup, escape

from app.posts.models import Post, PostVersion
from app.posts.parts import KINDS, in_words, told_by
from app.posts.writing import versions

TOLD = 30  # versions that are told with their differences
LONGEST = 4_000  # characters of one text that are compared word by word
_PIECES = re.compile(r"\S+\s*|\s+")  # a word with its space: a space alone would match everywhere
FIELDS = {
    "title": "Title",
    "text": "Text",
    "link": "Link",
    "format": "Kind",
}


@dataclass(frozen=True)
class Difference:
    """One field that a version changed, with words that went struck out and words that came marked."""

    label: str
    html: Markup


@dataclass(frozen=True)
class Told:
    """A version and what was new in it."""

    number: int
    at: datetime
    who: str
    differences: list[Difference]
    is_newest: bool


def history_of(post: Post) -> list[Told]:
    """The newest thirty versions, newest first, each against the one before it."""
    rows: list[PostVersion | None] = list(versions(post)[: TOLD + 1])
    if rows and rows[-1] and rows[-1].number == 1:
        rows.append(None)
    return [_told(post, new, old) for new, old in pairwise(rows) if new]


def _told(post: Post, new: PostVersion, old: PostVersion | None) -> Told:
    changed = differences(old.snapshot if old else {}, new.snapshot)
    return Told(new.number, new.created_at, new.saved_by, changed, new.number == post.version)


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[Difference]:
    """What changed between two snapshots of a post."""
    told = [
        Difference(label, compared(str(old.get(key) or ""), str(new.get(key) or "")))
        for key, label in FIELDS.items()
        if (old.get(key) or "") != (new.get(key) or "") and (old or key != "format")
    ]  # fmt: skip
    before, after = old.get("variants", {}), new.get("variants", {})
    told.extend(
        Difference(
            _channel_words(slug, before, after), compared(before.get(slug) or "", after.get(slug) or "")
        )
        for slug in dict.fromkeys([*before, *after])
        if (slug in before, before.get(slug)) != (slug in after, after.get(slug))
    )
    if (parts_before := _parts_words(old)) != (parts_after := _parts_words(new)):
        told.append(Difference("Parts", compared(parts_before, parts_after)))
    if old.get("pictures", []) != new.get("pictures", []):
        told.append(
            Difference("Pictures", escape(_pictures_words(old.get("pictures", []), new.get("pictures", []))))
        )
    return told


def compared(old: str, new: str) -> Markup:
    """Both texts in one, word by word. Long ones are compared at their beginning."""
    before, after = _PIECES.findall(old[:LONGEST]), _PIECES.findall(new[:LONGEST])
    html = Markup()
    for kind, a, b, c, d in difflib.SequenceMatcher(None, before, after).get_opcodes():
        if kind == "equal":
            html += escape("".join(before[a:b]))
            continue
        if b > a:
            html += Markup("<del>{}</del>").format("".join(before[a:b]))
        if d > c:
            html += Markup("<ins>{}</ins>").format("".join(after[c:d]))
    return html + ("…" if max(len(old), len(new)) > LONGEST else "")


def _parts_words(snapshot: dict[str, Any]) -> str:
    """The parts of a version as lines."""
    lines = []
    for part in told_by(snapshot):
        after = f" after {in_words(part.delay_minutes)}" if part.delay_minutes else ""
        place = f", only for {part.only_for.replace('_', ' ')}" if part.only_for else ""
        lines.append(f"{KINDS.get(part.kind, part.kind)}{after}{place}: {part.text}")
    return "\n".join(lines)


def _channel_words(slug: str, before: dict[str, Any], after: dict[str, Any]) -> str:
    name = slug.replace("/", ", ").replace("_", " ")
    if slug not in before:
        return f"Channel added: {name}"
    return f"Channel removed: {name}" if slug not in after else f"Text for {name}"


def _pictures_words(old: list[dict[str, str]], new: list[dict[str, str]]) -> str:
    before, after = [one["media_id"] for one in old], [one["media_id"] for one in new]
    added, gone = len(set(after) - set(before)), len(set(before) - set(after))
    words = [f"{added} added" if added else "", f"{gone} taken off" if gone else ""]
    told = ", ".join(word for word in words if word)
    return told or ("put in another order" if before != after else "described anew")
