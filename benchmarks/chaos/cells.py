"""The cells of the matrix: what goes wrong in each, where, and when there is peace again."""

import math
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.chaos.edges import STEPS

if TYPE_CHECKING:
    from benchmarks.chaos.running import Run

EVERY_KIND = ("mastodon", "gotosocial", "bluesky", "keyed", "webhook")
HANG = -1.0  # as long as a worker waits, and a second more
HOUR = 3600.0
FEW = 5  # troubles an account meets where each takes seconds


@dataclass
class Cell:
    """One cell. Those of one round go through the same workers at once."""

    slug: str
    name: str
    trouble: dict[str, Any] = field(default_factory=dict)  # what its platforms do: see platforms.py
    kinds: tuple[str, ...] = EVERY_KIND
    share: float = 0.5  # of an account's posts meet the trouble
    pace: float = 0.0  # seconds that its platforms take for a post
    refuses: bool = False  # its trouble is for good, so posts may end as failed
    waves: int = 1  # in which its posts are due
    gap: float = 4.0  # seconds from wave to wave; in the small matrix a quarter of it
    workers: tuple[dict[str, Any], ...] = ({}, {})  # switches of each publishing worker
    clocks: int = 1
    kills: tuple[str, ...] = ()  # steps at which workers die

    def most(self, posts: int) -> int:
        """How many troubles an account with so many posts meets."""
        wanted = math.ceil(posts * self.share)
        slow = self.trouble.get("kind") in ("hang", "mute", "late", "limited")
        return min(wanted, FEW) if slow else wanted

    def meanwhile(self, run: "Run") -> Iterator[None]:
        """What happens while posts go out; each `yield` gives the time back. At its end there is peace."""
        yield from ()


class Closed(Cell):
    def meanwhile(self, run: "Run") -> Iterator[None]:
        yield from run.pause(3)
        until, tried = run.elapsed + 60, 0
        while not tried and run.elapsed < until:
            yield
            tried = sum(row.tries > 0 for row in run.rows(self) or [])
        run.met[self.slug]["tried in vain"] += tried
        run.platforms.ask("peace", cell=self.slug)


class Revoked(Cell):
    """Nobody is let in until a person has connected the accounts again."""

    def meanwhile(self, run: "Run") -> Iterator[None]:
        while run.moving(self):
            yield
        run.platforms.ask("peace", cell=self.slug)
        run.connect_again(self)


class RedisWiped(Cell):
    def meanwhile(self, run: "Run") -> Iterator[None]:
        until = run.elapsed + (10 if run.large else 2)
        while run.elapsed < until:
            run.wipe_redis(self)
            yield from run.pause(0.3)


class RedisAway(Cell):
    def meanwhile(self, run: "Run") -> Iterator[None]:
        yield from run.until_taken(0.2)
        run.stack.valkey.stop()
        run.met[self.slug]["Redis stopped"] += 1
        yield from run.pause(60 if run.large else 3)
        run.stack.valkey.start()


class PostgresRestarted(Cell):
    """Ended as an operator does (fast), by the quickest way (immediate), and with -9."""

    def meanwhile(self, run: "Run") -> Iterator[None]:
        ways = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)
        ways = ways * 2 if run.large else ways[::2]
        for n, way in enumerate(ways):
            yield from run.until_taken((n + 1) / (len(ways) + 2))
            run.stack.postgres.process.send_signal(way)
            run.stack.postgres.process.wait(30)
            run.stack.postgres.start()
            run.met[self.slug]["PostgreSQL restarted"] += 1


class TwoOfEach(Cell):
    """Workers and clocks side by side; the clock that leads and a worker die on the way."""

    def meanwhile(self, run: "Run") -> Iterator[None]:
        for n in range(3 if run.large else 1):
            yield from run.until_taken((n + 1) / 5)
            for part in ("clock", "worker"):
                dead = run.nest.ask("kill", name=f"{part}-{n % 2 + 1}", whom="worker")
                run.met[self.slug][f"a {part} died"] += dead


class AtRandom(Cell):
    """Workers, their work-horses, or both die at any moment."""

    def meanwhile(self, run: "Run") -> Iterator[None]:
        for n in range(24 if run.large else 3):
            yield from run.pause(run.dice.uniform(0.1, 0.7))
            whom = run.dice.choice(("horse", "both", "worker"))
            run.met[self.slug]["died"] += run.nest.ask("kill", name=f"worker-{n % 2 + 1}", whom=whom)


def _drop(after: bool) -> dict[str, Any]:
    return {"kind": "drop", "after": after}


def _status(status: int, after: bool = False) -> dict[str, Any]:
    return {"kind": "status", "status": status, "after": after}


PLATFORMS = [
    Closed("refused-connection", "connection refused", {"closed": True}),
    Cell("unread", "dropped before the request was read", _drop(after=False)),
    Cell("taken", "dropped after the platform accepted", _drop(after=True)),
    Cell("fault-before", "5xx before accepting", _status(502)),
    Cell("fault-after", "5xx after accepting", _status(502, after=True)),
    Cell("hang-taken", "hang beyond the time-out, accepted at once", {"kind": "hang", "seconds": HANG}),
    Cell("hang-late", "hang, accepted after the time-out", {"kind": "late"}),
    Cell("hang-lost", "hang, never accepted", {"kind": "mute", "seconds": HANG}),
    Cell("limited-named", "429 with Retry-After", {"kind": "limited", "named": True}),
    Cell("limited-silent", "429 without Retry-After", {"kind": "limited", "named": False}),
    Cell("invalid", "422", _status(422), refuses=True),
    Cell("expired", "401, the refresh is good", {"kind": "expire"}, kinds=("bluesky",)),
    Revoked("revoked", "401, the refresh is bad; a person connects again", {"revoked": True}),
    Cell("repeat", "duplicate refused", {"kind": "again"}, kinds=("bluesky", "keyed", "webhook")),
]
KILLS = [
    *(Cell(f"kill-{step}", f"kill −9: {words}", pace=0.02, waves=5, kills=(step,)) for step, words in STEPS.items()),
    Cell(
        "kill-unread",
        "kill −9: in the call, before the platform reads it",
        {"kind": "kill", "every": 1},
        pace=0.02,
        waves=5,
    ),
    Cell(
        "kill-taken",
        "kill −9: accepted, before the answer is read",
        {"kind": "kill", "after": True, "every": 1},
        pace=0.02,
        waves=5,
    ),
    AtRandom("kill-random", "kill −9: workers and work-horses at random moments", pace=0.2, waves=5),
]
WAVES = 6  # one for each worker of all clocks and one more: who has waited longest is rung first
AHEAD, BEHIND = {"clock_moved": HOUR}, {"clock_moved": -HOUR}
SERVERS = [
    TwoOfEach("two-of-each", "three workers, two clocks, some killed", pace=0.2, clocks=2, workers=({},) * 3),
    RedisWiped("redis-wiped", "Redis wiped, again and again", pace=0.2),
    RedisAway("redis-away", "Redis away for a minute", pace=0.2),
    PostgresRestarted("postgres", "PostgreSQL restarted: fast, immediate, −9", pace=0.2),
]  # fmt: skip
CLOCKS = [
    Cell("clock-ahead", "one worker's clock an hour ahead, answers lost", _drop(after=True), share=0.3, pace=0.1,
         waves=WAVES, workers=(AHEAD, {})),
    Cell("clock-behind", "one worker's clock an hour behind, answers lost", _drop(after=True), share=0.3, pace=0.1,
         waves=WAVES, workers=(BEHIND, {})),
    Cell("clock-jumps", "the workers' clocks jump on and back while they run", _drop(after=True), share=0.3, pace=0.1,
         waves=WAVES, workers=({**AHEAD, "moved_after": 2}, {**BEHIND, "moved_after": 2})),
]  # fmt: skip
STACK = [*SERVERS, *CLOCKS]
CELLS = [*PLATFORMS, *KILLS, *STACK]


def rounds(cells: list[Cell], small: bool) -> list[list[Cell]]:
    """Which cells go through the same workers at once: what troubles only its own accounts.

    When few, all kills do as well, and all clocks: then workers that are ahead, behind and right work side by side.
    """
    together = [cell for cell in cells if cell in PLATFORMS]
    kills = [cell for cell in cells if cell in KILLS]
    clocks = [cell for cell in cells if cell in CLOCKS]
    alone = [[cell] for cell in cells if cell in STACK]
    if small:
        apart = [group for group in alone if group[0] not in CLOCKS]
        return [group for group in (together, kills, *apart, clocks) if group]
    some = [together[n : n + 4] for n in range(0, len(together), 4)]  # more would only measure this machine
    return [*some, *([cell] for cell in kills), *alone]
