"""The web server as a child: gunicorn with threads, on a socket that the supervisor holds."""

import os
import signal
import socket
import time
from collections.abc import Callable
from threading import Lock
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import ThreadWorker

from app.core.settings import settings
from app.local.child import dies_with

FINISHES = 8  # seconds that a page gets to end when the server is told to stop
KEPT = 15  # seconds that a connection is kept open for the next page
LINGERS = 0.2  # seconds for a page that is on its way over an open connection when the server is told to stop


def listen(host: str, port: int) -> socket.socket:
    """Take a port for good, so that nobody else gets it while the web server starts again.

    Raise OSError when it is taken, or when the host is no address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    ear = socket.socket(family, socket.SOCK_STREAM)
    try:
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ear.bind((host, port))
        ear.listen(512)
    except OSError:
        ear.close()
        raise
    ear.set_inheritable(True)
    return ear


class Threads(ThreadWorker):
    """gunicorn's threads, which stop at once: the door is shut, and only pages that were asked for are finished.

    Browsers hold connections open that say nothing, for the next page. gunicorn waits for those for seconds,
    while the port takes new ones that nobody answers.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._pages, self._counting, self._lingers_until = 0, Lock(), 0.0

    def handle_request(self, req: Any, conn: Any) -> Any:
        self._count(1)
        try:
            return super().handle_request(req, conn)
        finally:
            self._count(-1)

    def _count(self, number: int) -> None:
        with self._counting:
            self._pages += number

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if not self.alive:
            self._lingers_until = time.monotonic() + LINGERS
            for listener in self.sockets:
                listener.close()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        if self.alive:
            return super().wait_for_and_dispatch_events(timeout)
        super().wait_for_and_dispatch_events(min(timeout, LINGERS))
        if not self._pages and time.monotonic() > self._lingers_until:
            self.nr_conns = 0  # what is still open says nothing
        return None


class _Server(BaseApplication):
    def __init__(self, application: Callable[..., Any], ear: int) -> None:
        self.application = application
        self.ear = ear
        super().__init__()

    def load_config(self) -> None:
        """One worker with threads: its memory is the parent's, and waiting is what threads do well."""
        chosen = {
            "bind": f"fd://{self.ear}",
            "workers": 1,
            "worker_class": Threads,
            "threads": settings().web_threads,
            "preload_app": True,
            "timeout": 120,
            "graceful_timeout": FINISHES,
            "keepalive": KEPT,
            "errorlog": "-",
            "loglevel": "warning",
            "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108  (memory, not files)
            "control_socket_disable": True,
            "post_fork": lambda arbiter, worker: dies_with(arbiter.pid, signal.SIGKILL)(),
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        return self.application


def serve(application: Callable[..., Any], ear: int) -> None:
    """Answer requests on a listening socket until SIGTERM."""
    _Server(application, ear).run()
