"""Whatever a platform answers, or does not: a post is out once, or says why not, or asks a person."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.database import session
from app.core.time import now
from app.publishing.models import Attempt, PracticePost
from app.schedule.engine import publish_due
from app.schedule.outcomes import MOST_TRIES
from app.schedule.sweeping import NEVER, sweep
from tests.publishing.servers.mastodon import Server as Mastodon
from tests.publishing.servers.platform import Said
from tests.publishing.servers.webhook import Server as Webhook
from tests.schedule.cast import an_account, on, story
from tests.schedule.working import again, due, make_due, meets, outcomes_of, settle


@pytest.fixture
def workspace(committed):
    return committed.workspace


@pytest.fixture
def alice(committed):
    return committed.alice


class TestFailures:
    def test_refused_connection_is_tried_again_later_and_at_last_given_up(self, workspace, mastodon):
        account = on(mastodon, workspace)
        account.keep_secrets({"server": "http://127.0.0.1:9"})
        [post] = due(account)
        for n in range(1, MOST_TRIES + 1):
            begun = now()
            publish_due()
            assert again(post).tries == n
            assert post.state == ("scheduled" if n < MOST_TRIES else "failed")
            if n == 1:
                assert begun + timedelta(seconds=20) < post.due_at < now() + timedelta(seconds=40)
            if n < MOST_TRIES:
                make_due(post)
        assert post.last_error == "After 8 tries: Mastodon cannot be reached; nothing was sent."
        assert outcomes_of(post) == ["transient"] * MOST_TRIES

    def test_a_rate_limit_stops_the_whole_account_until_then(self, workspace, mastodon):
        mastodon.limited = "named"
        posts, begun = due(on(mastodon, workspace), 3), now()
        publish_due()
        session.refresh(posts[0].account)
        blocked = posts[0].account.blocked_until
        assert blocked > begun + timedelta(seconds=20)
        assert {(again(post).state, post.due_at) for post in posts} == {("scheduled", blocked)}
        assert [outcomes_of(post) for post in posts] == [["rate_limited"], [], []]
        assert posts[0].tries == 0
        fresh = due(posts[0].account)[0]
        publish_due()
        assert again(fresh).due_at == blocked

    def test_a_lost_connection_holds_the_account(self, workspace, mastodon):
        mastodon.revoked = True
        posts = due(on(mastodon, workspace), 2)
        publish_due()
        assert {again(post).state for post in posts} == {"held"}
        session.refresh(posts[0].account)
        assert posts[0].account.state == "reconnect"

    def test_details_that_are_no_longer_valid_are_a_lost_connection_and_no_outbox(self, workspace, mastodon):
        posts = due(on(mastodon, workspace), 2)
        posts[0].account.keep_secrets({"server": "http://a-host-that-is-not-allowed.example"})
        session.commit()
        publish_due()
        assert {again(post).state for post in posts} == {"held"}
        assert "is no longer valid. Connect it again." in posts[0].last_error
        session.refresh(posts[0].account)
        assert posts[0].account.state == "reconnect"

    @pytest.mark.parametrize(
        ("kind", "trouble", "came"),
        [
            ("mastodon", "502 before", ["transient", "accepted"]),
            ("gotosocial", "drop before", ["absent", "accepted"]),
            ("gotosocial", "drop after", ["found"]),
        ],
    )
    def test_a_try_ends_after_it_began_also_on_a_machine_whose_clock_is_slow(
        self, workspace, kind, trouble, came, monkeypatch
    ):
        for module in ("publishing.models", "schedule.leases", "schedule.sending"):
            monkeypatch.setattr(f"app.{module}.now", lambda: now() - timedelta(hours=1))
        with Mastodon(kind) as server:
            [post] = due(on(server, workspace, platform=kind))
            meets(server, trouble)
            settle(post)
        tries = Attempt.of_post(post.id)
        assert [one.outcome for one in tries] == came
        for one in tries:
            assert now() - timedelta(minutes=30) < one.started_at <= one.finished_at

    def test_a_refusal_fails_with_the_platform_words(self, workspace, mastodon):
        mastodon.status(422, after=False)
        [post] = due(on(mastodon, workspace))
        publish_due()
        assert again(post).state == "failed"
        assert "Text can't be blank" in post.last_error
        assert outcomes_of(post) == ["refused"]

    @pytest.mark.parametrize("trouble", ["drop before", "drop after", "502 before", "502 after", "hang"])
    def test_a_lost_answer_never_makes_a_second_post(self, workspace, mastodon, trouble, impatient):
        impatient(mastodon)
        [post] = due(on(mastodon, workspace))
        meets(mastodon, trouble)
        assert again(post).state in ("scheduled", "unsure")
        settle(post)
        assert post.state == "published"
        assert len(mastodon.posts) == 1

    @pytest.mark.parametrize("trouble", ["drop before", "drop after", "502 after", "hang"])
    def test_where_a_key_means_nothing_the_timeline_is_read(self, workspace, trouble, impatient):
        with Mastodon("gotosocial") as server:
            impatient(server)
            [post] = due(on(server, workspace, platform="gotosocial"))
            meets(server, trouble)
            assert again(post).state == "unsure"
            settle(post)
            assert post.state == "published"
            assert len(server.posts) == 1

    def test_looks_that_tell_nothing_become_more_seldom_and_end_with_a_person(self, workspace, impatient):
        with Mastodon("gotosocial") as server:
            impatient(server)
            server.timeline = lambda asked: Said(200, {"no": "list"})
            [post] = due(on(server, workspace, platform="gotosocial"))
            meets(server, "hang")
            waits = []
            while again(post).due_at < NEVER:
                waits.append(round((post.due_at - now()).total_seconds() / 60))
                make_due(post)
                sweep()
            assert waits == [1, 5, 15, 60]
            assert story(post)[-1][1].endswith("cannot be read. Please look yourself and say.")

    def test_where_nobody_can_tell_a_person_is_asked_at_once(self, workspace, alice):
        with Webhook() as server:
            server.drop(after=True)
            [post] = due(on(server, workspace))
            publish_due()
            make_due(post)
            sweep()
            assert again(post).due_at == NEVER
            assert post.state == "unsure"
            assert story(post)[-1][1] == (
                "Only the receiver knows whether the post arrived: look there. Please look yourself and say."
            )
            post.settle(True, alice)
            session.commit()
            assert post.state == "published"
            assert len(server.posts) == 1

    def test_a_connector_that_breaks_in_the_middle_leaves_it_unsure(self, workspace, mastodon, monkeypatch):
        [post] = due(on(mastodon, workspace))
        monkeypatch.setattr(
            "app.publishing.connectors.mastodon.Mastodon.create", lambda self, delivery: 1 / 0
        )
        publish_due()
        assert again(post).state == "unsure"
        assert "ZeroDivisionError" in post.last_error


def test_practice_posts_are_taken_once_a_key_and_said_to_be_out_without_a_path(workspace):
    lost, told = due(an_account(workspace, mood="drop")) + due(an_account(workspace, name="Calm"))
    publish_due()
    assert again(lost).state == "unsure"
    settle(lost)
    assert lost.state == "published"
    assert len(session.scalars(select(PracticePost)).all()) == 2
    assert story(again(told))[-1] == ("publish", "Published on Practice network.")
    assert story(lost)[-1] == ("look", "Looked on Practice network: it is out.")
