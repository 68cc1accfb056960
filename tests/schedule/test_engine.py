"""What is due goes out once: real commits, real threads and processes, real HTTP servers that misbehave."""

import signal
import subprocess
import sys
import textwrap
import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import select, text, update

from app.accounts import instance
from app.accounts.models import Workspace
from app.core.database import everywhere, session
from app.core.queue import redis
from app.core.time import now
from app.posts.models import PostPart
from app.publishing.breaker import Breaker
from app.publishing.delivery import Receipt
from app.publishing.models import Attempt, OutboxItem, PracticePost
from app.schedule import claiming, follow_ups, leases, ledger, loading, sending, sweeping
from app.schedule.claiming import Claims
from app.schedule.engine import checked, late_answer, publish_due, send_all
from app.schedule.leases import Lease
from app.schedule.ledger import Ledger
from app.schedule.models import ScheduledPost
from app.schedule.outcomes import MOST_TRIES
from app.schedule.sweeping import NEVER, sweep
from tests.patience import LIMIT, until
from tests.publishing.servers.mastodon import Server as Mastodon
from tests.publishing.servers.platform import Fault
from tests.publishing.servers.webhook import Server as Webhook
from tests.schedule.cast import a_post, an_account, planned, story


@pytest.fixture
def workspace(committed):
    return committed.workspace


@pytest.fixture
def alice(committed):
    return committed.alice


@pytest.fixture
def mastodon():
    with Mastodon() as server:
        yield server


def on(server, workspace, platform=None):
    return an_account(workspace, platform or server.slug, secrets=as_texts(server))


def as_texts(server):
    return {name: str(value) for name, value in server.credentials().items()}


class Worker:
    """A worker whose steps a test takes one by one."""

    def __init__(self):
        self.lease = Lease()
        self.ids = []

    def claim(self, run=20):
        claims = Claims(self.lease, instance.watch())
        taken = claims.take([one.id for one in claims.accounts()], run)
        self.ids = [post for posts in taken.values() for post in posts]
        return self.ids

    def checked(self):
        return checked(self.lease, self.ids)

    def send(self, lanes):
        book = Ledger(self.lease, None, late_answer(self.lease))
        for lane in lanes:
            send_all(lane, sending.Worker(self.lease, book, Breaker()))

    def go_on(self):
        self.send(self.checked())


CHANNELS = {"practice": "feed_post", "webhook": "message"}


def due(account, number=1, slug=None, **more):
    """Posts that are due now, each with its own text, in the order of their times."""
    slug = slug or f"{account.platform.name}/{CHANNELS.get(account.platform.name, 'status')}"
    workspace = session.get_one(Workspace, account.workspace_id)
    texts = [f"Tartan number {n}, woven in Lochcarron." for n in range(number)]
    posts = [planned(account, slug, post=a_post(workspace, text), minutes=0, **more) for text in texts]
    for n, post in enumerate(posts):
        post.scheduled_time = post.due_at = now() - timedelta(seconds=60 - n / 100)
    session.commit()
    return posts


def again(post):
    """The post as the database has it now."""
    session.rollback()
    session.refresh(post)
    return post


def make_due(post):
    """Let its waiting time be over."""
    session.rollback()
    session.execute(
        update(ScheduledPost).where(ScheduledPost.id == post.id).values(due_at=now() - timedelta(seconds=1))
    )
    session.commit()


def outcomes_of(post):
    return [attempt.outcome for attempt in Attempt.of_post(post.id)]


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


class TestWhatSpeaksAgainstIt:
    def test_a_placeholder_account_keeps_it_in_the_outbox(self, workspace):
        account = an_account(workspace, "facebook", state="new")
        [post] = due(account, slug="facebook/feed_post")
        publish_due()
        assert again(post).state == "outbox"
        item = session.scalars(select(OutboxItem)).one()
        assert item.payload["post"]["text"] == "Tartan number 0, woven in Lochcarron."
        assert any(finding["passed"] for finding in item.findings)
        assert outcomes_of(post) == []

    def test_without_credentials_the_very_requests_are_kept(self, workspace):
        [post] = due(an_account(workspace, "mastodon", state="new"))
        publish_due()
        assert again(post).state == "outbox"
        [request] = session.scalars(select(OutboxItem)).one().payload["requests"]
        assert request["url"] == "https://mastodon.example/api/v1/statuses"

    def test_a_paused_account_holds_it_until_it_is_resumed(self, workspace, mastodon, alice):
        account = on(mastodon, workspace)
        [post] = due(account)
        account.pause(alice)
        session.commit()
        publish_due()
        assert again(post).state == "held"
        assert post.last_error == "Our mastodon is paused. It goes out when the account is resumed."
        account.resume(alice)
        session.commit()
        sweep()
        assert again(post).state == "scheduled"
        publish_due()
        assert again(post).state == "published"

    def test_a_rule_that_was_made_stricter_holds_it(self, workspace, mastodon):
        [post] = due(on(mastodon, workspace))
        post.post.text = "x" * 600
        session.commit()
        publish_due()
        assert again(post).state == "held"
        assert post.last_error.startswith("It no longer fits Mastodon")
        assert mastodon.asked == []

    def test_one_that_was_archived_since_is_held(self, workspace, mastodon, alice):
        [post] = due(on(mastodon, workspace))
        post.post.archive(alice)
        session.commit()
        publish_due(lanes=0)
        assert again(post).state == "held"
        assert mastodon.posts == []

    def test_one_that_was_changed_after_approval_waits_for_it_again(self, workspace, mastodon):
        [post] = due(on(mastodon, workspace))
        workspace.approval_required = True
        session.commit()
        publish_due()
        assert (again(post).state, post.problem_kind) == ("held", "approval")

    @pytest.mark.parametrize(
        ("policy", "minutes", "state"),
        [("skip", 6, "missed"), ("skip", 4, "published"), ("ask", 90, "held"), ("send", 90, "published"),
         ("send", 200, "missed")],
    )  # fmt: skip
    def test_a_late_one_follows_its_policy(self, workspace, mastodon, policy, minutes, state):
        [post] = due(on(mastodon, workspace))
        post.late_policy, post.late_minutes = policy, 180
        post.scheduled_time = post.due_at = now() - timedelta(minutes=minutes)
        session.commit()
        publish_due()
        assert again(post).state == state

    def test_a_fault_of_our_own_before_the_call_is_said_and_tried_again(
        self, workspace, mastodon, monkeypatch
    ):
        [post] = due(on(mastodon, workspace))
        monkeypatch.setattr("app.schedule.loading.delivery_of", lambda *_: 1 / 0)
        publish_due()
        assert again(post).state == "scheduled"
        assert post.last_error == "Something broke on our side (ZeroDivisionError). Nothing was sent."
        assert post.due_at > now()


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
            [post] = due(on(server, workspace, "gotosocial"))
            meets(server, trouble)
            assert again(post).state == "unsure"
            settle(post)
            assert post.state == "published"
            assert len(server.posts) == 1

    def test_where_nobody_can_tell_a_person_is_asked(self, workspace, alice):
        with Webhook() as server:
            server.drop(after=True)
            [post] = due(on(server, workspace))
            publish_due()
            waits = []
            while again(post).due_at < NEVER:
                waits.append(round((post.due_at - now()).total_seconds() / 60))
                make_due(post)
                sweep()
            assert waits == [1, 5, 15, 60]
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


def meets(server, trouble):
    """Publish what is due, and let this go wrong at the first post."""
    kind, _, when = trouble.partition(" ")
    carried_out = {
        "drop": lambda: server.drop(when == "after"),
        "502": lambda: server.status(502, when == "after"),
        "hang": server.hang,
    }[kind]()
    publish_due()
    assert carried_out is None or carried_out.wait(LIMIT)


def settle(post, rounds=6):
    """Let time pass until it is known what became of a post."""
    for _ in range(rounds):
        if again(post).state not in ("scheduled", "unsure"):
            return
        make_due(post)
        sweep()
        make_due(post)
        publish_due()
    again(post)


class TestMoreThanOne:
    def test_two_workers_at_once_send_each_post_once(self, app, workspace, mastodon):
        secrets = as_texts(mastodon)
        accounts = [an_account(workspace, "mastodon", f"Account {n}", secrets) for n in range(4)]
        posts = [post for account in accounts for post in due(account, 8)]

        def work():
            with app.app_context(), everywhere():
                publish_due(run=3)
                session.remove()

        workers = [threading.Thread(target=work) for _ in range(3)]
        [worker.start() for worker in workers]
        [worker.join() for worker in workers]
        assert {again(post).state for post in posts} == {"published"}
        assert len(mastodon.posts) == 32
        assert all(outcomes_of(post) == ["accepted"] for post in posts)

    def test_a_claim_leaves_accounts_alone_that_another_worker_sends_for(self, workspace, mastodon):
        due(on(mastodon, workspace), 4)
        assert len(Worker().claim(2)) == 2
        assert Worker().claim(2) == []

    def test_redis_may_be_wiped_at_any_moment(self, workspace, mastodon):
        [post] = due(on(mastodon, workspace))
        redis().flushdb()
        publish_due()
        assert again(post).state == "published"

    def test_a_ring_too_many_finds_nothing(self, workspace, mastodon):
        due(on(mastodon, workspace))
        assert [publish_due(), publish_due()] == [1, 0]


class TestADeadWorker:
    def test_one_that_died_before_it_began_gives_the_post_back(self, workspace, mastodon):
        [post] = due(on(mastodon, workspace))
        Worker().claim()
        expire()
        sweep()
        assert again(post).state == "scheduled"
        assert story(post)[-1][1] == "The worker stopped before it was sent. It is due again."
        publish_due()
        assert again(post).state == "published"

    def test_a_worker_that_lost_its_lease_sends_nothing(self, workspace, mastodon):

        [post] = due(on(mastodon, workspace))
        asleep = Worker()
        asleep.claim()
        ready = asleep.checked()
        expire()
        sweep()
        asleep.send(ready)
        assert again(post).state == "scheduled"
        assert mastodon.posts == []

    def test_an_answer_that_comes_after_the_lease_still_counts(self, workspace, mastodon, monkeypatch):
        [post] = due(on(mastodon, workspace))
        real = Ledger.accept

        def late(*args):
            expire()
            sweep()
            real(*args)

        monkeypatch.setattr(Ledger, "accept", late)
        publish_due()
        assert again(post).state == "published"
        assert story(post)[-2][1] == "The answer came late, when the post had been given up."

    @pytest.mark.parametrize("moment", ["before the call", "after the call"])
    def test_kill_9_loses_nothing_and_doubles_nothing(self, app, workspace, mastodon, servers, var, moment):
        [post] = due(on(mastodon, workspace))
        assert kill_a_worker(servers, var, moment) == -signal.SIGKILL
        assert len(mastodon.posts) == (1 if moment == "after the call" else 0)
        assert again(post).state == "publishing"
        assert outcomes_of(post) == ["sending"]
        expire()
        sweep()
        assert again(post).state == "unsure"
        settle(post)
        assert post.state == "published"
        assert len(mastodon.posts) == 1


def expire():
    """Let every lease run out."""
    session.rollback()
    with everywhere():
        session.execute(update(ScheduledPost).values(lease_until=now() - timedelta(seconds=1)))
        session.commit()


def kill_a_worker(servers, var, moment):
    """Publish in a process of its own that kills itself with -9 at that moment; its exit code."""
    script = textwrap.dedent(f"""
        import os, signal
        from app.core.settings import override
        override(database_url={servers.database_url!r}, redis_url={servers.redis_url!r}, var_dir={str(var)!r},
                 private_hosts=["127.0.0.1"], _env_file=None)
        from app import the_app
        from app.publishing.connectors.mastodon import Mastodon
        from app.schedule.engine import publish_due
        create = Mastodon.create
        def dying(self, delivery):
            if {moment!r} == "after the call":
                create(self, delivery)
            os.kill(os.getpid(), signal.SIGKILL)
        Mastodon.create = dying
        with the_app().app_context():
            publish_due()
    """)
    return subprocess.run([sys.executable, "-c", script], timeout=LIMIT).returncode


def test_practice_posts_are_taken_once_a_key(workspace):
    [post] = due(an_account(workspace, mood="drop"))
    publish_due()
    assert again(post).state == "unsure"
    settle(post)
    assert post.state == "published"
    assert len(session.scalars(select(PracticePost)).all()) == 1


class TestStoppingSoftly:
    def test_what_is_under_way_is_finished_and_the_rest_given_back(self, workspace, mastodon, servers, var):
        posts = due(on(mastodon, workspace), 6)
        real, begun, heard = mastodon.answer, threading.Event(), var / "asked to stop"
        heard.unlink(missing_ok=True)

        def answers_when_it_was_asked_to_stop(asked):
            if mastodon.creates(asked):
                begun.set()
                until(heard.exists, "the word that it was asked")
            return real(asked)

        mastodon.answer = answers_when_it_was_asked_to_stop
        bell = Queue("publishing", connection=redis(), serializer=JSONSerializer)
        bell.enqueue("jobs.schedule.publish_due", job_timeout=60, result_ttl=0)
        worker = start_a_worker(servers, var, heard)
        assert begun.wait(LIMIT)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(LIMIT) == 0
        states = [again(post).state for post in posts]
        out = states.count("published")
        assert out == len(mastodon.posts) > 0
        assert states == ["published"] * out + ["scheduled"] * (len(posts) - out)
        assert out < len(posts)
        assert {(post.lease_key, post.tries) for post in posts[out:]} == {(None, 0)}


def start_a_worker(servers, var, heard):
    """A real worker of the publishing queue, in a process of its own; it makes a file when it is asked to stop."""
    script = textwrap.dedent(f"""
        from app.core.settings import override
        override(database_url={servers.database_url!r}, redis_url={servers.redis_url!r}, var_dir={str(var)!r},
                 private_hosts=["127.0.0.1"], _env_file=None)
        from pathlib import Path
        from app.schedule import engine
        from jobs.worker import main
        stop_softly = engine.stop_softly
        def stop():
            stop_softly()
            Path({str(heard)!r}).touch()
        engine.stop_softly = stop
        main(("publishing",))
    """)
    return subprocess.Popen([sys.executable, "-c", script])


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
              "seconds": 120, "longest": 240, "key": uuid4(), "id": uuid4(), "ids": some, "full": some,
              "contents": some, "tries": some, "first": moment, "last": moment, "accounts": some,
              "places": "[]", "rows": "[]", "worker": "here:1", "mark": 1}  # fmt: skip
    used = {key: value for key, value in values.items() if f":{key}" in QUERIES[name].text}
    assert session.execute(text(f"EXPLAIN {QUERIES[name].text}"), used).all()


def test_a_claim_looks_into_an_index(world):
    session.execute(leases.sql["in_turn"])
    given = {"places": "[]", "now": now(), "run": 20, "mark": 1}
    plan = session.execute(text(f"EXPLAIN {leases.sql['next_posts'].text}"), given)
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

    def test_a_follow_up_answers_its_post(self, workspace, mastodon):
        post = a_post(workspace, "New in the shop.")
        post.parts = [
            PostPart(workspace_id=workspace.id, position=0, kind="follow_up", text="Last sizes.", delay_minutes=30)
        ]
        parent = planned(on(mastodon, workspace), "mastodon/status", post=post, minutes=0)
        session.commit()
        publish_due()
        with everywhere():
            follow_ups.sweep()
            session.commit()
        child = session.scalars(select(ScheduledPost).where(ScheduledPost.parent_id == parent.id)).one()
        assert child.state == "scheduled"
        make_due(child)
        publish_due()
        assert again(child).state == "published"
        assert [status["in_reply_to_id"] for status in mastodon.posts] == [None, mastodon.posts[0]["id"]]
