"""How a rule reads on a page: its name, its value, its range, and what somebody did to it."""

from typing import Any

from app.platforms.need import figure, size
from app.platforms.values import figures, kind

SPOKEN = {
    "cta": "call to action",
    "url": "URL", "urls": "URLs", "gif": "GIF", "api": "API", "fps": "frames per second",
    "mb": "MB", "utf16": "UTF-16", "alt": "alternative", "max": "maximum", "min": "minimum",
}  # fmt: skip
UNITS = {
    "utf16_units": "UTF-16 units", "utf8_bytes": "UTF-8 bytes", "weighted_characters": "weighted characters",
    "bits_per_second": "bits per second", "usd": "US dollars",
}  # fmt: skip
UNSPOKEN = {
    "",
    "count",
    "boolean",
    "list",
    "text",
    "style",
    "strategy",
    "ratio",
    "method",
    "version",
    "rule",
    "mime types",
}
FIELDS = {
    "value": "value", "capability_value": "value", "unit": "unit",
    "min_value": "smallest", "max_value": "largest",
    "is_mandatory": "mandatory", "description": "description", "source": "source", "is_active": "in force",
}  # fmt: skip


def label(key: str) -> str:
    """The name of a rule as people say it: “Maximum hashtags”, “Image width”."""
    name = " ".join(SPOKEN.get(word, word) for word in key.split("_"))
    return name[:1].upper() + name[1:]


def unit_words(unit: str | None) -> str:
    """A unit as people write it; empty where it only says what kind of value this is."""
    unit = (unit or "").strip()
    return "" if unit in UNSPOKEN else UNITS.get(unit, unit.replace("_", " "))


def shown(key: str, value: str, unit: str | None) -> str:
    """A value as people write it: 63,206; 4 MB; yes."""
    sort = kind(key, unit)
    if sort == "boolean":
        return "yes" if value == "true" else "no"
    found = figures(value, unit) if sort == "number" else ()
    if not found:
        return ", ".join(item.strip() for item in value.split(",")) if sort == "list" else value
    write = size if unit == "bytes" and found[0] >= 1_000 else figure
    return "–".join(write(float(one)) for one in found)


def shown_range(rule: Any) -> str:
    """The bounds of a rule where they say more than its value: “600 to 1,200”, “from 1”, “up to 3”."""
    low, high = rule.min_value, rule.max_value
    if low is None and high is None:
        return ""
    if low is not None and high is not None:
        return (
            f"exactly {_bound(low, rule.unit)}"
            if low == high
            else f"{_bound(low, rule.unit)} to {_bound(high, rule.unit)}"
        )
    return f"up to {_bound(high, rule.unit)}" if low is None else f"from {_bound(low, rule.unit)}"


def plain_number(number: float | None) -> str:
    """A figure as a form holds it: 63206, 1.91; empty for none."""
    return "" if number is None else f"{number:.4f}".rstrip("0").rstrip(".")


def changes(entry: Any) -> list[tuple[str, str, str]]:
    """What an entry of the audit changed on a rule: field, before, after."""
    fields = [name for name in FIELDS if name in entry.old_values or name in entry.new_values]
    return [
        (FIELDS[name], _plain(entry.old_values.get(name)), _plain(entry.new_values.get(name)))
        for name in fields
    ]


def _bound(number: float, unit: str | None) -> str:
    return size(number) if unit == "bytes" and number >= 1_000 else figure(number)


def _plain(value: Any) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return figure(value) if isinstance(value, int | float) else str(value)
