"""An activity whose bell was lost with Redis is rung for again."""

from datetime import timedelta

from rq import Queue
from rq.serializers import JSONSerializer

from app.accounts.activity import Activity
from app.core.database import session
from app.core.queue import redis, resolve
from app.core.time import now
from jobs import accounts


def bells():
    queue = Queue("slow", connection=redis(), serializer=JSONSerializer)
    return [(job.func_name, *job.args) for job in queue.jobs]


def test_one_that_nobody_took_is_rung_for_again_and_once(world, workspace, alice):
    old = Activity.start(workspace, "fill schedule", "Ten posts", alice)
    old.created_at = now() - timedelta(minutes=2)
    Activity.start(workspace, "fill schedule", "Only just asked for", alice)
    session.commit()
    for _ in range(2):
        accounts.sweep()
        session.commit()
    assert bells() == [("jobs.filling.fill", str(old.id))]


def test_one_that_is_under_way_is_left_alone(world, workspace, alice):
    activity = Activity.start(workspace, "import articles", "Articles", alice)
    activity.created_at = now() - timedelta(minutes=2)
    session.commit()
    activity.begin()
    accounts.sweep()
    session.commit()
    assert bells() == []


def test_every_bell_is_a_job(world):
    assert all(resolve(name).queue for name in accounts.BELLS.values())
