"""How fast the analytics page is when there are millions of samples behind it.

    python benchmarks/analytics_page.py [SAMPLES]

Starts its own PostgreSQL and Valkey in a temporary folder, fills three months of posts on six platforms with
SAMPLES samples (5,000,000) and their summaries, and asks for the report and for the page over HTTP as a
signed-in person does. The promise: the numbers of 30 days over 5 million samples in under 50 milliseconds.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
SAMPLES = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
LOOKS = 110  # samples of one post over its thirty days, by the collector's rhythm
DAYS = 90  # the partitions reach three months back


def main() -> None:
    """Print one line a figure."""
    from app.core.settings import override
    from app.local.servers import Postgres, Valkey

    with tempfile.TemporaryDirectory(prefix="slogan-bench-") as folder:
        Path(folder).chmod(0o755)
        postgres, valkey = Postgres(Path(folder, "postgres"), durable=False), Valkey(Path(folder, "valkey"))
        try:
            override(
                database_url=postgres.start(), redis_url=valkey.start(), var_dir=Path(folder), _env_file=None,
                statement_timeout_ms=600_000,
            )  # fmt: skip
            measure()
        finally:
            valkey.stop()
            postgres.stop()


def measure() -> None:
    """Fill, then read as people do."""
    from app import the_app
    from app.accounts.people import found_workspace, invite
    from app.analytics.periods import Period
    from app.analytics.reports import Report
    from app.core.database import enter, session
    from app.core.migrate import upgrade
    from app.core.settings import settings

    upgrade(settings().database_url or "")
    with the_app().app_context():
        workspace = found_workspace("Benchmark", "Europe/London")
        member = invite(workspace, "bench@example.com", "Bench", "a-long-password", "admin", by=None)
        session.commit()
        enter(workspace.id)
        fill(workspace)

        def report() -> None:
            asked = Report(workspace, Period.of_days(30, workspace.zone))
            asked.totals(), asked.platforms(), asked.best_posts(), asked.best_products(), asked.times()
            assert asked.as_of
            session.commit()

        tell("numbers of 30 days", report)
        tell("totals of 30 days", lambda: Report(workspace, Period.of_days(30, workspace.zone)).totals())
        session.commit()
        browse(member)


def fill(workspace: object) -> None:
    """Posts, samples and summaries, by bulk statements, and the statistics that the planner needs."""
    from sqlalchemy import text

    from app.catalogue.models import Product
    from app.core.database import session
    from app.core.queries import queries
    from app.platforms.models import Account, Platform
    from app.platforms.rules import load_rules
    from app.posts.models import Post

    load_rules(workspace)
    for platform in Platform.in_order(workspace)[:6]:
        Account.connect_new(workspace, platform, f"Our {platform.display_name}", {}, None).state = "connected"
    for number in range(200):
        product = Product(workspace_id=workspace.id, external_id=str(number), name=f"Scarf No. {number}")
        session.add(product)
        session.flush()
        of = product.id if number % 2 else None
        session.add(Post(workspace_id=workspace.id, text=f"Post {number}", product_id=of))
    session.flush()
    values = {"workspace": workspace.id, "posts": SAMPLES // LOOKS, "looks": LOOKS, "days": DAYS}
    for statement in queries(__file__).values():
        session.execute(statement, values)
    session.commit()
    tables = ("metric_samples", "post_metrics", "daily_metrics")
    counted = {table: session.scalar(text(f"SELECT count(*) FROM {table}")) for table in tables}
    print(", ".join(f"{count:,} in {table}" for table, count in counted.items()))
    session.commit()
    analyse()


def analyse() -> None:
    """What autovacuum does by itself within minutes."""
    import psycopg

    from app.core.settings import settings

    with psycopg.connect(settings().database_url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")


def browse(member: object) -> None:
    """The page over HTTP, as a browser asks for it."""
    from app import the_app

    client = the_app().test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = member.user.fs_uniquifier, True
    for address in ("/analytics", "/analytics?days=90&best=rate", "/analytics?days=7&platform=facebook"):
        assert client.get(address).status_code == 200
        tell(f"page {address}", lambda address=address: client.get(address))


def tell(what: str, act: Callable[[], object], times: int = 40) -> None:
    """Median and 95th percentile of some runs, after one to warm up."""
    act()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        act()
        taken.append((time.perf_counter() - started) * 1000)
    median, slow = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
    print(f"{what}: median {median:.1f} ms, 95 % under {slow:.1f} ms")


if __name__ == "__main__":
    main()
