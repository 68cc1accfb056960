"""Posts are moved, cancelled, planned and put back on the calendar, one or many."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from app.core.database import session
from app.core.errors import Invalid
from app.core.time import now
from app.schedule import moving, rhythm
from app.schedule.models import PostingSchedule, ScheduledPost
from tests.schedule.cast import a_post, an_account
from tests.schedule.days import LONDON, at, tomorrow

HTMX = {"HX-Request": "true"}


@pytest.fixture
def account(workspace):
    return an_account(workspace)


class TestTheMoment:
    zone = ZoneInfo(LONDON)

    def test_another_day_keeps_the_wall_time_across_the_clock_change(self):
        local = datetime(2027, 3, 27, 9, 15, tzinfo=self.zone)
        moved = moving.moment_from("2027-03-28", local, LONDON)
        assert moved.astimezone(self.zone).isoformat() == "2027-03-28T09:15:00+01:00"

    def test_another_hour_keeps_the_minute(self):
        local = datetime(2026, 11, 24, 9, 45, tzinfo=self.zone)
        assert moving.moment_from("2026-11-25T17", local, LONDON) == datetime(
            2026, 11, 25, 17, 45, tzinfo=self.zone
        )

    def test_a_wall_time_that_the_clocks_skip_moves_on(self):
        local = datetime(2027, 3, 27, 1, 30, tzinfo=self.zone)
        assert f"{moving.moment_from('2027-03-28', local, LONDON).astimezone(self.zone):%H:%M}" == "02:30"

    @pytest.mark.parametrize("typed", ["", "soon", "2026-02-30", "T"])
    def test_what_is_no_time_is_refused_at_the_field(self, typed):
        with pytest.raises(Invalid) as wrong:
            moving.moment_from(typed, datetime(2026, 11, 24, 9, tzinfo=self.zone), LONDON)
        assert "to" in wrong.value.fields


class TestMoving:
    def test_a_drop_moves_it_and_offers_the_way_back(self, page, account):
        made = at(account, tomorrow(9, 30))
        day = tomorrow(days=2).date()
        here = f"/calendar/month?day={day}"
        answer = page.post(f"/schedule/{made.id}/time", data={"to": f"{day}", "here": here}, headers=HTMX)
        assert answer.status_code == 200
        assert f"Moved to {day:%a %-d %b}, 09:30" in answer.text
        assert 'id="calendar"' in answer.text
        assert answer.headers["HX-Trigger"] == "posts-changed"
        session.refresh(made)
        assert made.scheduled_time == tomorrow(9, 30, days=2)
        undo = (
            answer.text.split('action="', 1)[1]
            .split(f"{made.id}/time?")[1]
            .split('"')[0]
            .replace("&amp;", "&")
        )
        page.post(f"/schedule/{made.id}/time?{undo}", headers=HTMX)
        session.refresh(made)
        assert made.scheduled_time == tomorrow(9, 30)

    def test_the_plain_form_does_the_same(self, page, account):
        made = at(account, tomorrow())
        day = tomorrow(days=3).date()
        answer = page.post(
            f"/schedule/{made.id}/time", data={"day": f"{day}", "time": "14:05", "here": "/calendar/list"}
        )
        assert (answer.status_code, answer.headers["Location"]) == (303, "/calendar/list")
        session.refresh(made)
        assert made.scheduled_time == tomorrow(14, 5, days=3)

    def test_another_site_is_never_gone_to(self, page, account):
        made = at(account, tomorrow())
        sent = {"to": f"{tomorrow(days=2).date()}", "here": "//evil.example"}
        assert page.post(f"/schedule/{made.id}/time", data=sent).headers["Location"] == "/calendar"

    def test_a_past_day_is_refused_with_the_reason(self, page, account):
        made = at(account, tomorrow())
        answer = page.post(f"/schedule/{made.id}/time", data={"to": "2020-01-01"}, headers=HTMX)
        assert answer.status_code == 422
        assert "This time has passed." in answer.text

    def test_what_is_out_stays(self, page, account):
        made = at(account, tomorrow(), state="published")
        answer = page.post(
            f"/schedule/{made.id}/time", data={"to": f"{tomorrow(days=2).date()}"}, headers=HTMX
        )
        assert answer.status_code == 409
        assert "This post is published, so it stays where it is." in answer.text

    def test_a_viewer_moves_and_cancels_nothing(self, sign_in, vera, account):
        made, page = at(account, tomorrow()), sign_in(vera)
        assert (
            page.post(f"/schedule/{made.id}/time", data={"to": f"{tomorrow(days=2).date()}"}).status_code
            == 403
        )
        assert page.post(f"/schedule/{made.id}/cancellation").status_code == 403
        assert 'data-may-move="no"' in page.get("/calendar/month").text

    @pytest.mark.parametrize("address", ["time", "cancellation", "restoration"])
    def test_charlie_finds_none(self, sign_in, charlie, account, address):
        made = at(account, tomorrow())
        assert (
            sign_in(charlie).post(f"/schedule/{made.id}/{address}", data={"to": "2030-01-01"}).status_code
            == 404
        )

    def test_cancelling_can_be_undone(self, page, account):
        made = at(account, tomorrow())
        page.post(f"/schedule/{made.id}/cancellation", headers=HTMX, data={"here": "/calendar/month"})
        session.refresh(made)
        assert made.state == "cancelled"
        page.post(f"/schedule/{made.id}/restoration", headers=HTMX)
        session.refresh(made)
        assert made.state == "scheduled"

    def test_a_slot_that_was_filled_meanwhile_does_not_stand_in_the_way(self, workspace, account, alice):
        schedule = PostingSchedule.create(
            workspace, alice, name="Mornings", channel=account.channels()[0], account=account,
            times=[time(9)], weekdays=rhythm.EVERY_DAY,
        )  # fmt: skip
        first, second = schedule.next_slots(number=2)
        made = [
            ScheduledPost.plan(a_post(workspace), schedule.channel, account, moment, alice, slot=schedule)
            for moment in (first, second)
        ]
        moving.move_to(made[1], first, alice)
        assert (made[1].scheduled_time, made[1].posting_schedule_id) == (first, None)


class TestMany:
    def test_they_are_looked_at_moved_and_put_back(self, page, account):
        made = [at(account, tomorrow(9 + hour)) for hour in range(3)]
        sent = {"ids": [str(one.id) for one in made], "days": "2", "hours": "1", "here": "/calendar/list"}
        look = page.post("/schedule/moves/preview", data=sent, headers=HTMX).text
        assert "Move 3 posts?" in look
        answer = page.post("/schedule/moves", data=sent, headers=HTMX).text
        assert "3 posts moved." in answer
        assert times_of(made) == [tomorrow(10 + hour, days=3) for hour in range(3)]
        undo = answer.split("/schedule/moves/")[-1].split("/undo")[0]
        assert (
            "3 of 3 put back."
            in page.post(f"/schedule/moves/{undo}/undo?here=/calendar/list", headers=HTMX).text
        )
        assert times_of(made) == [tomorrow(9 + hour) for hour in range(3)]

    def test_what_cannot_move_is_named_before_and_costs_no_other(self, workspace, account, alice):
        out, waits = at(account, tomorrow(), state="published"), at(account, tomorrow(12))
        refusals = [change.refusal for change in moving.preview(workspace, [out.id, waits.id], 1, 0)]
        assert refusals == ["It is published.", None]
        batch = moving.move_many(workspace, [out.id, waits.id], 1, 0, alice)
        assert batch.message == "1 post moved, 1 could not be."

    def test_a_clash_is_said_before(self, workspace, account):
        moved = at(account, tomorrow(9), post=a_post(workspace, text="One"))
        at(account, tomorrow(9, 10, days=2), post=a_post(workspace, text="Two"))
        (change,) = moving.preview(workspace, [moved.id], 1, 0)
        assert change.clash == "The account posts at 09:10 as well."

    def test_they_are_cancelled_and_brought_back(self, workspace, account, alice):
        made = [at(account, tomorrow(9 + hour)) for hour in range(2)]
        batch = moving.cancel_many(workspace, [one.id for one in made], alice)
        assert moving.undo(workspace, batch, alice) == 2
        assert [session.get_one(ScheduledPost, one.id).state for one in made] == ["scheduled"] * 2

    def test_none_and_too_many_are_refused(self, page):
        assert page.post("/schedule/moves/preview", data={"days": "1"}).status_code == 422


def times_of(made):
    for one in made:
        session.refresh(one)
    return [one.scheduled_time for one in made]


class TestPlanning:
    def sent(self, account, post, **more):
        return {
            "post_id": str(post.id),
            "account_id": str(account.id),
            "channel": "practice/feed_post",
            **more,
        }

    def test_at_a_time(self, workspace, page, account):
        post = a_post(workspace)
        typed = f"{tomorrow():%Y-%m-%d}T16:20"
        answer = page.post(
            "/schedule/posts", data=self.sent(account, post, at=typed, when="at", next="/posts/x")
        )
        assert (answer.status_code, answer.headers["Location"]) == (303, "/posts/x")
        assert of_post(post).scheduled_time == tomorrow(16, 20)

    def test_now(self, workspace, page, account):
        post = a_post(workspace)
        page.post("/schedule/posts", data=self.sent(account, post, when="now"))
        assert of_post(post).scheduled_time <= now()

    def test_in_the_next_slot(self, workspace, page, account, alice):
        schedule = PostingSchedule.create(
            workspace, alice, name="Mornings", channel=account.channels()[0], account=account,
            times=[time(9)], weekdays=rhythm.EVERY_DAY,
        )  # fmt: skip
        post = a_post(workspace)
        page.post("/schedule/posts", data=self.sent(account, post, when="next"))
        assert of_post(post).posting_schedule_id == schedule.id

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"when": "at"}, "at"),
            ({"when": "at", "at": "soon"}, "at"),
            ({"when": "next"}, "at"),
            ({"account_id": ""}, "account_id"),
        ],
    )
    def test_what_is_missing_is_said_at_its_field(self, workspace, page, account, more, field):
        answer = page.post(
            "/schedule/posts", data=self.sent(account, a_post(workspace), **more), headers=HTMX
        )
        assert answer.status_code == 422
        assert f'data-field="{field}"' in answer.text

    def test_a_post_says_what_is_planned_of_it(self, workspace, page, account):
        made = at(account, tomorrow())
        html = page.get(f"/schedule/of/{made.post_id}", headers=HTMX).text
        assert f"/scheduled/{made.id}" in html
        assert f"/schedule/{made.id}/cancellation" in html

    def test_the_tray_holds_what_has_no_time(self, workspace, page, account):
        waits = a_post(workspace, text="Nobody has planned me")
        at(account, tomorrow(), post=a_post(workspace, text="I have a time"))
        html = page.get("/calendar/tray", headers=HTMX).text
        assert f'data-draft="{waits.id}"' in html
        assert "I have a time" not in html


def of_post(post):
    return session.query(ScheduledPost).where(ScheduledPost.post_id == post.id).one()
