"""The web server stops at once when it is told to: it takes nothing new, and finishes what was asked for."""

import http.client
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.patience import LIMIT, until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def small(tmp_path):
    """A supervisor with a web server and a busy worker."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.local.web_of", str(tmp_path)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT,
    )  # fmt: skip
    limit = threading.Timer(LIMIT, process.kill)
    limit.start()
    yield process
    limit.cancel()
    process.kill()
    process.communicate()


def said(process, words):
    for line in process.stdout:
        if words in line:
            return line
    return pytest.fail(f"“{words}” was never said")


def takes_calls(port):
    try:
        socket.create_connection(("127.0.0.1", port), LIMIT).close()
    except OSError:
        return False
    return True


def test_told_to_stop_it_shuts_the_port_finishes_its_pages_and_waits_for_no_silent_browser(small, tmp_path):
    port = int(said(small, "port ").split()[-1])
    with ExitStack() as stack:
        silent = stack.enter_context(socket.create_connection(("127.0.0.1", port), LIMIT))
        kept, long = (http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT) for _ in range(2))
        kept.request("GET", "/")
        assert kept.getresponse().read() == b"whole"
        long.request("GET", "/long")
        said(small, "is asked")

        small.terminate()
        until(lambda: not takes_calls(port), "the end of taking calls")
        (tmp_path / "go").touch()
        assert long.getresponse().read() == b"whole"
        assert "all stopped" in small.communicate(timeout=LIMIT)[0]
        assert silent.recv(1) == b""
