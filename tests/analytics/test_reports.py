"""What the reports say: totals with change, days in a zone, practice apart, unknown as unknown."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from app.accounts.models import Workspace
from app.analytics.models import DailyMetrics
from app.analytics.periods import Period
from app.analytics.reports import METRICS, Report, growth, totals
from app.analytics.times import advise, heat
from app.catalogue.models import Product
from app.core.database import session
from app.core.errors import Invalid, Missing
from tests.analytics.cast import measured, today
from tests.schedule.cast import a_post, an_account


def a_day(account, days_ago, posts=1, **counts):
    """What a platform brought so many days ago."""
    day = today(session.get_one(Workspace, account.workspace_id)) - timedelta(days=days_ago)
    session.add(DailyMetrics(
        workspace_id=account.workspace_id, platform_id=account.platform_id, day=day, posts=posts, **counts
    ))  # fmt: skip
    session.flush()


@pytest.fixture
def utc(workspace):
    workspace.zone = "UTC"
    return workspace


@pytest.fixture
def facebook(utc):
    return an_account(utc, "facebook")


@pytest.fixture
def mastodon(utc):
    return an_account(utc, "mastodon")


@pytest.fixture
def practice(utc):
    return an_account(utc, "practice")


def test_totals_stand_beside_the_equal_period_before(utc, facebook):
    a_day(facebook, 0, likes=30, shares=5, comments=3, clicks=2, reach=400)
    a_day(facebook, 6, likes=10, reach=100)
    a_day(facebook, 7, likes=20, reach=200)
    a_day(facebook, 14, likes=500, reach=500)
    told = totals(utc, 7)
    assert (told["likes"].value, told["likes"].before, told["likes"].change) == (40, 20, 100.0)
    assert (told["engagement"].value, told["posts"].value, told["reach"].value) == (50, 2, 500)
    assert (told["rate"].value, told["rate"].before) == (Decimal("0.1000"), Decimal("0.1000"))


def test_what_no_platform_tells_is_unknown_and_not_nothing(utc, mastodon):
    a_day(mastodon, 0, likes=4, shares=0, comments=0)
    told = totals(utc, 7)
    assert (told["reach"].value, told["clicks"].value, told["rate"].value) == (None, None, None)
    assert told["shares"].value == 0
    report = Report(utc, Period.of_days(7, "UTC"))
    assert report.series(METRICS["clicks"]) == [None] * 7
    assert report.series(METRICS["likes"]) == [0, 0, 0, 0, 0, 0, 4]


def test_the_rate_counts_only_what_has_an_audience(utc, facebook, mastodon):
    a_day(facebook, 0, likes=10, reach=100)
    a_day(mastodon, 0, likes=1000)
    assert totals(utc, 7)["rate"].value == Decimal("0.1000")


def test_practice_readers_count_only_while_nobody_else_does(utc, practice, facebook):
    a_day(practice, 0, likes=7, reach=70)
    alone = Report(utc, Period.of_days(7, "UTC"))
    assert alone.is_practice_only
    assert alone.totals()["likes"].value == 7
    a_day(facebook, 0, likes=5, reach=50)
    assert totals(utc, 7)["likes"].value == 5
    both = Report(utc, Period.of_days(7, "UTC"), practice=True)
    assert both.totals()["likes"].value == 12
    lines = Report(utc, Period.of_days(7, "UTC")).platforms()
    counted = [(line["platform"].name, line["counts"]) for line in lines]
    assert counted == [("facebook", True), ("practice", False)]
    assert totals(utc, 7, "practice")["likes"].value == 7


def test_a_platform_that_is_not_there_is_missing(utc, facebook):
    with pytest.raises(Missing):
        totals(utc, 7, "nowhere")


def test_the_best_posts_by_rate_need_readers(utc, facebook):
    many = measured(facebook, "facebook/feed_post", likes=30, reach=1000, engagement_rate=Decimal("0.03"))
    few = measured(facebook, "facebook/feed_post", likes=9, reach=10, engagement_rate=Decimal("0.9"))
    silent = measured(facebook, "facebook/feed_post")
    report = Report(utc, Period.of_days(7, "UTC"))
    by_rate = [row["scheduled_post_id"] for row in report.best_posts("rate")]
    by_engagement = [row["scheduled_post_id"] for row in report.best_posts()]
    assert by_rate == [many.id]
    assert by_engagement == [many.id, few.id]
    assert silent.id not in by_engagement


def test_products_are_counted_by_product_platform_and_day(utc, facebook, mastodon):
    scarf = Product(workspace_id=utc.id, external_id="1", name="Highland scarf", sku="HS-1")
    session.add(scarf)
    session.flush()
    for account, slug, counts in (
        (facebook, "facebook/feed_post", {"likes": 10, "reach": 100}),
        (facebook, "facebook/feed_post", {"likes": 20, "reach": 100}),
        (mastodon, "mastodon/status", {"likes": 5}),
    ):
        measured(account, slug, hours=2, post=a_post(utc, product_id=scarf.id), **counts)
    report = Report(utc, Period.of_days(7, "UTC"))
    (best,) = report.best_products()
    assert (best["product"], best["posts"], best["engagement"], best["rate"]) == (
        "Highland scarf", 3, 35, Decimal("0.1500"),
    )  # fmt: skip
    days = {row["platform"].name: (row["posts"], row["likes"], row["rate"]) for row in report.product_days()}
    assert days == {"facebook": (2, 30, Decimal("0.1500")), "mastodon": (1, 5, None)}


def test_an_hour_needs_posts_before_it_says_anything(utc, facebook):
    for _ in range(3):
        measured(facebook, "facebook/feed_post", hours=48, likes=30, reach=100)
    measured(facebook, "facebook/feed_post", hours=53, likes=6, reach=100)
    measured(facebook, "facebook/feed_post", hours=2, likes=900, reach=1000)  # too young
    cells = Report(utc, Period.of_days(7, "UTC")).times()
    table = heat(cells)
    assert (table.posts, table.mean) == (4, 24.0)
    shown = [cell for _, row in table.rows for cell in row if cell]
    assert sorted((cell["posts"], cell["level"]) for cell in shown) == [(1, 0), (3, 5)]
    (advice,) = advise(cells, table.mean)
    assert (advice.expected, advice.score) == (27.0, pytest.approx(0.125))
    assert advice.reason == "3 posts averaged 30, 1.2 times the usual 24."


def test_the_hours_are_those_of_the_workspace(utc, facebook):
    measured(facebook, "facebook/feed_post", hours=48, likes=1)
    (here,) = Report(utc, Period.of_days(7, "UTC")).times()
    (there,) = Report(utc, Period.of_days(7, "Asia/Tokyo")).times()
    assert there.hour == (here.hour + 9) % 24


@pytest.mark.parametrize(
    ("days", "first", "last"), [(1, "2026-03-29", "2026-03-29"), (7, "2026-03-23", "2026-03-29")]
)
def test_a_period_ends_today_on_the_workspace_clock(monkeypatch, days, first, last):
    monkeypatch.setattr("app.analytics.periods.now", lambda: datetime(2026, 3, 28, 23, 30, tzinfo=UTC))
    period = Period.of_days(days, "Europe/Berlin")
    assert (period.first.isoformat(), period.last.isoformat(), period.days) == (first, last, days)
    assert period.end - period.start == timedelta(days=days, hours=-1)  # the clocks went forward on the 29th
    assert period.before.last == period.first - timedelta(days=1)


def test_a_period_that_cannot_be_is_refused():
    with pytest.raises(Invalid, match="ends before it begins"):
        Period.between(date(2026, 2, 2), date(2026, 2, 1), "UTC")
    with pytest.raises(Invalid, match="longer than a year"):
        Period.between(date(2025, 1, 1), date(2026, 2, 1), "UTC")


def test_one_post_grows(utc, facebook):
    out = measured(facebook, "facebook/feed_post", likes=3)
    assert growth(out.id, out.published_at) == []
