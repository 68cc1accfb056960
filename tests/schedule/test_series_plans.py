"""What the database reads for series, with ten thousand of them."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core.database import session
from app.core.time import now
from app.schedule import series_listing
from app.schedule.laying_out import sql as laying_out
from tests.schedule.cast import an_account
from tests.schedule.series_cast import a_series


@pytest.fixture
def many(workspace, alice):
    """Ten thousand series, a copy of one; a hundred of them want more of their times laid out."""
    one = a_series(an_account(workspace), alice, starts=f"{now():%Y-%m-%d}T09:00", rule="FREQ=MONTHLY")
    columns = ", ".join(
        column for column in one.__table__.c.keys() if column not in ("id", "chain_id", "fill_at", "laid_until")  # noqa: SIM118
    )
    session.execute(text(f"""
        INSERT INTO series (id, chain_id, fill_at, laid_until, {columns})
        SELECT gen_random_uuid(), gen_random_uuid(), now() + (number - 100) * interval '1 minute',
               now() + interval '42 days', {columns} FROM series, generate_series(1, 10000) number"""))
    session.execute(text("ANALYZE series"))
    return one


def plan(statement, **asked):
    lines = session.execute(text(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {statement}"), asked)
    return "\n".join(line[0] for line in lines)


def test_the_clock_reads_only_the_series_that_are_due(many):
    said = plan(laying_out["due"], now=now(), batch=200)
    assert "ix_series_fill" in said
    assert "Seq Scan" not in said


def test_the_calendar_reads_a_hundred_of_them_and_no_more(many, workspace):
    begin = now() + timedelta(days=60)
    asked = {"workspace": workspace.id, "begin": begin, "end": begin + timedelta(days=42), "most": 100}
    found = plan(series_listing.sql["coming"], **asked, account=None, platform=None)
    assert "Seq Scan" not in found
    assert "rows=100" in found
