"""Whether a rule's value makes sense for its unit: number, range, ratio, yes or no, list, words."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from app.core.errors import Invalid
from app.platforms.counting import METHODS

YES, NO = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}
LISTS = {"list", "mime types"}
WORDS = {"", "text", "style", "strategy", "rule", "version"}
PARTS_ALLOWED = {"seconds", "percent", "usd", "fps", "frames per second", "MB", "points", "hours", "minutes"}
# Offered in forms. Any other unit names what is counted, so it asks for a number as well.
UNITS = (
    "characters", "graphemes", "weighted_characters", "utf16_units", "utf8_bytes", "words", "count",
    "hashtags", "mentions", "images", "videos", "pixels", "ratio", "seconds", "bytes", "MB",
    "percent", "boolean", "list",
    "mime types", "text", "style", "strategy", "method",
)  # fmt: skip
LARGEST = Decimal(10) ** 15
_RANGE = re.compile(r"([\d.,]+)\s*(?:-|–|to)\s*([\d.,]+)")
_RATIO = re.compile(r"(\d+(?:\.\d+)?)\s*[:/]\s*(\d+(?:\.\d+)?)")
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
_MIME = re.compile(r"[\w.+-]+/[\w.+*-]+")


class Checked(NamedTuple):
    """A value as it is stored, with its bounds; figures in the rule's unit."""

    value: str
    min_value: float | None
    max_value: float | None


def checked(key: str, value: Any, unit: str | None, low: Any = None, high: Any = None) -> Checked:
    """The value and its bounds, tidied. Raise Invalid with what is wrong at which field."""
    unit = (unit or "").strip()
    said = words(value, "value", 5_000)
    minimum, maximum = bound(low, "min_value"), bound(high, "max_value")
    if minimum is not None and maximum is not None and minimum > maximum:
        raise Invalid(
            "The smallest figure is above the largest.",
            min_value=f"Use {_plain(maximum)} or less, or raise the largest.",
        )
    if not said:
        raise Invalid("A rule needs a value. Remove the rule if it no longer holds.", value="Fill this in.")
    said = _tidy(key, said, unit)
    for figure in figures(said, unit):
        _within(figure, minimum, maximum, unit)
    return Checked(said, _float(minimum), _float(maximum))


def kind(key: str, unit: str | None) -> str:
    """What a form should offer for such a value: boolean, method, ratio, list, words or number."""
    unit = (unit or "").strip()
    if unit in {"boolean", "ratio"}:
        return unit
    if unit == "method":
        return "method" if key == "character_counting" else "words"
    return "list" if unit in LISTS else "words" if unit in WORDS else "number"


def figures(value: str, unit: str | None) -> tuple[Decimal, ...]:
    """The number or the two ends of the range that a value is; empty where it is neither."""
    if (unit or "") == "ratio" and (ratio := _RATIO.fullmatch(value)):
        return (Decimal(ratio[1]) / Decimal(ratio[2]),) if Decimal(ratio[2]) else ()
    ends = _RANGE.fullmatch(value)
    read = [_number(part) for part in (ends.groups() if ends else (value,))]
    return tuple(one for one in read if one is not None) if None not in read else ()


def words(value: Any, field: str, longest: int) -> str:
    """Text from a form without what a database cannot hold. Raise Invalid when it is too long."""
    text = (
        ""
        if value is None
        else ("true" if value is True else "false" if value is False else str(value)).strip()
    )
    if "\x00" in text:
        raise Invalid(
            "This text holds a sign that cannot be stored.",
            **{field: "Remove the invisible sign and paste it again."},
        )
    if len(text) > longest:
        raise Invalid(
            f"This is longer than {longest:,} characters.", **{field: f"Use at most {longest:,} characters."}
        )
    return text


def bound(value: Any, field: str) -> Decimal | None:
    """A smallest or largest figure from a form; empty is none. Raise Invalid."""
    text = words(value, field, 40)
    if not text:
        return None
    number = _number(text)
    if number is None:
        raise Invalid(f"“{text}” is no number.", **{field: "Write a number such as 280, or leave it empty."})
    return number


def _tidy(key: str, value: str, unit: str) -> str:
    sort = kind(key, unit)
    if sort == "list":
        return _list(value, unit)
    if sort == "number":
        return _figure(value, unit)
    tidy = {"boolean": _yes_or_no, "ratio": _ratio, "method": _method}.get(sort)
    return tidy(value) if tidy else value


def _yes_or_no(value: str) -> str:
    if value.lower() in YES | NO:
        return "true" if value.lower() in YES else "false"
    raise Invalid(f"“{value}” is neither yes nor no.", value="Choose yes or no.")


def _ratio(value: str) -> str:
    if not figures(value, "ratio") or figures(value, "ratio")[0] <= 0:
        raise Invalid(f"“{value}” is no ratio.", value="Write width to height, such as 1.91:1 or 9:16.")
    return value.replace(" ", "")


def _method(value: str) -> str:
    if value not in METHODS:
        raise Invalid(f"“{value}” is no way of counting.", value=f"Choose one of {', '.join(METHODS)}.")
    return value


def _list(value: str, unit: str) -> str:
    items = [item.strip() for item in re.split(r"[,;\n]", value)]
    if not all(items):
        raise Invalid(
            "The list has an empty item.", value="Put one comma between two items, and none at the end."
        )
    wrong = [item for item in items if unit == "mime types" and not _MIME.fullmatch(item)]
    if wrong:
        raise Invalid(f"“{wrong[0]}” is no kind of file.", value="Write kinds such as image/jpeg,image/png.")
    return (", " if ", " in value else ",").join(items)


def _figure(value: str, unit: str) -> str:
    found = figures(value, unit)
    if not found:
        raise Invalid(
            f"“{value}” is no number.", value=f"Write a number{_of(unit)}, or a range such as 15-60."
        )
    if unit not in PARTS_ALLOWED and " " not in unit and any(one != one.to_integral_value() for one in found):
        raise Invalid(f"“{value}” is no whole number.", value=f"Write a whole number{_of(unit)}.")
    if len(found) == 2 and found[0] > found[1]:
        raise Invalid("The range runs backwards.", value="Write the smaller number first, such as 15-60.")
    return "-".join(_plain(one) for one in found)


def _of(unit: str) -> str:
    return "" if unit == "count" else f" of {unit.replace('_', ' ')}"


def _within(figure: Decimal, minimum: Decimal | None, maximum: Decimal | None, unit: str) -> None:
    if minimum is not None and figure < minimum:
        raise Invalid(
            f"{_plain(figure)} is below the smallest allowed.",
            value=f"Use {_plain(minimum)} {unit} or more.".replace("  ", " "),
        )
    if maximum is not None and figure > maximum:
        raise Invalid(
            f"{_plain(figure)} is above the largest allowed.",
            value=f"Use {_plain(maximum)} {unit} or less.".replace("  ", " "),
        )


def _number(text: str) -> Decimal | None:
    """A number from 0 up to 10¹⁵ with at most four decimals, as the database keeps it; else None."""
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if not re.fullmatch(r"\d+(\.\d{1,4})?", text, re.ASCII):
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number <= LARGEST else None


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _float(number: Decimal | None) -> float | None:
    return None if number is None else float(number)
