"""Servers of bare sockets, for what happens to a call byte by byte."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest

from app.core.settings import override, settings

Talk = Callable[[Any], None]
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@pytest.fixture
def server() -> Iterator[Callable[[Talk], SimpleNamespace]]:
    """Servers of bare sockets: what is given speaks on each new connection, in a thread of its own."""
    doors = []

    def start(talk: Talk) -> SimpleNamespace:
        door = socket.create_server(("127.0.0.1", 0))
        doors.append(door)
        there = SimpleNamespace(url=f"http://127.0.0.1:{door.getsockname()[1]}", heard=[], lines=0)

        def serve() -> None:
            while True:
                try:
                    line, _ = door.accept()
                except OSError:
                    return
                there.lines += 1
                threading.Thread(
                    target=speak, args=(Line(line, there.heard, there.lines),), daemon=True
                ).start()

        def speak(line: Line) -> None:
            with line.socket, suppress(OSError):
                talk(line)

        threading.Thread(target=serve, daemon=True).start()
        return there

    before = settings().private_hosts
    override(private_hosts=["127.0.0.1"])
    yield start
    override(private_hosts=before)
    for door in doors:
        door.shutdown(socket.SHUT_RDWR)
        door.close()


class Line:
    """One connection, as the other side has it."""

    def __init__(self, line: socket.socket, heard: list[bytes], number: int) -> None:
        self.socket, self.heard, self.number, self.rest = line, heard, number, b""

    def hear(self) -> bytes:
        """One whole request."""
        while b"\r\n\r\n" not in self.rest:
            self.rest += self._more()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        found = [row for row in head.lower().split(b"\r\n") if row.startswith(b"content-length:")]
        length = int(found[0].split(b":")[1]) if found else 0
        while len(self.rest) < length:
            self.rest += self._more()
        body, self.rest = self.rest[:length], self.rest[length:]
        self.heard.append(head + b"\r\n\r\n" + body)
        return body

    def say(self, words: bytes) -> None:
        self.socket.sendall(words)

    def reset(self) -> None:
        """Break off without a goodbye."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def _more(self) -> bytes:
        more = self.socket.recv(65_536)
        if not more:
            raise ConnectionError
        return more


def greet(line: Line) -> None:
    """Answer every request with a word."""
    while True:
        line.hear()
        line.say(HELLO)
