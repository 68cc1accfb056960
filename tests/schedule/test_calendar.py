"""The calendar's pages: what they show, how many queries they take, and what is done on them."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy import event, select

from app.core.database import db, session
from app.core.time import now
from app.schedule import calendar, rhythm
from app.schedule.looks import Look
from app.schedule.models import PostingSchedule, ScheduledPost
from tests.schedule.cast import a_post, an_account, planned
from tests.schedule.days import at, tomorrow
from tests.schedule.series_cast import a_series, cut

HTMX = {"HX-Request": "true"}


@pytest.fixture
def account(workspace):
    return an_account(workspace)


class TestPages:
    @pytest.mark.parametrize("view", ["month", "week", "day", "list"])
    def test_each_view_shows_the_post_and_names_the_zone(self, page, account, view):
        made = at(account, tomorrow())
        html = page.get(f"/calendar/{view}?day={tomorrow():%Y-%m-%d}").text
        assert f'data-post="{made.id}"' in html
        assert "Times are Europe/London" in html

    @pytest.mark.parametrize("view", ["month", "week", "list"])
    def test_htmx_gets_only_the_calendar(self, page, account, view):
        fragment = page.get(f"/calendar/{view}", headers=HTMX)
        assert "<html" not in fragment.text
        assert 'id="calendar"' in fragment.text
        assert "HX-Request" in fragment.headers["Vary"]

    def test_the_address_of_a_filter_is_clean_and_can_be_sent_on(self, page, account):
        answer = page.get("/calendar/month?kind=product&platform=&account=", headers=HTMX)
        assert answer.headers["HX-Push-Url"] == "/calendar/month?kind=product"

    @pytest.mark.parametrize("view", ["month", "week", "list", "tray"])
    def test_charlie_sees_nothing_of_it(self, sign_in, charlie, account, view):
        made = at(account, tomorrow())
        html = sign_in(charlie).get(f"/calendar/{view}").text
        assert str(made.id) not in html
        assert "tartans" not in html

    def test_a_busy_day_shows_four_and_a_number(self, page, account):
        for minute in range(6):
            at(
                account,
                tomorrow(9, minute * 5),
                post=a_post(account_workspace(account), text=f"Number {minute}"),
            )
        html = page.get(f"/calendar/month?day={tomorrow():%Y-%m-%d}").text
        assert html.count("data-post=") == 4
        assert "+2<span> more</span>" in html

    def test_a_cancelled_post_hides_until_it_is_asked_for(self, page, account, alice):
        made = at(account, tomorrow())
        made.cancel(alice)
        assert str(made.id) not in page.get(f"/calendar/list?day={tomorrow():%Y-%m-%d}").text
        assert str(made.id) in page.get(f"/calendar/list?day={tomorrow():%Y-%m-%d}&state=cancelled").text

    def test_each_filter_narrows(self, workspace, page, account):
        other = an_account(workspace, "mastodon", "@kilts")
        mine = at(account, tomorrow(), post=a_post(workspace, content_type="product"))
        fits = next(channel.slug for channel in other.channels() if not a_post(workspace).problems(channel))
        theirs = at(other, tomorrow(10), slug=fits)
        for asked in (f"account={account.id}", f"platform={account.platform_id}", "kind=product"):
            html = page.get(f"/calendar/month?day={tomorrow():%Y-%m-%d}&{asked}").text
            assert str(mine.id) in html
            assert str(theirs.id) not in html

    @pytest.mark.parametrize(
        "asked", ["day=2026-13-01", "platform=x", "state=lost", "kind=cats", "day=0001-01-01"]
    )
    def test_an_address_that_cannot_be_is_said(self, page, asked):
        assert page.get(f"/calendar/month?{asked}").status_code == 422

    def test_a_week_outlines_free_slots_and_fills_them(self, workspace, page, account, alice):
        schedule = PostingSchedule.create(
            workspace, alice, name="Mornings", channel=account.channels()[0], account=account,
            times=[time(9)], weekdays=rhythm.EVERY_DAY,
        )  # fmt: skip
        address = f"/calendar/day?day={tomorrow():%Y-%m-%d}"
        assert "Free slot of Mornings" in page.get(address).text
        ScheduledPost.plan(a_post(workspace), schedule.channel, account, tomorrow(), alice, slot=schedule)
        assert "Free slot of Mornings" not in page.get(address).text

    def test_the_list_goes_on_after_its_cursor(self, workspace, account, monkeypatch):
        monkeypatch.setattr(calendar, "PAGE", 2)
        made = [at(account, tomorrow(9 + hour)) for hour in range(3)]
        look = Look(workspace, "list", tomorrow().date())
        first = calendar.listing(look)
        second = calendar.listing(Look.at(workspace, first.next_url))
        shown = [card.id for page in (first, second) for _, cards in page.days for card in cards]
        assert shown == [one.id for one in made]
        assert second.next_url is None


def account_workspace(account):
    from app.accounts.models import Workspace

    return session.get_one(Workspace, account.workspace_id)


class TestQueries:
    @pytest.mark.parametrize("view", ["month", "week", "list"])
    def test_their_number_does_not_follow_the_posts(self, page, account, view):
        address = f"/calendar/{view}?day={tomorrow():%Y-%m-%d}"
        page.get(address)
        for hour in range(3):
            at(account, tomorrow(9 + hour))
        few = counted(page, address)
        for hour in range(9):
            at(
                account,
                tomorrow(9 + hour, 30),
                post=a_post(account_workspace(account), text=f"Number {hour}"),
            )
        assert counted(page, address) == few
        assert few <= 16


def counted(page, address):
    asked = []

    def see(connection, cursor, statement, *more):
        asked.append(statement)

    connection = db.session.connection()
    event.listen(connection, "before_cursor_execute", see)
    try:
        assert page.get(address).status_code == 200
    finally:
        event.remove(connection, "before_cursor_execute", see)
    return len([one for one in asked if "set_config" not in one and "SAVEPOINT" not in one])


class TestClashes:
    def test_the_same_account_within_a_quarter_of_an_hour_is_said(self, workspace, account):
        first = at(account, tomorrow(9), post=a_post(workspace, text="One"))
        at(account, tomorrow(9, 10), post=a_post(workspace, text="Two"))
        (card,) = calendar.cards(Look(workspace), [first.id])
        assert card.clashes == ("Our practice posts again within 15 minutes, at 09:10",)

    def test_the_same_post_twice_is_said(self, workspace, account):
        first = at(account, tomorrow(9))
        again = at(account, tomorrow(15), post=first.post)
        (card,) = calendar.cards(Look(workspace), [first.id])
        assert card.clashes == (f"The same post goes out there on {again.scheduled_time:%a %-d %b} as well",)

    def test_the_same_words_in_two_posts_are_said(self, workspace, account):
        made = [at(account, tomorrow(hour)) for hour in (9, 15)]
        found = calendar.cards(Look(workspace), [one.id for one in made])
        assert [card.clashes for card in found] == [("Our practice has the same text twice",)] * 2

    def test_a_series_does_not_clash_with_itself_also_when_it_was_cut(self, workspace, account, alice):
        day = now() + timedelta(days=1)
        series = a_series(account, alice, starts=f"{day:%Y-%m-%d}T09:00")
        cut(series, alice, f"{day + timedelta(days=5):%Y-%m-%d}T09:00", f"{day + timedelta(days=5):%Y-%m-%d}T11:00")
        ids = session.scalars(select(ScheduledPost.id).order_by(ScheduledPost.scheduled_time).limit(9)).all()
        assert [card.clashes for card in calendar.cards(Look(workspace), ids)] == [()] * 9
        by_hand = planned(account, post=series.posts[0])
        [card] = calendar.cards(Look(workspace), [by_hand.id])
        assert "The same post goes out there on" in card.clashes[0]

    def test_what_is_out_clashes_with_nothing(self, workspace, account):
        made = [at(account, tomorrow(9, minute), state="published") for minute in (0, 5)]
        assert [card.clashes for card in calendar.cards(Look(workspace), [one.id for one in made])] == [
            (),
            (),
        ]


def test_a_month_always_has_six_weeks(workspace):
    for month in range(1, 13):
        days = Look(workspace, "month", date(2027, month, 10)).days
        assert len(days) == 42
        assert days[0].isoweekday() == 1
        assert date(2027, month, 1) in days[:7]
