"""The next post's try is written down while the call before it is under way, where that can do no harm."""

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from app.core.database import everywhere, session
from app.platforms.models import Account
from app.publishing.connectors.mastodon import Mastodon
from app.publishing.models import Attempt
from app.schedule import lane, sending
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


@pytest.mark.parametrize("why", ["the account must wait", "it waited for too long"])
def test_what_cannot_be_taken_back_is_left_to_those_who_settle_lost_leases(
    workspace, mastodon, monkeypatch, why
):
    [first, second, third] = due(on(mastodon, workspace), 3)
    if why == "the account must wait":
        mastodon.faults += [Fault("status", False, 429)]
    else:
        monkeypatch.setattr(lane, "OLD", timedelta(0))
    real, away = lane.take_back, [True, True]

    def database_is_away(*given):
        if away:
            away.pop()
            raise OperationalError("", {}, Exception("away"))
        real(*given)

    monkeypatch.setattr(lane, "take_back", database_is_away)
    monkeypatch.setattr(sending, "PAUSES", (0, 0))
    publish_due()
    assert (again(second).state, outcomes_of(second)) == ("publishing", ["sending"])
    expire()
    sweep()
    assert (again(second).state, outcomes_of(second)) == ("unsure", ["unsure"])
    session.execute(update(Account).values(blocked_until=None))
    session.commit()
    for post in (first, second, third):
        settle(post)
        assert (post.state, "sending" in outcomes_of(post)) == ("published", False)
    assert len(mastodon.posts) == 3


def test_when_its_turn_is_over_what_speaks_against_the_rest_is_asked_anew(
    app, workspace, mastodon, monkeypatch
):
    monkeypatch.setattr(lane, "TURN", 0)
    account = on(mastodon, workspace)
    [first, second] = due(account, 2)
    answer, account_id = mastodon.outcome, account.id

    def is_paused_meanwhile(asked, fault):
        with app.app_context(), everywhere():
            session.get_one(Account, account_id).state = "paused"
            session.commit()
            session.remove()
        return answer(asked, fault)

    mastodon.outcome = is_paused_meanwhile
    publish_due()
    assert again(first).state == "published"
    assert (again(second).state, outcomes_of(second)) == ("held", [])
    assert len(mastodon.posts) == 1


def test_a_post_on_which_something_breaks_keeps_no_other_and_is_looked_for_at_once(workspace, mastodon, monkeypatch):
    posts = due(on(mastodon, workspace), 3)
    learnt = Mastodon.learnt

    def breaks_once(self):
        monkeypatch.setattr(Mastodon, "learnt", learnt)
        raise ArithmeticError("broken on purpose")

    monkeypatch.setattr(Mastodon, "learnt", breaks_once)
    publish_due()
    sweep()
    assert [again(post).state for post in posts] == ["unsure", "scheduled", "scheduled"]
    publish_due()
    assert [again(post).state for post in posts] == ["unsure", "published", "published"]
    settle(posts[0])
    assert (posts[0].state, len(mastodon.posts)) == ("published", 3)
