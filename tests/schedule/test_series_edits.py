"""This one, this and following, all: what becomes of the rest when one of a series is changed."""


import pytest
from sqlalchemy import update

from app.core.database import session
from app.core.errors import Invalid, NotAllowed, WrongState
from app.schedule import series_edits
from app.schedule.laying_out import lay_out
from app.schedule.models import ScheduledPost
from app.schedule.series import SeriesGap
from tests.schedule.cast import a_post, an_account
from tests.schedule.series_cast import a_series, as_stored, cut, instant, locally, rows, wall


@pytest.fixture
def account(workspace):
    return an_account(workspace)


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
        assert "until 13 January 2030" in series.sentence
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

    def test_a_part_that_is_changed_later_does_not_reach_into_the_next(self, series, alice):
        middle = cut(series, alice, "2030-01-14T09:00", "2030-01-14T17:30")
        last = cut(middle, alice, "2030-01-20T17:30", "2030-01-20T11:00")
        series_edits.change_all(series, alice, starts_at=wall("2030-01-07T06:00"))
        series_edits.change_all(middle, alice, starts_at=wall("2030-01-14T07:00"))
        days = [time[:10] for part in (series, middle, last) for time in locally(part)]
        assert len(days) == len(set(days)) == 42

    def test_a_rule_with_several_times_a_day_is_cut_between_them(self, account, alice, at):
        at("2030-01-06T12:00")
        series = a_series(account, alice, rule="FREQ=DAILY;BYHOUR=9,17")
        made = cut(series, alice, "2030-01-08T17:00", "2030-01-08T17:00")
        assert (locally(series)[-1], locally(made)[0]) == ("2030-01-08 09:00", "2030-01-08 17:00")

    def test_a_paused_one_stays_paused_on_both_sides_of_a_cut(self, series, alice):
        series.pause(alice)
        made = cut(series, alice, "2030-01-14T09:00", "2030-01-14T17:30")
        assert (series.state, made.state, rows(series), rows(made)) == ("paused", "paused", [], [])

    def test_it_is_cut_only_at_its_own_times_and_never_made_longer(self, account, alice, at):
        at("2030-01-06T12:00")
        series = a_series(account, alice, rule="FREQ=DAILY;COUNT=5")
        for time in ("2030-01-09T10:00", "2030-02-01T09:00"):
            with pytest.raises(Invalid, match="has no such time"):
                cut(series, alice, time, "2030-02-01T12:00")
        assert len(rows(series)) == 5

    def test_a_post_whose_time_the_rule_lost_moves_alone(self, account, alice, at):
        at("2030-01-06T12:00")
        series = a_series(account, alice, rule="FREQ=WEEKLY;BYDAY=MO")
        moved = rows(series)[1]
        moved.reschedule(instant("2030-01-15T15:00"), alice)
        series_edits.change_all(series, alice, rule="FREQ=WEEKLY;BYDAY=TH")
        with pytest.raises(Invalid, match="it moves alone"):
            series_edits.move_with(moved, "all", instant("2030-01-16T15:00"), alice)
        assert (moved.detached, series.sentence) == (True, "Every Thursday at 09:00, Europe/London")

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

    def test_a_new_name_does_not_wake_an_ended_one_and_a_person_may(self, series, alice):
        series.end(alice)
        series_edits.change_all(series, alice, name="Renamed")
        assert (series.state, rows(series)) == ("ended", [])
        with pytest.raises(WrongState, match="has ended"):
            cut(series, alice, "2030-01-14T09:00", "2030-01-14T17:30")
        series.resume(alice)
        assert (series.state, len(rows(series))) == ("active", 42)

    def test_one_whose_last_time_has_passed_does_not_go_on(self, account, alice, at):
        at("2030-01-06T12:00")
        series = a_series(account, alice, rule="FREQ=DAILY;COUNT=1")
        at("2030-01-08T12:00")
        lay_out(series)
        with pytest.raises(Invalid, match="last time has passed"):
            series.resume(alice)

    def test_a_viewer_changes_nothing(self, series, vera, account):
        for act in (series.pause, series.end, series.remove):
            with pytest.raises(NotAllowed):
                act(vera)
        with pytest.raises(NotAllowed):
            a_series(account, vera)
