"""What a late policy says: for an outage, for a platform that asks for patience, and after a person's hand."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from app.accounts.lateness import in_minutes, in_short
from app.core.time import now
from app.schedule.lateness import verdict

MOMENT = now()


def post(policy="ask", late=180, overdue=None, minutes=180):
    """A post that was due so many minutes ago, and that Slogan last meant to try so many minutes ago."""
    overdue = late if overdue is None else overdue
    return SimpleNamespace(
        scheduled_time=MOMENT - timedelta(minutes=late), due_at=MOMENT - timedelta(minutes=overdue),
        late_policy=policy, late_minutes=minutes, zone="Europe/London",
    )  # fmt: skip


def said(*args, **more):
    found = verdict(post(*args, **more), MOMENT)
    return found and found[0]


@pytest.mark.parametrize("policy", ["skip", "send", "ask"])
def test_within_five_minutes_nothing_is_late(policy):
    assert said(policy, late=5) is None


@pytest.mark.parametrize(
    ("policy", "minutes", "move"),
    [("skip", 180, "miss"), ("ask", 180, "hold"), ("send", 240, None), ("send", 179, "miss")],
)
def test_after_an_outage_of_three_hours_each_policy_is_obeyed(policy, minutes, move):
    assert said(policy, late=180, minutes=minutes) == move


@pytest.mark.parametrize("policy", ["skip", "send", "ask"])
def test_one_that_its_platform_asked_to_wait_is_on_time_for_a_while(policy):
    assert said(policy, late=75, overdue=0) is None


@pytest.mark.parametrize(("policy", "move"), [("skip", "miss"), ("ask", "hold")])
def test_patience_ends(policy, move):
    assert said(policy, late=100, overdue=0, minutes=1000) == move


def test_one_whose_account_was_away_is_late():
    assert (said("skip", late=60), said("ask", late=60), said("send", late=60)) == ("miss", "hold", None)


def test_it_says_why_in_a_sentence():
    _, why = verdict(post("send", late=120, minutes=90), MOMENT)
    assert why.startswith("It was due at ")
    later = "(Europe/London), and could only have gone out 2 hours later. It may be 1 hour 30 minutes late at most."
    assert why.endswith(later)
    _, why = verdict(post("send", late=180.5, minutes=180), MOMENT)
    assert why.endswith("gone out 3 hours 1 minute later. It may be 3 hours late at most.")


def test_minutes_are_said_as_people_say_them():
    assert [in_minutes(number) for number in (1, 45, 60, 150, 2880)] == [
        "1 minute", "45 minutes", "1 hour", "2 hours 30 minutes", "2 days",
    ]  # fmt: skip
    assert in_short("send", 180) == "if late: sent up to 3 hours late"
