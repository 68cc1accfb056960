"""What is due goes out once: real commits, real lanes, real HTTP servers."""

import threading
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import select, text

from app.core.database import session
from app.core.queue import redis
from app.core.time import now
from app.posts.models import PostPart
from app.publishing.delivery import Receipt
from app.publishing.models import Attempt
from app.schedule import claiming, follow_ups, leases, ledger, loading, sweeping
from app.schedule.engine import publish_due
from app.schedule.models import ScheduledPost
from tests.patience import LIMIT
from tests.publishing.servers.platform import Fault
from tests.schedule.cast import a_post, an_account, as_texts, on, planned, story
from tests.schedule.working import Worker, again, due, make_due, outcomes_of, settle


@pytest.fixture
def workspace(committed):
    return committed.workspace


@pytest.fixture
def alice(committed):
    return committed.alice


class TestTheGoodWay:
    def test_a_due_post_goes_out_and_says_so(self, workspace, mastodon):
        [post] = due(on(mastodon, workspace))
        assert publish_due() == 1
        again(post)
        assert post.state == "published"
        assert (post.remote_id, post.remote_url) == ("1000", mastodon.posts[0]["url"])
        assert post.published_text == "Tartan number 0, woven in Lochcarron."
        assert outcomes_of(post) == ["accepted"]
        assert [verb for verb, _ in story(post)] == ["plan", "publish"]
        assert story(post)[-1][1] == f"Published on Mastodon: {post.remote_url}"
        assert post.account.last_post_at

    def test_one_that_is_not_due_waits(self, workspace, mastodon):
        post = planned(on(mastodon, workspace), "mastodon/status", minutes=5)
        session.commit()
        assert publish_due() == 0
        assert again(post).state == "scheduled"

    def test_posts_of_one_account_go_out_in_their_order(self, workspace, mastodon):
        posts = due(on(mastodon, workspace), 12)
        publish_due(run=5)
        assert [status["content"].split(",")[0][-2:].strip() for status in mastodon.posts] == [
            str(n) for n in range(12)
        ]
        assert {again(post).state for post in posts} == {"published"}

    def test_accounts_go_side_by_side(self, workspace, mastodon):
        accounts = [an_account(workspace, "mastodon", f"Slow {n}", as_texts(mastodon)) for n in range(4)]
        posts = [post for account in accounts for post in due(account)]
        answer, together = mastodon.outcome, threading.Barrier(4)

        def answers_when_all_have_asked(asked, fault):
            together.wait(LIMIT)
            return answer(asked, fault)

        mastodon.outcome = answers_when_all_have_asked
        publish_due()
        assert {again(post).state for post in posts} == {"published"}

    def test_an_account_gets_its_turn_while_others_have_much_to_send(self, workspace, mastodon):
        [late, *others] = [an_account(workspace, "mastodon", f"Busy {n}", as_texts(mastodon)) for n in range(3)]
        for account in others:
            due(account, 25)
        [post] = due(late)
        post.scheduled_time = post.due_at = now() + timedelta(seconds=0.1)
        session.commit()
        answer = mastodon.outcome

        def answers_after_a_moment(asked, fault):
            time.sleep(0.02)
            return answer(asked, fault)

        mastodon.outcome = answers_after_a_moment
        publish_due(lanes=2, run=2)
        assert len(mastodon.posts) == 51
        sent = [attempt.started_at for attempt in session.scalars(select(Attempt)).all()]
        assert sorted(sent).index(Attempt.of_post(post.id)[0].started_at) < 45

    def test_nothing_goes_out_while_sending_is_off(self, workspace, mastodon):
        [post] = due(on(mastodon, workspace))
        workspace.sending_on = False
        session.commit()
        assert publish_due() == 0
        assert again(post).state == "scheduled"
        assert mastodon.posts == []


    def test_switching_sending_off_stops_what_is_claimed_already(self, workspace, mastodon):
        [post] = due(on(mastodon, workspace))
        worker = Worker()
        worker.claim()
        workspace.sending_on = False
        session.commit()
        worker.go_on()
        assert again(post).state == "scheduled"
        assert "Sending is switched off" in story(post)[-1][1]
        assert mastodon.posts == []

    def test_an_address_that_runs_code_is_not_kept(self):
        assert Receipt("1", "javascript:alert(1)").url is None
        assert Receipt("1", "//evil.example").url is None
        assert Receipt("1", "/practice#post-1").url == "/practice#post-1"


class TestTheBell:
    def test_a_worker_takes_the_bell_and_sends(self, workspace, mastodon, alice):
        post = planned(on(mastodon, workspace), "mastodon/status", minutes=30)
        session.commit()
        bell = Queue("publishing", connection=redis(), serializer=JSONSerializer)
        post.publish_now(alice)
        assert bell.count == 0
        session.commit()
        assert [job.func_name for job in bell.jobs] == ["jobs.schedule.publish_due"]
        worker = SimpleWorker([bell], connection=redis(), serializer=JSONSerializer)
        worker.work(burst=True, logging_level="ERROR")
        assert again(post).state == "published"

    def test_a_bell_that_is_taken_back_is_never_rung(self, workspace, mastodon, alice):
        post = planned(on(mastodon, workspace), "mastodon/status", minutes=30)
        session.commit()
        post.publish_now(alice)
        session.rollback()
        assert Queue("publishing", connection=redis(), serializer=JSONSerializer).count == 0


QUERIES = {
    f"{module.__name__.rpartition('.')[2]} {name}": query
    for module, found in ((claiming, leases), (loading, loading), (ledger, ledger), (sweeping, sweeping))
    for name, query in found.sql.items()
}


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_every_named_query_fits_the_tables(world, name):
    moment, some = now(), [uuid4()]
    values = {"now": moment, "look": moment, "again": moment, "soon": moment, "batch": 5, "run": 5, "limit": 5,
              "seconds": 120, "longest": 240, "key": uuid4(), "id": uuid4(), "post": uuid4(), "at": moment, "ids": some,
              "contents": some, "tries": some, "first": moment, "last": moment, "accounts": some,
              "rows": "[]", "payloads": "", "worker": "here:1", "mark": 1}  # fmt: skip
    used = {key: value for key, value in values.items() if f":{key}" in QUERIES[name].text}
    assert session.execute(text(f"EXPLAIN {QUERIES[name].text}"), used).all()


def test_a_claim_looks_into_an_index(world):
    session.execute(leases.sql["in_turn"])
    given = {"accounts": [uuid4()], "now": now(), "run": 20, "mark": 1, "key": uuid4(), "seconds": 120}
    plan = session.execute(text(f"EXPLAIN {leases.sql['claim'].text}"), given)
    assert "ix_scheduled_posts_turn" in "\n".join(row[0] for row in plan)


class TestParts:
    def test_a_thread_goes_out_in_order_and_goes_on_where_it_stopped(self, workspace, mastodon):
        post = a_post(workspace, "The first of three.")
        post.parts = [
            PostPart(workspace_id=workspace.id, position=n, kind="thread", text=f"Part {n + 2} of the story.")
            for n in range(2)
        ]
        plan = planned(on(mastodon, workspace), "mastodon/status", post=post, minutes=0)
        session.commit()
        mastodon.faults += [Fault("none"), Fault("none"), Fault("status", False, 503)]
        publish_due()
        settle(plan)
        assert plan.state == "published"
        assert [status["content"] for status in mastodon.posts] == [
            "<p>The first of three.</p>", "<p>Part 2 of the story.</p>", "<p>Part 3 of the story.</p>"
        ]  # fmt: skip

    def out_with_a_follow_up(self, workspace, mastodon):
        """A post that is out, and its follow-up, which is planned."""
        post = a_post(workspace, "New in the shop.")
        post.parts = [
            PostPart(workspace_id=workspace.id, position=0, kind="follow_up", text="Last sizes.", delay_minutes=30)
        ]
        parent = planned(on(mastodon, workspace), "mastodon/status", post=post, minutes=0)
        session.commit()
        publish_due()
        follow_ups.sweep()
        child = session.scalars(select(ScheduledPost).where(ScheduledPost.parent_id == parent.id)).one()
        return parent, child

    def test_a_follow_up_answers_its_post(self, workspace, mastodon):
        _, child = self.out_with_a_follow_up(workspace, mastodon)
        assert child.state == "scheduled"
        make_due(child)
        publish_due()
        assert again(child).state == "published"
        assert [status["in_reply_to_id"] for status in mastodon.posts] == [None, mastodon.posts[0]["id"]]

    def test_a_follow_up_waits_when_its_post_has_just_vanished_and_comes_back_with_it(self, workspace, mastodon):
        parent, child = self.out_with_a_follow_up(workspace, mastodon)
        make_due(child)
        again(parent).vanished_at = now()
        session.commit()
        publish_due()
        assert (again(child).state, child.last_error, len(mastodon.posts)) == ("scheduled", follow_ups.POST_GONE, 1)
        assert child.history()[-1].sentence == "Put off. The post is not out any more."
        follow_ups.sweep()
        assert again(child).state == "cancelled"
        again(parent).vanished_at = None
        assert follow_ups.bring_back(parent) == 1
        session.commit()
        make_due(child)
        publish_due()
        assert (again(child).state, len(mastodon.posts)) == ("published", 2)
