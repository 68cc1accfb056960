"""Numbers for programs."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, g
from pydantic import BaseModel, Field

from app.analytics.asking import Asked
from app.analytics.models import COUNTERS, PostMetrics
from app.analytics.rates import click_rate
from app.analytics.reports import METRICS, practice_names
from app.analytics.times import best_hours, heat
from app.core.time import now
from app.core.ui import envelope, read_args
from app.platforms.models import Platform
from app.schedule.best_times import advise_with

room = Blueprint("analytics_api", __name__, url_prefix="/api/v1")


def init(app: Flask) -> None:
    """The door that document 1 names, beside those of our own; and what planning asks us."""
    advise_with(best_hours)
    app.add_url_rule("/api/analytics/content-performance", "content_performance", content_performance)


class Page(BaseModel):
    """Which posts of the list are asked for."""

    platform: str | None = None
    cursor: str | None = None
    size: int = Field(50, ge=1, le=100)


class Performance(BaseModel):
    """Which posts document 1 asks for."""

    platform: str | None = None
    days_back: int = Field(7, ge=1, le=366)
    limit: int = Field(50, ge=1, le=100)


@room.get("/analytics/overview")
def overview() -> dict[str, Any]:
    """Totals with change, days, platforms and best times. Unknown numbers are null."""
    report = read_args(Asked).report
    period = report.period
    return envelope(
        {
            "totals": {name: _figure(figure) for name, figure in report.totals().items()},
            "days": _days(report),
            "platforms": [_platform(row) for row in report.platforms()],
            "best_times": [advice._asdict() for advice in heat(report.times()).advice],
        },
        as_of=report.as_of.isoformat() if report.as_of else None, zone=period.zone,
        first=period.first.isoformat(), last=period.last.isoformat(), practice_counted=report.counts_practice,
    )  # fmt: skip


@room.get("/analytics/posts")
def posts() -> dict[str, Any]:
    """Each published post with its latest numbers, the newest first, by cursor."""
    asked = read_args(Page)
    page = _found(asked.platform).page(asked.cursor, asked.size, by=PostMetrics.published_at)
    named = _names()
    return envelope([card(row, named) for row in page], next_cursor=page.next_cursor)


def content_performance() -> dict[str, Any]:
    """The numbers of the posts that went out in the last days, the newest first."""
    asked = read_args(Performance)
    since = PostMetrics.published_at > now() - timedelta(days=asked.days_back)
    page = _found(asked.platform).where(since).page(None, asked.limit, by=PostMetrics.published_at)
    named = _names()
    return envelope([card(row, named) for row in page], filters=asked.model_dump())


def card(row: PostMetrics, named: dict[Any, str]) -> dict[str, Any]:
    """What a program reads of one post: numbers that the platform does not tell are null."""
    counts = {name: getattr(row, name) for name in COUNTERS}
    return {
        "scheduled_post_id": str(row.scheduled_post_id), "content_id": str(row.post_id),
        "product_id": str(row.product_id) if row.product_id else None,
        "platform": named[row.platform_id], "practice": named[row.platform_id] in practice_names(),
        "published_at": row.published_at.isoformat(), **counts,
        "engagement_rate": _number(row.engagement_rate), "ctr": _number(click_rate(counts)),
        "recorded_at": row.recorded_at.isoformat() if row.recorded_at else None, "problem": row.last_error,
    }  # fmt: skip


def _found(platform: str | None) -> Any:
    found = PostMetrics.of(g.workspace)
    if platform is None:
        return found
    return found.where(PostMetrics.platform_id == Platform.called(g.workspace, platform).id)


def _names() -> dict[Any, str]:
    return {platform.id: platform.name for platform in Platform.of(g.workspace)}


def _figure(figure: Any) -> dict[str, Any]:
    return {"value": _number(figure.value), "before": _number(figure.before), "change_percent": figure.change}


def _days(report: Any) -> list[dict[str, Any]]:
    columns = {metric.name: report.series(metric) for metric in METRICS.values()}
    return [
        {"day": day.isoformat(), **{name: _number(column[index]) for name, column in columns.items()}}
        for index, day in enumerate(report.period.every_day())
    ]


def _platform(row: dict[str, Any]) -> dict[str, Any]:
    one = row["platform"]
    names = ("posts", "reach", "impressions", "likes", "comments", "shares", "clicks", "engagement", "rate")
    return {
        "platform": one.name, "label": one.label, "practice": one.is_practice, "counted": row["counts"],
        **{name: _number(row[name]) for name in names}, "change_percent": row["change"],
    }  # fmt: skip


def _number(value: Any) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == int(value) and not _is_fraction(value) else float(value)


def _is_fraction(value: Any) -> bool:
    """A rate has four decimals, also where they are noughts."""
    return getattr(value, "as_tuple", None) is not None and value.as_tuple().exponent == -4
