"""Every named query can be planned, walks its index, and leaves the samples alone."""

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.analytics import collecting, reports
from app.core.database import session
from app.core.time import now

VALUES = {
    "workspace": uuid4(), "platforms": [uuid4()], "first": date(2026, 1, 1), "last": date(2026, 1, 30),
    "start": now(), "end": now(), "grown": now(), "zone": "Europe/London", "by_rate": True, "minimum": 30,
    "number": 10, "post": uuid4(), "since": now(), "batch": 100, "now": now(), "lease": now(),
    "ids": [uuid4()], "until": now(), "reason": "It was so.", "id": uuid4(), "day": date(2026, 1, 1),
    "platform": uuid4(), "posts": 1, "likes": 1, "shares": None, "comments": 0, "clicks": 0, "views": 0,
    "reach": 0, "impressions": 0, "saves": 0,
}  # fmt: skip
ALL = {**reports.sql, **collecting.sql}
INDEXES = {
    "by_day": "uq_daily_metrics_workspace_id_day_platform_id",
    "by_platform": "uq_daily_metrics_workspace_id_day_platform_id",
    "as_of": "ix_post_metrics_recorded",
    "claim": "ix_post_metrics_next",
    "growth": "metric_samples_",
}


def plan_of(name):
    """How the database would go about a query, if it may not read whole tables."""
    session.execute(text("SET LOCAL enable_seqscan = off"))
    session.execute(text("SET LOCAL enable_bitmapscan = off"))
    query = text(f"EXPLAIN {ALL[name].text}")
    return "\n".join(session.scalars(query, {one: VALUES[one] for one in ALL[name]._bindparams}))


@pytest.mark.parametrize("name", ALL)
def test_it_can_be_planned_and_reads_no_samples(world, name):
    plan = plan_of(name)
    assert ("metric_samples" in plan) == (name == "growth")


@pytest.mark.parametrize("name", INDEXES)
def test_it_walks_its_index(world, name):
    assert INDEXES[name] in plan_of(name)
