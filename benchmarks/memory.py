"""How much memory the whole idle tree takes, servers included.

    python -m benchmarks.memory [SECONDS]     (default 30)

Starts Slogan in a fresh folder with the demo, opens each main page once, waits SECONDS seconds after that, and
prints the proportional set size (shared pages divided among those who share them) of every process, and the
sum. The promise: under 350 MB.
"""

import sys
import tempfile
import time
from pathlib import Path

import psutil

from app.local.ports import any_free
from benchmarks.browser import Browser
from benchmarks.family import stop, supervisor, up
from benchmarks.smoke import PAGES, demo_password

BUDGET = 350.0  # MB


def main() -> None:
    """Print a table and the sum; leave with 1 when it is over the budget."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30
    with tempfile.TemporaryDirectory(prefix="slogan-memory-") as folder:
        Path(folder).chmod(0o755)
        port = any_free("127.0.0.1")
        process = supervisor(Path(folder), port)
        try:
            up(Path(folder), process)
            time.sleep(seconds)
            untouched = sum(size for size, _ in sizes(process.pid))
            look_around(f"http://127.0.0.1:{port}", Path(folder))
            time.sleep(seconds)
            found = sizes(process.pid)
        finally:
            stop(process)
    for size, what in found:
        print(f"{size:7.1f} MB  {what}")
    total = sum(size for size, _ in found)
    print(f"idle memory: {untouched:.0f} MB before anybody looked, {total:.0f} MB after (budget {BUDGET:.0f} MB)")
    sys.exit(0 if max(untouched, total) < BUDGET else 1)


def look_around(address: str, folder: Path) -> None:
    """Open every main page once, so that all is loaded that a person's first minutes load."""
    person = Browser(address)
    person.sign_in("admin@example.com", demo_password(folder / "output"))
    for path in PAGES:
        person.get(path)


def sizes(pid: int) -> list[tuple[float, str]]:
    """Proportional set size in megabytes and name of every process of the tree, the largest first."""
    root = psutil.Process(pid)
    found = []
    for one in [root, *root.children(recursive=True)]:
        try:
            found.append((one.memory_full_info().pss / 1e6, name_of(one)))
        except psutil.NoSuchProcess:
            continue  # a server's helper that has just done its work
    return sorted(found, reverse=True)


def name_of(process: psutil.Process) -> str:
    """What a process calls itself, shortened."""
    words = process.cmdline()
    return " ".join(Path(word).name if word.startswith("/") else word for word in words)[:80] or process.name()


if __name__ == "__main__":
    main()
