"""A rule on the clocks of a zone: instants, and what the clock changes do to them, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from dateutil import tz

from app.core.errors import Invalid
from app.core.time import at_wall, now, zone
from app.schedule.recurrence import FAR, LOOK, Rule

FIRST = datetime(1970, 1, 1)  # noqa: DTZ001 (a wall time): as early as a series may begin
SLACK = timedelta(hours=26)  # a zone may skip a whole day
AHEAD = timedelta(days=400)  # how far the preview looks for clock changes
SHOWN = 4  # of them


class Occurrence(NamedTuple):
    """One time of a series: what the clock on the wall says, the instant, and what is odd about it."""

    wall: datetime
    at: datetime
    note: str = ""


@dataclass(frozen=True)
class Recurrence:
    """A rule from its start on, on the clocks of a zone; `ends` is its last wall time, if it has one."""

    rule: Rule
    starts: datetime
    zone: str
    ends: datetime | None

    @classmethod
    def of(cls, text: str, starts: datetime, zone_name: str) -> "Recurrence":
        """From RRULE text. Raise Invalid at `rrule`, `starts_at` or `zone`."""
        zone(zone_name)
        if not FIRST <= starts < FAR:
            raise wrong_start(f"Choose a day from {FIRST:%Y} to {FAR.year - 1}.")
        rule = Rule.parse(text, zone_name)
        return cls(rule, starts, zone_name, rule.last(starts))

    def between(self, begin: datetime, end: datetime) -> Iterator[Occurrence]:
        """Its occurrences from the instant `begin` until before `end`, in order.

        Two wall times that a clock change lays on one instant are one occurrence.
        """
        before = None
        first, last = self.wall_of(begin) - SLACK, self.wall_of(end) + SLACK
        for wall in self.rule.walls(self.starts, first, last):
            if self.ends and wall > self.ends:
                return
            at = at_wall(wall.date(), wall.time(), self.zone)
            if begin <= at < end and (before is None or at > before):
                yield Occurrence(wall, at, oddity(wall, at, self.zone))
            before = at if before is None else max(at, before)

    def after(self, moment: datetime) -> Occurrence | None:
        """The next one after an instant, within ten years."""
        return next(self.between(moment + timedelta(microseconds=1), moment + LOOK), None)

    def has_more(self) -> bool:
        """Whether it names a time that is still to come."""
        return self.after(now()) is not None

    def must_have_more(self) -> None:
        """Raise Invalid when nothing of it is still to come."""
        if not self.has_more():
            raise wrong_start("Its last time has passed. Let it begin or end later.")

    def at(self, wall: datetime) -> Occurrence | None:
        """The occurrence that is named by its wall time, if the rule has it."""
        meant = at_wall(wall.date(), wall.time(), self.zone)
        return next((one for one in self.between(meant, meant + timedelta(seconds=1)) if one.wall == wall), None)

    def wall_of(self, moment: datetime) -> datetime:
        """What the wall clock of the zone shows at an instant."""
        return moment.astimezone(zone(self.zone)).replace(tzinfo=None)

    def preview(self, number: int = 10, after: datetime | None = None) -> tuple[list[Occurrence], list[Occurrence]]:
        """The next times, and those of the next year that a clock change touches."""
        start = after or now()
        coming = list(islice(self.between(start, start + LOOK), number))
        odd = (one for one in self.between(start, start + AHEAD) if one.note)
        return coming, list(islice(odd, SHOWN))


def wrong_start(sentence: str) -> Invalid:
    return Invalid(sentence, starts_at=sentence, starts_on=sentence)


def oddity(wall: datetime, at: datetime, zone_name: str) -> str:
    """What a clock change does to a wall time, in words; empty on all other days."""
    local = at.astimezone(zone(zone_name))
    if local.replace(tzinfo=None) != wall:
        used = f"{local:%H:%M}" if local.date() == wall.date() else f"{local:%-d %B, %H:%M}"
        return f"{wall:%-d %B}: {wall:%H:%M} does not exist, {used} is used"
    if tz.datetime_ambiguous(local):
        return f"{wall:%-d %B}: {wall:%H:%M} happens twice, the first is used"
    return ""
