"""Clocks of a zone on both days of its change: a skipped time moves on by the gap, a repeated one is the first.

Both as in RFC 5545, 3.3.5.
"""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.core.time import at_wall, now, zone, zone_names

# zone, day, what the wall shows, the instant in UTC.  Sources: the IANA time zone database, 2026 rules.
SPRING = [  # the hour that is skipped
    ("Europe/London", date(2026, 3, 29), time(1, 30), "2026-03-29T01:30"),
    ("America/New_York", date(2026, 3, 8), time(2, 30), "2026-03-08T07:30"),
    ("Australia/Sydney", date(2026, 10, 4), time(2, 30), "2026-10-03T16:30"),
    ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), "2026-10-03T15:45"),  # by half an hour only
    ("America/Sao_Paulo", date(2018, 11, 4), time(0, 0), "2018-11-04T03:00"),  # midnight itself
    ("Pacific/Apia", date(2011, 12, 30), time(12, 0), "2011-12-30T22:00"),  # a whole day
]
AUTUMN = [  # the hour that comes twice
    ("Europe/London", date(2026, 10, 25), time(1, 30), "2026-10-25T00:30"),
    ("America/New_York", date(2026, 11, 1), time(1, 30), "2026-11-01T05:30"),
    ("Australia/Sydney", date(2026, 4, 5), time(2, 30), "2026-04-04T15:30"),
    ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 45), "2026-04-04T14:45"),
    ("America/Sao_Paulo", date(2018, 2, 17), time(23, 30), "2018-02-18T01:30"),
    ("Asia/Kolkata", date(2026, 10, 25), time(1, 30), "2026-10-24T20:00"),  # which changes never
]
ROUND = [  # a minute before and after both changes
    ("Europe/London", date(2026, 3, 29), time(0, 59), "2026-03-29T00:59"),
    ("Europe/London", date(2026, 3, 29), time(2, 0), "2026-03-29T01:00"),
    ("Europe/London", date(2026, 10, 25), time(0, 59), "2026-10-24T23:59"),
    ("Europe/London", date(2026, 10, 25), time(2, 0), "2026-10-25T02:00"),
    ("UTC", date(2026, 3, 29), time(1, 30), "2026-03-29T01:30"),
]


@pytest.mark.parametrize(("name", "day", "wall", "instant"), [*SPRING, *AUTUMN, *ROUND])
def test_a_wall_clock_means_one_instant(name: str, day: date, wall: time, instant: str) -> None:
    assert at_wall(day, wall, name) == datetime.fromisoformat(instant).replace(tzinfo=UTC)


@given(
    st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo"]),
    st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    st.times(),
)
def test_what_the_wall_shows_comes_back_unless_it_was_skipped(name: str, day: date, wall: time) -> None:
    instant = at_wall(day, wall, name)
    assert instant.tzinfo is UTC
    shown = instant.astimezone(zone(name)).replace(tzinfo=None)
    gap = shown - datetime.combine(day, wall)
    assert gap in (timedelta(0), timedelta(minutes=30), timedelta(hours=1))


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "Europe/London\0", "x" * 5000, "Europe"]
)
def test_what_is_no_zone_is_refused_in_words(name: str) -> None:
    with pytest.raises(Invalid, match="is not a time zone") as refused:
        zone(name)
    assert refused.value.fields == {"zone": "Not a time zone."}


def test_people_choose_from_zones_that_exist() -> None:
    names = zone_names()
    assert {"Europe/London", "America/New_York", "Asia/Tokyo", "UTC"} <= set(names)
    assert all(zone(name) for name in names)


def test_now_says_its_zone() -> None:
    assert now().utcoffset() == timedelta(0)
