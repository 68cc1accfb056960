"""Instants and zones. An instant is an aware datetime in UTC; a zone is an IANA name."""

from datetime import UTC, date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from dateutil import tz

from app.core.errors import Invalid


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def zone(name: str) -> ZoneInfo:
    """The zone of that IANA name. Raise Invalid for a name that is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Invalid(
            f"“{name}” is not a time zone. Choose one such as Europe/London.", zone="Not a time zone."
        ) from None


@cache
def zone_names() -> tuple[str, ...]:
    """Every zone a person may choose, such as Europe/London, in order."""
    places = (name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return (*sorted(places), "UTC")


def at_wall(day: date, wall: time, zone_name: str) -> datetime:
    """The instant when the clocks of a zone show that time on that day, in UTC.

    A time that the spring change skips moves on by the length of the gap, so that 01:30 becomes 02:30; one
    that the autumn change repeats is the first of the two (both as RFC 5545, section 3.3.5, has it).
    """
    local = datetime.combine(day, wall, zone(zone_name))
    if not tz.datetime_exists(local):
        local = tz.resolve_imaginary(local)
    return local.astimezone(UTC)
