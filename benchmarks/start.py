"""How long the second start takes, from the command to the first page that a person can use.

    python -m benchmarks.start [RUNS]     (default 5)

Starts Slogan in a fresh folder, stops it, and then starts it RUNS times more on the same data. A run ends
when the sign-in page has been answered with 200. Prints each run and the median. The promise: under 5 s.
"""

import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from app.local.ports import any_free
from benchmarks.family import stop, supervisor, up

BUDGET = 5.0  # seconds


def main() -> None:
    """Print the figure; leave with 1 when it is over the budget."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory(prefix="slogan-start-") as folder:
        Path(folder).chmod(0o755)
        print(f"first start, with the demo: {start(Path(folder)):.1f} s")
        took = []
        for number in range(runs):
            took.append(start(Path(folder)))
            print(f"start {number + 2}: {took[-1]:.2f} s")
    median = statistics.median(took)
    print(f"second start to the first page: median {median:.2f} s of {runs} (budget {BUDGET:.0f} s)")
    sys.exit(0 if median < BUDGET else 1)


def start(folder: Path) -> float:
    """Seconds from the command to the first page; Slogan is stopped again."""
    port = any_free("127.0.0.1")
    began = time.perf_counter()
    process = supervisor(folder, port)
    try:
        first_page(f"http://127.0.0.1:{port}/sign-in", process)
        took = time.perf_counter() - began
        up(folder, process)  # until it has greeted, so that it is stopped as a person would stop it
        return took
    finally:
        stop(process)


def first_page(address: str, process: "subprocess.Popen[bytes]") -> None:
    """Ask until a page comes. Raise TimeoutError after two minutes."""
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                if answer.status == 200 and b"Sign in" in answer.read():
                    return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.02)
    raise TimeoutError("Slogan did not answer")


if __name__ == "__main__":
    main()
