"""Workers beside each other, dead ones, and ones that are asked to stop: nothing is lost and nothing doubled."""

import signal
import subprocess
import sys
import textwrap
import threading

import pytest
from rq import Queue
from rq.serializers import JSONSerializer

from app.core.database import everywhere, session
from app.core.queue import redis
from app.schedule.engine import publish_due
from app.schedule.ledger import Ledger
from app.schedule.sweeping import sweep
from tests.patience import LIMIT, until
from tests.schedule.cast import an_account, as_texts, on, story
from tests.schedule.working import Worker, again, due, expire, outcomes_of, settle

pytestmark = pytest.mark.waits


@pytest.fixture
def workspace(committed):
    return committed.workspace


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
