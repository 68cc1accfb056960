"""The bell: rung after the commit, forgotten on rollback, and no disaster when Redis is away."""

from collections.abc import Iterator

import pytest
from flask import Flask
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import text
from structlog.testing import capture_logs

from app.core import queue
from app.core.database import after_commit, session
from app.core.queue import QUEUES, depth, redis, resolve, ring
from app.core.settings import override, settings

JOB = "schedule.publish_due"


@pytest.fixture
def bells(app: Flask, wiped_redis: None) -> Iterator[Queue]:
    """The queue of publishing, with a session of its own."""
    with app.app_context():
        session.execute(text("SELECT 1"))
        yield Queue("publishing", connection=redis(), serializer=JSONSerializer)
        session.remove()


@pytest.fixture
def away() -> Iterator[None]:
    """Nobody answers at Redis' address."""
    before = settings().redis_url
    override(redis_url="redis://127.0.0.1:1/0")
    yield
    override(redis_url=before)


def test_it_rings_after_the_commit_and_not_before(bells: Queue) -> None:
    ring(JOB)
    session.flush()
    assert bells.count == 0
    session.commit()
    assert [job.func_name for job in bells.jobs] == [f"jobs.{JOB}"]


def test_it_rings_once_for_one_commit(bells: Queue) -> None:
    ring(JOB)
    session.commit()
    session.execute(text("SELECT 1"))
    session.commit()
    assert bells.count == 1


def test_a_rollback_forgets_the_bell(bells: Queue) -> None:
    ring(JOB)
    session.rollback()
    session.execute(text("SELECT 1"))
    session.commit()
    assert bells.count == 0


def test_ids_travel_as_words_and_times_out_as_the_job_says(bells: Queue) -> None:
    from uuid import uuid4

    asked = uuid4()
    ring("rewriting.run", asked)
    session.commit()
    (job,) = Queue("rewriting", connection=redis(), serializer=JSONSerializer).jobs
    assert job.args == [str(asked)] or job.args == (str(asked),)
    assert job.timeout > 0


def test_an_equal_bell_is_not_rung_again_for_a_while(bells: Queue) -> None:
    for _ in range(3):
        ring(JOB, at_most_once_in=60)
    ring(JOB, "other", at_most_once_in=60)
    session.commit()
    assert bells.count == 2
    for key in redis().keys("slogan:rung:*"):
        assert 0 < redis().ttl(key) <= 60


def test_redis_away_is_logged_and_what_was_saved_stays(bells: Queue, away: None) -> None:
    with capture_logs() as lines:
        ring(JOB)
        session.commit()
    assert [(line["event"], line["job"]) for line in lines] == [("bell lost; the sweep will find it", JOB)]


def test_what_else_waits_for_the_commit_is_done_though_redis_is_away(bells: Queue, away: None) -> None:
    done = []
    with capture_logs():
        ring(JOB)
        after_commit(lambda: done.append("second"))
        session.commit()
    assert done == ["second"]


def test_a_bell_inside_a_savepoint_rings_after_all_is_committed(bells: Queue) -> None:
    with session.begin_nested():
        with session.begin_nested():
            ring(JOB, "inner")
        ring(JOB, "outer")
    assert bells.count == 0
    session.commit()
    assert [job.args for job in bells.jobs] == [["inner"], ["outer"]]


def test_a_savepoint_that_is_undone_forgets_its_own_bells_alone(bells: Queue) -> None:
    ring(JOB, "before")
    savepoint = session.begin_nested()
    with session.begin_nested():
        ring(JOB, "undone, though its own savepoint was released")
    savepoint.rollback()
    ring(JOB, "after")
    session.commit()
    assert [job.args for job in bells.jobs] == [["before"], ["after"]]


def test_the_health_page_can_say_that_redis_is_away(app: Flask, away: None) -> None:
    assert depth() is None


def test_the_depth_of_every_queue(bells: Queue) -> None:
    ring(JOB)
    session.commit()
    assert depth() == {name: int(name == "publishing") for name in QUEUES}


def test_a_bell_for_nobody_is_our_mistake(app: Flask) -> None:
    with pytest.raises(ModuleNotFoundError):
        resolve("nowhere.nothing")
    with pytest.raises(AttributeError):
        resolve("schedule.nothing")


def test_every_job_says_its_queue_and_its_time() -> None:
    import importlib
    import pkgutil

    import jobs

    made = [
        work
        for found in pkgutil.iter_modules(jobs.__path__)
        for work in vars(importlib.import_module(f"jobs.{found.name}")).values()
        if hasattr(work, "queue") and hasattr(work, "timeout")
    ]
    assert len(made) >= 8
    assert {work.queue for work in made} <= set(QUEUES)


def test_a_job_that_breaks_leaves_nothing_half_done_and_no_session(app: Flask, wiped_redis: None) -> None:
    @queue.job()
    def breaks() -> None:
        session.execute(text("SELECT set_config('slogan.test', 'half', false)"))
        ring(JOB)
        raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        breaks()
    with app.app_context():
        session.execute(text("SELECT 1"))
        session.commit()
        assert Queue("publishing", connection=redis(), serializer=JSONSerializer).count == 0
        assert session.scalar(text("SELECT current_setting('slogan.test', true)")) in (None, "")
        session.remove()
