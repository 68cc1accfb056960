"""Servers of a benchmark's own, in a temporary folder."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def ground(**settings: object) -> Iterator[str]:
    """PostgreSQL, durable, and Valkey, with the settings pointing at them and every table made; its URL."""
    from app.core.migrate import upgrade
    from app.core.settings import override
    from app.local.servers import Postgres, Valkey

    with tempfile.TemporaryDirectory(prefix="slogan-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        postgres, valkey = Postgres(Path(folder, "postgres")), Valkey(Path(folder, "valkey"))
        try:
            given = {
                "database_url": postgres.start(),
                "redis_url": valkey.start(),
                "var_dir": Path(folder),
                **settings,
            }
            override(**given, private_hosts=["127.0.0.1"], statement_timeout_ms=3_600_000, _env_file=None)
            upgrade(str(given["database_url"]))
            yield str(given["database_url"])
        finally:
            valkey.stop()
            postgres.stop()


def port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def run_beside(module: str, *given: str) -> Iterator[None]:
    """A module as a process of its own, listening on the port that its first argument names."""
    process = subprocess.Popen([sys.executable, "-m", module, *given], env=dict(os.environ))
    try:
        until = time.monotonic() + 20
        while True:
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", int(given[0]))) == 0:
                    break
            if time.monotonic() > until:
                raise TimeoutError(f"{module} did not come up")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()
