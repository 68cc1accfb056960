"""`make smoke`: everything, from nothing to published posts and their figures, as a person would use it.

Starts Slogan in a fresh folder on free ports, signs in over HTTP, imports ARTICLES and PRODUCTS (a file
or a folder each; the demo's by default), rewrites for three channels, schedules ten posts a minute
ahead, waits until they are published, reads the analytics page, stops, and prints one line. Exits
with 1 when anything is off.
"""

import io
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from app.local.ports import any_free
from benchmarks.browser import Browser, Refused

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "app/local/demo_data"
CHANNELS = ("practice/feed_post", "practice/short_post", "facebook/feed_post")
POSTS = 10
PAGES = (
    "/", "/calendar", "/calendar/week", "/calendar/list", "/posts", "/posts/new", "/articles", "/products",
    "/requirements", "/syndication/mvp-test", "/accounts", "/log", "/outbox", "/schedules", "/analytics",
)  # fmt: skip


def main() -> None:
    articles = Path(os.environ.get("ARTICLES") or DEMO / "articles")
    products = Path(os.environ.get("PRODUCTS") or DEMO / "products.csv")
    with tempfile.TemporaryDirectory(prefix="slogan-smoke-") as folder:
        Path(folder).chmod(0o755)
        log = Path(folder) / "output"
        try:
            with running(Path(folder), log) as (address, process):
                print(use(address, process, log, articles, products))
        except (Refused, AssertionError, TimeoutError) as problem:
            print(f"smoke: failed: {problem}\n--- the log's end\n{log.read_text()[-3000:]}", file=sys.stderr)
            sys.exit(1)


@contextmanager
def running(folder: Path, log: Path, **more: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Slogan in that folder, on a free port, until the block ends; `more` are further settings."""
    port = any_free("127.0.0.1")
    mine = {"VAR_DIR": str(folder / "var"), "PORT": str(port), "HOST": "127.0.0.1", "PYTHONUNBUFFERED": "1", **more}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.local.supervisor"],
            cwd=ROOT,
            env=os.environ | mine,
            stdout=output,
            stderr=output,
        )
        try:
            wait(
                lambda: process.poll() is not None or "with the password" in log.read_text(),
                300,
                "Slogan to start",
            )
            assert process.poll() is None, "Slogan did not start"
            yield address_in(log), process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(120)
            except subprocess.TimeoutExpired:
                process.kill()
        assert process.returncode in (0, 130, 143), f"Slogan stopped with {process.returncode}"


def use(address: str, process: subprocess.Popen[bytes], log: Path, articles: Path, products: Path) -> str:
    """Do what a new user does; returns the closing line."""
    person = Browser(address)
    person.sign_in("admin@example.com", demo_password(log))
    article_count = bring_in(person, "articles", articles)
    product_count = bring_in(person, "products", products)
    posts = [rewritten(person, channel) for channel in CHANNELS]
    planned = schedule(person, posts)
    published = wait_for_posts(person, planned)
    for path in PAGES:
        person.get(path)
    slowest = max(person.pages[path] for path in PAGES)
    return (
        f"smoke: {article_count} articles, {product_count} products, {published} of {POSTS} published, "
        f"slowest page {slowest:.0f} ms, {memory_of(process):.0f} MB"
    )


def address_in(log: Path) -> str:
    """Where it says that it runs: somebody else may have been quicker to take the port that was free."""
    found = re.search(r"Slogan runs at (\S+)", log.read_text())
    assert found, "no address was printed"
    return found[1]


def demo_password(log: Path) -> str:
    """What the supervisor printed."""
    found = re.search(r"with the password (\S+)", log.read_text())
    assert found, "no password was printed"
    return found[1]


def bring_in(person: Browser, kind: str, source: Path) -> int:
    """Upload a file, or a folder as a zip, and wait for the import's end; returns how many are there."""
    if source.is_dir() and kind == "articles":
        files = [(f"{source.name}.zip", zipped(source))]
    else:
        paths = sorted(source.iterdir()) if source.is_dir() else [source]
        files = [(path.name, path.read_bytes()) for path in paths if path.is_file()]
    started = person.upload("/api/v1/imports", files, kind=kind)
    activity = wait(lambda: over(person, started["id"]), 300, f"the {kind} to be imported")
    assert activity["state"] == "done", f"import of {kind}: {activity['message']}"
    for problem in activity["problems"]:
        print(f"  {problem['where']}: {problem['reason']}", file=sys.stderr)
    return activity["result"].get("seen", activity["done"])


def over(person: Browser, activity_id: str) -> dict | None:
    activity = person.api("GET", f"/api/v1/activities/{activity_id}")
    return activity if activity["state"] in ("done", "failed", "stopped") else None


def zipped(folder: Path) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*.m*")):
            archive.write(path, path.relative_to(folder))
    return out.getvalue()


def rewritten(person: Browser, channel: str) -> str:
    """A section rewritten for a channel; returns its text."""
    asked = person.api("POST", "/api/v1/rewrites", channel=channel, section="next")
    run = wait(lambda: done(person, asked["id"]), 120, f"the rewrite for {channel}")
    assert run["fit_to_schedule"], f"the rewrite for {channel}: {run['state']} {run.get('error')}"
    return run["text"]


def done(person: Browser, run_id: str) -> dict | None:
    run = person.api("GET", f"/api/v1/rewrites/{run_id}")
    return run if run["state"] in ("success", "partial", "failed") else None


def schedule(person: Browser, texts: list[str]) -> list[str]:
    """Ten posts on the practice network, a minute ahead; returns their ids."""
    accounts = person.api("GET", "/api/v1/accounts")
    practice = next(account for account in accounts if account["platform"] == "practice")
    at = (datetime.now(UTC) + timedelta(minutes=1)).isoformat(timespec="seconds")
    planned = []
    for number in range(POSTS):
        text = texts[0] if number == 0 else f"{number + 1}. {texts[1]}"
        channel = CHANNELS[0] if number == 0 else "practice/feed_post"
        post = person.api("POST", "/api/v1/posts", text=text, variants={channel: None})
        made = person.api(
            "POST",
            "/api/v1/scheduled-posts",
            post_id=post["id"],
            channel=channel,
            account_id=practice["id"],
            scheduled_time=at,
        )
        planned.append(made["id"])
    return planned


def wait_for_posts(person: Browser, planned: list[str]) -> int:
    """Wait until all are published; returns how many are. Raise TimeoutError, AssertionError."""

    def all_out() -> int | None:
        states = [person.api("GET", f"/api/v1/scheduled-posts/{post_id}")["state"] for post_id in planned]
        return len(states) if set(states) == {"published"} else None

    return wait(all_out, 150, "the posts to be published", pause=2)


def memory_of(process: subprocess.Popen[bytes]) -> float:
    """Proportional set size of the whole tree, servers included, in megabytes."""
    root = psutil.Process(process.pid)
    return sum(one.memory_full_info().pss for one in [root, *root.children(recursive=True)]) / 1e6


def wait(ready, seconds: float, what: str, pause: float = 0.3):
    """What `ready()` returns once it is true. Raise TimeoutError saying what was waited for."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := ready():
            return found
        time.sleep(pause)
    raise TimeoutError(f"waited {seconds:.0f} s for {what}")


if __name__ == "__main__":
    main()
