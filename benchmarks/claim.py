"""What a claim costs beside 100,000 and beside so many waiting posts, with its plan.

    python -m benchmarks.claim [WAITING]

Starts its own PostgreSQL and Valkey, puts 100,000 posts on the calendar of 200 accounts that are due later and
20,000 that are due now, and times claims of them; then the same beside WAITING posts (1,000,000; the promise speaks
of 10,000,000, which takes about ten minutes and 8 GB). The promise: the same within a factor of 1.5.
"""

import statistics
import sys
import time
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from benchmarks.ground import ground

WAITING = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
ACCOUNTS, DUE, FEW, AT_ONCE = 200, 20_000, 100_000, 20


def main() -> None:
    """Print both figures, the plan and the ratio; leave with 1 when it is over 1.5."""
    with ground() as url:
        from benchmarks.publishing_ground import Ground

        here = Ground("http://127.0.0.1:9", ACCOUNTS)
        later = datetime.now().astimezone() + timedelta(days=20)
        few = _round(here, url, later, FEW)
        many = _round(here, url, later, WAITING - FEW)
        print(f"beside {FEW:>10,} waiting: {few:.1f} us a post")
        print(f"beside {WAITING:>10,} waiting: {many:.1f} us a post; ratio {many / few:.2f}")
        sys.exit(0 if many <= 1.5 * few else 1)


def _round(here: Any, url: str, later: datetime, waiting: int) -> float:
    """Add so many that wait, then claim what is due; the median cost of a claimed post in microseconds."""
    for _ in range(0, waiting, FEW):
        here.plan(min(waiting, FEW), later)
    _as_owner(url, "ANALYZE scheduled_posts")
    here.plan(DUE, datetime.now().astimezone() - timedelta(seconds=1))
    _as_owner(url, "CHECKPOINT")
    return _claims(here)


def _claims(here: Any) -> float:
    from app.accounts import instance
    from app.core.database import session
    from app.schedule.claiming import Claims, sql
    from app.schedule.leases import Lease

    costs = []
    with here._session():
        claims = Claims(Lease(), instance.watch() or 0)
        accounts = [one.id for one in claims.accounts()]
        session.execute(sql["in_turn"])
        asked = {
            "now": claims.lease.now(),
            "run": 50,
            "mark": claims.mark,
            "places": claims._places(accounts[:AT_ONCE]),
        }
        for row in session.execute(
            text("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) " + sql["next_posts"].text), asked
        ):
            if "Index" in row[0] or "Execution" in row[0]:
                print("   ", row[0].strip()[:150])
        session.rollback()
        for start in range(0, len(accounts), AT_ONCE):
            began = time.perf_counter()
            taken = claims.take(accounts[start : start + AT_ONCE], 50)
            number = sum(len(posts) for posts in taken.values())
            costs.append((time.perf_counter() - began) / number * 1e6)
        session.execute(text("DELETE FROM scheduled_posts WHERE state = 'publishing' OR due_at < now()"))
        session.commit()
    return statistics.median(costs)


def _as_owner(url: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


if __name__ == "__main__":
    main()
