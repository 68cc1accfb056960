"""How fast every main page is in a large workspace, and how many queries each asks.

    python -m benchmarks.pages [ROUNDS] [PATH …]     (default 30, and all main pages)

Reads the workspace that `make demo-large` filled, through the Slogan that runs in VAR_DIR or through its servers
alone. The pages are asked for in this process, signed in as its admin, so that the figures are those of the page
and not of the network. Prints the median and the 95th percentile in milliseconds, how much of the median this
process worked (the rest it waited, on a busy machine for a core), queries and size. Pages over
300 ms at the 95th percentile are marked and make it leave with 1.
"""

import gc
import statistics
import sys
import time
from collections import Counter
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import event, select

BUDGET = 300.0  # ms, 95th percentile
PAGES = (
    "/", "/?platform=practice", "/calendar", "/calendar/month", "/calendar/week", "/calendar/day", "/calendar/list",
    "/calendar/list?state=failed", "/calendar/tray", "/posts", "/posts?state=draft", "/posts?q=tweed", "/posts/new",
    "/posts/{post}", "/posts/{post}/versions", "/schedule/of/{post}", "/scheduled/{planned}",
    "/schedule/new?post={post}", "/media",
    "/articles", "/articles?q=dyeing", "/articles/{article}", "/articles/import", "/products",
    "/products?q=tweed+scarf", "/products/{product}", "/products/random", "/products/templates", "/products/import",
    "/syndication/mvp-test", "/rewriting/runs", "/rewriting/processes", "/requirements", "/requirements/facebook",
    "/requirements/matrix", "/accounts", "/accounts/{account}", "/schedules", "/log", "/outbox", "/practice",
    "/analytics", "/search?q=tweed", "/search?q=nothing-of-the-kind", "/activity", "/admin/people", "/admin/audit",
    "/admin/health", "/api/v1/posts", "/api/v1/scheduled-posts", "/api/v1/products",
    "/calendar/crowds", "/schedule/{planned}/move", "/posts/import", "/campaigns", "/campaigns/new", "/series",
    "/series/new", "/preflight", "/late", "/vanished", "/notices", "/notices/settings", "/notices/bell",
    "/causes/{cause}", "/requirements/practice/misfits", "/admin/instance", "/api/v1/preflight", "/api/v1/causes",
)  # fmt: skip


def main() -> None:
    """Print a line for each page, the slowest first."""
    from app.local.servers import connected

    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    with connected():
        client, ids = reader()
        asked = count_queries()
        gc.collect()
        gc.freeze()  # as the supervisor does before it starts the web server
        found = [measure(client, path.format(**ids), rounds, asked) for path in sys.argv[2:] or PAGES]
    slow = sum(high > BUDGET for high, *_ in found)
    print("  median     p95   own  queries     kB  page")
    for high, median, own, queries, size, path in sorted(found, reverse=True):
        print(f"{median:8.1f}{high:8.1f}{own:6.0f}{queries:9}{size:7.0f}  {path}{'   SLOW' if high > BUDGET else ''}")
    print(f"{len(found)} pages, {slow} over {BUDGET:.0f} ms at the 95th percentile")
    sys.exit(1 if slow else 0)


def reader() -> tuple[FlaskClient, dict[str, str]]:
    """A browser without JavaScript, signed in as the admin; and the ids of something of each kind."""
    from app import the_app
    from app.accounts.models import Member
    from app.articles.models import Article
    from app.catalogue.models import Product
    from app.core.database import everywhere, session
    from app.platforms.models import Account
    from app.schedule.models import ScheduledPost
    from app.schedule.remedies import Cause

    app = the_app()
    with app.app_context(), everywhere():
        admin = session.scalars(select(Member).where(Member.role == "admin").order_by(Member.created_at)).first()
        assert admin, "there is no workspace; `make demo-large` makes one"
        planned = ScheduledPost.of(admin.workspace).order_by(ScheduledPost.scheduled_time).first()
        assert planned, "the workspace is empty; `make demo-large` fills it"
        ids = {"planned": str(planned.id), "post": str(planned.post_id), "account": str(planned.account_id)}
        for name, kind in {"article": Article, "product": Product, "account": Account}.items():
            ids[name] = str(kind.of(admin.workspace).first().id)
        causes = sorted(Cause.all_of(admin.workspace), key=lambda cause: cause.size)
        ids["cause"] = causes[-1].key if causes else "none"  # the largest, once the sweep has been round
        cookie = {"_user_id": admin.user.fs_uniquifier, "_fresh": True, "workspace_id": str(admin.workspace_id)}
    client = app.test_client()
    with client.session_transaction() as opened:
        opened.update(cookie)
    return client, ids


def count_queries() -> Counter[str]:
    """A counter of the statements that this process sends, by their first word."""
    from app import the_app
    from app.core.database import db

    asked: Counter[str] = Counter()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "set_config" not in statement:
            asked[statement.split(maxsplit=1)[0]] += 1

    with the_app().app_context():
        event.listen(db.engine, "before_cursor_execute", note)
    return asked


def measure(client: FlaskClient, path: str, rounds: int, asked: Counter[str]) -> tuple[Any, ...]:
    """95th percentile and median in ms, of them the processor's in this process, queries, kB, the page's address."""
    took, own, size = [], [], 0
    for number in range(rounds + 2):
        asked.clear()
        began, worked = time.perf_counter(), time.process_time()
        answer = client.get(path, follow_redirects=True)
        spent = 1000 * (time.perf_counter() - began)
        assert answer.status_code in (200, 404), f"{path}: {answer.status_code} {answer.text[:1000]}"
        if number >= 2:  # the first ones prepare statements and templates
            took.append(spent)
            own.append(1000 * (time.process_time() - worked))
            size = len(answer.data)
    high = statistics.quantiles(took, n=20, method="inclusive")[-1] if len(took) > 1 else took[0]
    missing = " (404)" if answer.status_code == 404 else ""
    return high, statistics.median(took), statistics.median(own), asked.total(), size / 1000, path + missing


if __name__ == "__main__":
    main()
