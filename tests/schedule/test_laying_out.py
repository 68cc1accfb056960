"""What recurs stands on the calendar as far as it needs, once each; what cannot be planned says why."""

from threading import Thread

import pytest
from flask import current_app
from sqlalchemy import func, select, text

from app.core.database import enter, everywhere, session
from app.core.time import now
from app.platforms.models import Channel
from app.schedule import laying_out
from app.schedule.laying_out import lay_out, top_up
from app.schedule.models import ScheduledPost
from app.schedule.series import Series, SeriesGap
from tests.schedule.cast import a_post, an_account, story
from tests.schedule.series_cast import a_series, as_stored, instant, locally, rows, wall


@pytest.fixture
def account(workspace):
    return an_account(workspace)


class TestLayingOut:
    def test_its_times_stand_on_the_calendar_six_weeks_ahead_and_no_further(self, account, alice, at):
        at("2030-01-06T12:00")
        series = a_series(account, alice)
        assert locally(series)[0] == "2030-01-07 09:00"
        assert len(rows(series)) == 42
        assert all(row.state == "scheduled" and not row.detached for row in rows(series))
        assert story(rows(series)[0])[0][0] == "plan"

    def test_doing_it_again_makes_nothing_and_a_day_later_one_more(self, account, alice, at):
        at("2030-01-06T12:00")
        series = a_series(account, alice)
        before = as_stored(series)
        assert lay_out(series) == 0
        assert as_stored(series) == before
        at("2030-01-07T12:00")
        assert lay_out(series) == 1
        assert series.fill_at == instant("2030-01-08T09:00")

    def test_the_clock_tops_up_what_is_due_and_leaves_the_rest(self, account, alice, at):
        at("2030-01-06T12:00")
        due, later = a_series(account, alice), a_series(account, alice, rule="FREQ=YEARLY")
        session.commit()
        at("2030-01-07T12:00")
        assert top_up() == 1
        assert (len(rows(due)), len(rows(later))) == (43, 1)

    def test_a_week_without_a_clock_makes_up_for_nothing(self, account, alice, at):
        at("2030-01-06T12:00")
        series = a_series(account, alice)
        session.execute(text("DELETE FROM scheduled_posts WHERE series_id = :id"), {"id": series.id})
        at("2030-01-14T12:00")
        lay_out(series)
        assert locally(series)[0] == "2030-01-15 09:00"
        assert len(rows(series)) == 42

    def test_an_hourly_series_stays_within_bounds(self, account, alice, at):
        at("2030-01-07T00:00")
        series = a_series(account, alice, rule="FREQ=HOURLY")
        for _ in range(5):
            lay_out(series)
        assert len(rows(series)) == laying_out.MOST

    def test_its_end_is_kept_and_then_it_is_ended(self, account, alice, at):
        at("2030-01-06T12:00")
        series = a_series(account, alice, rule="FREQ=DAILY;COUNT=3")
        assert locally(series) == ["2030-01-07 09:00", "2030-01-08 09:00", "2030-01-09 09:00"]
        at("2030-01-09T12:00")
        lay_out(series)
        assert series.state == "ended"

    def test_its_late_policy_is_that_of_its_posts(self, account, alice, at):
        at("2030-01-06T12:00")
        series = a_series(account, alice, late_policy="send", late_minutes=45)
        assert {(row.late_policy, row.late_minutes, row.late_own) for row in rows(series)} == {("send", 45, True)}

    def test_what_cannot_be_planned_says_why_and_stops_no_other(self, account, alice, at, workspace):
        at("2030-01-06T12:00")
        post = a_post(workspace)
        by_hand = instant("2030-01-08T09:00")
        ScheduledPost.plan(post, Channel.by_slug(workspace, "practice/feed_post"), account, by_hand, alice)
        series = a_series(account, alice, post)
        assert len(rows(series)) == 41
        gap = session.query(SeriesGap).one()
        assert (gap.occurrence, gap.kind) == (wall("2030-01-08T09:00"), "refused")
        assert gap.reason == "This post is on the plan there already, at this very time."
        assert series.trouble == f"One of its coming times has no post on {gap.occurrence:%a %-d %b}. {gap.reason}"

    def test_an_unapproved_post_waits_and_comes_once_it_is_approved(self, account, alice, at, workspace):
        at("2030-01-06T12:00")
        workspace.approval_required = True
        post = a_post(workspace)
        series = a_series(account, alice, post)
        assert rows(series) == []
        assert "waits for approval" in series.trouble
        post.approve(alice)
        lay_out(series)
        assert len(rows(series)) == 42
        assert series.trouble is None
        assert session.query(SeriesGap).count() == 0

    def test_two_workers_make_each_time_once(self, committed):
        enter(committed.workspace.id)
        account = an_account(committed.workspace)
        series = a_series(account, committed.alice, starts=f"{now():%Y-%m-%d}T09:00")
        session.execute(text("DELETE FROM scheduled_posts WHERE series_id = :id"), {"id": series.id})
        series.fill_at = begun = now()
        session.commit()
        app = current_app._get_current_object()

        def work():
            with app.app_context():
                try:
                    top_up()
                finally:
                    session.remove()

        workers = [Thread(target=work) for _ in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        with everywhere():
            its = ScheduledPost.series_id == series.id
            counted = select(func.count(), func.count(ScheduledPost.occurrence.distinct())).where(its)
            made = session.execute(counted).one()
        series = session.get(Series, series.id, populate_existing=True)
        named = [len(list(series.recurrence.between(at, at + laying_out.HORIZON))) for at in (begun, now())]
        assert made in [(number, number) for number in named]
        assert min(named) >= 41
