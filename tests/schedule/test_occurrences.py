"""Which instants a rule means, in any zone and across both clock changes."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from app.schedule.occurrences import Recurrence
from tests.schedule.series_cast import instant, wall

ZONES = [
    "Europe/London", "America/New_York", "Australia/Sydney", "Pacific/Auckland", "Australia/Lord_Howe",
    "America/Santiago", "Africa/Casablanca", "Asia/Kolkata",
]  # fmt: skip


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
