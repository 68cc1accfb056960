"""Figures in a text: numbers, percentages, prices, dates and times, in a form that can be compared."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import product

import regex
from babel.dates import get_month_names

CURRENCIES = {
    "£": "GBP",
    "€": "EUR",
    "$": "USD",
    "¥": "JPY",
    "₹": "INR",
    "₩": "KRW",
    "₺": "TRY",
    "zł": "PLN",
    "pound": "GBP",
    "pounds": "GBP",
    "quid": "GBP",
    "euro": "EUR",
    "euros": "EUR",
    "dollar": "USD",
    "dollars": "USD",
    "bucks": "USD",
    "cents": "USD",
    "yen": "JPY",
    "rupees": "INR",
}
CODES = "GBP EUR USD JPY INR KRW TRY PLN CHF SEK NOK DKK CAD AUD NZD CZK HUF".split()
SCALES = {
    "k": 1_000,
    "thousand": 1_000,
    "m": 1_000_000,
    "mn": 1_000_000,
    "million": 1_000_000,
    "b": 10**9,
    "bn": 10**9,
    "billion": 10**9,
    "trillion": 10**12,
    "hundred": 100,
    "dozen": 12,
}
UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
TENS = dict(
    zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True)
)
WORDS = (
    {word: number for number, word in enumerate(UNITS)}
    | TENS
    | {"dozen": 12, "hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 10**9}
)
ORDINALS = {
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
    "twice": 2,
    "triple": 3,
    "double": 2,
    "quarter": 4,
}
SMALL_TALK = frozenset("zero one two twice double quarter".split())  # said without stating a figure
MONTH_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt")
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()

NUMBER = r"\d{1,3}(?:[,.'’\u00a0\u202f ]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
SIGN = r"(?:[A-Z]{1,3})?[£€$¥₹₩₺]"
CODE = rf"(?:{'|'.join(CODES)})"
SCALE = r"(?:k|m|mn|bn|b|thousand|million|billion|trillion|hundred|dozen)"
NAMED = r"(?:pounds?|quid|euros?|dollars?|bucks|cents|yen|rupees|zł)"
PRICE = regex.compile(
    rf"(?<![\w])(?:(?P<sign>{SIGN}|{CODE})\s?(?P<a>{NUMBER})(?:[\s-]?(?P<sa>{SCALE})\b)?"
    rf"|(?P<b>{NUMBER})(?:[\s-]?(?P<sb>{SCALE}))?\s?(?P<unit>[£€¥₹₩₺]|{CODE}\b|{NAMED}\b))",
    regex.I,
)
PERCENT = regex.compile(
    rf"(?<![\w.,])(?P<n>{NUMBER})[\s\u00a0]?(?:%|percent\b|per cent\b|percentage points?\b|prozent\b)",
    regex.I,
)
TIME = regex.compile(
    r"(?<![\w:/.])(?P<h>[01]?\d|2[0-3])(?:[:.](?P<m>[0-5]\d))?\s?(?P<half>[ap]\.?m\b\.?)"
    r"|(?<![\w:/.])(?P<h24>[01]?\d|2[0-3]):(?P<m24>[0-5]\d)(?![\w/:])",
    regex.I,
)
PLAIN = regex.compile(rf"(?<![\w])(?P<n>{NUMBER})(?P<tail>st|nd|rd|th)?(?:[\s-]?(?P<s>{SCALE})\b)?", regex.I)
GLUED = regex.compile(r"(?<![\w#@])(?=\w*\d)(?=\w*\p{L})[\w]+(?:[-.]\d+)*", regex.I)
WORD = regex.compile(
    rf"\b(?P<w>{'|'.join(sorted([*WORDS, *ORDINALS], key=len, reverse=True))})"
    rf"(?:[\s-](?P<next>{'|'.join(UNITS[1:10])}))?(?:[\s-](?P<s>hundred|thousand|million|billion))?"
    r"(?P<pc>\s(?:percent|per cent))?(?!\w)",
    regex.I,
)
LISTED = regex.compile(
    r"^[ \t]*(?:\(?\d{1,2}[.)/](?:\d{1,2})?\s)|(?<=\s)\(?\d{1,2}/\d{1,2}\)?[ \t]*$", regex.M
)


@lru_cache(maxsize=1)
def months() -> dict[str, int]:
    names = {}
    for language in MONTH_LANGUAGES:  # short forms of other languages are English words: set, mars, mag
        for width in ("wide", "abbreviated")[: 2 if language == "en" else 1]:
            for number, name in get_month_names(width, "format", language).items():
                names.setdefault(name.lower().rstrip("."), number)
    return names | {"sept": 9}


@lru_cache(maxsize=1)
def _date_pattern() -> regex.Pattern:
    month = "|".join(sorted((regex.escape(name) for name in months()), key=len, reverse=True))
    day, year = r"\d{1,2}(?:st|nd|rd|th|\.)?", r"(?:19|20)\d\d"
    return regex.compile(
        rf"(?<![\w])(?:(?P<y1>{year})-(?P<m1>\d\d?)-(?P<d1>\d\d?)(?!\d)"
        rf"|(?P<a2>\d\d?)(?P<sep>[/.])(?P<b2>\d\d?)(?P=sep)(?P<y2>{year}|\d\d)(?!\d)"
        rf"|(?P<d3>{day})\s+(?:of\s+|de\s+)?(?P<m3>{month})\b\.?(?:,?\s+(?:de\s+)?(?P<y3>{year}))?"
        rf"|(?P<m4>{month})\b\.?\s+(?P<d4>{day})(?!\d)(?:,?\s+(?P<y4>{year}))?"
        rf"|(?P<m5>{month})\b\.?,?\s+(?:de\s+|of\s+)?(?P<y5>{year})"
        rf"|(?:in|by|until|since|of|from|during|before|after|this|next|last|im|en|"
        rf"à)\s+(?P<m6>{month})\b(?!\s+\d))",
        regex.I,
    )


WEEKDAY = regex.compile(
    rf"\b(?:on|by|until|this|next|last|every|from|since|before)\s+(?P<w>{'|'.join(WEEKDAYS)})s?\b", regex.I
)


@dataclass(frozen=True)
class Figure:
    """One figure as it stands, with every reading it may have (1.000 may be 1 or 1000)."""

    kind: str  # number, percentage, price, date, time, code
    text: str
    start: int
    readings: frozenset


def read_number(written: str, scale: str | None = None) -> frozenset[Decimal]:
    """Every value that the written number may stand for."""
    digits = regex.sub(r"['’\u00a0\u202f ]", "", written)
    forms = {digits.replace(",", ""), digits.replace(".", "").replace(",", ".")}
    if "," in digits and "." in digits:
        forms = {
            digits.replace(",", "")
            if digits.rfind(".") > digits.rfind(",")
            else digits.replace(".", "").replace(",", ".")
        }
    elif regex.fullmatch(r"\d{1,3}(?:,\d{3})+", digits):
        forms = {digits.replace(",", "")}  # 20,000 is never twenty
    elif regex.fullmatch(r"\d+[.]\d{1,2}", digits):
        forms = {digits}
    times = SCALES.get((scale or "").lower(), 1)
    return frozenset(
        Decimal(form).normalize() * times for form in forms if regex.fullmatch(r"\d+(?:\.\d+)?", form)
    )


def figures(text: str) -> list[Figure]:
    """All figures of a text, each once, the most telling reading first (a date before its numbers)."""
    found: list[Figure] = []
    text = LISTED.sub(lambda m: " " * len(m[0]), text)
    for finder in (_dates, _prices, _percentages, _times, _codes, _plain, _words):
        for figure in finder(text):
            found.append(figure)
            end = figure.start + len(figure.text)
            text = text[: figure.start] + " " * (end - figure.start) + text[end:]
    return sorted(found, key=lambda figure: figure.start)


def _dates(text: str) -> Iterator[Figure]:
    numbers = months()
    for hit in _date_pattern().finditer(text):
        part = hit.groupdict()
        if part["y1"]:
            readings = {(int(part["y1"]), int(part["m1"]), int(part["d1"]))}
        elif part["y2"]:
            year = int(part["y2"]) + (2000 if len(part["y2"]) == 2 else 0)
            first, second = int(part["a2"]), int(part["b2"])
            readings = {
                (year, month, day) for month, day in ((first, second), (second, first)) if month <= 12
            }
        else:
            month = next(part[key] for key in ("m3", "m4", "m5", "m6") if part[key]).lower().rstrip(".")
            day = regex.sub(r"\D", "", part["d3"] or part["d4"] or "")
            year = part["y3"] or part["y4"] or part["y5"]
            readings = {(int(year) if year else None, numbers[month], int(day) if day else None)}
        if readings and all(
            1 <= month <= 12 and (day is None or 1 <= day <= 31) for _, month, day in readings
        ):
            yield Figure("date", hit[0], hit.start(), frozenset(readings))
    for hit in WEEKDAY.finditer(text):
        yield Figure("date", hit["w"], hit.start("w"), frozenset({hit["w"].lower()}))


def _prices(text: str) -> Iterator[Figure]:
    for hit in PRICE.finditer(text):
        mark = hit["sign"] or hit["unit"]
        currency = CURRENCIES.get(mark.lower()) or CURRENCIES.get(mark[-1]) or mark.upper()
        if len(mark) > 1 and mark[-1] == "$":
            currency = {"C": "CAD", "CA": "CAD", "A": "AUD", "AU": "AUD", "NZ": "NZD"}.get(
                mark[:-1].upper(), "USD"
            )
        values = read_number(hit["a"] or hit["b"], hit["sa"] or hit["sb"])
        yield Figure("price", hit[0].strip(), hit.start(), frozenset(product((currency,), values)))


def _percentages(text: str) -> Iterator[Figure]:
    for hit in PERCENT.finditer(text):
        yield Figure("percentage", hit[0], hit.start(), read_number(hit["n"]))


def _times(text: str) -> Iterator[Figure]:
    for hit in TIME.finditer(text):
        hour, minute = int(hit["h"] or hit["h24"]), int(hit["m"] or hit["m24"] or 0)
        if hit["half"]:
            hour = hour % 12 + (12 if hit["half"].lower().startswith("p") else 0)
        yield Figure(
            "time",
            hit[0],
            hit.start(),
            frozenset(
                {(hour, minute), (hour + 12, minute)} if hour < 12 and not hit["half"] else {(hour, minute)}
            ),
        )


def _codes(text: str) -> Iterator[Figure]:
    """Names with digits in them: HTML5, 18F, WCAG-2.1. A number with its unit (5kg) is a number."""
    for hit in GLUED.finditer(text):
        number = regex.fullmatch(rf"({NUMBER})(st|nd|rd|th|s|{SCALE})", hit[0], regex.I)
        if not number:
            yield Figure("code", hit[0], hit.start(), frozenset({hit[0].lower()}))


def _plain(text: str) -> Iterator[Figure]:
    for hit in PLAIN.finditer(text):
        yield Figure("number", hit[0].strip(), hit.start(), read_number(hit["n"], hit["s"]))


def _words(text: str) -> Iterator[Figure]:
    for hit in WORD.finditer(text):
        word = hit["w"].lower()
        value = WORDS.get(word, ORDINALS.get(word, 0))
        if hit["next"] and value in TENS.values():
            value += UNITS.index(hit["next"].lower())
        value *= SCALES.get((hit["s"] or "").lower(), 1)
        kind = "percentage" if hit["pc"] else "number"
        yield Figure(kind, hit[0].strip(), hit.start(), frozenset({Decimal(value)}))
