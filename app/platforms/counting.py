"""How long a text is, the way each channel counts, and where it may be cut.

The method is named by the rules themselves (`content/character_counting`, or the unit of `max_characters`);
no platform is known here. Sources: twitter-text config v3, Mastodon's status length validator, UAX #29.
"""

import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Protocol

import regex

ELLIPSIS = "…"
URL_LENGTH = 23
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))  # weight 1 in twitter-text v3, all else 2

_EMOJI = regex.compile(
    r"\p{RI}\p{RI}|[0-9#*]\uFE0F?\u20E3|[©®]\uFE0F"
    r"|(?![©®])\p{Extended_Pictographic}(?!\uFE0E)\uFE0F?\p{Emoji_Modifier}?"
    r"(?:\u200D\p{Extended_Pictographic}\uFE0F?\p{Emoji_Modifier}?)*[\U000E0020-\U000E007F]*"
)
_PATH = r"[!-~\u00A1-\u024F\u0400-\u04FF]"
_LETTER = r"a-z0-9\u00C0-\u024F\u0400-\u04FF"
_LABEL = rf"[{_LETTER}](?:[{_LETTER}_-]*[{_LETTER}])?"
_URL = regex.compile(
    rf"(?<![\w@＠$#＃.-])(?:(?P<scheme>https?://)(?P<host>[^\s/?#:<>\"'…]+)|(?P<bare>{_LABEL}(?:\.{_LABEL})+))"
    rf"(?::\d+)?(?P<rest>(?:[/?#]{_PATH}*)?)",
    regex.IGNORECASE,
)
_HOST = regex.compile(rf"{_LABEL}(?:\.{_LABEL})*", regex.IGNORECASE)
_HASHTAG = regex.compile(r"(?<![\w&/#＃])[#＃](?=\w*\p{L})[\p{L}\p{M}\p{N}_]+")
_MENTION = regex.compile(r"(?<![\w@/.])@\w(?:[\w.-]*\w)?(?:@\w(?:[\w.-]*\w)?)?")
_FAR_MENTION = regex.compile(r"(?<![\w@/.])(@\w(?:[\w.-]*\w)?)@\w(?:[\w.-]*\w)?")
_SENTENCE_END = regex.compile(r"(?<=[.!?。！？][\"'”’)\]]?)(?=\s)|(?<=[。！？])")
_WORD_END = regex.compile(r"(?<=\S)(?=\s)")


@cache
def _top_level_domains() -> frozenset[str]:
    lines = (Path(__file__).parent / "data" / "tlds.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def _url_spans(text: str) -> list[tuple[int, int, bool]]:
    """Each web address as (start, end, known): known means that its last label is a real top-level domain."""
    spans = []
    for found in _URL.finditer(text):
        host = found["host"] or found["bare"]
        if found["scheme"]:
            clean = _HOST.match(host)
            if not clean:
                continue
            host = clean.group()
        end = found.end()
        if found["scheme"] and len(host) < len(found["host"]):
            end = found.start("host") + len(host)
        known = "." in host and host.rsplit(".", 1)[1].lower() in _top_level_domains()
        if not found["scheme"] and (not known or text[end : end + 1] == "@"):
            continue
        spans.append((found.start(), _without_closing_marks(text, found.start(), end), known))
    return spans


def _without_closing_marks(text: str, start: int, end: int) -> int:
    """Leave out what closes the sentence or the bracket around an address, not the address itself."""
    while end > start:
        last, address = text[end - 1], text[start:end]
        opening = {")": "(", "]": "["}.get(last)
        if last in ".,;:!?'\"*" or (opening and address.count(last) > address.count(opening)):
            end -= 1
        else:
            return end
    return end


def urls(text: str) -> list[str]:
    """Web addresses in reading order; with http(s), or bare ones under a real top-level domain."""
    return [text[start:end] for start, end, _ in _url_spans(text)]


def _outside_urls(text: str) -> str:
    """The same text with every web address blanked out, so that positions stay."""
    for start, end, _ in _url_spans(text):
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def hashtags(text: str) -> list[str]:
    """Hashtags with their sign, in reading order. Pure numbers and parts of addresses are none."""
    return [found.group() for found in _HASHTAG.finditer(_outside_urls(text))]


def mentions(text: str) -> list[str]:
    """@names, also @name@server, in reading order. Mail addresses are none."""
    return _MENTION.findall(_outside_urls(text))


def graphemes(text: str) -> list[str]:
    """What a reader sees as single characters (UAX #29)."""
    if text.isascii() and "\r" not in text:
        return list(text)  # what most posts are, and ten times as fast
    return regex.findall(r"\X", text)


def _replace_urls(text: str, weight: int, schemes_only: bool) -> tuple[str, int]:
    """The text without its addresses, and what they weigh together."""
    pieces, at, total = [], 0, 0
    for start, end, known in _url_spans(text):
        if not known or (schemes_only and text[start : start + 4].lower() != "http"):
            continue
        pieces.append(text[at:start])
        at, total = end, total + weight
    return "".join([*pieces, text[at:]]), total


def _x_weighted(text: str, url_length: int = URL_LENGTH) -> int:
    rest, total = _replace_urls(unicodedata.normalize("NFC", text), url_length, schemes_only=False)
    rest, emoji = _EMOJI.subn("", rest)
    return total + 2 * emoji + sum(1 if any(a <= ord(c) <= b for a, b in _LIGHT) else 2 for c in rest)


def _mastodon(text: str, url_length: int = URL_LENGTH) -> int:
    rest, total = _replace_urls(text, url_length, schemes_only=True)
    return total + len(graphemes(_FAR_MENTION.sub(r"\1", rest)))


def _emoji_bytes(text: str, **_: int) -> int:
    rest = _EMOJI.sub("", text)
    return len(rest) + sum(len(found.encode()) for found in _EMOJI.findall(text))


METHODS: dict[str, Callable[..., int]] = {
    "characters": lambda text, **_: len(text),
    "graphemes": lambda text, **_: len(graphemes(text)),
    "utf16": lambda text, **_: len(text.encode("utf-16-le", "surrogatepass")) // 2,
    "bytes": lambda text, **_: len(text.encode("utf-8", "surrogatepass")),
    "x_weighted": _x_weighted,
    "mastodon": _mastodon,
    "emoji_bytes": _emoji_bytes,
    "words": lambda text, **_: len(text.split()),
}
UNITS = {  # the unit of a rule, and the method that it names
    "graphemes": "graphemes",
    "utf16_units": "utf16",
    "utf8_bytes": "bytes",
    "bytes": "bytes",
    "weighted_characters": "x_weighted",
    "words": "words",
}


def count(text: str, method: str = "characters", **options: int) -> int:
    """Length of text by the named method; option `url_length` says what one address counts (default 23).

    Raises KeyError for a method that does not exist.
    """
    return METHODS[method](text, **options)


class Rule(Protocol):
    """What this module reads of a rule; `need.Need` has it."""

    key: str
    value: str
    unit: str


def method_for(needs: Iterable[Rule]) -> str:
    """The method that the rules name: by `character_counting`, else by the unit of `max_characters`."""
    needs = list(needs)
    for need in needs:
        if need.key == "character_counting" and need.value in METHODS:
            return need.value
    for need in needs:
        if need.key in {"max_characters", "max_character_limit"} and need.unit in UNITS:
            return UNITS[need.unit]
    return "characters"


def options_for(needs: Iterable[Rule]) -> dict[str, int]:
    """What `count` must know besides the method: how much one address counts, where a rule says so."""
    for need in needs:
        if need.key == "url_counted_as" and need.value.isdecimal():
            return {"url_length": int(need.value)}
    return {}


def cut(text: str, limit: int, method: str = "characters", **options: int) -> str:
    """Shorten text to at most limit, at the end of a sentence or word, and say so with an ellipsis.

    Never inside a grapheme, an address, a hashtag or a name. Empty where not even the ellipsis fits.
    """
    if count(text, method, **options) <= limit:
        return text
    atoms = _breaks(text)
    words = [at for at in _ends(_WORD_END, text) if at in atoms]
    sentences = [at for at in _ends(_SENTENCE_END, text) if at in atoms]
    best_word = _longest(text, words, limit, method, options)
    best_sentence = _longest(text, sentences, limit, method, options)
    if best_sentence and len(best_sentence) >= 0.6 * len(best_word):
        return best_sentence
    if best_word and len(best_word) > 1:
        return best_word
    return _longest(text, sorted(atoms), limit, method, options)


def _ends(pattern: regex.Pattern, text: str) -> list[int]:
    return [found.start() for found in pattern.finditer(text)]


def _breaks(text: str) -> set[int]:
    """Positions between graphemes that lie in no address, hashtag or name."""
    places, at = {0}, 0
    for piece in graphemes(text):
        at += len(piece)
        places.add(at)
    plain = _outside_urls(text)
    spans = [(start, end) for start, end, _ in _url_spans(text)]
    spans += [found.span() for pattern in (_HASHTAG, _MENTION) for found in pattern.finditer(plain)]
    for start, end in spans:
        places.difference_update(range(start + 1, end))
    return places


def _shortened(text: str, at: int) -> str:
    start = text[:at].rstrip().rstrip(",;:–—-. ")
    gap = " " if start and any(end == len(start) for _, end, _ in _url_spans(start)) else ""
    return start + gap + ELLIPSIS


def _longest(text: str, places: list[int], limit: int, method: str, options: dict[str, int]) -> str:
    """The longest beginning that fits with its ellipsis; empty where none does."""
    low, high = 0, len(places)
    while low < high:  # lengths grow almost steadily; the loop below makes up for "almost"
        middle = (low + high) // 2
        if count(_shortened(text, places[middle]), method, **options) <= limit:
            low = middle + 1
        else:
            high = middle
    for at in reversed(places[:low]):
        shorter = _shortened(text, at)
        if count(shorter, method, **options) <= limit:
            return shorter
    return ""
