"""How many posts a second go out, end to end, and how late they are.

    python -m benchmarks.publish [POSTS]

Starts its own PostgreSQL (durable) and Valkey, and a platform on this machine that answers after 50 ms. Fills
POSTS posts (100,000) due at one moment over 200 accounts, and lets two workers publish them as they always do:
claim, checks, try, call, outcome, history. Beside it, in the same run: what the same HTTP client does on the
same cores without a database (the ceiling), one forked RQ job for each post, and twelve posts a second through
clock, bell and worker. The promises: 60 % of the ceiling; a hundred times one job a post; 100,000 within a
minute; 95 % at most one second late at twelve a second; nothing twice; a worker's memory stays flat.
"""

import json
import multiprocessing
import os
import signal
import statistics
import sys
import time
from datetime import datetime, timedelta
from typing import Any

import psutil

from benchmarks.ground import ground, port, run_beside

POSTS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
ACCOUNTS, WORKERS, SECONDS, RATE, STEADY = 200, 2, 8.0, 12, 60.0
JOBS = 120  # posts sent by a job each
FORK = multiprocessing.get_context("fork")


def main() -> None:
    """Print the figures; leave with 1 when a promise is not kept."""
    with ground() as urls:
        platform = f"http://127.0.0.1:{port()}"
        with run_beside("benchmarks.platform_server", platform.rpartition(":")[2]):
            from benchmarks.publishing_ground import Ground

            here = Ground(platform, ACCOUNTS)
            before = ceiling(platform)
            one_each = one_job_each(here)
            loops = [fixed_loop()]
            burst = Burst(here)
            loops.append(fixed_loop())
            after = ceiling(platform)
            steady = steadily(here)
            bare = statistics.mean((before, after))
            kept = report(burst, bare, one_each, steady)
            print(f"  this machine: a fixed loop took {loops[0]:.2f} s before the burst, {loops[1]:.2f} s after it")
        del urls
    sys.exit(0 if kept else 1)


def fixed_loop() -> float:
    """Seconds of one process for the same work each time: what the machine's processor does just now."""
    began, total = time.process_time(), 0
    for number in range(10_000_000):
        total += number & 7
    return time.process_time() - began


def report(burst: "Burst", bare: float, one_each: float, steady: list[float]) -> bool:
    """One line a promise; whether all are kept."""
    first, last = burst.memory
    kept = {
        f"{POSTS:,} posts in {burst.seconds:.1f} s: {burst.rate:,.0f} posts/s end to end": burst.seconds
        <= 60,
        f"bare HTTP of the same client: {bare:,.0f}/s; ratio {burst.rate / bare:.0%}": burst.rate
        >= 0.6 * bare,
        f"lateness of the burst: median {burst.late[0]:.1f} s, 95th percentile {burst.late[1]:.1f} s": True,
        f"one forked RQ job a post: {one_each:.1f} posts/s; ratio {burst.rate / one_each:.0f} x": burst.rate
        >= 100 * one_each,
        f"at {RATE} posts/s: lateness median {steady[0]:.2f} s, 95th percentile {steady[1]:.2f} s": steady[1]
        <= 1,
        f"twice on the platform: {burst.twice}; missing: {burst.missing}": not (burst.twice or burst.missing),
        f"memory of a worker: {first:.0f} MB after a quarter, {last:.0f} MB at the end": last <= 1.15 * first,
    }
    for line, good in kept.items():
        print(f"{'  ' if good else '! '}{line}")
    return all(kept.values())


# -- the ceiling: the same client, the same connections, no database ---------------------------------


def ceiling(platform: str) -> float:
    """Requests a second of two processes with a connection for each account."""
    totals: Any = FORK.Queue()
    processes = [
        FORK.Process(target=_call_on, args=(platform, ACCOUNTS // WORKERS, totals)) for _ in range(WORKERS)
    ]
    for process in processes:
        process.start()
    found = sum(totals.get() for _ in processes)
    for process in processes:
        process.join()
    return float(found / SECONDS)


def _call_on(platform: str, connections: int, totals: Any) -> None:
    from app.core.waiting import start_lane
    from app.core.wire import Wire
    from jobs.worker import calm_collector

    calm_collector()
    wire, counts, until = Wire(connections=connections), [], time.monotonic() + SECONDS
    text = "Tartan number 1, woven in Lochcarron for the autumn, in nine colours that the dyers have made."
    body = json.dumps(
        {"event": "post.published", "id": "1", "data": {"channel": "message", "text": text}}
    ).encode()

    def lane() -> None:
        count = 0
        while time.monotonic() < until:
            wire.post(f"{platform}/bare", body=body, headers={"Content-Type": "application/json"})
            count += 1
        counts.append(count)

    for one in [start_lane(lane) for _ in range(connections)]:
        one.result()
    totals.put(sum(counts))


# -- the burst ---------------------------------------------------------------------------------------


class Burst:
    """All posts at one moment, and what became of them."""

    def __init__(self, here: Any) -> None:
        at = here.plan(POSTS, datetime.now().astimezone() + timedelta(seconds=POSTS / 8000 + 3))
        known = here.asked()
        workers = [FORK.Process(target=_publish) for _ in range(WORKERS)]
        for worker in workers:
            worker.start()
        self.memory = _watch(here, at, [worker.pid for worker in workers])
        for worker in workers:
            os.kill(worker.pid, signal.SIGTERM)
            worker.join()
        self.late, count, last = here.lateness(at)
        self.seconds = (last - at).total_seconds()
        self.rate = count / self.seconds
        now = here.asked()
        self.twice = now["most"] - 1 if now["most"] else 0
        self.missing = POSTS - (now["posts"] - known["posts"])


def _publish() -> None:
    """A worker: as long as it lives, publish what is due."""
    from app import the_app
    from app.core.database import db, everywhere
    from app.schedule.engine import publish_due
    from jobs.worker import calm_collector

    app = the_app()
    calm_collector()
    with app.app_context(), everywhere():
        db.engine.dispose(close=False)
        while True:
            publish_due()
            time.sleep(0.2)


def _watch(here: Any, at: datetime, pids: list[int | None]) -> tuple[float, float]:
    """Wait until nothing is left; the workers' mean memory (PSS, MB) after a quarter and at the end."""
    seen: list[float] = []
    while here.any_left(at):
        if datetime.now().astimezone() > at:
            seen.append(_memory(pids))
        time.sleep(2)
    last = _memory(pids)
    return (seen or [last])[len(seen) // 4], last


def _memory(pids: list[int | None]) -> float:
    return statistics.mean(psutil.Process(pid).memory_full_info().pss for pid in pids) / 1e6


# -- one job for each post, and twelve posts a second ------------------------------------------------


def one_job_each(here: Any) -> float:
    """Posts a second when a forked job of RQ sends each: two workers, the same way of sending."""
    from rq import Queue
    from rq.serializers import JSONSerializer

    from app.core.queue import redis

    at = here.plan(JOBS, datetime.now().astimezone() - timedelta(seconds=1))
    queue = Queue("publishing", connection=redis(), serializer=JSONSerializer)
    for post in here.waiting(at):
        queue.enqueue("benchmarks.publishing_ground.publish_one", str(post), result_ttl=0)
    began = time.monotonic()
    workers = [FORK.Process(target=_work_through) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not here.any_left(at), "a job did not send its post"
    return JOBS / (time.monotonic() - began)


def _work_through() -> None:
    from rq.serializers import JSONSerializer

    from app.core.queue import forget_connections, redis
    from jobs.worker import Horse

    forget_connections()
    Horse(["publishing"], connection=redis(), serializer=JSONSerializer).work(
        burst=True, logging_level="ERROR"
    )


def steadily(here: Any) -> list[float]:
    """How late posts are that are due one after the other, with the clock and a worker as `make run` has them."""
    from app.core.queue import redis
    from jobs import clock, worker

    redis().flushdb()
    parts = [FORK.Process(target=_as_part, args=(main, ())) for main in (clock.main,)]
    parts.append(FORK.Process(target=_as_part, args=(worker.main, (("publishing",),))))
    for part in parts:
        part.start()
    at = here.plan(int(RATE * STEADY), datetime.now().astimezone() + timedelta(seconds=6), RATE)
    while here.any_left(at):
        time.sleep(1)
    for part in parts:
        os.kill(part.pid, signal.SIGTERM)
    for part in parts:
        part.join(20)
        part.kill()
    return list(here.lateness(at)[0])


def _as_part(part: Any, given: tuple[Any, ...]) -> None:
    from app import the_app
    from app.core.database import db
    from app.core.queue import forget_connections

    forget_connections()
    with the_app().app_context():
        db.engine.dispose(close=False)
    part(*given)


if __name__ == "__main__":
    main()
