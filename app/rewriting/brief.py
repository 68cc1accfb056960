"""What a channel's rows ask of a writer: how long, how many tags, a link or not, which call to action."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from app.platforms.need import Need

NUMBERS = regex.compile(r"\d+(?:\.\d+)?")
NO_LINK = (
    "not clickable",
    "no link",
    "not supported",
    "not reliably",
    "first comment",
    "link field",
    "url_field",
    "source url",
    "calltoaction",
    "nothing is scraped",
    "originalarticleurl",
    "canonical",
)
CARD = ("link field", "url_field", "calltoaction", "source url", "preview card needs")
BRIEFLY = ("brief", "short", "sharp", "quick", "one line", "direct")
CALLS = {  # kind of call: words by which a row asks for it, most telling first
    "boost": ("boost", "repost"),
    "save": ("save",),
    "react": ("reaction",),
    "link": (
        "read more",
        "one link",
        "visit",
        "learn_more",
        "gains by opening",
        "what the link holds",
        "lead to the link",
        "click",
        "description",
        "button",
        "next step",
    ),
    "question": (
        "question",
        "opinion",
        "experience",
        "comment",
        "discuss",
        "reply",
        "replies",
        "talk",
        "answer",
    ),
}
TONES = {
    "professional": ("professional", "expert", "work-like", "technical", "essay", "developer"),
    "casual": (
        "casual",
        "spontaneous",
        "playful",
        "quick",
        "informal",
        "behind the scenes",
        "fast",
        "sharp",
        "warm",
    ),
}


@dataclass(frozen=True)
class Brief:
    """The rows of one channel, read for a writer. Lengths are in the channel's own counting."""

    limit: int | None  # never more than this
    least: int  # never less than this
    aim: tuple[int, int]  # what reads best
    tags: tuple[int, int]  # at least, at most
    link: bool  # an address in the text is of use
    card: bool  # the post carries its link outside the text
    calls: tuple[str, ...]  # kinds of call to action, the wanted one first; empty: none asked for
    must_call: bool
    tone: str  # professional, casual or friendly
    price: bool  # the tone asks for the price
    markup: bool  # headings in Markdown are understood
    banned: tuple[str, ...]

    @property
    def silent(self) -> bool:
        """The channel takes no text at all."""
        return self.limit == 0

    @property
    def shape(self) -> str:
        """line (one thought), note (a few sentences), post (paragraphs) or article."""
        high = self.aim[1]
        return "line" if high <= 140 else "note" if high <= 460 else "post" if high <= 1700 else "article"


def read(needs: Iterable["Need"]) -> Brief:
    """The brief in these rows. A later row with the same key is the stricter one's equal: both hold."""
    rows: dict[str, list] = {}
    for need in needs:
        rows.setdefault(need.key, []).append(need)
    limit, least = _limits(rows)
    tone, link = _words(rows, "tone"), _words(rows, "link_behaviour")
    markup = _words(rows, "formatting")
    aim = _aim(rows, limit, least, any(word in tone for word in BRIEFLY))
    wanted = _words(rows, "cta") or _words(rows, "interaction") or _words(rows, "discussion")
    return Brief(
        limit=limit,
        least=least,
        aim=aim,
        tags=_tags(rows, aim, markup),
        link=bool(link) and not any(word in link for word in NO_LINK),
        card=any(word in link for word in CARD),
        calls=_calls(wanted or ("link, question" if "cta_required" in rows else "")),
        must_call=any(row.on for row in rows.get("cta_required", ())),
        tone=next((name for name, words in TONES.items() if any(word in tone for word in words)), "friendly"),
        price="price" in tone,
        markup="markdown" in markup and "mrkdwn" not in markup,
        banned=tuple(word.lower() for row in rows.get("banned_words", ()) for word in row.words),
    )


def _limits(rows: dict[str, list]) -> tuple[int | None, int]:
    """The strictest roof and floor, in characters; bytes and words are turned into characters with care."""
    highs, lows = [], [0]
    for key in ("max_characters", "max_character_limit", "max_bytes", "max_words"):
        for row in rows.get(key, ()):
            figures = {"max_bytes": (row.top or 0) // 2, "max_words": (row.top or 0) * 5}
            highs += [int(figures.get(key, row.top))] if row.top is not None else []
    for key in ("min_characters", "min_words"):
        lows += [
            int(row.bottom * (7 if key == "min_words" else 1))
            for row in rows.get(key, ())
            if row.bottom is not None
        ]
    return (min(highs) if highs else None), max(lows)


def _aim(rows: dict[str, list], limit: int | None, least: int, briefly: bool) -> tuple[int, int]:
    """The recommended length as a window. One number n means half to a quarter more than n."""
    numbers = [
        int(float(found))
        for row in rows.get("recommended_characters", ())
        for found in NUMBERS.findall(str(row.value))
    ]
    if len(numbers) >= 2:
        low, high = numbers[0], numbers[1]
        if high > 3 * low:  # a wide window says little: stay in its lower part
            high = low + int((high - low) * (0.35 if briefly else 0.7))
    elif numbers:
        low, high = numbers[0] // 2, int(numbers[0] * (1.2 if numbers[0] > 400 else 1.35))
    else:
        low, high = (150, 420) if limit is None or limit > 420 else (limit // 2, limit)
    high = min(high, limit) if limit is not None else high
    low = max(min(low, high * 2 // 3), least)
    return low, max(high, low)


def _tags(rows: dict[str, list], aim: tuple[int, int], markup: str) -> tuple[int, int]:
    """How many hashtags stand in the text. Articles keep theirs in a field of their own."""
    exact = [int(row.number) for row in rows.get("exact_hashtags", ()) if row.number is not None]
    if exact:
        return exact[0], exact[0]
    roofs = [int(row.top) for row in rows.get("max_hashtags", ()) if row.top is not None]
    floors = [int(row.bottom) for row in rows.get("min_hashtags", ()) if row.bottom is not None]
    forced, most = max(floors, default=0), min(roofs, default=30)
    if aim[1] > 1700 or "html" in markup:
        return forced, forced
    recommended = [int(row.bottom) for row in rows.get("recommended_hashtags", ()) if row.bottom is not None]
    wanted = recommended[0] if recommended else min(most, 3) if roofs and most < 30 else 0
    return forced, max(forced, min(wanted, most))


def _calls(wanted: str) -> tuple[str, ...]:
    if not wanted or wanted == "none":
        return ()
    kinds = [kind for kind, words in CALLS.items() if any(word in wanted for word in words)]
    return tuple(kinds) or ("question", "link")


def _words(rows: dict[str, list], key: str) -> str:
    """What the rows whose key begins so say, in small letters. Rules of yes or no are no words."""
    return " ".join(
        str(row.value)
        for name, found in rows.items()
        if name.startswith(key) and name != "cta_required"
        for row in found
    ).lower()
