"""The next post's try is written down while the call before it is under way, where that can do no harm."""

from datetime import timedelta
from itertools import pairwise

import pytest

from app.core.database import everywhere, session
from app.publishing.models import Attempt
from app.schedule import lane
from app.schedule.engine import publish_due, stop_softly
from app.schedule.sweeping import sweep
from tests.patience import until
from tests.publishing.servers.platform import Fault
from tests.publishing.servers.webhook import Server as Webhook
from tests.schedule.cast import an_account, as_texts, on
from tests.schedule.working import again, due, expire, outcomes_of, settle


@pytest.fixture
def workspace(committed):
    return committed.workspace


def tries_of(posts):
    """The one try of each."""
    return [one for post in posts for [one] in [Attempt.of_post(post.id)]]


def test_a_platform_that_drops_a_repeat_makes_no_post_wait_for_its_try(workspace, mastodon):
    posts = due(on(mastodon, workspace), 4)
    publish_due()
    assert {again(post).state for post in posts} == {"published"}
    assert all(late.started_at < early.finished_at for early, late in pairwise(tries_of(posts)))


def test_anywhere_else_a_try_is_written_down_when_its_turn_has_come(workspace):
    with Webhook() as server:
        posts = due(an_account(workspace, "webhook", secrets=as_texts(server)), 4)
        publish_due()
        assert len(server.posts) == 4
    assert all(late.started_at >= early.finished_at for early, late in pairwise(tries_of(posts)))


def test_a_try_that_will_not_be_made_was_none(workspace, mastodon):
    [first, second, third] = due(on(mastodon, workspace), 3)
    mastodon.faults += [Fault("none"), Fault("status", False, 429)]
    publish_due()
    assert again(first).state == "published"
    assert again(second).state == "scheduled"
    assert (again(third).state, outcomes_of(third)) == ("scheduled", [])


def test_a_worker_that_is_asked_to_stop_takes_it_back(workspace, mastodon):
    [first, second] = due(on(mastodon, workspace), 2)
    answer = mastodon.outcome

    def stops_meanwhile(asked, fault):
        stop_softly()
        return answer(asked, fault)

    mastodon.outcome = stops_meanwhile
    try:
        publish_due()
    finally:
        lane.stopping.clear()
    assert again(first).state == "published"
    assert (again(second).state, outcomes_of(second)) == ("scheduled", [])


def test_one_that_waited_for_long_is_asked_for_again(workspace, mastodon, monkeypatch):
    monkeypatch.setattr(lane, "OLD", timedelta(0))
    posts = due(on(mastodon, workspace), 3)
    publish_due()
    assert [outcomes_of(post) for post in posts] == [["accepted"]] * 3
    assert all(late.started_at >= early.finished_at for early, late in pairwise(tries_of(posts)))


def test_a_post_that_is_not_ours_any_more_is_left_to_others(app, workspace, mastodon, monkeypatch):
    monkeypatch.setattr(lane, "OLD", timedelta(0))
    [first, second] = due(on(mastodon, workspace), 2)
    answer, second_id = mastodon.outcome, second.id

    def loses_both(asked, fault):
        with app.app_context(), everywhere():
            until(lambda: session.rollback() or Attempt.of_post(second_id))
            expire()
            sweep()
            session.remove()
        return answer(asked, fault)

    mastodon.outcome = loses_both
    publish_due()
    assert len(mastodon.posts) == 1
    assert again(first).state == "published"
    assert (again(second).state, outcomes_of(second)) == ("unsure", ["unsure"])
    mastodon.outcome = answer
    settle(second)
    assert (second.state, len(mastodon.posts)) == ("published", 2)
