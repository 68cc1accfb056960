"""The command centre: what needs a person is named, and its link shows that very thing."""

from datetime import timedelta

import pytest

from app.core.database import session
from app.core.time import now
from app.platforms.models import Channel
from app.schedule.models import ScheduledPost
from app.web import home
from tests.schedule import cast
from tests.schedule.cast import a_post, an_account


@pytest.fixture
def planned(workspace, alice):
    """A post of three days ago, in a state of one's choice."""

    def in_state(state):
        channel, account = Channel.by_slug(workspace, "practice/feed_post"), an_account(workspace)
        post = a_post(workspace, "The loom stood still on Wednesday.")
        made = ScheduledPost.plan(post, channel, account, now() + timedelta(hours=1), alice)
        made.scheduled_time, made.state = now() - timedelta(days=3), state
        session.commit()
        return made

    return in_state


@pytest.mark.parametrize("state", [state for state in home.WAITING if state not in home.LISTED])
def test_what_went_wrong_days_ago_is_named_and_its_link_shows_it(page, planned, workspace, state):
    planned(state)
    need = next(one for one in home.needs(workspace) if state in one.href)
    assert need.sentence.startswith("1 post ")
    assert need.sentence in page.get("/").text
    assert "The loom stood still" in page.get(need.href).text


def test_a_quiet_workspace_needs_nobody(workspace):
    assert home.needs(workspace) == []


def test_an_empty_one_says_what_to_do_first(page):
    shown = page.get("/").text
    assert "First steps" in shown
    assert "Bring something in" in shown


def test_the_document_s_address_leads_here(page):
    assert page.get("/social-media-command-center").location == "/"


def test_charlie_sees_nothing_of_it(sign_in, charlie, planned):
    planned("failed")
    assert "refused" not in sign_in(charlie).get("/").text


def test_what_was_missed_together_is_said_once(workspace):
    """The posts of an outage are held or missed; the line of the outage speaks for them."""
    account = an_account(workspace)
    for state in ("held", "held", "missed"):
        post = a_post(workspace, state)
        cast.planned(account, minutes=-60, state=state, problem_kind="late", late_at=now(), post=post)
    cast.planned(account, minutes=-60, state="held", problem_kind="person")
    said = [(need.sentence, need.href) for need in home.needs(workspace)]
    assert said[0][0].endswith("2 wait for your word, 1 was skipped")
    assert said[0][1] == "/late"
    assert [sentence for sentence, _ in said[1:]] == ["1 post is held back by a person"]


def test_what_waits_for_a_lost_account_is_said_with_the_account_alone(workspace):
    lost = an_account(workspace)
    cast.planned(lost, state="held", problem_kind="account")
    cast.planned(lost, state="held", problem_kind="rules", post=a_post(workspace, "Too long."))
    lost.state = "reconnect"
    said = [need.sentence for need in home.needs(workspace)]
    assert said[0].endswith("needs reconnecting: 1 post is held")
    assert said[1:] == ["1 post is held and waits for you"]
