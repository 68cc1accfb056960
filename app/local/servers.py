"""PostgreSQL and Valkey for this machine: embedded ones, or those that the settings name."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg
import redis
from sqlalchemy import make_url

from app.core.errors import Unavailable
from app.core.settings import override, settings
from app.local import running
from app.local.postgres import Postgres, create_database
from app.local.valkey import Valkey

__all__ = ["Postgres", "ServerUrls", "Valkey", "check", "connected", "create_database", "servers"]


class ServerUrls(NamedTuple):
    """Where the two servers are: PostgreSQL as the owner of the tables, and Redis or Valkey."""

    database_url: str
    redis_url: str


@contextmanager
def servers(var_dir: Path, output: int | None = None) -> Iterator[ServerUrls]:
    """The servers that the settings name, and embedded ones under `var_dir` for those they do not.

    `output` is a file descriptor for what embedded ones print; without it each keeps a log file.
    Raise Unavailable, naming the setting, when a named one cannot be reached.
    """
    database_url, redis_url = settings().database_url, settings().redis_url
    check(database_url, redis_url)
    with ExitStack() as stack:
        if not database_url:
            postgres = Postgres(var_dir / "postgres", output=output)
            stack.callback(postgres.stop)
            database_url = postgres.start()
        if not redis_url:
            valkey = Valkey(var_dir / "valkey", output=output)
            stack.callback(valkey.stop)
            redis_url = valkey.start()
        yield ServerUrls(database_url, redis_url)


@contextmanager
def connected() -> Iterator[ServerUrls]:
    """The servers of the Slogan that runs here, or of none: then servers for the time of a command.

    Sets both URLs in the settings, so that the application may be made inside.
    """
    var_dir = settings().var_dir.absolute()
    with ExitStack() as stack:
        if held := stack.enter_context(running.lock_if_free(var_dir)):
            urls = stack.enter_context(servers(var_dir))
            held.note(database_url=urls.database_url, redis_url=urls.redis_url)
        else:
            urls = _of_the_running(var_dir)
        override(database_url=urls.database_url, redis_url=urls.redis_url)
        yield urls


def _of_the_running(var_dir: Path) -> ServerUrls:
    """Wait for the one who holds the lock to say where its servers are."""
    note = running.wait_for_note(var_dir, "redis_url")
    return ServerUrls(note["database_url"], note["redis_url"])


def check(database_url: str | None, redis_url: str | None) -> None:
    """Raise Unavailable, naming the setting and what to do, for a server that cannot be reached."""
    if database_url:
        plain = make_url(database_url).set(drivername="postgresql")
        try:
            psycopg.connect(plain.render_as_string(hide_password=False), connect_timeout=5).close()
        except (psycopg.Error, UnicodeError) as problem:
            raise Unavailable(_advice("DATABASE_URL", "PostgreSQL", repr(plain), problem)) from problem
    if redis_url:
        try:
            with redis.Redis.from_url(redis_url, socket_connect_timeout=5, socket_timeout=5) as client:
                client.ping()
        except (redis.RedisError, OSError, ValueError) as problem:
            raise Unavailable(_advice("REDIS_URL", "Redis or Valkey", redis_url.rpartition("@")[2], problem)) from problem


def _advice(setting: str, server: str, where: str, problem: Exception) -> str:
    reason = " ".join(str(problem).split())
    return (
        f"{setting} names a server that cannot be used ({where}): {reason}. "
        f"Start that server or correct {setting}; without {setting}, Slogan starts an embedded {server}."
    )
