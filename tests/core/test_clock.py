"""The table of what happens by itself: every entry can be run, is registered once, and leaves a trace."""

import pytest
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from rq_scheduler import Scheduler
from sqlalchemy import select

from app.core.database import session
from app.core.queue import QUEUES, redis, resolve
from app.maintenance.models import ClockRun
from jobs.clock import CLOCK, DUE, JsonJob, register, run


@pytest.mark.parametrize("what", CLOCK)
def test_every_entry_names_a_job_with_a_queue(what, app):
    function = resolve(CLOCK[what][1])
    assert function.queue in QUEUES
    assert function.timeout


def test_it_registers_each_entry_once_also_after_redis_was_wiped(app, wiped_redis):
    scheduler = Scheduler(connection=redis(), interval=1, job_class=JsonJob)
    for _ in range(2):
        register(scheduler)
    names = {job.args[0] for job in scheduler.get_jobs()}
    assert names == {job for what, (_, job) in CLOCK.items() if what != DUE}
    redis().flushdb()
    register(scheduler)
    assert len(list(scheduler.get_jobs())) == len(names)


def test_a_worker_does_what_the_clock_rings(app, wiped_redis):
    scheduler = Scheduler(connection=redis(), interval=1, job_class=JsonJob)
    register(scheduler)
    for job in scheduler.get_jobs_to_queue():
        scheduler.enqueue_job(job)
    worker = SimpleWorker(
        [Queue(name, connection=redis(), serializer=JSONSerializer) for name in QUEUES],
        connection=redis(),
        serializer=JSONSerializer,
    )
    worker.work(burst=True, logging_level="ERROR")
    before = {job.id for job in scheduler.get_jobs()}
    register(scheduler)
    assert not list(scheduler.get_jobs_to_queue()), "what has run waits for its next time, and is not entered anew"
    assert before == {job.id for job in scheduler.get_jobs()}
    with app.app_context():
        ran = {entry.name: entry.last_error for entry in session.scalars(select(ClockRun))}
    assert ran["maintenance.make_partitions"] is None


def test_a_broken_entry_leaves_its_error(app, monkeypatch):
    import jobs.maintenance

    def breaks():
        raise ValueError("no room left")

    monkeypatch.setattr(jobs.maintenance, "make_partitions", breaks)
    with pytest.raises(ValueError, match="no room left"):
        run("maintenance.make_partitions")
    with app.app_context():
        entry = session.get(ClockRun, "maintenance.make_partitions")
        assert entry is not None
        assert entry.last_error == "ValueError: no room left"
