"""The analytics page, one post's numbers, and every table as a file."""

from typing import Any

from flask import Blueprint, Flask, Response, abort, g, stream_with_context
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.analytics import charts, times
from app.analytics.asking import Asked
from app.analytics.models import PostMetrics
from app.analytics.periods import USUAL
from app.analytics.rates import ENGAGING, MINIMUM_AUDIENCE, engagement
from app.analytics.reports import METRICS, Report, growth, practice_names
from app.analytics.sheets import sheet
from app.core.database import session
from app.core.shown import in_zone
from app.core.time import now
from app.core.ui import read_args, show
from app.schedule.models import ScheduledPost

room = Blueprint("analytics", __name__)


def init(app: Flask) -> None:
    app.jinja_env.filters.update(percent=percent, short=short)


@room.get("/analytics")
def overview() -> Response:
    asked = read_args(Asked)
    report = asked.report
    if report.is_empty:
        return show("analytics/empty.html")
    return show("analytics/overview.html", "numbers", **_figures(asked, report))


@room.get("/analytics/<name>.csv")
def table(name: str) -> Response:
    report = read_args(Asked).report
    lines = sheet(name, report)
    if lines is None:
        abort(404)
    called = f"slogan-{name}-{report.period.first}-{report.period.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{called}"'}
    return Response(stream_with_context(lines), mimetype="text/csv", headers=headers)


@room.get("/analytics/posts/<uuid:scheduled_id>")
def post(scheduled_id: str) -> Response:
    names = ScheduledPost.post, ScheduledPost.account, ScheduledPost.channel_type
    scheduled = ScheduledPost.of(g.workspace).options(*map(joinedload, names)).get(scheduled_id)
    known = session.scalar(select(PostMetrics).where(PostMetrics.scheduled_post_id == scheduled.id))
    samples = growth(scheduled.id, scheduled.published_at) if scheduled.published_at else []
    metric = METRICS[read_args(Asked).metric]
    return show(
        "analytics/post.html", "numbers", scheduled=scheduled, known=known, samples=samples, metric=metric,
        metrics=[one for one in METRICS.values() if one.name != "posts"], told=_told,
        chart=_grown(metric.name, samples), is_practice=scheduled.platform.name in practice_names(),
    )  # fmt: skip


def _figures(asked: Asked, report: Report) -> dict[str, Any]:
    metric = METRICS[asked.metric]
    days = [f"{day:%-d %b}" for day in report.period.every_day()]
    is_open = report.period.last >= in_zone(now()).date()
    drawn = charts.chart(
        days, report.series(metric), report.series(metric, report.period.before), is_open=is_open
    )
    closed = -1 if is_open and len(days) > 2 else len(days)
    return {
        "asked": asked, "report": report, "period": report.period, "metric": metric, "usual": USUAL,
        "figures": report.totals(), "chart": drawn, "platforms": report.platforms(),
        "sparks": {one.name: charts.spark(report.series(one)[:closed]) for one in METRICS.values()},
        "posts": report.best_posts(asked.best), "products": report.best_products(),
        "heat": times.heat(report.times()), "enough": times.ENOUGH, "minimum": MINIMUM_AUDIENCE,
    }  # fmt: skip


def _grown(name: str, samples: list[Any]) -> charts.Chart:
    """How one number of a post grew, at the moments when it was asked for."""
    if not samples:
        return charts.chart([], [])
    first, last = samples[0]["recorded_at"], samples[-1]["recorded_at"]
    span = (last - first).total_seconds() or 1.0
    places = [(one["recorded_at"] - first).total_seconds() / span for one in samples]
    labels = [in_zone(one["recorded_at"]).strftime("%-d %b, %H:%M") for one in samples]
    return charts.chart(labels, [_told(one, name) for one in samples], places=places)


def _told(counts: Any, name: str) -> Any:
    """One number of a sample or of a post's latest numbers."""
    row = counts if hasattr(counts, "keys") else vars(counts)
    if name == "rate":
        return row["engagement_rate"]
    return engagement({one: row[one] for one in ENGAGING}) if name == "engagement" else row[name]


def percent(value: Any, digits: int = 1) -> str:
    """A fraction as a percentage, and a dash where it is unknown."""
    return "–" if value is None else f"{100 * float(value):.{digits}f} %"


def short(value: Any) -> str:
    """A number for a narrow place: 950, 1.2k, 3.4M; a dash where it is unknown."""
    if value is None:
        return "–"
    for size, letter in ((1_000_000, "M"), (10_000, "k")):
        if abs(value) >= size:
            unit = 1_000_000 if letter == "M" else 1000
            return f"{float(value) / unit:.1f}".rstrip("0").rstrip(".") + letter
    return f"{float(value):,.1f}".rstrip("0").rstrip(".") if float(value) % 1 else f"{int(value):,}"
