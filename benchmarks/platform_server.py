"""A platform that does nothing but answer after a while, to measure publishing against: `python -m … PORT`.

It counts each post by its Idempotency-Key, so that a post that came twice is seen. `GET /count` tells.
"""

import asyncio
import json
import re
import sys
from collections import Counter

import uvloop

LATENCY = 0.05  # seconds
KEY = re.compile(rb"idempotency-key: *([^\r]+)", re.IGNORECASE)
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Platform(asyncio.Protocol):
    """One connection of a client."""

    seen: Counter[bytes] = Counter()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.heard = b""

    def data_received(self, data: bytes) -> None:
        self.heard += data
        while (end := self.heard.find(b"\r\n\r\n")) >= 0:
            head = self.heard[:end]
            length = LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self.heard) < whole:
                return
            self.heard = self.heard[whole:]
            self.answer(head)

    def answer(self, head: bytes) -> None:
        if head.startswith(b"GET /count"):
            posts, most = len(self.seen), max(self.seen.values(), default=0)
            return self.say(json.dumps({"posts": posts, "most": most}).encode())
        if key := KEY.search(head):
            self.seen[key[1]] += 1
        asyncio.get_running_loop().call_later(LATENCY, self.say, b'{"id":"1"}')
        return None

    def say(self, body: bytes) -> None:
        if not self.transport.is_closing():
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            self.transport.write(head.encode() + body)


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Platform, "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
