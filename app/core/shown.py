"""How moments, numbers and addresses are shown on a page: the filters of every template."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_timedelta
from flask import g, request

from app.core.time import now, zone


def viewer_zone() -> str:
    """The zone that this page speaks: the workspace's."""
    workspace = g.get("workspace")
    return workspace.zone if workspace else "UTC"


def in_zone(moment: datetime, name: str | None = None) -> datetime:
    """The same instant on the clocks of the workspace, or of the zone of that name."""
    return moment.astimezone(zone(name or viewer_zone()))


def clock(moment: datetime | None, form: str = "%H:%M") -> str:
    """An instant as a time of day in the workspace's zone; another strftime form if given."""
    return in_zone(moment).strftime(form) if moment else ""


def day(moment: datetime | None) -> str:
    """An instant as a day in the workspace's zone, such as Sat 21 Nov."""
    return in_zone(moment).strftime("%a %-d %b %Y") if moment else ""


def ago(moment: datetime | None) -> str:
    """Near instants in words (“in 12 minutes”), far ones as a date and time."""
    if moment is None:
        return "never"
    gap = moment - now()
    if abs(gap.total_seconds()) > 86_400:
        return in_zone(moment).strftime("%a %-d %b, %H:%M")
    return format_timedelta(gap, add_direction=True, locale="en")


def dom(row: Any) -> str:
    """The id of a row's element on the page."""
    return f"{type(row).__name__.lower()}-{row.id}"


def number(value: Any, digits: int = 0) -> str:
    """A number with separators, and a dash where it is unknown."""
    return "–" if value is None else f"{value:,.{digits}f}"


def address_with(**changes: Any) -> str:
    """This address with some filters changed; None removes one."""
    args = {key: values for key, values in request.args.lists() if key not in changes and key != "cursor"}
    args |= {key: value for key, value in changes.items() if value not in (None, "")}
    return f"{request.path}?{urlencode(args, doseq=True)}" if args else request.path


FILTERS = {"clock": clock, "ago": ago, "dom": dom, "number": number, "in_zone": in_zone, "day": day}
