"""The geometry of a line chart: what a template needs to draw it, and nothing of what it looks like.

Horizontal places are fractions of 1000, vertical ones of 100, so that one drawing stretches to any width.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

WIDE, HIGH = 1000.0, 100.0


class Point(NamedTuple):
    """One value on the chart. `left` and `wide` are percents of the width: the strip the pointer hits."""

    label: str
    value: Any
    before: Any
    x: float
    y: float | None
    left: float
    wide: float


class Chart(NamedTuple):
    """A line, the area below it, the line before it, the marks of both axes, and the points.

    `tail` is the last stretch of the line, drawn apart where the last value is not final yet.
    """

    line: str
    tail: str
    area: str
    before: str
    ticks: list[tuple[float, float]]
    labels: list[tuple[float, str]]
    points: list[Point]

    @property
    def is_known(self) -> bool:
        return bool(self.line)


def chart(
    labels: Sequence[str],
    values: Sequence[Any],
    before: Sequence[Any] = (),
    places: Sequence[float] = (),
    *,
    is_open: bool = False,
) -> Chart:
    """A chart of values at `places` (0 to 1, evenly spread when left out); None values leave a gap.

    `is_open` says that the last value still grows.
    """
    number = len(values)
    xs = [place * WIDE for place in places] or [_even(index, number) for index in range(number)]
    known = [value for value in (*values, *before) if value is not None]
    whole = all(isinstance(value, int) for value in known)
    low, high, ticks = _scale(float(min([*known, 0])), float(max([*known, 0])), 1.0 if whole else 0.0)
    ys = [_up(value, low, high) for value in values]
    earlier = [_up(value, low, high) for value in before]
    floor = _up(max(low, 0.0), low, high) or HIGH
    edges = [0.0, *((left + right) / 2 for left, right in pairwise(xs)), WIDE] if xs else []
    padded = [*before, *([None] * (number - len(before)))]
    points = [
        Point(labels[i], values[i], padded[i], xs[i] / 10, ys[i], left / 10, (right - left) / 10)
        for i, (left, right) in enumerate(pairwise(edges))
    ]
    whole_line = number - 1 if is_open and number > 2 else number
    return Chart(
        _path(xs[:whole_line], ys[:whole_line]),
        _path(xs[whole_line - 1 :], ys[whole_line - 1 :]) if whole_line < number else "",
        _area(xs, ys, floor), _path(xs, earlier),
        [(_up(tick, low, high) or 0.0, tick) for tick in ticks], _marks(points), points,
    )  # fmt: skip


def spark(values: Sequence[Any]) -> str:
    """The line of a small chart without axes."""
    return chart([""] * len(values), values).line


def _even(index: int, number: int) -> float:
    return WIDE / 2 if number < 2 else WIDE * index / (number - 1)


def _up(value: Any, low: float, high: float) -> float | None:
    return None if value is None else round(HIGH - HIGH * (float(value) - low) / (high - low), 2)


def _scale(low: float, high: float, least: float) -> tuple[float, float, list[float]]:
    """Round bounds and at most six marks from one to the other, `least` apart or more."""
    span = (high - low) or 1.0
    step = 10 ** math.floor(math.log10(span / 4))
    step = next(step * factor for factor in (1, 2, 2.5, 5, 10) if span / (step * factor) <= 5)
    step = max(step, least)
    bottom, top = math.floor(low / step) * step, math.ceil((high or 1.0) / step) * step
    return bottom, top, [bottom + step * index for index in range(round((top - bottom) / step) + 1)]


def _path(xs: Sequence[float], ys: Sequence[float | None]) -> str:
    parts, pen_down = [], False
    for x, y in zip(xs, ys, strict=False):
        if y is not None:
            parts.append(f"{'L' if pen_down else 'M'}{x:.1f} {y:g}")
        pen_down = y is not None
    return "".join(parts)


def _area(xs: Sequence[float], ys: Sequence[float | None], floor: float) -> str:
    known = [(x, y) for x, y in zip(xs, ys, strict=True) if y is not None]
    if len(known) < 2 or len(known) < len(ys):
        return ""
    return f"{_path(xs, ys)}L{known[-1][0]:.1f} {floor:g}L{known[0][0]:.1f} {floor:g}Z"


def _marks(points: Sequence[Point], apart: float = 13.0) -> list[tuple[float, str]]:
    """Labels below the chart, at least so many percent apart, the last one always among them."""
    marks: list[tuple[float, str]] = []
    for point in reversed(points):
        if not marks or marks[-1][0] - point.x >= apart:
            marks.append((point.x, point.label))
    return marks[::-1]
