"""Series: whose turn it is, what is wrong is said at its field, and neighbours see nothing."""


import pytest

from app.core.database import scope, session
from app.core.errors import Invalid
from app.schedule.series import Series
from app.schedule.series_edits import change_all
from tests.schedule.cast import a_post, an_account
from tests.schedule.series_cast import a_series, locally, rows


@pytest.fixture
def account(workspace):
    return an_account(workspace)


class TestQueues:
    def test_posts_take_turns(self, account, alice, at, workspace):
        at("2030-01-06T12:00")
        posts = [a_post(workspace, text=f"Number {number}") for number in range(3)]
        series = a_series(account, alice, *posts)
        assert [row.post_id for row in rows(series)][:6] == [post.id for post in posts] * 2

    def test_a_post_cools_down_also_across_a_clock_change(self, account, alice, at, workspace):
        at("2030-03-28T12:00")  # on 31 March the clocks of London go forward
        posts = [a_post(workspace, text=f"Number {number}") for number in range(2)]
        series = a_series(account, alice, *posts, starts="2030-03-29T09:00", cool_down=3)
        assert locally(series)[:4] == ["2030-03-29 09:00", "2030-03-30 09:00", "2030-04-01 09:00", "2030-04-02 09:00"]
        assert "cooling down for 3 days" in series.trouble

    def test_when_all_are_used_up_it_says_so_and_is_flagged(self, account, alice, at, workspace):
        from app.accounts.notices import Notice

        at("2030-01-06T12:00")
        posts = [a_post(workspace, text=f"Number {number}") for number in range(2)]
        series = a_series(account, alice, *posts, max_repeats=2)
        assert len(rows(series)) == 4
        assert series.state == "active"
        assert series.trouble.endswith("used 2 times, as often as it may be. Add a post or allow more repeats.")
        told = session.query(Notice).filter_by(cause=f"series:{series.id}").one()
        assert told.link == f"/series/{series.id}"

    def test_another_order_is_kept_from_then_on(self, account, alice, at, workspace):
        at("2030-01-06T12:00")
        some = [a_post(workspace, text) for text in ("One", "Two", "Three")]
        series = a_series(account, alice, *some)
        change_all(series, alice, posts=some[::-1])
        assert [row.post_id for row in rows(series)[:4]] == [post.id for post in (*some[::-1], some[2])]

    def test_a_post_that_breaks_a_rule_is_passed_over(self, account, alice, at, workspace):
        at("2030-01-06T12:00")
        good, empty = a_post(workspace), a_post(workspace, text="")
        series = a_series(account, alice, empty, good)
        assert {row.post_id for row in rows(series)} == {good.id}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"rule": "FREQ=MINUTELY"}, "rrule"),
        ({"rule": "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30"}, "rrule"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"max_repeats": 0}, "max_repeats"),
        ({"cool_down": -1}, "cool_down"),
        ({"late_policy": "never"}, "late_policy"),
        ({"starts": "9999-12-31T09:00"}, "starts_at"),
        ({"starts": "2019-01-01T09:00", "rule": "FREQ=DAILY;COUNT=3"}, "starts_at"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(account, alice, wrong, field):
    with pytest.raises(Invalid) as said:
        a_series(account, alice, **wrong)
    assert field in said.value.fields


def test_an_end_beyond_all_calendars_is_no_end(account, alice, at):
    at("2030-01-06T12:00")
    assert len(rows(a_series(account, alice, rule="FREQ=DAILY;UNTIL=99991231"))) == 42


def test_neighbours_see_nothing_of_it(account, alice, world):
    a_series(account, alice)
    session.flush()
    with scope(world.neighbours.id):
        assert session.query(Series).count() == 0
