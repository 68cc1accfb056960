"""PostgreSQL and Valkey for this machine: embedded ones, or those that the settings name."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import make_url

from app.core.errors import Unavailable
from app.core.settings import override, settings
from app.local import running
from app.local.postgres import Postgres, create_database
from app.local.valkey import Valkey

__all__ = ["Postgres", "ServerUrls", "Servers", "Valkey", "check", "connected", "create_database", "servers"]


class ServerUrls(NamedTuple):
    """Where the two servers are: PostgreSQL as the owner of the tables, and Redis or Valkey."""

    database_url: str
    redis_url: str


class Servers:
    """The servers that the settings name, and embedded ones under a folder for those they do not."""

    def __init__(self, var_dir: Path) -> None:
        named = settings()
        check(named.database_url, named.redis_url)
        self.postgres = None if named.database_url else Postgres(var_dir / "postgres")
        self.valkey = None if named.redis_url else Valkey(var_dir / "valkey")
        self.urls = ServerUrls(named.database_url or "", named.redis_url or "")

    def start(self) -> ServerUrls:
        """Start the embedded ones. Raise Unavailable with the reason when one does not come up."""
        database_url = self.postgres.start() if self.postgres else self.urls.database_url
        redis_url = self.valkey.start() if self.valkey else self.urls.redis_url
        self.urls = ServerUrls(database_url, redis_url)
        return self.urls

    def embedded(self) -> list[Postgres | Valkey]:
        """Those that are children of this process."""
        return [server for server in (self.postgres, self.valkey) if server]

    def names(self) -> list[str]:
        """What they are called."""
        return [type(server).__name__ for server in self.embedded()]

    def stop(self) -> None:
        """Stop the embedded ones, PostgreSQL last."""
        for server in reversed(self.embedded()):
            server.stop()


@contextmanager
def servers(var_dir: Path) -> Iterator[ServerUrls]:
    """The servers of the settings or embedded ones, for as long as the block runs.

    Raise Unavailable, naming the setting, when one that is named cannot be reached.
    """
    own = Servers(var_dir)
    try:
        yield own.start()
    finally:
        own.stop()


@contextmanager
def connected() -> Iterator[ServerUrls]:
    """The servers of the Slogan that runs here, or of none: then servers for the time of a command.

    Sets both URLs in the settings, so that the application may be made inside. Of two commands
    at once, the one that started the servers waits with stopping them for the other.
    """
    var_dir = settings().var_dir.absolute()
    with ExitStack() as stack:
        urls = _connect(stack, var_dir)
        override(**urls._asdict())
        yield urls


def _connect(stack: ExitStack, var_dir: Path) -> ServerUrls:
    if settings().database_url and settings().redis_url:
        return stack.enter_context(servers(var_dir))
    if held := stack.enter_context(running.lock_if_free(var_dir)):
        urls = stack.enter_context(servers(var_dir))
        stack.callback(running.wait_for_users, var_dir)
        held.note(**urls._asdict())
        return urls
    stack.enter_context(running.using(var_dir))
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
            once = {"socket_connect_timeout": 5, "socket_timeout": 5, "retry": Retry(NoBackoff(), 0)}
            with redis.Redis.from_url(redis_url.replace("valkey://", "redis://"), **once) as client:
                client.ping()
        except (redis.RedisError, OSError, ValueError) as problem:
            where = redis_url.rpartition("@")[2]
            raise Unavailable(_advice("REDIS_URL", "Valkey", where, problem)) from problem


def _advice(setting: str, server: str, where: str, problem: Exception) -> str:
    reason = " ".join(str(problem).split())
    return (
        f"{setting} names a server that cannot be used ({where}): {reason}. "
        f"Start that server or correct {setting}; without {setting}, Slogan starts an embedded {server}."
    )
