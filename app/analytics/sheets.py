"""Every table of the page as a CSV file, streamed."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from app.analytics.reports import METRICS, Report
from app.analytics.times import WEEKDAYS
from app.core.time import zone

COUNTS = ("likes", "comments", "shares", "clicks")
MANY = 100_000  # posts in one file at most
Line = Iterable[Any]


def sheet(name: str, report: Report) -> Iterator[str] | None:
    """The lines of the file of that name; None when there is no such file. Unknown numbers stay empty."""
    make = SHEETS.get(name)
    return _as_csv(make(report)) if make else None


def _days(report: Report) -> Iterator[Line]:
    metrics = list(METRICS.values())
    yield ["day", *(metric.name for metric in metrics)]
    columns = [report.series(metric) for metric in metrics]
    for index, day in enumerate(report.period.every_day()):
        yield [day.isoformat(), *(column[index] for column in columns)]


def _platforms(report: Report) -> Iterator[Line]:
    yield ["platform", "practice", "posts", "reach", "impressions", *COUNTS, "engagement", "engagement_rate"]
    for row in report.platforms():
        one = row["platform"]
        yield [one.label, "yes" if one.is_practice else "no", row["posts"], row["reach"], row["impressions"],
               *(row[name] for name in COUNTS), row["engagement"], row["rate"]]  # fmt: skip


def _posts(report: Report) -> Iterator[Line]:
    yield ["post", "platform", "practice", "published_at", "as_of", "reach", "impressions", *COUNTS,
           "engagement", "engagement_rate"]  # fmt: skip
    for row in report.best_posts(number=MANY):
        one = row["platform"]
        yield [row["title"], one.label, "yes" if one.is_practice else "no",
               _moment(row["published_at"], report), _moment(row["recorded_at"], report), row["reach"],
               row["impressions"], *(row[name] for name in COUNTS), row["engagement"],
               row["engagement_rate"]]  # fmt: skip


def _products(report: Report) -> Iterator[Line]:
    yield ["product", "sku", "platform", "practice", "post_date", "posts", "reach", *COUNTS,
           "engagement_rate"]  # fmt: skip
    for row in report.product_days():
        one = row["platform"]
        yield [row["product"], row["sku"], one.label, "yes" if one.is_practice else "no", row["post_date"],
               row["posts"], row["reach"], *(row[name] for name in COUNTS), row["rate"]]  # fmt: skip


def _times(report: Report) -> Iterator[Line]:
    yield ["weekday", "hour", "posts", "mean_engagement"]
    for cell in sorted(report.times()):
        yield [WEEKDAYS[cell.weekday - 1], cell.hour, cell.posts, round(cell.engagement, 2)]


SHEETS: dict[str, Callable[[Report], Iterator[Line]]] = {
    "days": _days, "platforms": _platforms, "posts": _posts, "products": _products, "times": _times,
}  # fmt: skip


def _moment(moment: datetime | None, report: Report) -> str:
    return moment.astimezone(zone(report.period.zone)).isoformat(timespec="seconds") if moment else ""


def _as_csv(lines: Iterable[Line]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for line in lines:
        writer.writerow([_safe(value) for value in line])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _safe(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
