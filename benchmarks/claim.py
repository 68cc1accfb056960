"""What a claim costs beside 100,000 and beside so many waiting posts, with its plan.

    python -m benchmarks.claim [WAITING]

Starts its own PostgreSQL and Valkey, puts 100,000 posts on the calendar of 200 accounts that are due later and
20,000 that are due now, and times claims of them, eight accounts at a time as a worker does; then the same beside
WAITING posts (1,000,000; the promise speaks of 10,000,000, which takes about five minutes and 8 GB). The promise:
the same within a factor of 1.5.
"""

import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import psutil
import psycopg
from sqlalchemy import text

from benchmarks.ground import ground

WAITING = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
ACCOUNTS, DUE, FEW, RUN, TOGETHER = 200, 20_000, 100_000, 50, 8
QUICKLY = (
    "SET session_replication_role = replica",  # nobody looks whether each row's account is there
    "SET maintenance_work_mem = '1GB'",
    "SET synchronous_commit = off",
)
# Copies of posts that are planned, spread over the month from a moment on.
FILL = """
INSERT INTO scheduled_posts (id, workspace_id, post_id, account_id, platform_id, channel_type_id, scheduled_time,
    due_at, zone, state, late_policy, late_minutes, tries)
SELECT uuidv7(), one.workspace_id, one.post_id, one.account_id, one.platform_id, one.channel_type_id, moment, moment,
    one.zone, 'scheduled', one.late_policy, one.late_minutes, 0
FROM (SELECT *, row_number() OVER () - 1 AS place FROM scheduled_posts WHERE state = 'scheduled' LIMIT 10000) one
JOIN generate_series(0, %(number)s - 1) n ON n %% 10000 = one.place
CROSS JOIN LATERAL (SELECT %(later)s + make_interval(secs => n %% 2592000) AS moment) at
"""


class Cost(NamedTuple):
    """Of a claimed post, in microseconds: the median on the wall, and PostgreSQL's processor time."""

    wall: float
    processor: float


def main() -> None:
    """Print both figures, the plans and the ratio; leave with 1 when it is over 1.5.

    Beside the time on the wall stands the processor time of PostgreSQL, which a busy machine disturbs less.
    """
    with ground() as url:
        from benchmarks.publishing_ground import Ground

        here = Ground("http://127.0.0.1:9", ACCOUNTS)
        few = _round(here, url, FEW)
        many = _round(here, url, WAITING - FEW)
        for number, cost in ((FEW, few), (WAITING, many)):
            print(f"beside {number:>10,} waiting: {cost.wall:.1f} us a post, {cost.processor:.1f} of the processor")
        print(f"ratio {many.wall / few.wall:.2f}, of the processor {many.processor / few.processor:.2f}")
        sys.exit(0 if many.wall <= 1.5 * few.wall else 1)


def _round(here: Any, url: str, waiting: int) -> Cost:
    """Add so many that wait, then claim what is due."""
    here.plan(DUE, datetime.now().astimezone() - timedelta(seconds=1))
    began = time.perf_counter()
    _fill(url, waiting, datetime.now().astimezone() + timedelta(days=20))
    print(f"{waiting:,} waiting posts put there in {time.perf_counter() - began:.0f} s")
    return _claims(here)


def _fill(url: str, number: int, later: datetime) -> None:
    """So many posts at once: their indexes are built when all are there."""
    with psycopg.connect(url, autocommit=True) as owner:
        for setting in QUICKLY:
            owner.execute(setting)  # type: ignore[call-overload]
        with _without_indexes(owner):
            owner.execute(FILL, {"number": number, "later": later})
        owner.execute("ALTER TABLE scheduled_posts SET (autovacuum_enabled = false)")
        owner.execute("ANALYZE scheduled_posts")
        owner.execute("CHECKPOINT")


@contextmanager
def _without_indexes(owner: psycopg.Connection) -> Iterator[None]:
    found = owner.execute(
        "SELECT indexname, indexdef FROM pg_indexes"
        " WHERE tablename = 'scheduled_posts' AND indexname <> 'pk_scheduled_posts'"
    ).fetchall()
    for name, _ in found:
        owner.execute(f'DROP INDEX "{name}"')  # type: ignore[call-overload]
    yield
    for _, definition in found:
        owner.execute(definition)


def _claims(here: Any) -> Cost:
    from app.accounts import instance
    from app.core.database import session
    from app.schedule.claiming import Claims
    from app.schedule.leases import Lease

    walls, number = [], 0
    with here._session():
        claims = Claims(Lease(), instance.watch() or 0)
        accounts = [one.id for one in claims.accounts()]
        _show_plan(claims, accounts[:TOGETHER])
        server = psutil.Process(session.scalar(text("SELECT pg_backend_pid()")))
        session.commit()
        before = server.cpu_times()
        for start in range(0, len(accounts), TOGETHER):
            began = time.perf_counter()
            taken = sum(len(posts) for posts in claims.take(accounts[start : start + TOGETHER], RUN).values())
            walls.append((time.perf_counter() - began) / taken)
            number += taken
        after = server.cpu_times()
        session.execute(text("DELETE FROM scheduled_posts WHERE state = 'publishing' OR due_at < now()"))
        session.commit()
    worked = after.user + after.system - before.user - before.system
    return Cost(statistics.median(walls) * 1e6, worked / number * 1e6)


def _show_plan(claims: Any, accounts: list[Any]) -> None:
    """How PostgreSQL claims for these accounts; nothing stays of it."""
    from app.core.database import session
    from app.core.queries import array
    from app.schedule.leases import LEASE, sql

    session.execute(sql["in_turn"])
    asked = {
        "accounts": array(accounts), "run": RUN, "mark": claims.mark, "now": claims.lease.now(),
        "key": claims.lease.key, "seconds": LEASE.total_seconds(),
    }  # fmt: skip
    for (line,) in session.execute(text("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) " + sql["claim"].text), asked):
        if "Scan" in line or "Execution" in line or "Update" in line:
            print("   ", line.strip()[:150])
    session.rollback()


if __name__ == "__main__":
    main()
