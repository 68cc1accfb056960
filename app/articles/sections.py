"""Cuts an article into sections: the pieces that are rewritten for a channel, one at a time."""

import re
from dataclasses import dataclass, field

from app.articles.prose import Block, blocks_of_markdown

LONGEST = 350  # words; about what fits one long post and its prompt
SHORTEST = 40  # words; less is no subject of its own, so it goes to its neighbour


@dataclass(frozen=True)
class Section:
    """One piece of an article. `position` counts from 1; `text` is plain, paragraphs parted by an empty line.

    `urls` are the web addresses that the text links to, in order, each once.
    """

    position: int
    heading: str
    text: str
    word_count: int
    urls: tuple[str, ...] = ()


@dataclass
class _Draft:
    heading: str
    level: int
    paragraphs: list[str] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)

    @property
    def words(self) -> int:
        return sum(_count(paragraph) for paragraph in self.paragraphs)

    def absorb(self, other: "_Draft") -> None:
        """Take in another draft, its heading as a sentence of its own."""
        if other.heading and other.heading != self.heading:
            self.paragraphs.append(other.heading if other.heading[-1] in ".!?:…" else other.heading + ".")
        self.paragraphs += other.paragraphs
        self.urls += other.urls


def cut_into_sections(body: str, title: str) -> list[Section]:
    """The sections of a Markdown body, in order; none when it holds no prose.

    A section runs from heading to heading. One of more than 350 words is parted at paragraph (or,
    within one long paragraph, sentence) borders, one of fewer than 40 words joins its neighbour.
    Code, tables and pictures are left out, since they cannot be retold in a post.
    """
    drafts = _joined([draft for draft in _by_heading(blocks_of_markdown(body), title) if draft.words])
    pieces = [piece for draft in drafts for piece in _parted(draft)]
    return [
        Section(
            number,
            piece.heading,
            "\n\n".join(piece.paragraphs),
            piece.words,
            tuple(dict.fromkeys(piece.urls)),
        )
        for number, piece in enumerate(pieces, 1)
    ]


def _by_heading(blocks: list[Block], title: str) -> list[_Draft]:
    drafts, before = [_Draft(" ".join(title.split()), 0)], None
    for block in blocks:
        text = _plain(block.text)
        if block.kind == "heading" and text:
            drafts.append(_Draft(" ".join(text.split()), block.level))
        elif block.kind not in ("heading", "code", "table") and text:
            here = drafts[-1]
            if block.kind == before == "item":
                here.paragraphs[-1] += "\n" + text
            else:
                here.paragraphs.append(text)
            here.urls += block.urls
        before = block.kind
    return drafts


def _joined(drafts: list[_Draft]) -> list[_Draft]:
    """Tiny sections go to their neighbour: an opening line to what it opens, others to what came before."""
    kept: list[_Draft] = []
    for draft in drafts:
        last = kept[-1] if kept else None
        opens = last is not None and last.words < SHORTEST and (last.level < draft.level or len(kept) == 1)
        if last is not None and (draft.words < SHORTEST or opens):
            last.absorb(draft)
            last.level = max(last.level, draft.level) if opens else last.level
        else:
            kept.append(draft)
    return kept


def _parted(draft: _Draft) -> list[_Draft]:
    """A section in parts of at most 350 words, as even as its paragraphs allow."""
    if draft.words <= LONGEST:
        return [draft]
    paragraphs = [part for paragraph in draft.paragraphs for part in _shortened(paragraph)]
    wanted = draft.words / -(-draft.words // LONGEST)
    parts, size = [[]], 0
    for paragraph in paragraphs:
        words = _count(paragraph)
        if parts[-1] and (size + words > LONGEST or size + words / 2 > wanted):
            parts, size = [*parts, []], 0
        parts[-1].append(paragraph)
        size += words
    tail = sum(map(_count, parts[-1]))
    if len(parts) > 1 and tail < SHORTEST:
        parts[-2:] = [parts[-2] + parts[-1]]
    return [
        _Draft(draft.heading, draft.level, part, _linked(draft.urls, n, len(parts)))
        for n, part in enumerate(parts)
    ]


def _linked(urls: list[str], number: int, parts: int) -> list[str]:
    """Links of a parted section go with its first part: which sentence had them is no longer known."""
    return urls if number == 0 or parts == 1 else []


def _shortened(paragraph: str) -> list[str]:
    """A paragraph in pieces of at most 350 words, cut after sentences, else after words."""
    if _count(paragraph) <= LONGEST:
        return [paragraph]
    pieces: list[list[str]] = [[]]
    for sentence in re.split(r"(?<=[.!?…])\s+|\n", paragraph):
        words = sentence.split()
        for start in range(0, len(words), LONGEST):
            run = words[start : start + LONGEST]
            if pieces[-1] and len(pieces[-1]) + len(run) > LONGEST:
                pieces.append([])
            pieces[-1] += run
    return [" ".join(piece) for piece in pieces if piece]


def _count(text: str) -> int:
    return len(text.split())


def _plain(text: str) -> str:
    """Text without what a template would take for its own: double braces become single ones."""
    text = re.sub(r"\{[{%]+", "{", re.sub(r"[}%]+\}", "}", text))
    return "\n".join(line for line in (line.strip() for line in text.split("\n")) if line)
