"""What happens by itself: one table, registered with rq-scheduler, one clock at a time."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from rq_scheduler import Scheduler
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError

from app import the_app
from app.accounts import instance
from app.core.migrate import app_url
from app.core.queue import redis, resolve
from app.core.settings import settings
from app.maintenance.models import ClockRun

log = structlog.get_logger("clock")
LEADER = 5_106_413  # any number: the advisory lock that the one clock holds
POLL = 1.0
LOOK_EVERY = 15  # seconds between looks whether Redis still has the table


@dataclass(frozen=True)
class Every:
    """A rhythm in seconds."""

    seconds: int

    def __str__(self) -> str:
        for unit, seconds in (("day", 86_400), ("hour", 3_600), ("min", 60)):
            if self.seconds >= seconds:
                number = self.seconds // seconds
                return f"every {unit}" if number == 1 else f"every {number} {unit}"
        return f"every {self.seconds} s"


DUE = "ring for due posts"
CLOCK: dict[str, tuple[Every, str]] = {
    # what                                  when             job
    DUE:                                   (Every(1),        "schedule.publish_due"),
    "settle leases and unsure posts":      (Every(30),       "schedule.sweep"),
    "look for what went out since a backup": (Every(30),     "schedule.catch_up"),
    "plan follow-ups of what went out":    (Every(20),       "schedule.plan_follow_ups"),
    "tell of posts that need a person":    (Every(20),       "schedule.notice_causes"),
    "look 72 hours ahead":                 (Every(1800),     "schedule.preflight_all"),
    "send notices by email and chat":      (Every(20),       "accounts.deliver_notices"),
    "look whether posts are still there":  (Every(60),       "schedule.look_after"),
    "lay out what recurs":                 (Every(300),      "series.top_up"),
    "fetch likes, comments and reach":     (Every(60),       "analytics.collect"),
    "look whether this is a copy":         (Every(60),       "accounts.beat"),
    "find activities whose worker is gone": (Every(60),      "accounts.sweep"),
    "find rewrites whose worker is gone":  (Every(60),       "rewriting.sweep"),
    "make next partitions":                (Every(86_400),   "maintenance.make_partitions"),
    "throw away what is past its time":    (Every(86_400),   "maintenance.tidy"),
}  # fmt: skip

CALLS_OUT = {  # silent while a restored copy waits for an admin: nothing is sent, asked, told or thrown away by itself
    "schedule.publish_due", "schedule.sweep", "schedule.catch_up", "schedule.preflight_all", "schedule.look_after",
    "accounts.deliver_notices", "analytics.collect", "maintenance.tidy",
}  # fmt: skip


class JsonJob(Job):
    """RQ's job, never pickled."""

    def __init__(self, *args: Any, serializer: Any = None, **more: Any) -> None:
        super().__init__(*args, serializer=JSONSerializer, **more)


def main() -> None:
    """Ring what the table says, while holding the lock that makes this the only clock."""
    engine = create_engine(app_url(settings().database_url or ""), pool_size=1, pool_pre_ping=True)
    while True:
        try:
            with engine.connect() as connection:
                _wait_for_lock(connection)
                _be_the_clock(connection)
        except (DBAPIError, RedisError) as error:
            log.warning("the clock waits for its servers", error=str(error).splitlines()[0])
            time.sleep(2)


def _wait_for_lock(connection: Connection) -> None:
    while not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LEADER}):
        connection.rollback()
        time.sleep(2)
    connection.commit()


def _be_the_clock(connection: Connection) -> None:
    client = redis()
    scheduler = Scheduler(connection=client, interval=POLL, job_class=JsonJob)
    next_look = 0.0
    while True:
        if time.monotonic() >= next_look:
            register(scheduler)
            next_look = time.monotonic() + LOOK_EVERY
        ring_if_due(connection, client)
        for job in scheduler.get_jobs_to_queue():
            scheduler.enqueue_job(job)
        time.sleep(POLL)


def register(scheduler: Scheduler) -> None:
    """Enter what Redis does not have, also after it was wiped; remove what the table no longer names."""
    wanted = {
        f"clock-{job.replace('.', '-')}": (every, job) for what, (every, job) in CLOCK.items() if what != DUE
    }
    known = {job.id for job in scheduler.get_jobs()}
    for stale in known - set(wanted):
        scheduler.cancel(stale)
    for job_id in sorted(set(wanted) - known):
        every, name = wanted[job_id]
        function = resolve(name)
        scheduler.schedule(
            datetime.now(UTC).replace(tzinfo=None), "jobs.clock.run", args=[name], interval=every.seconds, id=job_id,
            result_ttl=-1, timeout=function.timeout, queue_name=function.queue,
        )  # fmt: skip (a result that expired would take the entry with it)


ANY_DUE = text("""
    SELECT EXISTS (
        SELECT 1 FROM scheduled_posts JOIN workspaces ON workspaces.id = scheduled_posts.workspace_id
        WHERE scheduled_posts.state = 'scheduled' AND scheduled_posts.due_at <= now() AND workspaces.sending_on
        AND (SELECT sending FROM instance)
    )
""")


def ring_if_due(connection: Connection, client: Redis) -> bool:
    """Ring for due posts, if there are any and no worker has been rung for them yet."""
    every_workspace = text("SELECT set_config('slogan.workspace', '*', true)")
    connection.execute(every_workspace)
    due = connection.scalar(ANY_DUE)
    connection.commit()
    function = resolve(CLOCK[DUE][1])
    queue = Queue(function.queue, connection=client, serializer=JSONSerializer)
    if not due or queue.count >= settings().workers:
        return False
    queue.enqueue(
        "jobs.clock.run",
        args=(CLOCK[DUE][1],),
        job_timeout=function.timeout,
        result_ttl=0,
        failure_ttl=86_400,
    )
    return True


def run(name: str) -> None:
    """Do one entry of the table, and write down when it ran, how long it took, and what went wrong."""
    began, started = time.perf_counter(), datetime.now(UTC)
    error: str | None = None
    try:
        if name not in CALLS_OUT or may_call_out():
            resolve(name)()
    except Exception as broke:
        error = f"{type(broke).__name__}: {broke}"[:2000]
        raise
    finally:
        with the_app().app_context():
            ClockRun.note(name, started, time.perf_counter() - began, error)


def may_call_out() -> bool:
    """Whether this installation is known to be the real one; a restored copy tells nobody anything by itself."""
    with the_app().app_context():
        return instance.sends()


run.queue, run.timeout = "default", "10m"  # type: ignore[attr-defined]
