"""The best hours: a table of weekdays and hours, and what it advises."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from app.analytics.periods import Period
from app.analytics.reports import Cell, Report
from app.schedule.best_times import Hour

ENOUGH = 3  # posts in an hour before their mean says anything
LEVELS = 5
LOOKED_BACK = 90  # days
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Advice(NamedTuple):
    """An hour that did well: what may be expected of it, how much better it is, and why we say so."""

    weekday: str
    hour: int
    expected: float
    score: float
    reason: str


class Heat(NamedTuple):
    """The table as it is shown: the hours from left to right, and a row for each weekday."""

    hours: list[int]
    rows: list[tuple[str, list[dict[str, Any] | None]]]
    mean: float | None
    posts: int
    advice: list[Advice]


def heat(cells: Sequence[Cell]) -> Heat:
    """The table of hours. An hour with few posts shows how many, and no colour."""
    by_place = {(cell.weekday, cell.hour): cell for cell in cells}
    posts = sum(cell.posts for cell in cells)
    mean = sum(cell.engagement * cell.posts for cell in cells) / posts if posts else None
    hours = sorted(cell.hour for cell in cells)
    span = list(range(min([*hours, 8]), max([*hours, 19]) + 1)) if hours else []
    highest = max((cell.engagement for cell in cells if cell.posts >= ENOUGH), default=0.0)
    rows = [
        (name, [_shown(by_place.get((number, hour)), highest) for hour in span])
        for number, name in enumerate(WEEKDAYS, start=1)
    ]
    return Heat(span, rows, mean, posts, advise(cells, mean))


def _shown(cell: Cell | None, highest: float) -> dict[str, Any] | None:
    if cell is None:
        return None
    enough = cell.posts >= ENOUGH
    level = max(1, round(LEVELS * cell.engagement / highest)) if enough and highest else 0
    return {"posts": cell.posts, "engagement": cell.engagement, "enough": enough, "level": level}


def advise(cells: Sequence[Cell], mean: float | None, number: int = 3) -> list[Advice]:
    """The hours that beat the mean by most, with enough posts behind them. `score` runs from 0 to 1.

    Means of few posts are drawn towards the overall mean, as if three average posts had been there too;
    the score is the lift over the mean, where twice the mean is 1.
    """
    if not mean:
        return []
    drawn = [
        (cell, (cell.engagement * cell.posts + mean * ENOUGH) / (cell.posts + ENOUGH))
        for cell in cells
        if cell.posts >= ENOUGH
    ]
    better = sorted((pair for pair in drawn if pair[1] > mean), key=lambda pair: -pair[1])
    return [
        Advice(
            WEEKDAYS[cell.weekday - 1], cell.hour, expected, min(1.0, expected / mean - 1),
            f"{cell.posts} posts averaged {cell.engagement:.0f}, "
            f"{cell.engagement / mean:.1f} times the usual {mean:.0f}.",
        )
        for cell, expected in better[:number]
    ]  # fmt: skip


def best_hours(workspace: Any, platform: str) -> list[Hour]:
    """The hours that did best on a platform within the last ninety days, the best first; none where little is known."""
    report = Report(workspace, Period.of_days(LOOKED_BACK, workspace.zone), platform)
    advice = heat(report.times()).advice
    return [Hour(WEEKDAYS.index(one.weekday) + 1, one.hour, one.reason) for one in advice]
