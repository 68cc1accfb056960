"""How long the month page takes with 100,000 posts in the month, for one reader.

    python -m benchmarks.month_page [posts]     (default 100000)

Starts servers of its own in a temporary folder, fills one workspace by bulk SQL, asks for the page as a
signed-in browser does, and prints the median and the 95th percentile in milliseconds, the number of
queries, and the kinds of node in the plan of the query that reads the days. Must be: p95 under 100 ms.
"""

import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import event, text

ROUNDS = 60
BUDGET = 100.0  # ms, 95th percentile
FILL = """
WITH places AS (
    SELECT accounts.id AS account, accounts.platform_id AS platform,
           row_number() OVER (ORDER BY accounts.id) - 1 AS number,
           (SELECT channel_type_id FROM channel_support WHERE platform_id = accounts.platform_id
            ORDER BY priority LIMIT 1) AS channel
    FROM accounts WHERE workspace_id = :workspace),
written AS (
    INSERT INTO posts (id, workspace_id, title, text, content_type, format, state, ai_generated, version)
    SELECT uuidv7(), :workspace, '', 'Tartan number ' || n || E', woven in Lochcarron.\\nOrder until Friday.',
           (ARRAY['product', 'article', 'news', 'campaign', 'text'])[1 + n % 5], 'social_post', 'approved',
           false, 1
    FROM generate_series(1, :posts) n RETURNING id),
numbered AS (SELECT id, row_number() OVER () AS n FROM written)
INSERT INTO scheduled_posts (id, workspace_id, post_id, account_id, platform_id, channel_type_id,
                             scheduled_time, due_at, zone, state, late_policy, late_minutes, tries)
SELECT uuidv7(), :workspace, numbered.id, places.account, places.platform, places.channel, moment, moment,
       'Europe/London', CASE WHEN moment < now() THEN 'published' ELSE 'scheduled' END, 'ask', 180, 0
FROM numbered
JOIN places ON places.number = numbered.n % (SELECT count(*) FROM places)
CROSS JOIN LATERAL (
    SELECT date_trunc('month', now()) + numbered.n * interval '30 days' / :posts) AS time(moment)
"""


def main() -> None:
    """Fill, ask, print."""
    posts = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory(prefix="slogan-month-") as folder:
        Path(folder).chmod(0o755)
        from app.core.settings import override
        from app.local.servers import Postgres, Valkey

        postgres, valkey = Postgres(Path(folder) / "postgres"), Valkey(Path(folder) / "valkey")
        try:
            url, redis_url = postgres.start(), valkey.start()
            override(database_url=url, redis_url=redis_url, var_dir=Path(folder), _env_file=None)
            measure(url, posts)
        finally:
            valkey.stop()
            postgres.stop()


def measure(url: str, posts: int) -> None:
    from app import the_app
    from app.core.migrate import upgrade

    upgrade(url)
    app = the_app()
    with app.app_context():
        cookie = fill(posts)
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute("VACUUM ANALYZE")  # as autovacuum does within its first minutes
        asked: Counter[str] = Counter()
        from app.core.database import db

        event.listen(db.engine, "before_cursor_execute", lambda *seen: asked.update([seen[2].split()[0]]))
        plan = plan_of()
    client = app.test_client()
    with client.session_transaction() as session:
        session.update(cookie)
    took, size, queries = [], 0, 0
    for number in range(ROUNDS + 5):
        asked.clear()
        began = time.perf_counter()
        answer = client.get("/calendar/month")
        spent = (time.perf_counter() - began) * 1000
        assert answer.status_code == 200, answer.text[:2000]
        if number >= 5:  # the first ones prepare statements and templates
            took.append(spent)
            size, queries = len(answer.data), asked["SELECT"] + asked["WITH"]
    median, high = statistics.median(took), statistics.quantiles(took, n=20)[-1]
    print(
        f"month page, {posts:,} posts in the month: "
        f"median {median:.1f} ms, p95 {high:.1f} ms (budget {BUDGET:.0f} ms)"
    )
    print(f"{size / 1000:.0f} kB, {queries} queries with those of the session; plan: {plan}")
    sys.exit(0 if high < BUDGET else 1)


def fill(posts: int) -> dict[str, Any]:
    """A workspace with five accounts and its posts; the cookie of a member."""
    from app.accounts.people import found_workspace, invite
    from app.core.database import session
    from app.platforms.models import Account, Platform
    from app.platforms.rules import load_rules

    workspace = found_workspace("Lochcarron", "Europe/London")
    alice = invite(workspace, "alice@example.com", "Alice", "a-long-password", "admin", by=None)
    load_rules(workspace)
    for name in ("practice", "mastodon", "facebook", "linkedin", "x"):
        Account.connect_new(workspace, Platform.called(workspace, name), f"Our {name}", {}, None)
    session.commit()
    session.execute(text(FILL), {"workspace": workspace.id, "posts": posts})
    session.commit()
    return {"_user_id": alice.user.fs_uniquifier, "_fresh": True, "workspace_id": str(workspace.id)}


def plan_of() -> str:
    """The kinds of node that the query over the days is made of."""
    from app.accounts.models import Workspace
    from app.core.database import everywhere, session
    from app.schedule import calendar
    from app.schedule.looks import Look

    with everywhere():
        look = Look(session.query(Workspace).one())
        spans = calendar.spans_of(look)
        bounds = {"begins": [one.begins for one in spans], "ends": [one.ends for one in spans]}
        asked = look.where() | bounds | {"few": calendar.FEW}
        plan = session.scalar(text(f"EXPLAIN (FORMAT JSON) {calendar.sql['spans'].text}"), asked)
        session.rollback()
    kinds: Counter[str] = Counter()

    def walk(node: dict[str, Any]) -> None:
        kinds[node["Node Type"] + (f" on {node['Index Name']}" if "Index Name" in node else "")] += 1
        for child in node.get("Plans", []):
            walk(child)

    walk(plan[0]["Plan"])
    return ", ".join(f"{number} × {kind}" for kind, number in kinds.items())


if __name__ == "__main__":
    main()
