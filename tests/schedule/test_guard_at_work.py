"""The burst guard and the budgets at work: real workers, real commits, a server that counts."""

import secrets
import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core.database import enter, everywhere, session
from app.core.queue import redis
from app.core.time import now
from app.platforms.models import Account
from app.publishing.models import Attempt, PracticePost
from app.schedule.engine import publish_due
from app.schedule.models import ScheduledPost
from tests.publishing.servers.mastodon import Server as Mastodon
from tests.schedule.cast import a_post, an_account, planned


@pytest.fixture
def workspace(committed):
    committed.workspace.hourly_cap = 10
    return committed.workspace


@pytest.fixture
def account(workspace):
    return an_account(workspace, name="Kilts")


def due(account, number, words=None, **more):
    class Here:
        id = account.workspace_id

    slug = more.pop("slug", "practice/feed_post")
    return [
        planned(account, slug, minutes=-1, post=a_post(Here, words or secrets.token_hex(20)), **more)
        for _ in range(number)
    ]


def states(workspace):
    enter(workspace.id)
    rows = session.execute(text("SELECT state, problem_kind, count(*) FROM scheduled_posts GROUP BY 1, 2"))
    return {(row[0], row[1]): row[2] for row in rows}


def out(workspace):
    return len(PracticePost.of(workspace).all())


def test_of_fifty_posts_due_at_once_as_many_go_as_the_cap_says_and_the_rest_is_held(workspace, account):
    due(account, 50)
    session.commit()
    publish_due(lanes=4)
    assert states(workspace) == {("published", None): 10, ("held", "burst"): 40}
    assert out(workspace) == 10


def test_two_workers_share_the_cap_and_redis_has_no_part_in_it(workspace, account, app):
    def work():
        with app.app_context():
            publish_due(lanes=4)
            session.remove()

    due(account, 40)
    session.commit()
    redis().flushdb()
    workers = [threading.Thread(target=work) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert states(workspace) == {("published", None): 10, ("held", "burst"): 30}
    due(account, 1)
    session.commit()
    redis().flushdb()
    publish_due(lanes=0)
    assert out(workspace) == 10


def test_a_fault_that_plans_one_text_again_and_again_sends_it_once(workspace, account):
    for _ in range(5):
        due(account, 3, "The same words, again.")
        session.commit()
        publish_due(lanes=0)
    assert states(workspace) == {("published", None): 1, ("held", "same_text"): 14}


def test_a_fault_that_sends_one_post_again_and_again_stops(workspace, account):
    """Somebody's script sets a published post back to scheduled, over and over."""
    (post,) = due(account, 1)
    session.commit()
    back = text("UPDATE scheduled_posts SET state = 'scheduled', due_at = now() WHERE state = 'published'")
    for _ in range(5):
        publish_due(lanes=0)
        enter(workspace.id)
        session.execute(back)
        session.commit()
    publish_due(lanes=0)
    assert states(workspace) == {("held", "same_text"): 1}
    enter(workspace.id)
    assert len(Attempt.of_post(post.id)) == 1


def test_a_fault_that_loses_every_answer_stops_at_the_cap(workspace, account):
    """Tries without an outcome may be out: a script that sets them back is stopped by their number."""
    due(account, 1)
    session.commit()
    back = text("UPDATE scheduled_posts SET state = 'scheduled', due_at = now(), tries = 0 WHERE state = 'published'")
    lost = text("UPDATE attempts SET outcome = 'unsure' WHERE outcome = 'accepted'")
    for _ in range(14):
        publish_due(lanes=0)
        enter(workspace.id)
        session.execute(lost)
        session.execute(back)
        session.commit()
    assert states(workspace) == {("held", "burst"): 1}
    enter(workspace.id)
    assert session.scalar(text("SELECT count(*) FROM attempts")) == 10


def test_a_persons_yes_sends_what_was_held(workspace, account, committed):
    due(account, 12)
    session.commit()
    publish_due(lanes=0)
    enter(workspace.id)
    for post in ScheduledPost.of(workspace).where(ScheduledPost.state == "held"):
        post.allow(by=committed.alice)
    session.commit()
    publish_due(lanes=0)
    assert states(workspace) == {("published", None): 12}


def test_what_one_worker_learnt_every_worker_keeps_to_before_it_is_refused(workspace):
    with Mastodon() as server:
        texts = {name: str(value) for name, value in server.credentials().items()}
        account = an_account(workspace, "mastodon", secrets=texts)
        account.hourly_cap = 0
        due(account, 8, slug="mastodon/status")
        session.commit()
        server.budget, server.window = 11, timedelta(minutes=5)
        publish_due(lanes=2)
        refused = [one for one in server.asked if one.method == "POST"]
        publish_due(lanes=2)
        assert len([one for one in server.asked if one.method == "POST"]) == len(refused)
        assert server.budget > 0
    enter(workspace.id)
    session.expire_all()
    blocked = session.get_one(Account, account.id).blocked_until
    assert now() + timedelta(minutes=4) < blocked < now() + timedelta(minutes=6)
    with everywhere():
        assert session.scalar(text("SELECT count(*) FROM attempts WHERE outcome = 'rate_limited'")) == 0
