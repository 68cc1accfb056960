"""What the numbers are called, and the few figures that are calculated from them, each in one place."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

ENGAGING = ("likes", "shares", "comments", "clicks")
FOUR = Decimal("0.0001")
MINIMUM_AUDIENCE = 30  # readers: below that a rate is noise, and no post or product is ranked by it


def engagement(counts: Mapping[str, Any]) -> int | None:
    """Likes, shares, comments and clicks together; None where none of the four is known."""
    known = [counts[name] for name in ENGAGING if counts.get(name) is not None]
    return sum(known) if known else None


def audience(counts: Mapping[str, Any]) -> int | None:
    """How many people saw it: the reach, or the impressions where reach is unknown."""
    reach = counts.get("reach")
    return reach if reach is not None else counts.get("impressions")


def engagement_rate(counts: Mapping[str, Any]) -> Decimal | None:
    """(likes + shares + comments + clicks) / reach, or / impressions where reach is unknown.

    A fraction with four decimals; None where both are unknown or nobody has seen it, or none of the four
    is known. Source: the design's "Choices made once", since no document gives a formula and the two
    samples in them follow none (spec/details.md, section 4).
    """
    return share(engagement(counts), audience(counts))


def click_rate(counts: Mapping[str, Any]) -> Decimal | None:
    """Clicks / impressions, a fraction with four decimals; None where one of them is unknown."""
    return share(counts.get("clicks"), counts.get("impressions"))


def share(part: int | None, whole: int | None) -> Decimal | None:
    """A fraction with four decimals; None where it cannot be said."""
    if part is None or not whole or whole < 0:
        return None
    return (Decimal(part) / Decimal(whole)).quantize(FOUR, ROUND_HALF_UP)


def change(value: Any, before: Any) -> float | None:
    """How much more than before, in percent; None where there is nothing to compare with."""
    if value is None or before is None or before <= 0:
        return None
    return float(100 * (value - before) / before)
