"""How much an account may send: limits in words and figures, and the room that is left in them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID

from app.schedule.words import span

HOUR = timedelta(hours=1)
PER = re.compile(r"(posts|messages|articles) per (?:(\d+) )?(s|second|minute|hour|day)s?$")
SECONDS = {"s": 1, "second": 1, "minute": 60, "hour": 3600, "day": 86_400}
ONE = {1: "a second", 60: "a minute", 3600: "an hour", 86_400: "a day"}
SHORT = timedelta(seconds=10)  # so short a window is counted a tenth shorter: clocks differ


@dataclass(frozen=True)
class Limit:
    """So many posts in such a time: ours, or what the platform takes."""

    most: int
    window: timedelta
    is_ours: bool = False

    @property
    def step(self) -> timedelta:
        """The distance of posts that just keep it."""
        return self.window / self.most

    @property
    def seconds(self) -> float:
        """How far back to count."""
        return self.window.total_seconds() * (0.9 if self.window <= SHORT else 1)

    def __str__(self) -> str:
        posts = "post" if self.most == 1 else "posts"
        per = ONE.get(round(self.window.total_seconds())) or f"in {span(self.window)}"
        return f"{self.most} {posts} {per}"


@lru_cache(maxsize=256)
def read_limit(most: str, unit: str) -> Limit | None:
    """The limit in a platform's row, such as 50 "posts per day"; None where the row says something else."""
    found = PER.fullmatch(unit)
    if not found or not float(most) >= 1:
        return None
    return Limit(int(float(most)), timedelta(seconds=int(found[2] or 1) * SECONDS[found[3]]))


@dataclass(frozen=True)
class Policy:
    """What one account may do, and what becomes of what is over."""

    account_id: UUID
    name: str
    platform: str
    zone: str
    same_text_days: int
    surplus: str
    limits: tuple[Limit, ...]

    @classmethod
    def of(cls, row: Any) -> "Policy":
        """From a row of the query `policies`. A cap of 0 is none."""
        ours = (Limit(row.hourly_cap, HOUR, is_ours=True),) if row.hourly_cap else ()
        read = (read_limit(most, unit) for most, unit in row.limits or ())
        theirs = tuple(limit for limit in read if limit)
        return cls(
            row.id, row.name, row.platform, row.zone, row.same_text_days, row.surplus, (*ours, *theirs)
        )

    @cached_property
    def window(self) -> timedelta:
        """For so long the same text does not go out again."""
        return timedelta(days=self.same_text_days)

    @property
    def days(self) -> str:
        return "a day" if self.same_text_days == 1 else f"{self.same_text_days} days"


@dataclass
class Room:
    """What is left of a limit at a moment, and when the next post finds room."""

    limit: Limit
    left: int
    earliest: datetime
    moment: datetime
    last: datetime | None = field(default=None)

    def next_free(self, taken_until: Callable[[], datetime | None] | None = None) -> datetime:
        """A moment for one more post; each call gives a later one, so that they are spread evenly."""
        if self.last is None:
            free = max(self.earliest + self.limit.window, self.moment)
            after = taken_until() if taken_until else None
            self.last = max(free, after + self.limit.step) if after else free
        else:
            self.last += self.limit.step
        return self.last
