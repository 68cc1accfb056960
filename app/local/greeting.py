"""What a person wants to know first: that Slogan answers, where, and as whom to sign in."""

import contextlib
import time
from pathlib import Path
from socket import AF_INET6, create_connection, socket

from app.core.settings import settings
from app.local.log import Log


class Greeting:
    """Knocks at the web server and speaks once it answers. It never waits: there are children to watch."""

    def __init__(self, ear: socket, address: str, log: Log, began: float) -> None:
        self.sign_in: Path = settings().var_dir / "run" / "sign-in"
        self._ear, self._address, self._log, self._began = ear, address, log, began
        self._line: socket | None = None

    def knock(self) -> None:
        """Ask for /health. The system takes the call before the web server is up, and hands it over."""
        host, port = self._ear.getsockname()[:2]
        if host in ("0.0.0.0", "::"):  # noqa: S104  (compared, not listened on)
            host = "::1" if self._ear.family == AF_INET6 else "127.0.0.1"
        self._line = create_connection((host, port), timeout=5)
        self._line.sendall(b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n")
        self._line.setblocking(False)

    def try_to_say(self) -> None:
        """Speak if the answer is there."""
        if self._line is None:
            return
        try:
            answer = self._line.recv(64)
        except BlockingIOError:
            return
        except OSError:
            answer = b""
        self._line.close()
        self._line = None
        if not answer:
            with contextlib.suppress(OSError):
                self.knock()  # it died before it answered: ask the next one
        elif b" 200 " in answer:
            self._say()
        else:
            status = answer.split(b"\r", 1)[0].decode("latin-1")
            self._log.line("slogan", f"{self._address}/health answers {status!r}; see above")

    def _say(self) -> None:
        seconds = time.monotonic() - self._began
        self._log.line("slogan", f"ready after {seconds:.1f} s")
        sign_in = self.sign_in.read_text() if self.sign_in.exists() else ""
        lines = [f"Slogan runs at {self._address}", *sign_in.splitlines(), "Ctrl-C stops it."]
        self._log.say("\n" + "\n".join(f"    {line}" for line in lines) + "\n")
