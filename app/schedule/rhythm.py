"""Wall-clock rhythm: times of day on some weekdays, as instants in a zone and as a sentence."""

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta

from app.core.errors import Invalid
from app.core.time import at_wall, zone

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)  # ISO: Monday is 1
WEEKDAYS, WEEKEND = EVERY_DAY[:5], EVERY_DAY[5:]
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_TIMES = 96  # every quarter of an hour


def moments(
    times: Iterable[time], weekdays: Iterable[int], zone_name: str, after: datetime, days: int = 30
) -> Iterator[datetime]:
    """The instants later than `after` and at most `days` days later, in order, in UTC.

    A time that the clocks skip on a day moves to the next instant that exists; one that they show
    twice is taken once.
    """
    walls, wanted = sorted(set(times)), set(weekdays)
    first, last = after.astimezone(zone(zone_name)).date(), after + timedelta(days=days)
    latest = after
    for number in range(-1, days + 2):
        day = first + timedelta(days=number)
        if day.isoweekday() not in wanted:
            continue
        for moment in sorted(at_wall(day, wall, zone_name) for wall in walls):
            if latest < moment <= last:
                latest = moment
                yield moment


def sentence(times: Iterable[time], weekdays: Iterable[int], zone_name: str) -> str:
    """How a person would say it: “Every weekday at 09:00 and 17:30, Europe/London”."""
    days = tuple(sorted(set(weekdays)))
    known = {EVERY_DAY: "day", WEEKDAYS: "weekday", WEEKEND: "Saturday and Sunday"}
    on = known.get(days) or listed([NAMES[day - 1] for day in days])
    return f"Every {on} at {listed([f'{wall:%H:%M}' for wall in sorted(set(times))])}, {zone_name}"


def listed(words: list[str]) -> str:
    """“a”, “a and b”, “a, b and c”."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def times_of(typed: Iterable[str]) -> list[time]:
    """Times of day as people type them, one or several in a field. Raise Invalid at the field `times`."""
    words = " ".join(typed).replace(",", " ").replace(";", " ").split()
    try:
        found = sorted({datetime.strptime(word, "%H:%M").time() for word in words})  # noqa: DTZ007 (a time of day)
    except ValueError:
        raise Invalid("A time is not readable.", times="Write each time like 09:00 or 17:30.") from None
    if not found:
        raise Invalid("A schedule needs a time of day.", times="Add at least one time.")
    if len(found) > MOST_TIMES:
        raise Invalid("These are too many times.", times=f"Use at most {MOST_TIMES} times a day.")
    return found


def days_of(typed: Iterable[int]) -> list[int]:
    """ISO weekdays, each once. Raise Invalid at the field `weekdays` for none or for one that is no day."""
    found = sorted(set(typed))
    if not found:
        raise Invalid("A schedule needs a day.", weekdays="Choose at least one day.")
    if not set(found) <= set(EVERY_DAY):
        raise Invalid(
            "A weekday is a number from 1 (Monday) to 7 (Sunday).", weekdays="Choose from Monday to Sunday."
        )
    return found
