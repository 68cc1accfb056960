"""The one formula of the engagement rate, and the rhythm of looks."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.analytics.rates import change, click_rate, engagement, engagement_rate
from app.analytics.rhythm import next_look


@pytest.mark.parametrize(
    ("counts", "rate"),
    [
        ({"likes": 892, "shares": 156, "comments": 78, "clicks": 234, "reach": 12500}, "0.1088"),
        ({"likes": 892, "shares": 156, "reach": 12500, "impressions": 18900}, "0.0838"),
        ({"likes": 10, "shares": 2, "comments": 1, "clicks": 7, "impressions": 400}, "0.0500"),
        ({"likes": 10, "reach": None, "impressions": None}, None),
        ({"likes": 10, "reach": 0, "impressions": 50}, None),
        ({"reach": 500}, None),
        ({"likes": 0, "reach": 500}, "0.0000"),
        ({"likes": 1, "reach": 3}, "0.3333"),
        ({"clicks": 30, "likes": None, "reach": 20}, "1.5000"),
        ({}, None),
    ],
)  # fmt: skip
def test_the_engagement_rate_has_one_formula(counts, rate):
    assert engagement_rate(counts) == (Decimal(rate) if rate else None)


def test_what_is_unknown_is_not_nothing():
    assert engagement({"likes": None, "shares": None}) is None
    assert engagement({"likes": 0, "shares": None}) == 0
    assert click_rate({"clicks": 5, "impressions": None}) is None
    assert click_rate({"clicks": 5, "impressions": 200}) == Decimal("0.0250")


@pytest.mark.parametrize(
    ("now", "before", "percent"),
    [(150, 100, 50.0), (50, 100, -50.0), (5, 0, None), (5, None, None), (None, 5, None)],
)
def test_a_change_needs_something_before(now, before, percent):
    assert change(now, before) == percent


@pytest.mark.parametrize(
    ("age", "wait"),
    [
        (timedelta(seconds=30), timedelta(seconds=90)),
        (timedelta(minutes=2), timedelta(minutes=5)),
        (timedelta(minutes=59), timedelta(minutes=5)),
        (timedelta(hours=1), timedelta(minutes=15)),
        (timedelta(hours=6), timedelta(hours=1)),
        (timedelta(days=1), timedelta(hours=6)),
        (timedelta(days=7), timedelta(days=1)),
        (timedelta(days=29, hours=23), timedelta(days=1)),
        (timedelta(days=30), None),
    ],
)
def test_the_rhythm_falls(age, wait):
    out = datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert next_look(out, out + age) == (out + age + wait if wait else None)
