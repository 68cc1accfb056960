"""The web server as a child: gunicorn with threads, on a socket that the supervisor holds."""

import os
import signal
import socket
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication

from app.core.settings import settings
from app.local.child import dies_with


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
            "worker_class": "gthread",
            "threads": settings().web_threads,
            "preload_app": True,
            "timeout": 120,
            "graceful_timeout": 8,
            "keepalive": 15,
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
