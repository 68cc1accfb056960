"""The platforms of the failure matrix: one server an account, each with a ledger and troubles of its own.

They are the servers of the connectors' tests, which behave as the platforms' references say. Here they
misbehave by plan, and write down everything that they took and when.
"""

import json
import os
import re
import select
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil

from benchmarks.chaos.talking import addresses, listen
from tests.publishing.servers import SERVERS
from tests.publishing.servers.platform import Fault, Said

WAIT = 1.5  # seconds that a 429 asks to wait
POST = re.compile(r"chaos ([a-z0-9-]+) (\d+)\b")
KINDS = {  # how an account answers when it is asked what became of a post
    "mastodon": ("mastodon", {}),             # drops a repeated key, and can be read back
    "gotosocial": ("gotosocial", {"dialect": "gotosocial"}),  # knows no key; can be read back
    "bluesky": ("bluesky", {}),               # the key is the record's own
    "keyed": ("webhook", {"honours_key": True}),  # drops a repeated key, and cannot be read back
    "webhook": ("webhook", {}),               # nobody can tell
}  # fmt: skip


class Troubled:
    """What a server of the tests needs to be one of ours. Mixed in before it."""

    def prepare(self, cell: str, trouble: dict[str, Any], pace: float, nest: int) -> None:
        """Know the cell, what is to go wrong, how long a call takes (seconds), and whose workers to kill."""
        self.cell, self.trouble, self.pace, self.nest = cell, trouble, pace, nest
        self.ledger: list[tuple[int, float]] = []  # which post was taken, and when
        self.creates_seen = self.troubles = 0
        self.here = threading.local()
        self.faults = self  # `serve` takes the next fault from here
        self.seen: set[str | bytes] = set()
        self.revoked = bool(trouble.get("revoked"))
        self.at_peace = False

    # -- as the waiting line of faults ----------------------------------------------------------------

    def __bool__(self) -> bool:
        return True

    def pop(self, _: int) -> Fault | None:
        """The trouble of this create: every second one, until enough of them met it.

        A kill troubles all accounts' workers, so a cell as a whole has had enough of it.
        """
        sharing = of(self.cell) if self.trouble.get("kind") == "kill" else [self]
        with self.lock:
            self.creates_seen += 1
            every, most = self.trouble.get("every", 2), self.trouble.get("most", 0)
            if self.at_peace or sum(one.troubles for one in sharing) >= most or self.creates_seen % every:
                return None
            self.troubles += self.trouble["kind"] != "kill"  # a kill counts when somebody died of it
        kind = self.trouble["kind"]
        if kind == "expire":
            self.expire()
            return None
        if kind == "kill" and not self.trouble.get("after"):
            self.kill_peer()
            return Fault("drop")
        return Fault(
            kind,
            self.trouble.get("after", False),
            self.trouble.get("status", 0),
            self.trouble.get("seconds", 0),
        )

    # -- serving ----------------------------------------------------------------------------------------

    def serve(self, handler: Any) -> None:
        self.here.peer, self.here.wire = handler.client_address[1], handler.connection
        try:
            super().serve(handler)
        except OSError:  # the worker hung up, or is dead
            handler.close_connection = True

    def outcome(self, asked: Any, fault: Fault | None) -> Said:
        kind = fault.kind if fault else ""
        if self.pace and self.creates(asked):
            time.sleep(self.pace)
        if kind in ("mute", "late"):
            time.sleep(fault.seconds) if kind == "mute" else self.wait_for_hang_up()
            fault.kind = "drop"
            return Said() if kind == "mute" else self.noted(asked, None)
        if kind == "limited":
            return self.slow(self.trouble["named"])
        if kind == "again":  # taken, but the answer is lost; a repeat of it is refused as one
            fault.kind = "drop"
        said = self.noted(asked, fault)
        if kind == "kill":
            self.kill_peer()
            fault.kind = "drop"
        return said

    def noted(self, asked: Any, fault: Fault | None) -> Said:
        """What the server of the tests answers; what it took is in the ledger."""
        with self.lock:
            key = asked.headers.get("idempotency-key") or (asked.body if self.creates(asked) else b"")
            if self.trouble.get("kind") == "again" and self.creates(asked) and key in self.seen:
                return self.repeated()
            before = len(self.posts)
            said = super().outcome(asked, fault)
            self.troubles += self.revoked and said.status >= 400
            for post in self.posts[before:]:
                cell, number = POST.search(json.dumps(post)).groups()
                assert cell == self.cell
                self.seen.add(key)
                self.ledger.append((int(number), time.time()))
        return said

    def wait_for_hang_up(self) -> None:
        """Wait until the worker has given up."""
        select.select([self.here.wire], [], [], 30)

    def repeated(self) -> Said:
        """A refusal of what is there already, in this platform's words."""
        if self.slug == "bluesky":
            return self.error(400, "InvalidSwap", "Record was there")
        return Said(409, {"error": "This post was taken already."})

    def slow(self, named: bool) -> Said:
        """This platform's 429, for a moment only."""
        said, until = super().slow(named), datetime.now(UTC) + timedelta(seconds=WAIT)
        forms = {
            "Retry-After": str(WAIT), "ratelimit-reset": str(until.timestamp()),
            "X-RateLimit-Reset": until.isoformat().replace("+00:00", "Z"),
        }  # fmt: skip
        said.headers = {name: forms.get(name, value) for name, value in said.headers.items()}
        return said

    def kill_peer(self) -> None:
        """Kill the worker that holds the other end of this connection, with -9."""
        for process in psutil.Process(self.nest).children(recursive=True):
            try:
                if any(one.laddr.port == self.here.peer for one in process.net_connections("tcp4")):
                    os.kill(process.pid, signal.SIGKILL)
                    self.troubles += 1
                    return
            except psutil.Error:
                continue

    # -- opening and closing ----------------------------------------------------------------------------

    def close(self) -> None:
        """Refuse every connection from now on."""
        self.address = (self.address[0], self.server.server_port)
        self.__exit__()


servers: list[Any] = []


def make(kind: str, cell: str, trouble: dict[str, Any], pace: float, nest: int) -> dict[str, Any]:
    """Start a server; say where it is and what an account there fills in."""
    slug, options = KINDS[kind]
    made = type("Server", (Troubled, SERVERS[slug]), {})(**options)
    made.prepare(cell, trouble, pace, nest)
    made.address = (addresses(len(servers) + 1)[-1], 0)  # each account's server is a machine of its own
    servers.append(made.__enter__())
    if trouble.get("closed"):
        made.close()
    filled = {name: str(value) for name, value in made.credentials().items()}
    return {"platform": slug, "credentials": filled, "index": len(servers) - 1}


def peace(cell: str) -> None:
    """No more trouble in this cell."""
    for one in of(cell):
        if one.trouble.pop("closed", False):
            one.__enter__()
        one.revoked = False
        one.at_peace = True


def ledgers(cell: str) -> dict[str, Any]:
    """What each account of a cell has taken, in its order, and how often trouble was met."""
    return {
        "ledgers": {servers.index(one): one.ledger for one in of(cell)},
        "troubles": sum(one.troubles for one in of(cell)),
    }


def forget() -> None:
    """Close what no cell needs any more."""
    for one in servers:
        one.server.shutdown()
        one.server.server_close()
    servers.clear()


def of(cell: str) -> list[Any]:
    return [one for one in servers if one.cell == cell]


def taken() -> int:
    """How many posts were taken by now, over all cells."""
    return sum(len(one.ledger) for one in servers)


if __name__ == "__main__":
    listen({"make": make, "peace": peace, "ledgers": ledgers, "forget": forget, "taken": taken})
