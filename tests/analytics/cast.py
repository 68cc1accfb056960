"""Posts that are out, with or without numbers."""

from datetime import time, timedelta

from sqlalchemy import select

from app.analytics.models import PostMetrics
from app.core.database import everywhere, session
from app.core.time import at_wall, now, zone
from tests.schedule.cast import a_post, planned


def today(workspace):
    """The day that it is for the people there."""
    return now().astimezone(zone(workspace.zone)).date()


def published(account, slug, minutes=None, remote_id="1000", post=None, **more):
    """A post that went out so many minutes ago, or a while ago, today."""
    workspace = _workspace(account)
    if minutes is None:
        day_began = at_wall(today(workspace), time(0, 0), workspace.zone)
        minutes = min(10, (now() - day_began).total_seconds() / 60)
    at = now() - timedelta(minutes=minutes)
    return planned(
        account, slug, minutes=-minutes, post=post, state="published", published_at=at, remote_id=remote_id,
        remote_url=f"https://social.example/{remote_id}", **more,
    )  # fmt: skip


def numbers_of(scheduled):
    """What is known of a post, fresh from the database."""
    query = select(PostMetrics).where(PostMetrics.scheduled_post_id == scheduled.id)
    return session.scalar(query.execution_options(populate_existing=True))


def collect():
    """One round of the collector, as the job does it."""
    from app.analytics.collecting import collect_due

    with everywhere():
        return collect_due()


def measured(account, slug, hours=30, post=None, **counts):
    """A post that went out so many hours ago, with the numbers it is said to have."""
    out = published(account, slug, minutes=hours * 60, post=post or a_post(_workspace(account)))
    session.add(PostMetrics(
        workspace_id=account.workspace_id, scheduled_post_id=out.id, post_id=out.post_id,
        product_id=out.post.product_id, platform_id=out.platform_id, account_id=account.id,
        published_at=out.published_at, recorded_at=now(), **counts,
    ))  # fmt: skip
    session.flush()
    return out


def _workspace(account):
    from app.accounts.models import Workspace

    return session.get_one(Workspace, account.workspace_id)
