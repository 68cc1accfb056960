"""The built-in writer: no model, no network. It chooses among the source's own sentences and says so."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING
from zlib import crc32

import regex

from app.platforms import counting
from app.rewriting import brief as briefs
from app.rewriting.brief import Brief
from app.rewriting.calls import calls
from app.rewriting.choice import Passage, passages
from app.rewriting.hashtags import hashtags
from app.rewriting.longform import article
from app.rewriting.openings import openings
from app.rewriting.providers import Completion
from app.rewriting.source import Source

if TYPE_CHECKING:
    from app.platforms.need import Need

NAME = "built-in writer"
HOOKS = 6  # openings tried for one post
VARIANTS = 6  # openings among which the turn chooses
CHOICES = 120  # passages looked at for one post


@dataclass(frozen=True)
class Draft:
    """A text put together, with how well it reads and how far it is from the wanted length."""

    text: str
    score: float


@dataclass
class BuiltInWriter:
    """Writes from one source for one channel. `at()` binds it; unbound it cannot write.

    It is a Provider: each complete() gives the next variant, so a repair round tries another one.
    """

    source: Source | None = None
    needs: Sequence["Need"] = ()
    seed: int = 0
    name: str = NAME
    model: str = NAME
    asked: int = 0

    def at(self, source: Source, needs: Sequence["Need"], seed: int = 0) -> "BuiltInWriter":
        """The same writer with its material before it."""
        return replace(self, source=source, needs=tuple(needs), seed=seed, asked=0)

    def complete(
        self,
        messages: list[dict[str, str]],
        *,
        max_tokens: int = 0,
        temperature: float = 0,
        timeout: float = 0,
    ) -> Completion:
        """The next variant. The messages are not needed: it works from the source itself."""
        if self.source is None:
            raise RuntimeError("The built-in writer has no source; call at() first.")
        begun = time.monotonic()
        text = write(self.source, self.needs, self.seed + self.asked)
        self.asked += 1
        return Completion(text, NAME, 0, 0, 0.0, time.monotonic() - begun)


def silent(needs: Sequence["Need"]) -> bool:
    """Whether the channel of these rows takes no text at all."""
    return briefs.read(needs).silent


def write(source: Source, needs: Sequence["Need"], seed: int = 0) -> str:
    """A post for the channel of these rows, from the source's own words. The same seed, the same text.

    Another seed gives another variant as far as the source has the sentences for it.
    """
    brief = briefs.read(needs)
    if brief.silent:
        return ""
    if brief.shape == "article":
        return article(source, brief, seed)
    count = counting_of(needs)
    turn = seed + own_turn(source, needs)
    return _pick(_drafts(source, brief, count, seed, turn), turn, 1.2 + 0.8 * max(0, seed - 2))


def own_turn(source: Source, needs: Sequence["Need"]) -> int:
    """A number that differs between sources and channels, so that neighbours do not say the same."""
    rows = "|".join(sorted(f"{need.key}={need.value}" for need in needs))
    return crc32(f"{source.digest()}{rows}".encode())


def _pick(drafts: Iterable[Draft], turn: int, reach: float = 1.2) -> str:
    """One of the best: among openings whose score is within `reach` of the best one's, the turn decides."""
    best: dict[str, Draft] = {}
    for draft in drafts:
        opening = draft.text.split("\n", 1)[0]
        if opening not in best or draft.score > best[opening].score:
            best[opening] = draft
    if not best:
        return ""
    ranked = sorted(best.values(), key=lambda draft: -draft.score)
    near = [draft for draft in ranked[:VARIANTS] if draft.score >= ranked[0].score - reach]
    return near[turn % len(near)].text


def counting_of(needs: Sequence["Need"]) -> Callable[[str], int]:
    """The channel's own way of counting, as a function of the text."""
    method, options = counting.method_for(needs), counting.options_for(needs)
    known: dict[str, int] = {}

    def count(text: str) -> int:
        if text not in known:
            known[text] = counting.count(text, method, **options)
        return known[text]

    return count


def _drafts(
    source: Source, brief: Brief, count: Callable[[str], int], seed: int, turn: int
) -> Iterator[Draft]:
    """Every sensible combination of opening, body, call and tags that the channel has room for.

    Tags and the address count for the limit, not for the length that reads best.
    """
    address = source.url or ""
    roof = brief.limit if brief.limit is not None else 10**9
    for call, tags, worth in _endings(source, brief, seed, turn):
        said, tagged = count(call) + 2 if call else 0, count(tags) + 2 if tags else 0
        spoken = count(call.replace(address, "").strip()) if address else said
        low, high = (
            max(0, brief.least - said - tagged),
            max(0, min(brief.aim[1] - spoken, roof - tagged - said)),
        )
        made = 0
        for body, score in _bodies(source, brief, count, (low, high, roof - said - tagged)):
            text = "\n\n".join(part for part in (body, call, tags) if part)
            length = count(text)
            if not body or length > roof or length < brief.least:
                continue
            read = length - tagged - said + spoken
            over = max(0, read - brief.aim[1], brief.aim[0] - length) / max(40, brief.aim[1])
            yield Draft(text, score - 2.5 * over + worth)
            made += 1
            if made >= 12:
                break


def _endings(source: Source, brief: Brief, seed: int, turn: int) -> Iterator[tuple[str, str, float]]:
    """Call with link, tags, and their worth: from the fullest to the barest that the rows allow."""
    address = source.url if brief.link and source.url else ""
    asked = (
        calls(
            brief.calls,
            of=source.kind,
            tone=brief.tone,
            address=bool(address),
            long=brief.least > 0,
            card=bool(source.url) and brief.card,
        )
        if source.english
        else []
    )
    first = turn % len(asked) if asked else 0
    asked = asked[first:] + asked[:first]
    if brief.shape == "line" and not brief.must_call and brief.least == 0:
        asked = [call for call in asked if len(call) < 28][:2]
    barest = [] if brief.must_call and asked else [""]
    most = len(asked) if brief.least else 4
    for many in dict.fromkeys((brief.tags[1], brief.tags[0])):
        tags = " ".join(hashtags(source, many, seed, brief.tags[0]))
        for call in [*asked[:most], *barest]:
            yield (
                _closing(call, address),
                tags,
                0.5 * bool(call) + 0.5 * bool(address) + 0.15 * min(4, tags.count("#")),
            )
            if address and not call:
                yield "", tags, 0.0


def _closing(call: str, address: str) -> str:
    if not address:
        return call.removesuffix(":") + "." if call.endswith(":") else call
    if call.endswith(":"):
        return f"{call} {address}"
    return f"{call}\n{address}" if call else address


def _bodies(
    source: Source, brief: Brief, count: Callable[[str], int], room: tuple[int, int, int]
) -> Iterator[tuple[str, float]]:
    """Openings with the passages that still fit after them, and passages that open by themselves."""
    low, high, roof = room
    if roof < 20:
        return
    sized = _pool(source, brief, count)
    for opening, score in openings(source, brief):
        used = count(opening) + 2
        if used > roof:
            continue
        chosen, total = _fill(sized, (low - used, high - used, roof - used), brief)
        if chosen or used >= low:
            yield _laid_out(opening, chosen, brief), score + total
    for passage, size in sized[: HOOKS * 3]:
        if size > roof:
            continue
        chosen, total = [], 0.0
        if brief.shape != "line":
            others = [
                pair for pair in sized if pair[0].block > passage.block and pair[0].alike(passage) < 0.5
            ]
            chosen, total = _fill(others, (low - size - 2, high - size - 2, roof - size - 2), brief)
        yield _laid_out(passage.text, chosen, brief), passage.score + total * 0.6


def _pool(source: Source, brief: Brief, count: Callable[[str], int]) -> list[tuple[Passage, int]]:
    """The passages worth looking at, with their lengths; none holds a banned word."""
    banned = regex.compile(rf"\b(?:{'|'.join(map(regex.escape, brief.banned))})", regex.I)
    found = (one for one in passages(source) if not brief.banned or not banned.search(one.text))
    sized = [(passage, count(passage.text)) for passage in islice(found, CHOICES)]
    if brief.shape == "post":  # whole paragraphs read better than single sentences one after the other
        sized.sort(key=lambda pair: -pair[0].score - 0.35 * (pair[0].size - 1))
    return sized


def _fill(
    sized: Sequence[tuple[Passage, int]], room: tuple[int, int, int], brief: Brief
) -> tuple[list[Passage], float]:
    """The best passages for the room: the best one first, then others that say something else."""
    low, high, roof = room
    most = {"line": 1, "note": 2, "post": 5}[brief.shape]
    chosen: list[Passage] = []
    used = 0
    for want_low in (True, False):
        for passage, size in sized:
            if len(chosen) >= most or used >= high * 0.92:
                break
            space = (high if not chosen or used >= low else roof) - used
            if size > space or passage in chosen or (want_low and not chosen and most == 1 and size < low):
                continue
            if any(passage.alike(other) > 0.45 or passage.block == other.block for other in chosen):
                continue
            if chosen and used >= low and passage.score < 0.45 * chosen[0].score:
                continue  # better short than padded
            chosen.append(passage)
            used += size + 2
        if used >= low:
            break
    total = sum(passage.score for passage in chosen) / len(chosen) if chosen else 0.0
    return sorted(chosen, key=lambda passage: (passage.block, passage.place)), total


def _laid_out(opening: str, chosen: Sequence[Passage], brief: Brief) -> str:
    """Lines for the eye: paragraphs where there is room, one flow of sentences where there is none."""
    body = [passage.text for passage in chosen]
    if brief.shape == "post" or not opening or not opening.endswith((".", "!", "?", "…")):
        return "\n\n".join([opening, *body] if opening else body)
    return "\n\n".join([opening, " ".join(body)] if body else [opening])
