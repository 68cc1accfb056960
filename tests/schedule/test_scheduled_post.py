"""A post on the plan: who may put it there, move it, take it off, and what is written down."""

from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select, text

from app.accounts.models import AuditEntry, record
from app.core.database import everywhere, session
from app.core.errors import Invalid, NotAllowed, WrongState
from app.core.states import move
from app.core.time import now
from app.platforms.models import Channel
from app.publishing.models import Attempt
from app.schedule.models import HistoryLine, PostingSchedule, ScheduledPost
from app.schedule.words import BUTTONS, STATES
from tests.schedule.cast import a_post, an_account, planned, story

SOON = timedelta(hours=2)


@pytest.fixture
def account(workspace):
    return an_account(workspace)


@pytest.fixture
def channel(account, workspace):
    return Channel.by_slug(workspace, "practice/feed_post")


@pytest.fixture
def post(account, bob):
    return planned(account, by=bob, minutes=120)


def what_was_recorded(row):
    session.flush()
    entries = session.scalars(select(AuditEntry).where(AuditEntry.row_id == row.id).order_by(AuditEntry.at))
    return [(entry.who, entry.what) for entry in entries]


class TestPlanning:
    def test_a_second_click_plans_nothing_twice(self, workspace, account, channel, bob):
        post, at = a_post(workspace), now() + SOON
        ScheduledPost.plan(post, channel, account, at, bob)
        with pytest.raises(WrongState, match="on the plan there already"):
            ScheduledPost.plan(post, channel, account, at + timedelta(seconds=2), bob)
        ScheduledPost.plan(post, channel, account, at + timedelta(hours=1), bob)

    def test_one_whose_slot_was_filled_meanwhile_leaves_the_schedule(self, workspace, account, channel, bob):
        daily = PostingSchedule.create(
            workspace, bob, name="Daily", channel=channel, account=account, times=[time(9)], weekdays=[1]
        )
        at = now() + timedelta(days=1)
        first = ScheduledPost.plan(a_post(workspace), channel, account, at, bob, slot=daily)
        first.cancel(bob)
        second = ScheduledPost.plan(a_post(workspace), channel, account, at, bob, slot=daily)
        first.restore(bob)
        assert (first.state, first.posting_schedule_id) == ("scheduled", None)
        assert second.posting_schedule_id == daily.id

    def test_it_is_on_the_plan_with_the_workspace_late_policy(self, workspace, account, channel, bob):
        workspace.late_policy, workspace.late_minutes = "send", 45
        at = now() + SOON
        made = ScheduledPost.plan(a_post(workspace), channel, account, at, bob)
        assert (made.state, made.scheduled_time, made.due_at, made.zone) == (
            "scheduled",
            at,
            at,
            "Europe/London",
        )
        assert (made.late_policy, made.late_minutes) == ("send", 45)
        assert what_was_recorded(made) == [("Bob", "scheduled")]
        [(verb, sentence)] = story(made)
        assert verb == "plan"
        assert "(Europe/London) on Practice network feed post, as Our practice." in sentence

    def test_the_past_is_refused_but_a_form_may_lie_open_for_a_minute(self, workspace, account, channel, bob):
        with pytest.raises(Invalid, match="This time has passed"):
            ScheduledPost.plan(a_post(workspace), channel, account, now() - timedelta(seconds=61), bob)
        assert ScheduledPost.plan(a_post(workspace), channel, account, now() - timedelta(seconds=50), bob)

    def test_a_time_without_a_zone_is_refused(self, workspace, account, channel, bob):
        with pytest.raises(Invalid, match="does not say its zone"):
            ScheduledPost.plan(a_post(workspace), channel, account, datetime(2100, 1, 1, 9), bob)  # noqa: DTZ001

    def test_every_broken_rule_is_named(self, workspace, account, channel, bob):
        text = "#a #b #c #d #e #f " + "x" * 2100
        with pytest.raises(Invalid) as caught:
            ScheduledPost.plan(a_post(workspace, text), channel, account, now() + SOON, bob)
        assert caught.value.message.startswith("It does not fit Practice network feed post yet.")
        assert "2,000" in caught.value.message or "2000" in caught.value.message
        assert "hashtag" in caught.value.message

    def test_an_account_of_another_platform_is_refused(self, workspace, account, bob):
        other = Channel.by_slug(workspace, "mastodon/status")
        with pytest.raises(Invalid, match="Our practice is an account of Practice network, not of Mastodon"):
            ScheduledPost.plan(a_post(workspace), other, account, now() + SOON, bob)

    def test_approval_is_waited_for_where_the_workspace_wants_it(
        self, workspace, account, channel, bob, mona
    ):
        workspace.approval_required = True
        text = a_post(workspace)
        with pytest.raises(Invalid, match="waits for approval"):
            ScheduledPost.plan(text, channel, account, now() + SOON, bob)
        text.approve(mona)
        assert ScheduledPost.plan(text, channel, account, now() + SOON, bob).state == "scheduled"

    def test_a_viewer_may_not(self, workspace, account, channel, vera):
        with pytest.raises(NotAllowed):
            ScheduledPost.plan(a_post(workspace), channel, account, now() + SOON, vera)


class TestMoves:
    def test_it_moves_to_a_new_time(self, post, alice):
        to = now() + timedelta(days=1)
        post.reschedule(to, alice)
        assert (post.scheduled_time, post.due_at, post.state) == (to, to, "scheduled")
        assert story(post)[-1][1].startswith("Moved from ")
        assert what_was_recorded(post)[-1] == ("Alice", "rescheduled")

    def test_it_does_not_move_into_the_past(self, post, alice):
        with pytest.raises(Invalid):
            post.reschedule(now() - timedelta(hours=1), alice)

    def test_the_second_person_is_told_that_they_were_late(self, post, alice, bob):
        post.cancel(alice)
        with pytest.raises(WrongState, match="This post is cancelled already"):
            post.cancel(bob)

    def test_a_cancelled_post_comes_back(self, post, alice):
        post.cancel(alice)
        post.restore(alice)
        assert post.state == "scheduled"
        assert [verb for verb, _ in story(post)] == ["plan", "cancel", "restore"]

    def test_one_whose_time_has_passed_does_not_come_back_by_itself(self, account, alice):
        post = planned(account, minutes=-30)
        post.cancel(alice)
        with pytest.raises(Invalid, match="Its time has passed"):
            post.restore(alice)
        assert post.state == "cancelled"

    def test_a_failed_post_is_tried_again_with_the_same_key(self, post, alice):
        key = post.key
        move(post, "claim")
        move(post, "fail", problem_kind="refused", last_error="No.", tries=8)
        post.retry(alice)
        assert (post.state, post.tries, post.last_error, post.key) == ("scheduled", 0, None, key)

    def test_publishing_now_makes_it_due(self, post, alice):
        post.publish_now(alice)
        assert post.due_at <= now()
        assert post.scheduled_time == post.due_at

    def test_a_post_that_is_being_sent_can_be_neither_moved_nor_cancelled(self, post, alice):
        move(post, "claim")
        for verb in (post.cancel, post.publish_now, post.retry, post.pause):
            with pytest.raises(WrongState):
                verb(alice)
        assert post.buttons == {}

    def test_a_held_post_is_sent_when_a_person_says_so(self, post, alice):
        post.pause(alice, "The price changes tomorrow.")
        assert (post.state, post.last_error) == ("held", "The price changes tomorrow.")
        post.publish_now(alice)
        assert post.state == "scheduled"

    def test_what_a_person_posted_by_hand_is_noted(self, post, alice):
        post.mark_published(alice, "https://example.com/1", likes=4)
        assert (post.state, post.remote_url) == ("published", "https://example.com/1")
        assert post.history()[-1].details == {"likes": 4}

    def test_an_unsure_post_is_settled_by_a_person(self, post, alice):
        move(post, "claim")
        move(post, "lose")
        assert post.buttons == {}
        post.settle(True, alice)
        assert post.state == "published"

    def test_what_was_seen_before_the_latest_try_settles_nothing(self, post, alice):
        its = {"workspace_id": post.workspace_id, "account_id": post.account_id, "key": post.key}
        for number in (1, 2):
            session.add(Attempt(scheduled_post_id=post.id, number=number, outcome="unsure", **its))
            session.flush()
        move(post, "claim")
        move(post, "lose")
        with pytest.raises(WrongState, match="sent once more since you looked"):
            post.settle(False, alice, tried=1)
        assert post.state == "unsure"
        post.settle(False, alice, tried=2)
        with pytest.raises(WrongState, match="on the plan again by now"):
            post.settle(False, alice, tried=2)

    def test_the_address_of_a_post_is_one_that_a_page_may_link_to(self, post, alice):
        with pytest.raises(Invalid, match="no web address"):
            post.mark_published(alice, "javascript:alert(1)")
        move(post, "claim")
        move(post, "lose")
        with pytest.raises(Invalid, match="no web address"):
            post.settle(True, alice, "javascript:alert(1)")

    def test_an_unsure_post_that_is_not_out_is_sent_again(self, post, alice):
        move(post, "claim")
        move(post, "lose")
        post.settle(False, alice)
        assert (post.state, post.due_at <= now()) == ("scheduled", True)

    def test_a_viewer_may_do_nothing(self, post, vera):
        for verb in (
            post.cancel,
            post.restore,
            post.retry,
            post.publish_now,
            post.pause,
            post.mark_published,
        ):
            with pytest.raises(NotAllowed):
                verb(vera)
        with pytest.raises(NotAllowed):
            post.settle(True, vera)
        with pytest.raises(NotAllowed):
            post.reschedule(now() + SOON, vera)


def test_what_hangs_on_a_post_goes_with_it(account, post, bob):
    other = planned(account, by=bob, minutes=300)
    for one in (post, other):
        one.note("look", "Looked.")
        mine = {"workspace_id": one.workspace_id, "scheduled_post_id": one.id, "account_id": account.id}
        session.add(Attempt(key=one.key, **mine))
    session.flush()
    session.execute(text("DELETE FROM posts WHERE id = :id"), {"id": post.post_id})
    for kind in (Attempt, HistoryLine):
        assert set(session.scalars(select(kind.scheduled_post_id))) == {other.id}


def test_what_was_recorded_of_a_workspace_goes_with_it(world, workspace, post, charlie):
    with everywhere():
        entries = select(AuditEntry.workspace_id).distinct()
        record(charlie, "looked", world.neighbours)
        session.flush()
        before = set(session.scalars(entries))
        session.execute(text("DELETE FROM workspaces WHERE id = :id"), {"id": workspace.id})
        assert before - set(session.scalars(entries)) == {workspace.id}


def test_every_state_has_words_and_every_button_a_move():
    states = {state for sources, target in ScheduledPost.MOVES.values() for state in (*sources, target)}
    assert states == set(STATES)
    assert set(BUTTONS) <= set(ScheduledPost.MOVES)
    assert all(hasattr(ScheduledPost, verb) for verb in BUTTONS)
