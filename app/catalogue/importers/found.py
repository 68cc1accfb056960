"""What an importer finds: products, categories, and places in the source that could not be read."""

import re
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from html import unescape
from typing import BinaryIO
from urllib.parse import urlsplit

import nh3
from dateutil import parser as dates

_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_SIGNS = {"£": "GBP", "€": "EUR", "¥": "JPY", "₹": "INR", "zł": "PLN", "₩": "KRW", "₺": "TRY", "₽": "RUB"}
_NUMBER = re.compile(r"-?\d[\d.,' \u00a0\u202f]*")
DEAREST = Decimal(10) ** 10


@dataclass
class FoundProduct:
    """One product as the source tells it. What the source does not say is None, never a guess.

    `external_id` names it in its source, so that a second import finds it again. `price` is that of
    the cheapest variant, `stock` the sum over the variants whose stock is counted. `currency` is an
    ISO 4217 code. `description` is plain text. `is_partial` marks one whose details could not be asked
    for this time, so that what is known of it is worth more.
    """

    external_id: str
    name: str
    source_ref: str
    sku: str | None = None
    description: str = ""
    price: Decimal | None = None
    currency: str | None = None
    stock: int | None = None
    image_url: str | None = None
    url: str | None = None
    categories: list[str] = field(default_factory=list)
    is_active: bool = True
    updated_at: datetime | None = None
    variants_count: int = 1
    is_partial: bool = False

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, str):
                setattr(self, each.name, _UNSTORABLE.sub("", value))
        cleaned = (_UNSTORABLE.sub("", name).strip() for name in self.categories)
        self.categories = list(dict.fromkeys(name for name in cleaned if name))
        self.name = " ".join(self.name.split())[:500]


@dataclass(frozen=True)
class FoundCategory:
    """One category of a shop's tree. `level` is 1 for the outermost."""

    external_id: str
    name: str
    level: int
    parent_external_id: str | None = None


@dataclass(frozen=True)
class BadRow:
    """A place in the source that could not be read, with the reason as a sentence. `line` counts from 1."""

    file: str
    line: int | None
    reason: str


@dataclass(frozen=True)
class Upload:
    """A file that somebody sent: its name as they gave it, and its bytes, which can be read twice."""

    name: str
    file: BinaryIO


class NotAPrice(ValueError):
    """What stands where a price should be is none."""


def price_of(text: object, currency: str | None = None) -> tuple[Decimal | None, str | None]:
    """Amount and currency of a price as shops write it: `29.95 GBP`, `£1,299.00`, `1.299,00 €`, `12`.

    Nothing written is (None, currency). A sign that several currencies share ($, kr) names none.
    Raise NotAPrice for what is unreadable, negative or absurd.
    """
    written = str(text if text is not None else "").strip()
    if not written:
        return None, currency
    found = _NUMBER.findall(written[:100])
    if len(found) != 1 or re.search(r"[.,'][.,']", found[0]):
        raise NotAPrice(f"“{written[:40]}” is not a price.")
    code = re.search(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])", written)
    sign = next((iso for mark, iso in _SIGNS.items() if mark in written), None)
    try:
        amount = Decimal(_plain_number(found[0]))
    except InvalidOperation:
        raise NotAPrice(f"“{written[:40]}” is not a price.") from None
    if amount < 0 or re.match(r"[^\d]*-", written):
        raise NotAPrice(f"The price {written[:40]} is negative.")
    if amount >= DEAREST:
        raise NotAPrice(f"The price {written[:40]} is too large to be one.")
    return amount, code[0] if code else sign or currency


def _plain_number(written: str) -> str:
    """The number with a point for the decimals and nothing for the thousands."""
    digits = re.sub(r"[' \u00a0\u202f]", "", written).rstrip(".,")
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma > point and (point >= 0 or len(digits) - comma != 4 or digits.count(",") > 1):
        if digits.count(",") > 1:
            return digits.replace(",", "")
        return digits.replace(".", "").replace(",", ".")
    if digits.count(".") > 1:
        return digits.replace(".", "")
    return digits.replace(",", "")


def count_of(text: object) -> int | None:
    """A stock figure; None where there is none or it is no number. Fewer than none counts as none left."""
    try:
        number = int(float(str(text).strip().replace(",", "")))
    except (ValueError, OverflowError):
        return None
    return min(max(0, number), 2_000_000_000)


def text_of_html(html: str) -> str:
    """HTML as plain text: a line for each block, no tags, no entities, no scripts."""
    if "<" in html:
        html = re.sub(
            r"<(/?(p|div|li|ul|ol|tr|h[1-6]|table)\b[^<>]{0,500}|br\s*/?)>", "\n", html, flags=re.IGNORECASE
        )
        if html.count("<") > 2_000:
            html = re.sub(r"<[^<>]{0,2000}>", " ", html)[:200_000]
        html = nh3.clean(
            html[:500_000], tags=set(), clean_content_tags={"script", "style", "iframe", "noscript"}
        )
    lines = (" ".join(line.split()) for line in unescape(html[:500_000]).split("\n"))
    return "\n".join(line for line in lines if line)


def address_of(value: object) -> str | None:
    """The value when it is a whole web address, else None."""
    if not isinstance(value, str) or len(value) > 2000:
        return None
    try:
        parts = urlsplit(value.strip())
    except ValueError:
        return None
    return value.strip() if parts.scheme in ("http", "https") and parts.netloc else None


def moment_of(value: object) -> datetime | None:
    """The aware instant of Unix seconds or a written date; UTC without a zone, None if unreadable."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        if isinstance(value, int | float) or re.fullmatch(r"\d{9,11}", str(value)):
            return datetime.fromtimestamp(float(value), UTC)
        told = dates.parse(str(value)[:80])
        return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, TypeError, OSError):
        return None
