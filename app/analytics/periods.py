"""Which days a report is about, and which it is compared with."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.core.errors import Invalid
from app.core.time import at_wall, now, zone

USUAL = (7, 30, 90)
LONGEST = 366  # days


@dataclass(frozen=True)
class Period:
    """Whole days of a zone, both ends included."""

    first: date
    last: date
    zone: str

    @classmethod
    def of_days(cls, days: int, zone_name: str) -> "Period":
        """The last so many days, today included. Raise Invalid unless 1 to 366."""
        if not 1 <= days <= LONGEST:
            raise Invalid("Choose between one day and a year.", days=f"Use 1 to {LONGEST}.")
        today = now().astimezone(zone(zone_name)).date()
        return cls(today - timedelta(days=days - 1), today, zone_name)

    @classmethod
    def between(cls, first: date, last: date, zone_name: str) -> "Period":
        """From one day to another. Raise Invalid where the end comes first or the span is over a year."""
        if last < first:
            raise Invalid("The period ends before it begins.", to="Choose a later day.")
        if (last - first).days >= LONGEST:
            raise Invalid("The period is longer than a year.", to="Choose an earlier day.")
        return cls(first, last, zone_name)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Period":
        """The period of the same length right before this one."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1), self.zone)

    @property
    def start(self) -> datetime:
        """The instant when the first day begins."""
        return at_wall(self.first, time(), self.zone)

    @property
    def end(self) -> datetime:
        """The instant when the last day is over."""
        return at_wall(self.last + timedelta(days=1), time(), self.zone)

    def every_day(self) -> list[date]:
        return [self.first + timedelta(days=step) for step in range(self.days)]

    @property
    def words(self) -> str:
        """Such as “22 Oct – 20 Nov 2026”."""
        year = "" if self.first.year == self.last.year else f" {self.first.year}"
        return f"{self.first:%-d %b}{year} – {self.last:%-d %b %Y}"
