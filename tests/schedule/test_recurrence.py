"""Rules name wall times; python-dateutil, where it can be asked, says the same."""

from datetime import datetime, timedelta
from itertools import islice

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as some

from app.core.errors import Invalid
from app.schedule.recurrence import FAR, Rule

START = datetime(2026, 3, 5, 9, 0)  # noqa: DTZ001 (a Thursday on some wall)
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def first(text, number=5, starts=START):
    return [f"{wall:%Y-%m-%d %H:%M}" for wall in islice(Rule.parse(text).walls(starts, starts, FAR), number)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("FREQ=DAILY", ["2026-03-05 09:00", "2026-03-06 09:00"]),
        ("RRULE:FREQ=WEEKLY;BYDAY=MO,TH", ["2026-03-05 09:00", "2026-03-09 09:00"]),
        ("FREQ=WEEKLY;INTERVAL=2", ["2026-03-05 09:00", "2026-03-19 09:00"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31", ["2026-03-31 09:00", "2026-05-31 09:00"]),
        ("FREQ=MONTHLY;BYDAY=-1FR", ["2026-03-27 09:00", "2026-04-24 09:00"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ["2026-03-31 09:00", "2026-04-30 09:00"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", ["2028-02-29 09:00", "2032-02-29 09:00"]),
        ("FREQ=HOURLY;INTERVAL=6", ["2026-03-05 09:00", "2026-03-05 15:00"]),
        ("FREQ=DAILY;BYHOUR=8,20;BYMINUTE=30", ["2026-03-05 20:30", "2026-03-06 08:30"]),
    ],
)
def test_a_rule_names_its_times(text, found):
    assert first(text, 2) == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Write one line"),
        ("FREQ=MINUTELY", "FREQ must be one of"),
        ("FREQ=SECONDLY;INTERVAL=3600", "FREQ must be one of"),
        ("FREQ=DAILY;BYMINUTE=0,1,2", "at most once an hour"),
        ("FREQ=DAILY;BYSECOND=0,30", "at most once an hour"),
        ("FREQ=DAILY;INTERVAL=99999999999", "INTERVAL is a number from 1 to 1000"),
        ("FREQ=DAILY;COUNT=0", "COUNT is a number from 1 to 1000"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20270101", "either COUNT or UNTIL"),
        ("FREQ=WEEKLY;BYDAY=2MO", "for a month or a year"),
        ("FREQ=WEEKLY;BYDAY=XX", "“XX” is no day"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY takes numbers"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY takes numbers"),
        ("FREQ=DAILY;UNTIL=soon", "UNTIL is a day such as"),
        ("FREQ=DAILY;BYEASTER=0", "BYEASTER is not known here"),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ stands there twice"),
        ("FREQ=DAILY\nEXDATE:20260101", "Write one line"),
        ("FREQ=DAILY;" + "BYHOUR=1," * 200, "Write one line"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(text, words):
    with pytest.raises(Invalid) as said:
        Rule.parse(text)
    assert words in said.value.fields["rrule"]


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MONTHLY;INTERVAL=12;BYMONTH=4",
        "FREQ=DAILY;UNTIL=20200101",
    ],
)  # fmt: skip
def test_a_rule_that_never_comes_is_refused_at_once(text):
    """python-dateutil follows some of these to the year 9999, which takes minutes."""
    with pytest.raises(Invalid, match=r"names no time within ten years|ends before it begins"):
        Rule.parse(text).last(START)


def test_count_and_until_say_which_is_the_last():
    assert Rule.parse("FREQ=DAILY;COUNT=3").last(START) == START + timedelta(days=2)
    assert Rule.parse("FREQ=DAILY;UNTIL=20260307").last(START) == datetime(2026, 3, 7, 23, 59, 59)  # noqa: DTZ001
    assert Rule.parse("FREQ=DAILY").last(START) is None
    assert len(first("FREQ=DAILY;UNTIL=20260307", 10)) == 3


def test_until_as_an_instant_is_read_on_the_clocks_of_the_zone():
    rule = Rule.parse("FREQ=DAILY;UNTIL=20260701T090000Z", "Europe/London")
    assert rule.until == datetime(2026, 7, 1, 10, 0)  # noqa: DTZ001


weekdays = some.lists(some.sampled_from(DAYS), unique=True, max_size=4)
one_of_them = some.tuples(some.sampled_from([1, 2, 3, 4, 5, -1, -2]), some.sampled_from(DAYS))
nths = some.lists(one_of_them, unique=True, max_size=2)


@some.composite
def texts(draw):
    freq = draw(some.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"]))
    parts = [f"FREQ={freq}", f"INTERVAL={draw(some.integers(1, 7))}"]
    if days := draw(weekdays):
        parts.append(f"BYDAY={','.join(days)}")
    elif freq in ("YEARLY", "MONTHLY") and (named := draw(nths)):
        parts.append(f"BYDAY={','.join(f'{nth}{day}' for nth, day in named)}")
    for name, values, most in (
        ("BYMONTH", some.integers(1, 12), 3), ("BYHOUR", some.integers(0, 23), 3),
        ("BYMONTHDAY", some.sampled_from([1, 2, 15, 28, 29, 30, 31, -1, -2, -31]), 2),
        ("BYYEARDAY", some.sampled_from([1, 60, 100, 365, 366, -1]), 1),
    ):  # fmt: skip
        chosen = draw(some.lists(values, unique=True, max_size=most)) if draw(some.booleans()) else []
        if chosen and not (name == "BYMONTHDAY" and freq == "WEEKLY"):
            parts.append(f"{name}={','.join(map(str, chosen))}")
    if freq in ("YEARLY", "MONTHLY") and "BYDAY" in parts[-1]:
        parts += draw(some.sampled_from([[], ["BYSETPOS=-1"], ["BYSETPOS=1,3"]]))
    return ";".join([*parts, f"WKST={draw(some.sampled_from(['MO', 'SU']))}"])


starts = some.datetimes(datetime(2020, 1, 1), datetime(2030, 12, 31)).map(  # noqa: DTZ001
    lambda moment: moment.replace(second=0, microsecond=0)
)


@given(texts(), starts, some.integers(0, 900))
@settings(max_examples=120)
def test_python_dateutil_says_the_same(text, begins, later):
    """Also when the look begins long after the start; only for rules that come at all."""
    rule = Rule.parse(text)
    assume(next(rule.walls(begins, begins, begins + timedelta(days=800)), None))
    begin, end = begins + timedelta(days=later), begins + timedelta(days=later + 400)
    other = rrulestr(rule.text, dtstart=begins).replace(until=end + timedelta(days=3000))
    expected = [wall for wall in other.between(begin, end, inc=True) if wall < end]
    assert list(rule.walls(begins, begin, end)) == expected


@given(texts())
@settings(max_examples=60)
def test_a_rule_is_kept_as_it_was_meant(text):
    assert Rule.parse(Rule.parse(text).text) == Rule.parse(text)
