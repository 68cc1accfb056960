"""What came of it: totals, days, platforms side by side, and what did best.

Everything is read from what the collector has summed up (`daily_metrics`, `post_metrics`), never from the
samples. The practice network's readers are simulated: they are left out as soon as a real platform has
told a number, and are labelled wherever they are shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import Any, NamedTuple
from uuid import UUID

from app.accounts.models import Workspace
from app.analytics.periods import Period
from app.analytics.rates import MINIMUM_AUDIENCE, change, share
from app.core.database import session
from app.core.errors import Missing
from app.core.queries import queries
from app.core.time import now
from app.platforms.data import load_platforms

sql = queries(__file__)
GROWN = timedelta(days=1)  # a post's first day is not over: its numbers say little about its hour
BEST = 10


class Metric(NamedTuple):
    """Something that is counted, with its name and what it means."""

    name: str
    label: str
    meaning: str
    is_rate: bool = False


METRICS: dict[str, Metric] = {metric.name: metric for metric in (
    Metric("engagement", "Engagement", "Likes, comments, shares and clicks together"),
    Metric("rate", "Engagement rate", "Engagement of each person reached", True),
    Metric("reach", "Reach", "People who saw a post, as far as the platforms tell"),
    Metric("likes", "Likes", "Likes, favourites and reactions"),
    Metric("comments", "Comments", "Comments and replies"),
    Metric("shares", "Shares", "Shares, boosts and reposts"),
    Metric("clicks", "Clicks", "Clicks on links"),
    Metric("posts", "Posts out", "Posts that were published"),
)}  # fmt: skip


class Standing(NamedTuple):
    """A platform, and whether there is anything to report of it."""

    id: UUID
    name: str
    label: str
    is_practice: bool
    posts: int
    has_numbers: bool


class Figure(NamedTuple):
    """One number of a period, the one before it, and the change in percent."""

    metric: Metric
    value: Any
    before: Any

    @property
    def change(self) -> float | None:
        return change(self.value, self.before)


class Cell(NamedTuple):
    """An hour of a weekday (1 is Monday): how many posts, and their mean engagement."""

    weekday: int
    hour: int
    posts: int
    engagement: float


@cache
def practice_names() -> frozenset[str]:
    """The platforms whose readers are simulated."""
    return frozenset(one.name for one in load_platforms() if one.is_practice)


@dataclass
class Report:
    """The numbers of one workspace over a period, of one platform or of all.

    `practice` says whether practice readers count; None leaves it to whether there are real ones.
    """

    workspace: Workspace
    period: Period
    platform: str | None = None
    practice: bool | None = None

    @cached_property
    def standings(self) -> list[Standing]:
        """Every platform of the workspace, the most important first."""
        found = session.execute(sql["standing"], {"workspace": self.workspace.id})
        return [
            Standing(id_, name, label, name in practice_names(), posts, has_numbers)
            for id_, name, label, posts, has_numbers in found
        ]

    @cached_property
    def chosen(self) -> list[Standing]:
        """The platforms that the totals are about. Raise Missing for a platform that is not there."""
        if self.platform:
            named = [one for one in self.standings if one.name == self.platform]
            if not named:
                raise Missing(f"There is no platform called “{self.platform}” here.")
            return named
        return [one for one in self.standings if self.counts_practice or not one.is_practice]

    @property
    def has_real(self) -> bool:
        """Whether a platform of the world has ever told a number."""
        return any(one.has_numbers and not one.is_practice for one in self.standings)

    @property
    def has_practice(self) -> bool:
        """Whether there are numbers of the practice network."""
        return any(one.has_numbers and one.is_practice for one in self.standings)

    @property
    def counts_practice(self) -> bool:
        """Whether practice readers are part of the totals."""
        return self.practice if self.practice is not None else not self.has_real

    @property
    def is_practice_only(self) -> bool:
        """Whether everything shown comes from simulated readers."""
        return all(one.is_practice for one in self.chosen if one.has_numbers) and self.has_practice

    @property
    def is_empty(self) -> bool:
        """Whether nothing has ever gone out."""
        return not any(one.posts or one.has_numbers for one in self.standings)

    @cached_property
    def as_of(self) -> datetime | None:
        """When the newest number came."""
        return session.scalar(sql["as_of"], {"workspace": self.workspace.id})

    # -- totals and days ----------------------------------------------------------------------------

    @cached_property
    def _days(self) -> dict[Any, Mapping[str, Any]]:
        rows = self._run("by_day", first=self.period.before.first, last=self.period.last)
        return {row["day"]: row for row in rows}

    def totals(self) -> dict[str, Figure]:
        """Each figure of the period, beside the equal period before it."""
        current = self._sum(self.period)
        before = self._sum(self.period.before)
        return {
            metric.name: Figure(metric, current[metric.name], before[metric.name])
            for metric in METRICS.values()
        }

    def _sum(self, period: Period) -> dict[str, Any]:
        rows = [self._days[day] for day in period.every_day() if day in self._days]
        summed = {name: _plus(rows, name) for name in (*METRICS, "engaged", "audience") if name != "rate"}
        return {**summed, "rate": share(summed["engaged"], summed["audience"])}

    def series(self, metric: Metric, period: Period | None = None) -> list[Any]:
        """The metric day by day. A day without news is 0; a metric that is unknown throughout is all None."""
        days = (period or self.period).every_day()
        if metric.is_rate:
            return [_rate(self._days.get(day)) for day in days]
        known = any(self._days[day][metric.name] is not None for day in days if day in self._days)
        found = (self._days.get(day) for day in days)
        return [int((row and row[metric.name]) or 0) if known else None for row in found]

    # -- platforms side by side ---------------------------------------------------------------------

    def platforms(self) -> list[dict[str, Any]]:
        """Each platform with posts or numbers in the period, the best first, and what does not count last."""
        everything = [one.id for one in self.standings]
        current = {row["platform_id"]: row for row in self._by_platform(self.period, everything)}
        before = {row["platform_id"]: row for row in self._by_platform(self.period.before, everything)}
        shown = self.chosen if self.platform else self.standings
        lines = [
            _platform_line(one, current[one.id], before.get(one.id), counts=one in self.chosen)
            for one in shown
            if one.id in current
        ]
        return sorted(lines, key=lambda line: (not line["counts"], -(line["engagement"] or -1)))

    def _by_platform(self, period: Period, ids: list[UUID]) -> list[Mapping[str, Any]]:
        return self._run("by_platform", first=period.first, last=period.last, platforms=ids)

    # -- what did best ------------------------------------------------------------------------------

    def best_posts(self, by: str = "engagement", number: int = BEST) -> list[dict[str, Any]]:
        """The posts that went out in the period and did best, by `engagement` or by `rate`."""
        rows = self._run(
            "best_posts", **self._moments, by_rate=by == "rate", minimum=MINIMUM_AUDIENCE, number=number
        )
        return [{**row, "platform": self._named[row["platform_id"]]} for row in rows]

    def best_products(self, number: int = BEST) -> list[dict[str, Any]]:
        """The products whose posts brought the most engagement."""
        rows = self._run("best_products", **self._moments, number=number)
        return [{**row, "rate": _rate(row)} for row in rows]

    def product_days(self) -> list[dict[str, Any]]:
        """Product post performance: a line for each product, platform and day."""
        rows = self._run("product_post_performance", **self._moments, zone=self.period.zone)
        return [{**row, "platform": self._named[row["platform_id"]], "rate": _rate(row)} for row in rows]

    def times(self) -> list[Cell]:
        """How posts did by weekday and hour of the workspace's zone."""
        rows = self._run(
            "best_times", **self._moments, grown=min(self.period.end, now() - GROWN), zone=self.period.zone
        )
        return [Cell(**row) for row in rows]

    # -- inside -------------------------------------------------------------------------------------

    @cached_property
    def _named(self) -> dict[UUID, Standing]:
        return {one.id: one for one in self.standings}

    @property
    def _moments(self) -> dict[str, datetime]:
        return {"start": self.period.start, "end": self.period.end}

    def _run(self, name: str, **values: Any) -> list[Mapping[str, Any]]:
        usual = {"workspace": self.workspace.id, "platforms": [one.id for one in self.chosen]}
        return [dict(row) for row in session.execute(sql[name], {**usual, **values}).mappings()]


def totals(workspace: Workspace, days: int, platform: str | None = None) -> dict[str, Figure]:
    """Each figure of the last so many days, today included, beside the equal period before."""
    return Report(workspace, Period.of_days(days, workspace.zone), platform).totals()


def growth(post_id: UUID, published_at: datetime) -> list[Mapping[str, Any]]:
    """The numbers of one scheduled post as they grew, oldest first."""
    asked = {"post": post_id, "since": published_at}
    return [dict(row) for row in session.execute(sql["growth"], asked).mappings()]


def _plus(rows: list[Mapping[str, Any]], name: str) -> int | None:
    known = [int(row[name]) for row in rows if row[name] is not None]
    if name == "posts":
        return sum(known)
    return sum(known) if known else None


def _rate(row: Mapping[str, Any] | None) -> Any:
    return share(row["engaged"], row["audience"]) if row else None


def _platform_line(
    standing: Standing, row: Mapping[str, Any], before: Mapping[str, Any] | None, counts: bool
) -> dict[str, Any]:
    return {
        **row, "platform": standing, "counts": counts, "rate": _rate(row),
        "change": change(row["engagement"], before["engagement"] if before else None),
    }  # fmt: skip
