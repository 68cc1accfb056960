"""Recurrence rules (RRULE of RFC 5545) on a wall clock: which days and times a rule names, never without end.

A rule knows nothing of zones: it names wall times from its start on. Each look goes straight to the time that
is asked for and ends with it, also for a rule that never comes (30 February), which python-dateutil would
follow to the year 9999. The tests hold both against each other.
"""

from calendar import isleap, monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from app.core.errors import Invalid
from app.core.time import zone

FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FAR = datetime(2200, 1, 1)  # noqa: DTZ001 (a wall time): the calendar ends there
LOOK = timedelta(days=3660)  # a rule that does not come within ten years never does
LONGEST = 500  # characters of a rule
MOST = 1000  # of INTERVAL and COUNT
LISTS = {  # name in the text: field, lowest, highest
    "BYMONTH": ("months", 1, 12), "BYMONTHDAY": ("month_days", -31, 31), "BYYEARDAY": ("year_days", -366, 366),
    "BYHOUR": ("hours", 0, 23), "BYSETPOS": ("places", -366, 366),
}  # fmt: skip
KNOWN = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMINUTE", "BYSECOND", "WKST", *LISTS}


@dataclass(frozen=True)
class Rule:
    """A rule as it was written; what it leaves out comes from the start (`whole`)."""

    freq: str
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    days: tuple[tuple[int, int], ...] = ()  # (which of them, or 0 for each; weekday, Monday is 0)
    hours: tuple[int, ...] = ()
    minute: int | None = None
    places: tuple[int, ...] = ()
    week_start: int = 0

    @classmethod
    def parse(cls, text: str, zone_name: str = "UTC") -> "Rule":
        """From RRULE text. Raise Invalid at the field `rrule`, also for what would fire more than hourly."""
        parts = parts_of(text)
        if parts.get("FREQ") not in FREQUENCIES:
            raise wrong("FREQ must be one of YEARLY, MONTHLY, WEEKLY, DAILY and HOURLY.")
        lists = {field: numbers(parts.get(name), name, *span) for name, (field, *span) in LISTS.items()}
        minutes = numbers(parts.get("BYMINUTE"), "BYMINUTE", 0, 59)
        if len(minutes) > 1 or parts.get("BYSECOND", "0").strip("0"):
            raise wrong("A series comes at most once an hour, so name one minute and no seconds.")
        made = cls(
            parts["FREQ"], number(parts.get("INTERVAL"), "INTERVAL") or 1, number(parts.get("COUNT"), "COUNT"),
            until_of(parts.get("UNTIL"), zone_name), days=days_of(parts.get("BYDAY")),
            minute=minutes[0] if minutes else None, week_start=weekday(parts.get("WKST", "MO")), **lists,
        )  # fmt: skip
        made._agrees()
        return made

    def _agrees(self) -> None:
        if self.count and self.until:
            raise wrong("Say either COUNT or UNTIL.")
        if any(nth for nth, _ in self.days) and self.freq not in ("MONTHLY", "YEARLY"):
            raise wrong("“The second Monday” is for a month or a year: use FREQ=MONTHLY.")
        if self.places and (self.freq in ("DAILY", "HOURLY") or not (self.days or self.month_days or self.year_days)):
            raise wrong("BYSETPOS needs days of a week, month or year to choose from.")
        if self.freq == "WEEKLY" and self.month_days:
            raise wrong("A week has no days of the month: use FREQ=MONTHLY.")

    @property
    def text(self) -> str:
        """The rule as it is kept."""
        parts = [f"FREQ={self.freq}"]
        parts += [f"INTERVAL={self.interval}"] if self.interval > 1 else []
        for name, (field, *_) in LISTS.items():
            if values := getattr(self, field):
                parts.append(f"{name}={','.join(map(str, values))}")
        if self.days:
            parts.append("BYDAY=" + ",".join(f"{nth or ''}{DAYS[day]}" for nth, day in self.days))
        parts += [f"BYMINUTE={self.minute}"] if self.minute is not None else []
        parts += [f"WKST={DAYS[self.week_start]}"] if self.week_start else []
        parts += [f"COUNT={self.count}"] if self.count else []
        parts += [f"UNTIL={self.until:%Y%m%dT%H%M%S}"] if self.until else []
        return ";".join(parts)

    def whole(self, starts: datetime) -> "Rule":
        """The rule with what its start says where it is silent."""
        rule = replace(self, minute=starts.minute if self.minute is None else self.minute)
        if rule.freq != "HOURLY" and not rule.hours:
            rule = replace(rule, hours=(starts.hour,))
        if rule.days or rule.month_days or rule.year_days:
            return rule
        if rule.freq == "YEARLY":
            return replace(rule, months=rule.months or (starts.month,), month_days=(starts.day,))
        if rule.freq == "MONTHLY":
            return replace(rule, month_days=(starts.day,))
        return replace(rule, days=((0, starts.weekday()),)) if rule.freq == "WEEKLY" else rule

    def walls(self, starts: datetime, begin: datetime, end: datetime) -> Iterator[datetime]:
        """The wall times from `begin` until before `end`, in order; none before `starts` or after UNTIL.

        COUNT is not looked at: `last` says which time is the last one.
        """
        begin = max(begin, starts)
        end = min(end, FAR, self.until + timedelta(seconds=1) if self.until and self.until < FAR else FAR)
        if begin >= end:
            return
        rule = self.whole(starts)
        for days in rule._periods(starts.date(), begin.date(), end.date()):
            found = [wall for day in days if rule.names(day) for wall in rule._times(day, starts)]
            for wall in picked(found, rule.places) if rule.places else found:
                if wall >= end:
                    return
                if wall >= begin:
                    yield wall

    def last(self, starts: datetime) -> datetime | None:
        """The last time that it names, as COUNT or UNTIL say; None for a rule without end.

        Raise Invalid for a rule that never comes.
        """
        if self.until and self.until < starts:
            raise wrong("It ends before it begins.")
        if next(self.walls(starts, starts, starts + LOOK), None) is None:
            raise wrong("It names no time within ten years.")
        if not self.count:
            return self.until
        final = None
        for number_, wall in enumerate(self.walls(starts, starts, FAR), 1):
            final = wall
            if number_ == self.count:
                break
        return final

    def names(self, day: date) -> bool:
        """Whether this day is one of its days, whatever the interval says."""
        length = monthrange(day.year, day.month)[1]
        if self.months and day.month not in self.months:
            return False
        if self.month_days and not {day.day, day.day - length - 1} & set(self.month_days):
            return False
        if self.year_days:
            place, whole = day.timetuple().tm_yday, 366 if isleap(day.year) else 365
            if not {place, place - whole - 1} & set(self.year_days):
                return False
        return not self.days or any(
            which == day.weekday() and (not nth or nth in self._nths(day, length)) for nth, which in self.days
        )

    def _nths(self, day: date, length: int) -> tuple[int, int]:
        """Which of its weekdays a day is, from the front and from the back, in its month or year."""
        place = day.day
        if self.freq == "YEARLY" and not self.months:
            place, length = day.timetuple().tm_yday, 366 if isleap(day.year) else 365
        return (place - 1) // 7 + 1, -((length - place) // 7 + 1)

    def _times(self, day: date, starts: datetime) -> list[datetime]:
        hours: tuple[int, ...] | range = self.hours
        if self.freq == "HOURLY":
            since = (day - starts.date()).days * 24 - starts.hour
            hours = [hour for hour in self.hours or range(24) if (since + hour) % self.interval == 0]  # type: ignore[assignment]
        return [datetime.combine(day, time(hour, self.minute or 0)) for hour in hours]

    def _periods(self, starts: date, begin: date, end: date) -> Iterator[list[date]]:
        """The years, months, weeks or days that the interval leaves, as their days, from `begin` to `end`."""
        step = self.interval
        if self.freq == "YEARLY":
            for year in range(aligned(starts.year, begin.year, step), end.year + 1, step):
                yield [day for month in self.months or range(1, 13) for day in month_of(year, month)]
        elif self.freq == "MONTHLY":
            first = aligned(starts.year * 12 + starts.month - 1, begin.year * 12 + begin.month - 1, step)
            for index in range(first, end.year * 12 + end.month, step):
                if not self.months or index % 12 + 1 in self.months:
                    yield month_of(index // 12, index % 12 + 1)
        elif self.freq == "WEEKLY":
            monday = starts.toordinal() - (starts.weekday() - self.week_start) % 7
            for week in range(aligned(monday, begin.toordinal(), 7 * step), end.toordinal() + 1, 7 * step):
                yield [date.fromordinal(week + index) for index in range(7)]
        else:
            step = step if self.freq == "DAILY" else 1
            for day in range(aligned(starts.toordinal(), begin.toordinal(), step), end.toordinal() + 1, step):
                yield [date.fromordinal(day)]


def aligned(first: int, wanted: int, step: int) -> int:
    """The last of first, first + step, … that is not after `wanted`."""
    return first + (wanted - first) // step * step


def month_of(year: int, month: int) -> list[date]:
    return [date(year, month, day) for day in range(1, monthrange(year, month)[1] + 1)]


def picked(found: list[datetime], places: tuple[int, ...]) -> list[datetime]:
    """Those at some places, counted from the front (1) or from the back (-1)."""
    return sorted({found[place - (place > 0)] for place in places if -len(found) <= place - (place > 0) < len(found)})


def wrong(sentence: str) -> Invalid:
    return Invalid(f"This rule cannot be used. {sentence}", rrule=sentence)


def parts_of(text: str) -> dict[str, str]:
    """The parts of RRULE text by their names. Raise Invalid."""
    words = text.strip().upper().removeprefix("RRULE:")
    if not words or len(words) > LONGEST or "\n" in words:
        raise wrong("Write one line such as FREQ=WEEKLY;BYDAY=MO,TH.")
    parts: dict[str, str] = {}
    for part in words.rstrip(";").split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value:
            raise wrong(f"“{part}” is no part of a rule. Write NAME=VALUE, with ; between the parts.")
        if name not in KNOWN:
            raise wrong(f"{name} is not known here.")
        if name in parts:
            raise wrong(f"{name} stands there twice.")
        parts[name] = value
    return parts


def number(value: str | None, name: str) -> int | None:
    if value is None:
        return None
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= MOST:
        raise wrong(f"{name} is a number from 1 to {MOST}.")
    return int(value)


def numbers(value: str | None, name: str, low: int, high: int) -> tuple[int, ...]:
    if value is None:
        return ()
    try:
        found = sorted({int(one) for one in value.split(",")})
    except ValueError:
        raise wrong(f"{name} is a list of numbers.") from None
    if found[0] < low or found[-1] > high or (low != 0 and 0 in found):
        raise wrong(f"{name} takes numbers from {low} to {high}.")
    return tuple(found)


def weekday(name: str) -> int:
    if name not in DAYS:
        raise wrong(f"“{name}” is no day. Days are {', '.join(DAYS)}.")
    return DAYS.index(name)


def days_of(value: str | None) -> tuple[tuple[int, int], ...]:
    found = set()
    for one in value.split(",") if value else []:
        nth = one[:-2] or "0"
        if nth.lstrip("+-") not in map(str, range(54)) or (one[:-2] and int(nth) == 0):
            raise wrong(f"“{one}” is no day. Write MO, or 2MO for the second Monday, or -1FR for the last Friday.")
        found.add((int(nth), weekday(one[-2:])))
    return tuple(sorted(found, key=lambda day: (day[1], day[0])))


def until_of(value: str | None, zone_name: str) -> datetime | None:
    """UNTIL as a wall time; a day alone is meant to its end, an instant (…Z) is read on the zone's clocks."""
    if value is None:
        return None
    try:
        if len(value) == len("20261224"):
            found = datetime.strptime(value, "%Y%m%d").replace(hour=23, minute=59, second=59)  # noqa: DTZ007
        elif value.endswith("Z"):
            instant = datetime.strptime(value, "%Y%m%dT%H%M%SZ")  # noqa: DTZ007
            found = instant.replace(tzinfo=zone("UTC")).astimezone(zone(zone_name)).replace(tzinfo=None)
        else:
            found = datetime.strptime(value, "%Y%m%dT%H%M%S")  # noqa: DTZ007
    except (ValueError, OverflowError):
        raise wrong("UNTIL is a day such as 20261224, or a time such as 20261224T170000.") from None
    return found
