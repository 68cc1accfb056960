"""The embedded servers come up, stop, and come back with everything after kill -9."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.core.errors import Unavailable
from app.local.servers import Postgres, Valkey, check, create_database
from tests.patience import LIMIT, until

pytestmark = pytest.mark.waits


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="slogan-servers-") as name:
        yield Path(name)


@pytest.fixture
def postgres(folder):
    server = Postgres(folder / "postgres", durable=False)
    server.start()
    yield server
    server.stop()


def ask(url, question):
    with psycopg.connect(url) as connection:
        return connection.execute(question).fetchone()[0]


def tell(url, *statements):
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement)


def test_postgres_is_18_and_has_what_slogan_needs(postgres):
    assert ask(postgres.url, "SHOW server_version").startswith("18.")
    assert ask(postgres.url, "SHOW shared_preload_libraries") == "pg_stat_statements"
    for extension in ("pg_trgm", "btree_gin", "pg_stat_statements", "vector"):
        tell(postgres.url, f"CREATE EXTENSION {extension}")


def test_postgres_wants_a_password_and_keeps_it_from_others(postgres):
    password = postgres.folder / "password"
    assert password.stat().st_mode & 0o077 == 0
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(postgres.url.replace(password.read_text(), "guessed"))
    command = psutil.Process(postgres.process.pid).cmdline()
    assert password.read_text() not in " ".join(command)


def test_a_database_is_made_once(postgres):
    tell(create_database(postgres.url, "one"), "CREATE TABLE kept (word text)")
    assert ask(create_database(postgres.url, "one"), "SELECT count(*) FROM kept") == 0
    assert ask(create_database(postgres.url, "two", template="one"), "SELECT count(*) FROM kept") == 0


def test_a_stop_keeps_the_data_and_the_password(postgres):
    tell(postgres.url, "CREATE TABLE kept (word text)", "INSERT INTO kept VALUES ('rallying cry')")
    postgres.stop()
    again = Postgres(postgres.folder)
    try:
        assert ask(again.start(), "SELECT word FROM kept") == "rallying cry"
    finally:
        again.stop()


def test_kill_9_of_the_server_loses_nothing_and_the_address_stays(folder):
    server = Postgres(folder / "postgres")
    try:
        url = server.start()
        tell(url, "CREATE TABLE kept (word text)", "INSERT INTO kept VALUES ('rallying cry')")
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(LIMIT)
        assert (server.data / "postmaster.pid").exists()
        assert server.start() == url
        assert ask(url, "SELECT word FROM kept") == "rallying cry"
    finally:
        server.stop()


def test_a_stale_note_with_somebody_elses_process_is_survived(postgres):
    postgres.stop()
    other = f"{os.getpid()}\n{postgres.data}\n1\n1\n\n127.0.0.1\n0 0\nready\n"
    (postgres.data / "postmaster.pid").write_text(other)
    assert ask(postgres.start(), "SELECT 1") == 1


def test_an_orphan_is_stopped_before_the_next_one_starts(postgres):
    orphan = postgres.process
    again = Postgres(postgres.folder, durable=False)
    try:
        assert ask(again.start(), "SELECT 1") == 1
        assert orphan.wait(LIMIT) == 0
    finally:
        again.stop()


def test_servers_die_with_a_killed_parent(folder):
    code = (
        "import sys, time, pathlib; from app.local.servers import Postgres, Valkey; "
        "folder = pathlib.Path(sys.argv[1]); "
        "p, v = Postgres(folder / 'p', durable=False), Valkey(folder / 'v'); "
        "p.start(); v.start(); print(p.process.pid, v.process.pid, flush=True); time.sleep(900)"
    )
    program = [sys.executable, "-c", code, str(folder)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as parent:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert len(pids) == 2
    until(lambda: not any(alive(pid) for pid in pids), "the end of both")


def alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_half_made_folder_is_made_anew(folder):
    (folder / "postgres" / "data").mkdir(parents=True)
    (folder / "postgres" / "data" / "half").touch()
    server = Postgres(folder / "postgres", durable=False)
    try:
        assert ask(server.start(), "SELECT 1") == 1
    finally:
        server.stop()


def test_data_of_another_version_is_named(postgres):
    postgres.stop()
    (postgres.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(Unavailable, match="written by PostgreSQL 17; this is 18"):
        postgres.start()


def test_valkey_answers_with_its_password_only_and_stops(folder):
    server = Valkey(folder / "valkey")
    with redis.Redis.from_url(server.start()) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    with (
        redis.Redis(port=server.port, retry=Retry(NoBackoff(), 0)) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()
    process, url = server.process, server.url
    server.stop()
    assert process.returncode == 0
    try:
        assert server.start() == url
    finally:
        server.stop()


def test_a_server_that_is_named_but_does_not_answer_is_named():
    with socket.socket() as taken:  # and nobody listens there
        taken.bind(("127.0.0.1", 0))
        nobody = taken.getsockname()[1]
        with pytest.raises(Unavailable, match=r"^DATABASE_URL names .*Start that server") as problem:
            check(f"postgresql://slogan:secret@127.0.0.1:{nobody}/slogan", None)
        assert "secret" not in str(problem.value)
        with pytest.raises(Unavailable, match=r"^REDIS_URL names "):
            check(None, f"redis://127.0.0.1:{nobody}/0")
