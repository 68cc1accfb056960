"""Platforms that answer what nobody expects: what came of a post is written down all the same, and waits are sane."""

from datetime import timedelta

import pytest

from app.core.database import session
from app.core.time import now
from app.publishing.delivery import Kind, PublishError, Receipt
from app.publishing.models import Attempt
from app.schedule import outcomes
from app.schedule.engine import publish_due
from app.schedule.leases import Lease
from app.schedule.outcomes import LONGEST_ASKED, asked
from tests.publishing.servers.mastodon import Server as Mastodon
from tests.publishing.servers.platform import Said
from tests.publishing.servers.webhook import Server as Webhook
from tests.schedule.cast import on, story
from tests.schedule.working import again, due, meets, outcomes_of


@pytest.fixture
def workspace(committed):
    return committed.workspace


class Strange(Mastodon):
    """A Mastodon that answers a new post with `says(its usual answer)`."""

    says = staticmethod(lambda usual: usual)

    def answer(self, asked):
        usual = super().answer(asked)
        return self.says(usual) if self.creates(asked) else usual


@pytest.fixture
def strange():
    with Strange() as server:
        yield server


def with_content(**more):
    return lambda usual: Said(200, {**usual.content, **more})


class TestWhatCannotBeWrittenDown:
    @pytest.mark.parametrize("says", [
        with_content(id="10\0", url="https://there.example/1"),
        with_content(id="10\ud800", url="https://there.example/1"),
        with_content(url="https://there.example/\0"),
        lambda usual: Said(200, usual.content, {"X-RateLimit-Remaining": "99999999999", "X-RateLimit-Limit": "9e12"}),
        lambda usual: Said(200, usual.content, {
            "X-RateLimit-Remaining": "9", "X-RateLimit-Reset": "0001-01-01T00:00:00+14:00"}),
    ])  # fmt: skip
    def test_a_post_that_was_taken_is_published_whatever_else_the_platform_says(self, workspace, strange, says):
        strange.says = says
        posts = due(on(strange, workspace), 2)
        publish_due()
        assert [again(post).state for post in posts] == ["published", "published"]
        assert all("\0" not in f"{post.remote_id}{post.remote_url}" for post in posts)

    @pytest.mark.parametrize("words", ["No \0 thanks", "No \ud800 thanks"])
    def test_a_refusal_is_told_and_the_next_post_goes_its_way(self, workspace, strange, words):
        strange.says = lambda usual: Said(422, {"error": words})
        posts = due(on(strange, workspace), 2)
        publish_due()
        assert {again(post).last_error for post in posts} == {"Mastodon refused: No \ufffd thanks"}
        assert {post.state for post in posts} == {"failed"}

    def test_what_it_says_and_what_follows_are_two_sentences(self, workspace, strange):
        strange.says = lambda usual: Said(503, {"error": "down"})
        [post] = due(on(strange, workspace))
        publish_due()
        assert "Mastodon has a fault of its own: down. To be tried again at " in story(again(post))[-1][1]

    def test_a_page_of_words_is_cut_short(self, workspace, strange):
        strange.says = lambda usual: Said(422, {"error": "No! " * 10_000})
        [post] = due(on(strange, workspace))
        publish_due()
        assert len(again(post).last_error) < 600


class TestWaits:
    def test_who_says_again_and_again_that_now_is_right_is_asked_more_and_more_seldom(self, workspace, strange):
        strange.says = lambda usual: Said(429, {"error": "Slow down"}, {"Retry-After": "0"})
        [post] = due(on(strange, workspace))
        its = {"scheduled_post_id": post.id, "account_id": post.account_id, "key": post.key}
        session.add_all(Attempt(workspace_id=workspace.id, outcome="rate_limited", **its) for _ in range(6))
        session.commit()
        begun = now()
        publish_due()
        assert timedelta(seconds=100) < again(post).due_at - begun < timedelta(minutes=10)
        assert outcomes_of(post) == ["rate_limited"] * 7

    def test_a_platform_that_names_a_moment_years_away_is_asked_again_after_a_day(self, workspace, strange):
        strange.says = lambda usual: Said(429, {"error": "Slow down"}, {"Retry-After": "315360000"})
        [post] = due(on(strange, workspace))
        publish_due()
        assert now() + timedelta(hours=24) < again(post).due_at < now() + timedelta(hours=26)
        session.refresh(post.account)
        assert post.account.blocked_until == post.due_at

    def test_a_fault_that_is_to_last_for_years_is_looked_at_after_a_day(self, workspace, strange):
        strange.says = lambda usual: Said(503, {"error": "Closed"}, {"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"})
        [post] = due(on(strange, workspace))
        publish_due()
        assert again(post).due_at < now() + timedelta(hours=26)

    def test_a_wait_lies_between_a_moment_and_a_day(self):
        moment = now()
        soon, over, far = (
            PublishError("Slow down.", kind=Kind.RATE_LIMITED, until=moment + timedelta(minutes=minutes))
            for minutes in (4, -1440, 1e6)
        )
        assert asked(soon, 1, moment) == soon.until
        assert [asked(over, times, moment) - moment for times in (1, 4, 400)] == [
            timedelta(seconds=seconds) for seconds in (2, 16, 900)
        ]
        assert asked(far, 1, moment) == moment + LONGEST_ASKED


class TestWhatTurnsOutToBeThere:
    def test_a_redirect_after_a_post_is_looked_into_and_not_sent_again(self, workspace):
        with Webhook() as receiver:
            receiver.error = lambda status: Said(status, None, {"Location": "/thanks"})
            receiver.status(303, after=True)
            [post] = due(on(receiver, workspace))
            publish_due()
            assert again(post).state == "unsure"
            assert post.account.state == "connected"

    def test_a_look_that_finds_it_counts_though_a_person_said_that_it_is_not_there(self, committed, impatient):
        with Mastodon("gotosocial") as server:
            impatient(server)
            [post] = due(on(server, committed.workspace))
            meets(server, "hang")
            assert again(post).state == "unsure"
            post.settle(went_out=False, by=committed.alice)  # while a look is under way
            session.commit()
            outcomes.found(again(post), None, Receipt("1000", server.posts[0]["url"]), Lease())
            session.commit()
            publish_due()
        assert again(post).state == "published"
        assert len(server.posts) == 1
