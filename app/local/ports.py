"""Ports of this machine: which is free, and who listens."""

import socket
from contextlib import closing

from app.core.errors import Unavailable


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        # As gunicorn does: a port whose last connections are still closing counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def any_free(host: str = "127.0.0.1") -> int:
    """A port that the system says is free now. Somebody may be faster: the caller tries again."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def next_free(host: str, wanted: int, tries: int = 100) -> int:
    """The wanted port, or the first free one above it. Raise Unavailable when there is none."""
    for port in range(wanted, min(wanted + tries, 65536)):
        if is_free(host, port):
            return port
    raise Unavailable(
        f"No port from {wanted} to {wanted + tries - 1} is free on {host}. "
        "Set PORT, or HOST to an address of this machine."
    )
