"""`slogan run` as a person meets it: it comes up, refuses a second, survives kill -9, stops cleanly."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.request
from contextlib import closing, suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from app.local import running
from tests.patience import LIMIT, until

pytestmark = pytest.mark.waits
ROOT = Path(__file__).parents[2]
UNSET = ("DATABASE_URL", "DATABASE_APP_URL", "REDIS_URL", "SECRET_KEY", "VAULT_KEYS")


@pytest.fixture(scope="module")
def folder():
    with tempfile.TemporaryDirectory(prefix="slogan-run-") as name:
        yield Path(name)


@pytest.fixture(scope="module")
def busy():
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def slogan():
    """Begins `slogan run` on a folder, and ends it when the test is over, however it went."""
    begun = []

    def begin(*place, **settings):
        begun.append(run(*place, **settings))
        return begun[-1]

    yield begin
    for process in begun:
        process.limit.cancel()
        if process.poll() is None:
            process.kill()
            process.communicate()


def run(folder, port, **settings):
    clean = {name: value for name, value in os.environ.items() if name not in UNSET}
    process = subprocess.Popen(
        [sys.executable, "-m", "app.local.supervisor"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT,
        env=clean | {"VAR_DIR": str(folder), "PORT": str(port)} | settings,
    )  # fmt: skip
    process.limit = threading.Timer(2 * LIMIT, process.kill)  # what never speaks is not waited for
    process.limit.start()
    return process


def read_until(process, pattern):
    """The match of the first line that has the pattern."""
    seen = []
    for line in process.stdout:
        seen.append(line)
        if found := re.search(pattern, line):
            return found
    pytest.fail(f"{pattern} never came:\n{''.join(seen)}")


def everyone(process):
    """The supervisor and all that it started."""
    parent = psutil.Process(process.pid)
    return [parent, *parent.children(recursive=True)]


def names_of(processes):
    """What those are called that are still there: a job's process comes and goes."""
    names = set()
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            names.add(process.name())
    return names


def is_there(process):
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def is_well(address):
    with urllib.request.urlopen(f"{address}/health", timeout=LIMIT) as answer:
        return answer.status == 200


def address_of(process):
    return read_until(process, r"Slogan runs at (\S+)")[1]


def test_its_whole_life(slogan, folder, busy):
    first = slogan(folder, busy)
    read_until(first, rf"port {busy} on 127\.0\.0\.1 is busy .*; taking \d+")
    address = address_of(first)
    assert is_well(address)
    note = running.read_note(folder)
    assert (note["pid"], note["address"]) == (first.pid, address)

    second = slogan(folder, busy)
    told, _ = second.communicate(timeout=LIMIT)
    assert second.returncode == 1
    assert f"Slogan runs already at {address} (process {first.pid}, " in told

    with psycopg.connect(note["database_url"]) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 'rallying cry' AS words")
    for process in everyone(first):
        with suppress(psutil.NoSuchProcess):  # many die with their parent
            process.kill()
    first.communicate(timeout=LIMIT)

    third = slogan(folder, busy)
    assert is_well(address_of(third))
    with psycopg.connect(running.read_note(folder)["database_url"]) as owner:
        assert owner.execute("SELECT words FROM kept").fetchone() == ("rallying cry",)
    assert {"postgres", "valkey-server"} <= names_of(everyone(third))

    revive_postgres(third, folder)
    stops_with_everyone(third)
    assert running.read_note(folder) is None


def revive_postgres(process, folder):
    """A killed PostgreSQL is started again at its old address."""
    url = running.read_note(folder)["database_url"]
    server = next(one for one in psutil.Process(process.pid).children() if one.name() == "postgres")
    server.kill()
    read_until(process, r"Postgres died; it starts again")

    def kept():
        with suppress(psycopg.OperationalError), psycopg.connect(url) as owner:
            return owner.execute("SELECT count(*) FROM kept").fetchone()

    assert until(kept, "PostgreSQL") == (1,)


def stops_with_everyone(process):
    """Ctrl-C leaves no process behind."""
    tree = everyone(process)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=LIMIT)
    assert process.returncode == 0
    until(lambda: not any(is_there(one) for one in tree), "the end of them all")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DATABASE_URL", "postgresql://slogan@127.0.0.1:1/slogan", "DATABASE_URL names a server that cannot"),
        ("REDIS_URL", "redis://127.0.0.1:1/0", "REDIS_URL names a server that cannot be used"),
        ("PORT", "many", "PORT: "),
    ],
)
def test_a_bad_setting_stops_the_start_with_its_name(slogan, tmp_path, busy, name, value, told):
    process = slogan(tmp_path, busy, **{name: value})
    said, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 1
    assert told in said
    assert "Traceback" not in said
