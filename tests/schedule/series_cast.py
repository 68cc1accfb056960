"""Series, what they have on the calendar, and moments in words, for the tests of what recurs."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from app.core.database import session
from app.platforms.models import Channel
from app.schedule import series_edits
from app.schedule.models import ScheduledPost
from app.schedule.series import Series
from tests.schedule.cast import a_post


def wall(words):
    return datetime.fromisoformat(words)


def instant(words):
    return datetime.fromisoformat(f"{words}+00:00")


def a_series(account, by, *posts, rule="FREQ=DAILY", starts="2030-01-07T09:00", **more):
    workspace = by.workspace
    channel = Channel.by_slug(workspace, "practice/feed_post")
    return Series.create(
        workspace, by, posts=list(posts) or [a_post(workspace)], channel=channel, account=account,
        starts_at=wall(starts), rule=rule, **more,
    )  # fmt: skip


def cut(series, by, before, to):
    """“This and following”: from one of its times on, at another hour."""
    return series_edits.change_following(series, by, wall(before), starts_at=wall(to))


def rows(series):
    found = select(ScheduledPost).where(ScheduledPost.series_id == series.id)
    return list(session.scalars(found.order_by(ScheduledPost.scheduled_time)))


def as_stored(series):
    """Its rows as the database holds them, by id."""
    session.flush()
    found = session.execute(
        text("SELECT id, scheduled_posts::text AS whole FROM scheduled_posts WHERE series_id = :id"), {"id": series.id}
    )
    return {row.id: row.whole for row in found}


def locally(series):
    return [f"{row.scheduled_time.astimezone(ZoneInfo(series.zone)):%Y-%m-%d %H:%M}" for row in rows(series)]
