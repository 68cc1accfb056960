"""The fact lock: what a text states that its source does not have."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import regex

from app.rewriting.figures import SMALL_TALK, Figure, figures
from app.rewriting.names import names, strange, vocabulary
from app.rewriting.sentences import split
from app.rewriting.source import Source

EMAIL = regex.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", regex.I)
URL = regex.compile(r"\bhttps?://[^\s<>\"“”)\]]+|\bwww\.[^\s<>\"“”)\]]+", regex.I)
DOMAIN = regex.compile(
    r"(?<![\w@./-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:com|org|net|gov|edu|io|info|biz|shop|store|"
    r"co\.uk|uk|de|fr|eu|us|ca|app|dev|ai|me|tv)\b(?:/[^\s<>\"“”)\]]*)?",
    regex.I,
)
HANDLE = regex.compile(r"(?<![\w@./])@[\w.-]*\w(?:@[\w.-]+\w)?")
HASHTAG = regex.compile(r"(?<![\w&/])#(?=\w*\p{L})[\w]+")
ANCHORED = regex.compile(r"\]\([^)]*\)|<[^>]+>")  # addresses and attributes of markup hold no spoken figures


@dataclass(frozen=True)
class Claim:
    """Something that the text states and the source does not: kind, the words, the sentence they stand in."""

    kind: str  # number, percentage, price, date, time, url, email, name
    value: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.kind} “{self.value}”"

    def as_dict(self) -> dict:
        return asdict(self)


@dataclass(frozen=True)
class Known:
    """Everything of a source that a text may repeat."""

    numbers: frozenset
    percentages: frozenset
    prices: frozenset
    dates: frozenset
    times: frozenset
    words: frozenset[str]
    addresses: frozenset[str]
    hosts: frozenset[str]
    flat: str


def new_facts(text: str, source: Source, allowed: Iterable[str] = ()) -> list[Claim]:
    """What the text states that the source does not have, in the order of the text.

    `allowed` are names that may be said anyway (the company, the platform). Units and negations
    are not compared: “10 days” for “10 years” passes, as does a true figure in a false sentence.
    """
    known = known_facts(source.everything())
    allowed_words = frozenset(word for name in allowed for word in vocabulary(name))
    text = _normal(text)
    hits = [
        *_addresses(text, known),
        *_figures(_blank(text), known),
        *_names(_blank(text), known, allowed_words, source.language or "en"),
    ]
    seen, claims = set(), []
    for kind, value, at in sorted(hits, key=lambda hit: hit[2]):
        if (kind, value.lower()) not in seen:
            seen.add((kind, value.lower()))
            claims.append(Claim(kind, value, sentence_at(text, at)))
    return claims


def sentence_at(text: str, at: int) -> str:
    """The sentence that holds the character at this position."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    line = text[start : end if end >= 0 else len(text)]
    place = start
    for sentence in split(line):
        place = text.find(sentence, place)
        if place <= at < place + len(sentence):
            return sentence
        place += len(sentence)
    return line.strip()


@lru_cache(maxsize=64)
def known_facts(everything: str) -> Known:
    """Read a source once; the last 64 are remembered."""
    text = _normal(everything)
    found = figures(ANCHORED.sub(" ", _blank(text))) + figures(_blank(text))
    by_kind: dict[str, set] = {}
    for figure in found:
        by_kind.setdefault(figure.kind, set()).update(figure.readings)
    prices = by_kind.get("price", set())
    dates = by_kind.get("date", set())
    numbers = by_kind.get("number", set()) | by_kind.get("percentage", set()) | {value for _, value in prices}
    numbers |= {part for date in dates if isinstance(date, tuple) for part in date if part is not None}
    numbers |= {hour for hour, _ in by_kind.get("time", set())} | _digits(text)
    addresses = {
        _address(hit[0]) for hit in (*URL.finditer(text), *EMAIL.finditer(text), *DOMAIN.finditer(text))
    }
    return Known(
        frozenset(numbers),
        frozenset(by_kind.get("percentage", ())),
        frozenset(prices),
        frozenset(dates),
        frozenset(by_kind.get("time", ())),
        vocabulary(text),
        frozenset(addresses),
        frozenset(address.partition("/")[0] for address in addresses),
        text.lower(),
    )


def _digits(text: str) -> set[int]:
    """Bare digits wherever they stand (in codes, ranges, addresses), so that repeating one is no claim."""
    return {int(digits) for digits in regex.findall(r"\d{1,12}", text)}


def _normal(text: str) -> str:
    return (
        unicodedata.normalize("NFKC", text)
        .replace("’", "'")
        .replace("‘", "'")
        .replace("‑", "-")
        .replace("−", "-")
        .replace("\\_", "_")
    )


def _blank(text: str) -> str:
    """The same text with addresses, handles and tags blanked, every position kept."""
    for pattern in (URL, EMAIL, DOMAIN, HANDLE, HASHTAG):
        text = pattern.sub(lambda hit: " " * len(hit[0]), text)
    return text


def _address(written: str) -> str:
    """Host and path of a URL, or the e-mail, comparable: no scheme, www, query or closing mark."""
    written = written.rstrip(".,;:!?'").lower()
    if "@" in written and "/" not in written:
        return written
    parts = urlsplit(written if "//" in written else f"//{written}")
    return (parts.netloc.removeprefix("www.") + parts.path).rstrip("/")


def _addresses(text: str, known: Known) -> Iterator[tuple[str, str, int]]:
    for kind, pattern in (("email", EMAIL), ("url", URL), ("url", DOMAIN)):
        for hit in pattern.finditer(text):
            address = _address(hit[0])
            if address not in known.addresses and address not in known.hosts and address not in known.flat:
                yield kind, hit[0].rstrip(".,;:!?'"), hit.start()
        text = pattern.sub(lambda hit: " " * len(hit[0]), text)
    for hit in HANDLE.finditer(text):
        if hit[0].lower() not in known.flat:
            yield "name", hit[0], hit.start()
    for hit in HASHTAG.finditer(text):
        for digits in regex.findall(r"\d+", hit[0]):
            if int(digits) not in known.numbers:
                yield "number", hit[0], hit.start()


def _figures(text: str, known: Known) -> Iterator[tuple[str, str, int]]:
    for figure in figures(text):
        if not _has(figure, known):
            yield ("number" if figure.kind == "code" else figure.kind), figure.text, figure.start


def _has(figure: Figure, known: Known) -> bool:
    if figure.text.lower() in SMALL_TALK:
        return True
    match figure.kind:
        case "price":
            return bool(figure.readings & known.prices)
        case "percentage":
            return bool(figure.readings & known.percentages)
        case "time":
            return bool(figure.readings & known.times)
        case "code":
            return figure.text.lower() in known.flat
        case "date":
            return any(_dated(reading, known) for reading in figure.readings)
    return bool(figure.readings & known.numbers)


def _dated(reading: str | tuple[int | None, int, int | None], known: Known) -> bool:
    if isinstance(reading, str):
        return reading in known.flat
    year, month, day = reading
    for other in known.dates:
        if not isinstance(other, tuple) or other[1] != month or (day is not None and other[2] != day):
            continue
        if year is None or other[0] == year or (other[0] is None and year in known.numbers):
            return True
    return False


def _names(text: str, known: Known, allowed: frozenset[str], language: str) -> Iterator[tuple[str, str, int]]:
    for name, at in names(text, language):
        if strange(name, known.words, allowed):
            yield "name", name, at
