"""Series: what comes when, for whom it is made, and what becomes of the rest when one of it is changed."""

from datetime import datetime, timedelta
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
from flask import current_app
from sqlalchemy import func, select, text, update

from app.core.database import enter, everywhere, scope, session
from app.core.errors import Invalid, NotAllowed, WrongState
from app.core.time import now
from app.platforms.models import Channel
from app.schedule import laying_out, series_edits
from app.schedule.laying_out import lay_out, top_up
from app.schedule.models import ScheduledPost
from app.schedule.occurrences import Recurrence
from app.schedule.series import Series, SeriesGap
from tests.schedule.cast import a_post, an_account, story

ZONES = [
    "Europe/London", "America/New_York", "Australia/Sydney", "Pacific/Auckland", "Australia/Lord_Howe",
    "America/Santiago", "Africa/Casablanca", "Asia/Kolkata",
]  # fmt: skip
LONDON = ZoneInfo("Europe/London")


def wall(words):
    return datetime.fromisoformat(words)


def instant(words):
    return datetime.fromisoformat(f"{words}+00:00")


@pytest.fixture
def account(workspace):
    return an_account(workspace)


@pytest.fixture
def at(monkeypatch):
    """Say what time it is, for everything that plans."""

    def set_to(words):
        moment = instant(words)
        for module in (
            "app.schedule.laying_out", "app.schedule.series", "app.schedule.series_edits", "app.schedule.moves",
            "app.schedule.planning", "app.schedule.models",
        ):  # fmt: skip
            monkeypatch.setattr(f"{module}.now", lambda: moment)
        return moment

    return set_to


def a_series(account, by, *posts, rule="FREQ=DAILY", starts="2030-01-07T09:00", **more):
    workspace = by.workspace
    channel = Channel.by_slug(workspace, "practice/feed_post")
    return Series.create(
        workspace, by, posts=list(posts) or [a_post(workspace)], channel=channel, account=account,
        starts_at=wall(starts), rule=rule, **more,
    )  # fmt: skip


def cut(series, by, before, to):
    """“This and following”: from one of its times on, at another hour."""
    return series_edits.change_following(series, by, wall(before), starts_at=wall(to))


def rows(series):
    found = select(ScheduledPost).where(ScheduledPost.series_id == series.id)
    return list(session.scalars(found.order_by(ScheduledPost.scheduled_time)))


def as_stored(series):
    """Its rows as the database holds them, by id."""
    session.flush()
    found = session.execute(
        text("SELECT id, scheduled_posts::text AS whole FROM scheduled_posts WHERE series_id = :id"), {"id": series.id}
    )
    return {row.id: row.whole for row in found}


def locally(series):
    return [f"{row.scheduled_time.astimezone(ZoneInfo(series.zone)):%Y-%m-%d %H:%M}" for row in rows(series)]


class TestTimes:
    @pytest.mark.parametrize("zone", ZONES)
    def test_nine_in_the_morning_stays_nine_in_the_morning(self, zone):
        recurrence = Recurrence.of("FREQ=DAILY", wall("2026-01-01T09:00"), zone)
        year = list(recurrence.between(instant("2026-01-01T00:00"), instant("2027-02-01T00:00")))
        local = [one.at.astimezone(ZoneInfo(zone)) for one in year]
        assert {f"{moment:%H:%M}" for moment in local} == {"09:00"}
        assert len({moment.date() for moment in local}) == len(year) >= 395
        offsets = {moment.utcoffset() for moment in local}
        assert len(offsets) == (1 if zone == "Asia/Kolkata" else 2), "both clock changes lie in that year"

    @pytest.mark.parametrize(
        ("zone", "starts", "day", "used", "date", "note"),
        [
            ("Europe/London", "2026-01-01T01:30", "2026-03-29", "02:30", "29 March", "no 02:30"),
            ("America/New_York", "2026-01-01T02:30", "2026-03-08", "03:30", "8 March", "no 03:30"),
            ("Australia/Lord_Howe", "2026-01-01T02:15", "2026-10-04", "02:45", "4 October", "no 02:45"),
            ("Europe/London", "2026-01-01T01:30", "2026-10-25", "01:30", "25 October", "twice"),
            ("Australia/Lord_Howe", "2026-01-01T01:45", "2026-04-05", "01:45", "5 April", "twice"),
        ],
    )  # fmt: skip
    def test_the_gap_and_the_overlap_are_said(self, zone, starts, day, used, date, note):
        recurrence = Recurrence.of("FREQ=DAILY", wall(starts), zone)
        begin = instant(f"{day}T00:00") - timedelta(days=1)
        of_the_day = [
            one for one in recurrence.between(begin, begin + timedelta(days=3)) if f"{one.wall:%Y-%m-%d}" == day
        ]
        said = "happens twice, the first is used" if note == "twice" else f"does not exist, {used} is used"
        assert [one.note for one in of_the_day] == [f"{date}: {starts[-5:]} {said}"]
        local = of_the_day[0].at.astimezone(ZoneInfo(zone))
        assert (f"{local:%H:%M}", local.fold) == (used, 0)

    def test_two_times_that_a_clock_change_lays_on_one_instant_are_one(self):
        recurrence = Recurrence.of("FREQ=HOURLY", wall("2026-03-28T00:30"), "Europe/London")
        found = list(recurrence.between(instant("2026-03-29T00:00"), instant("2026-03-29T04:00")))
        assert [f"{one.wall:%H:%M}" for one in found] == ["00:30", "01:30", "03:30", "04:30"]
        assert len({one.at for one in found}) == 4

    def test_a_preview_names_the_next_ten_and_the_changes_of_the_year(self):
        recurrence = Recurrence.of("FREQ=DAILY", wall("2026-01-01T01:30"), "Europe/London")
        coming, odd = recurrence.preview(after=instant("2026-01-10T12:00"))
        assert len(coming) == 10
        assert [one.note[:8] for one in odd] == ["29 March", "25 Octob"]


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
        assert series.trouble == f"One of its coming times has no post. {gap.reason}"

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

    def test_a_post_that_breaks_a_rule_is_passed_over(self, account, alice, at, workspace):
        at("2030-01-06T12:00")
        good, empty = a_post(workspace), a_post(workspace, text="")
        series = a_series(account, alice, empty, good)
        assert {row.post_id for row in rows(series)} == {good.id}


class TestEdits:
    @pytest.fixture
    def series(self, account, alice, at):
        at("2030-01-06T12:00")
        return a_series(account, alice)

    def test_editing_one_leaves_the_rest_byte_equal(self, series, alice, workspace):
        one, before = rows(series)[3], as_stored(series)
        series_edits.change_one(one, alice, at=instant("2030-01-10T15:00"), post=a_post(workspace, text="Another"))
        after = as_stored(series)
        assert {key for key in before if before[key] != after[key]} == {one.id}
        assert before.keys() == after.keys()
        assert (one.detached, one.occurrence, one.post.text) == (True, wall("2030-01-10T09:00"), "Another")
        lay_out(series)
        assert as_stored(series) == after

    def test_one_that_goes_back_to_its_time_follows_the_rule_again(self, series, alice):
        one = rows(series)[3]
        one.reschedule(instant("2030-01-10T15:00"), alice)
        assert one.detached
        one.reschedule(instant("2030-01-10T09:00"), alice)
        assert not one.detached

    def test_moved_cancelled_and_skipped_ones_are_never_made_again(self, series, alice):
        moved, cancelled, skipped = rows(series)[1:4]
        moved.reschedule(instant("2030-05-01T15:00"), alice)
        cancelled.cancel(alice)
        series_edits.skip(series, skipped.occurrence, alice)
        series_edits.skip(series, wall("2030-03-01T09:00"), alice)  # not on the calendar yet
        before = as_stored(series)
        assert lay_out(series) == 0
        assert as_stored(series) == before

    def test_a_skip_is_taken_back(self, series, alice, at):
        series_edits.skip(series, wall("2030-01-09T09:00"), alice)
        series_edits.skip(series, wall("2030-03-01T09:00"), alice)
        for time in ("2030-01-09T09:00", "2030-03-01T09:00"):
            series_edits.unskip(series, wall(time), alice)
        assert [row.state for row in rows(series)] == ["scheduled"] * 42
        assert session.query(SeriesGap).count() == 0

    def test_only_its_own_times_can_be_skipped(self, series, alice):
        with pytest.raises(Invalid, match="has no such time"):
            series_edits.skip(series, wall("2030-01-09T10:00"), alice)
        rows(series)[0].state = "published"
        with pytest.raises(WrongState):
            series_edits.skip(series, wall("2030-01-07T09:00"), alice)

    def test_this_and_following_cuts_it_in_two(self, series, alice):
        before = as_stored(series)
        made = cut(series, alice, "2030-01-14T09:00", "2030-01-14T17:30")
        assert locally(series) == [f"2030-01-{day:02} 09:00" for day in range(7, 14)]
        assert locally(made)[0] == "2030-01-14 17:30"
        assert all(before[key] == whole for key, whole in as_stored(series).items())
        assert "until 14 January 2030" in series.sentence
        assert made.chain_id == series.chain_id
        lay_out(series)
        assert len(rows(series)) == 7

    def test_what_was_moved_stays_and_its_day_gets_no_second_post(self, series, alice):
        moved = rows(series)[10]  # 17 January
        moved.reschedule(instant("2030-01-18T12:00"), alice)
        made = cut(series, alice, "2030-01-14T09:00", "2030-01-14T17:00")
        assert moved.series_id == made.id
        assert moved.scheduled_time == instant("2030-01-18T12:00")
        assert "2030-01-17 17:00" not in locally(made)
        series_edits.change_all(made, alice, starts_at=wall("2030-01-14T08:00"))
        assert "2030-01-17 08:00" not in locally(made)

    def test_a_counted_series_keeps_its_number_when_it_is_cut(self, account, alice, at):
        at("2030-01-06T12:00")
        series = a_series(account, alice, rule="FREQ=DAILY;COUNT=10")
        made = cut(series, alice, "2030-01-10T09:00", "2030-01-10T12:00")
        assert (len(rows(series)), len(rows(made))) == (3, 7)

    def test_all_keeps_what_is_out_and_what_stands_for_itself(self, series, alice, at):
        out, moved = rows(series)[:2]
        out.state = "published"
        moved.reschedule(instant("2030-01-08T20:00"), alice)
        at("2030-01-07T12:00")
        series_edits.change_all(series, alice, starts_at=wall("2030-01-07T17:00"))
        assert locally(series)[:3] == ["2030-01-07 09:00", "2030-01-08 20:00", "2030-01-09 17:00"]

    def test_a_changed_rule_leaves_alone_what_it_names_as_well(self, series, alice):
        before = as_stored(series)
        series_edits.change_all(series, alice, rule="FREQ=WEEKLY;BYDAY=MO,TH")
        after = as_stored(series)
        assert len(after) == 12
        assert all(before[key] == whole for key, whole in after.items())

    def test_dragging_with_a_scope_changes_the_rule(self, account, alice, at):
        at("2030-01-06T12:00")
        series = a_series(account, alice, rule="FREQ=WEEKLY;BYDAY=MO,TH")
        thursday = rows(series)[1]
        made = series_edits.move_with(thursday, "following", instant("2030-01-11T10:00"), alice)
        assert made.sentence == "Every Monday and Friday at 10:00, Europe/London"
        assert (locally(series), locally(made)[:2]) == (["2030-01-07 09:00"], ["2030-01-11 10:00", "2030-01-14 10:00"])
        series_edits.move_with(rows(made)[0], "all", instant("2030-01-12T08:00"), alice)
        assert made.sentence == "Every Monday and Saturday at 08:00, Europe/London"

    def test_pause_clears_and_resume_goes_on_from_then(self, series, alice, at):
        rows(series)[5].reschedule(instant("2030-01-12T20:00"), alice)
        assert series.pause(alice) == 41
        assert len(rows(series)) == 1
        assert lay_out(series) == 0
        at("2030-01-20T12:00")
        series.resume(alice)
        assert locally(series)[:2] == ["2030-01-12 20:00", "2030-01-21 09:00"]

    def test_it_is_ended_and_removed(self, series, alice):
        out = rows(series)[0]
        out.state = "published"
        series.end(alice)
        assert (series.state, rows(series)) == ("ended", [out])
        series.remove(alice)
        session.refresh(out)
        assert (out.series_id, out.state) == (None, "published")

    def test_one_that_is_being_sent_is_not_taken_away(self, series, alice):
        session.execute(update(ScheduledPost).where(ScheduledPost.id == rows(series)[0].id).values(state="publishing"))
        series.pause(alice)
        assert len(rows(series)) == 1

    def test_an_ended_series_goes_on_when_it_gets_a_later_end(self, account, alice, at):
        at("2030-01-06T12:00")
        series = a_series(account, alice, rule="FREQ=DAILY;COUNT=1")
        at("2030-01-08T12:00")
        lay_out(series)
        assert series.state == "ended"
        series_edits.change_all(series, alice, rule="FREQ=DAILY;COUNT=5")
        assert (series.state, len(rows(series))) == ("active", 4)

    def test_a_viewer_changes_nothing(self, series, vera, account):
        for act in (series.pause, series.end, series.remove):
            with pytest.raises(NotAllowed):
                act(vera)
        with pytest.raises(NotAllowed):
            a_series(account, vera)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"rule": "FREQ=MINUTELY"}, "rrule"),
        ({"rule": "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30"}, "rrule"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"max_repeats": 0}, "max_repeats"),
        ({"cool_down": -1}, "cool_down"),
        ({"late_policy": "never"}, "late_policy"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(account, alice, wrong, field):
    with pytest.raises(Invalid) as said:
        a_series(account, alice, **wrong)
    assert field in said.value.fields


def test_neighbours_see_nothing_of_it(account, alice, world):
    a_series(account, alice)
    session.flush()
    with scope(world.neighbours.id):
        assert session.query(Series).count() == 0
