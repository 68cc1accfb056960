"""A worker's steps one by one, posts that are due, and time that passes, for the tests of the engine."""

from datetime import timedelta

from sqlalchemy import update

from app.accounts import instance
from app.accounts.models import Workspace
from app.core.database import everywhere, session
from app.core.time import now
from app.publishing.breaker import Breaker
from app.publishing.models import Attempt
from app.schedule import sending
from app.schedule.claiming import Claims
from app.schedule.engine import checked, late_answer, publish_due, send_all
from app.schedule.leases import Lease
from app.schedule.ledger import Ledger
from app.schedule.models import ScheduledPost
from app.schedule.sweeping import sweep
from tests.patience import LIMIT
from tests.schedule.cast import a_post, planned


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


def expire():
    """Let every lease run out."""
    session.rollback()
    with everywhere():
        session.execute(update(ScheduledPost).values(lease_until=now() - timedelta(seconds=1)))
        session.commit()
