"""Rules that offer slots: their rhythm in wall time, their sentence, their free moments."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.database import session
from app.core.errors import Invalid, NotAllowed
from app.core.time import now
from app.platforms.models import Channel
from app.schedule import rhythm
from app.schedule.models import PostingSchedule, ScheduledPost
from app.schedule.slots import plan_in, schedule_somewhere
from tests.schedule.cast import a_post, an_account, planned

ZONES = (
    "Europe/London", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu",
    "Pacific/Apia", "Africa/Casablanca", "America/St_Johns", "Asia/Tehran", "UTC",
)  # fmt: skip
walls = st.times().map(lambda wall: wall.replace(second=0, microsecond=0))


@pytest.fixture
def account(workspace):
    return an_account(workspace)


@pytest.fixture
def schedule(workspace, alice, account):
    return a_schedule(workspace, alice, account)


def a_schedule(workspace, by, account, times="09:00 17:30", weekdays=rhythm.EVERY_DAY, **more):
    return PostingSchedule.create(
        workspace, by, name=more.pop("name", "Twice a day"),
        channel=Channel.by_slug(workspace, "practice/feed_post"),
        account=account, times=rhythm.times_of([times]), weekdays=weekdays, **more,
    )  # fmt: skip


class TestRhythm:
    @pytest.mark.parametrize(
        ("weekdays", "says"),
        [
            (rhythm.EVERY_DAY, "Every day at 09:00 and 17:30, Europe/London"),
            (rhythm.WEEKDAYS, "Every weekday at 09:00 and 17:30, Europe/London"),
            (rhythm.WEEKEND, "Every Saturday and Sunday at 09:00 and 17:30, Europe/London"),
            ((1, 3, 5), "Every Monday, Wednesday and Friday at 09:00 and 17:30, Europe/London"),
        ],
    )
    def test_it_says_itself_as_a_sentence(self, weekdays, says):
        assert rhythm.sentence([time(17, 30), time(9)], weekdays, "Europe/London") == says

    def test_nine_in_the_morning_stays_nine_across_the_clock_change(self):
        friday = datetime(2027, 3, 26, 12, tzinfo=UTC)
        found = list(rhythm.moments([time(9)], rhythm.EVERY_DAY, "Europe/London", friday, days=3))
        assert [f"{moment:%d %H:%M}" for moment in found] == ["27 09:00", "28 08:00", "29 08:00"]

    def test_a_time_that_the_clocks_skip_moves_to_the_next_instant(self):
        before = datetime(2027, 3, 28, 0, 0, tzinfo=UTC)
        found = list(
            rhythm.moments([time(1, 30), time(2, 15)], rhythm.EVERY_DAY, "Europe/London", before, days=1)
        )
        london = [f"{moment.astimezone(ZoneInfo('Europe/London')):%H:%M}" for moment in found]
        assert london[:2] == ["02:15", "02:30"]

    def test_a_time_that_the_clocks_show_twice_is_taken_once(self):
        before = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)
        found = list(rhythm.moments([time(1, 30)], rhythm.EVERY_DAY, "Europe/London", before, days=1))
        assert found[0] == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
        assert len(found) == 1

    @given(
        times=st.sets(walls, min_size=1, max_size=6),
        weekdays=st.sets(st.integers(1, 7), min_size=1),
        zone_name=st.sampled_from(ZONES),
        after=st.integers(0, 11_000).map(
            lambda days: datetime(2005, 1, 1, 11, 7, tzinfo=UTC) + timedelta(days=days)
        ),
    )
    @settings(max_examples=150)
    def test_in_every_zone_the_moments_are_wall_times_of_wanted_days(self, times, weekdays, zone_name, after):
        found = list(rhythm.moments(times, weekdays, zone_name, after, days=30))
        assert found == sorted(set(found))
        assert all(after < moment <= after + timedelta(days=30) for moment in found)
        local = [moment.astimezone(ZoneInfo(zone_name)) for moment in found]
        unusual = [one for one in local if one.isoweekday() not in weekdays or one.time() not in times]
        # Only a skipped time may show another wall time, and never by more than a day (Samoa skipped one).
        assert len(unusual) <= 3 * len(times)
        per_day = {}
        for one in local:
            per_day.setdefault(one.date(), []).append(one)
        assert all(len(day) <= 2 * len(times) for day in per_day.values())

    @pytest.mark.parametrize("typed", ["", "9 o'clock", "25:00", "09:60"])
    def test_times_that_are_none_are_refused_at_the_field(self, typed):
        with pytest.raises(Invalid) as wrong:
            rhythm.times_of([typed])
        assert "times" in wrong.value.fields

    def test_a_rule_without_a_day_is_refused_at_the_field(self):
        with pytest.raises(Invalid) as wrong:
            rhythm.days_of([])
        assert wrong.value.fields == {"weekdays": "Choose at least one day."}


class TestSlots:
    def test_slots_lie_ahead_and_within_thirty_days(self, schedule):
        slots = schedule.next_slots(number=1000)
        assert len(slots) == 60
        assert now() < slots[0] < slots[-1] <= now() + timedelta(days=30)

    def test_a_gap_is_filled_before_what_comes_after_the_last(self, workspace, schedule, alice):
        first, second, third = schedule.next_slots(number=3)
        for moment in (first, third):
            post = a_post(workspace, content_type="product")
            ScheduledPost.plan(post, schedule.channel, schedule.account, moment, alice, slot=schedule)
        assert schedule.next_free_slot() == second

    def test_a_post_that_was_planned_by_hand_takes_the_slot_too(self, workspace, schedule, account, alice):
        first, second = schedule.next_slots(number=2)
        ScheduledPost.plan(a_post(workspace), schedule.channel, account, first, alice)
        assert schedule.next_free_slot() == second

    def test_a_cancelled_post_gives_its_slot_back(self, workspace, schedule, alice):
        made = plan_in(schedule, a_post(workspace), schedule.channel, alice)
        assert schedule.next_free_slot() != made.scheduled_time
        made.cancel(alice)
        assert schedule.next_free_slot() == made.scheduled_time

    def test_who_is_slower_gets_the_next_slot(self, workspace, schedule, alice, monkeypatch):
        first, second = schedule.next_slots(number=2)
        plan_in(schedule, a_post(workspace), schedule.channel, alice)
        monkeypatch.setattr(type(schedule), "free_slots", lambda self, *_: iter([first, second]))
        assert plan_in(schedule, a_post(workspace), schedule.channel, alice).scheduled_time == second

    def test_a_full_schedule_says_that_no_slot_is_free(self, workspace, schedule, alice, monkeypatch):
        monkeypatch.setattr(type(schedule), "free_slots", lambda self, *_: iter(()))
        with pytest.raises(Invalid, match="no free slot within 30 days"):
            plan_in(schedule, a_post(workspace), schedule.channel, alice)

    def test_the_preview_says_what_fills_each_slot(self, workspace, schedule, alice):
        plan_in(schedule, a_post(workspace, text="A scarf for the winter"), schedule.channel, alice)
        slots = schedule.preview(3)
        assert [slot.post and slot.post.title for slot in slots] == ["A scarf for the winter", None, None]


class TestConflicts:
    def test_nothing_else_is_no_conflict(self, schedule):
        assert schedule.conflict() is None

    def test_another_schedule_of_the_account_at_the_same_time_is_said(
        self, workspace, schedule, account, alice
    ):
        a_schedule(workspace, alice, account, "09:00", (1, 2, 3, 4, 5), name="Mornings")
        assert schedule.conflict().startswith("“Mornings” posts as Our practice at the same time: ")

    def test_a_paused_schedule_is_no_conflict(self, workspace, schedule, account, alice):
        a_schedule(workspace, alice, account, "09:00", name="Mornings").pause(alice)
        assert schedule.conflict() is None

    def test_a_post_at_one_of_its_times_is_said(self, workspace, schedule, account, alice):
        ScheduledPost.plan(
            a_post(workspace), schedule.channel, account, schedule.next_slots(number=1)[0], alice
        )
        assert schedule.conflict().startswith("Another post of Our practice is planned for ")


class TestPeople:
    def test_a_viewer_makes_none(self, workspace, account, vera):
        with pytest.raises(NotAllowed):
            a_schedule(workspace, vera, account)

    def test_an_account_of_another_platform_is_refused_at_the_field(self, workspace, alice):
        other = an_account(workspace, "mastodon")
        with pytest.raises(Invalid) as wrong:
            a_schedule(workspace, alice, other)
        assert "where" in wrong.value.fields

    def test_removing_leaves_what_is_planned(self, workspace, schedule, alice):
        made = plan_in(schedule, a_post(workspace), schedule.channel, alice)
        schedule.remove(alice)
        session.refresh(made)
        assert (made.state, made.posting_schedule_id) == ("scheduled", None)


class TestScheduleSomewhere:
    def test_the_only_account_and_the_next_slot_are_found(self, workspace, schedule, alice):
        made = schedule_somewhere(workspace, a_post(workspace).id, "practice/feed_post", None, None, alice)
        assert made.scheduled_time == schedule.next_slots(number=1)[0]
        assert made.posting_schedule_id == schedule.id

    def test_a_moment_needs_no_schedule(self, workspace, account, alice):
        moment = now() + timedelta(hours=3)
        made = schedule_somewhere(
            workspace, a_post(workspace).id, "practice/feed_post", "our PRACTICE", moment, alice
        )
        assert made.scheduled_time == moment

    def test_without_a_schedule_it_says_to_give_a_time(self, workspace, account, alice):
        with pytest.raises(Invalid, match=r"Give a time"):
            schedule_somewhere(workspace, a_post(workspace).id, "practice/feed_post", None, None, alice)

    def test_of_two_accounts_one_must_be_named(self, workspace, account, alice):
        an_account(workspace, name="Second")
        with pytest.raises(
            Invalid, match="Say which account of Practice network is meant: Our practice, Second"
        ):
            schedule_somewhere(workspace, a_post(workspace).id, "practice/feed_post", None, None, alice)

    def test_an_unknown_account_of_a_platform_is_named(self, workspace, schedule, account, alice):
        assert planned(account, by=alice).state == "scheduled"
        with pytest.raises(Invalid, match="Say which account"):
            schedule_somewhere(workspace, a_post(workspace).id, "practice/feed_post", "Nobody", None, alice)
