"""`slogan run` as a person meets it: it comes up, refuses a second, survives kill -9, stops cleanly."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import closing, suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from app.local import running

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
        if process.poll() is None:
            process.kill()
            process.communicate()


def run(folder, port, **settings):
    clean = {name: value for name, value in os.environ.items() if name not in UNSET}
    return subprocess.Popen(
        [sys.executable, "-m", "app.local.supervisor"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT,
        env=clean | {"VAR_DIR": str(folder), "PORT": str(port)} | settings,
    )  # fmt: skip


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


def address_of(process):
    return read_until(process, r"Slogan runs at (\S+)")[1]


def test_its_whole_life(slogan, folder, busy):
    first = slogan(folder, busy)
    read_until(first, rf"port {busy} on 127\.0\.0\.1 is busy .*; taking \d+")
    address = address_of(first)
    assert urllib.request.urlopen(f"{address}/health", timeout=5).status == 200
    note = running.read_note(folder)
    assert (note["pid"], note["address"]) == (first.pid, address)

    second = slogan(folder, busy)
    told, _ = second.communicate(timeout=20)
    assert second.returncode == 1
    assert f"Slogan runs already at {address} (process {first.pid}, " in told

    with psycopg.connect(note["database_url"]) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 'rallying cry' AS words")
    for process in everyone(first):
        with suppress(psutil.NoSuchProcess):  # many die with their parent
            process.kill()
    first.communicate(timeout=10)

    began = time.monotonic()
    third = slogan(folder, busy)
    urllib.request.urlopen(f"{address_of(third)}/health", timeout=5).close()
    assert time.monotonic() - began < 15, "the second start is slow; benchmarks have the exact figure"
    with psycopg.connect(running.read_note(folder)["database_url"]) as owner:
        assert owner.execute("SELECT words FROM kept").fetchone() == ("rallying cry",)
    names = {process.name() for process in everyone(third)}
    assert {"postgres", "valkey-server"} <= names

    revive_postgres(third, folder)
    stops_with_everyone(third)
    assert running.read_note(folder) is None


def revive_postgres(process, folder):
    """A killed PostgreSQL is started again at its old address."""
    url = running.read_note(folder)["database_url"]
    server = next(one for one in psutil.Process(process.pid).children() if one.name() == "postgres")
    server.kill()
    read_until(process, r"Postgres died; it starts again")
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            with psycopg.connect(url) as owner:
                assert owner.execute("SELECT count(*) FROM kept").fetchone() == (1,)
                return
        except psycopg.OperationalError:
            time.sleep(0.1)
    pytest.fail("PostgreSQL did not come back")


def stops_with_everyone(process):
    """Ctrl-C leaves no process behind."""
    tree = everyone(process)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert [one for one in tree if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []


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
    said, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    assert told in said
    assert "Traceback" not in said
