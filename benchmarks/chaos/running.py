"""One round: posts are planned, things go wrong, there is peace, and everything comes to an end."""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app.accounts.models import Workspace
from app.accounts.people import found_workspace
from app.core.database import everywhere, session
from app.core.queue import redis
from app.core.time import now
from app.local.servers import Postgres, Valkey
from app.platforms.models import Account, Channel, Platform
from app.platforms.rules import load_rules
from app.posts.models import Post
from app.schedule.models import ScheduledPost
from benchmarks.chaos.cells import HANG, Cell
from benchmarks.chaos.edges import LARGE, SMALL, Scale
from benchmarks.chaos.talking import Helper

LOOK = 0.2  # seconds between looks at how far it is
SOONER = 0.25  # of a cell's own waits, in the small matrix
DEATHS = 4  # of workers at each step or call, in the large run
FAR = timedelta(days=365)  # a look planned later than that is a person's
CHANNELS = {"webhook": "message", "bluesky": "post"}


@dataclass
class Planted:
    """A post of the matrix, as it was planned."""

    cell: str
    number: int
    server: int
    account: UUID
    at: datetime


class Stack:
    """The servers, the workers' nest and the platforms, for as many rounds as one likes."""

    def __init__(
        self, app: Flask, postgres: Postgres, valkey: Valkey, var: Path, *, large: bool = False
    ) -> None:
        self.app, self.postgres, self.valkey, self.var = app, postgres, valkey, var
        self.folder = var / "chaos"
        self.folder.mkdir(exist_ok=True)
        self.log = self.folder / "log"
        self.nest = Helper("benchmarks.chaos.nest", self.log)
        self.large = large
        self.platforms = Helper("benchmarks.chaos.platforms", self.log)
        self.nest.ask("load", database_url=postgres.url, redis_url=valkey.url, var_dir=str(var), large=large)
        self.nest_pid = self.nest.ask("pid")

    def end(self) -> None:
        self.nest.end()
        self.platforms.end()


@dataclass
class Run:
    """One round of cells, with so many posts each."""

    stack: Stack
    cells: list[Cell]
    count: int
    large: bool
    posts: dict[UUID, Planted] = field(default_factory=dict)
    dice: random.Random = field(default_factory=lambda: random.Random(3))
    met: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))  # by cell: what went wrong
    began: float = 0
    peace_at: dict[str, float] = field(default_factory=dict)
    ended_at: dict[str, float] = field(default_factory=dict)

    @property
    def nest(self) -> Helper:
        return self.stack.nest

    @property
    def platforms(self) -> Helper:
        return self.stack.platforms

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.began

    # -- the round --------------------------------------------------------------------------------------

    def go(self, bound: float) -> None:
        """Plant, start, trouble, wait: at most `bound` seconds after the last peace.

        They are counted in looks, so that a machine that stands still for a while has not waited.
        """
        redis().flushdb()
        with self.stack.app.app_context(), everywhere():
            self.plant()
        self.start()
        self.began = time.monotonic()
        stories, looks = {cell.slug: cell.meanwhile(self) for cell in self.cells}, bound / LOOK
        while stories or (len(self.ended_at) < len(self.cells) and looks > 0):
            looks -= not stories
            for slug, story in list(stories.items()):
                if next(story, "peace") == "peace":
                    del stories[slug]
                    self.peace_at[slug] = self.elapsed
            self.note_ends()
            time.sleep(LOOK)
        self.count_moved(self.nest.ask("stop"))
        self.count_deaths()

    def count_moved(self, sent: dict[str, int]) -> None:
        """Write down how many posts were sent by the workers whose clocks are a cell's own."""
        for n, switches in enumerate(self.workers()):
            for cell in self.cells:
                if "clock_moved" in switches and switches in cell.workers:
                    self.met[cell.slug]["sent by a wrong clock"] += sent[f"worker-{n + 1}"]

    def count_deaths(self) -> None:
        """Write down how many of the deaths that were asked for have come; what is left of them is taken back."""
        left = list((self.stack.folder / "tokens").iterdir())
        for cell in self.cells:
            for step in cell.kills:
                waiting = sum(token.name.startswith(f"{step}-") for token in left)
                self.met[cell.slug][f"died {step}"] += self.deaths - waiting
        for token in left:
            token.unlink()

    def start(self) -> None:
        """Workers and clocks, as `make run` has them but two for publishing."""
        tokens = self.stack.folder / "tokens"
        tokens.mkdir(exist_ok=True)
        steps = [step for cell in self.cells for step in cell.kills]
        for step in steps:
            for n in range(self.deaths):
                (tokens / f"{step}-{n}").touch()
        mine = {"tokens": str(tokens), "passages": self.scale.passages} if steps else {}
        for n, switches in enumerate(self.workers()):
            late = {"moved_after": switches.get("moved_after", 0) * self.haste}
            self.nest.ask("start", name=f"worker-{n + 1}", queues=["publishing"], **mine, **{**switches, **late})
        self.nest.ask("start", name="worker-9", queues=["default"])
        for n in range(self.cells[0].clocks):
            self.nest.ask("start", name=f"clock-{n + 1}", queues=[])

    def workers(self) -> list[dict[str, Any]]:
        """The switches of each publishing worker: those of the first cell, and what the others have besides."""
        found = list(self.cells[0].workers)
        for cell in self.cells[1:]:
            found += [switches for switches in cell.workers if switches not in found]
        return found

    @property
    def deaths(self) -> int:
        """How often a worker dies at each step, or call."""
        return DEATHS if self.large else 1

    @property
    def scale(self) -> Scale:
        return LARGE if self.large else SMALL

    @property
    def haste(self) -> float:
        """What a cell's own waits are multiplied by: few posts are soon out."""
        return 1 if self.large else SOONER

    def plant(self) -> None:
        """Accounts on platforms of their own, and their posts, all due at once and each in its turn."""
        workspace = session.scalar(select(Workspace).where(Workspace.name == "Chaos"))
        if workspace is None:
            workspace = found_workspace("Chaos", "Europe/London")
            load_rules(workspace)
        start = now() + timedelta(seconds=0.5)
        for cell in self.cells:
            places = 20 if self.large else len(cell.kinds)
            accounts = [self.open_account(workspace, cell, n, places) for n in range(places)]
            for number in range(self.count):
                wait = number * cell.waves // self.count * cell.gap * self.haste
                self.plan(
                    cell,
                    number,
                    *accounts[number % places],
                    start + timedelta(seconds=wait, milliseconds=number),
                )
        session.commit()

    def open_account(
        self, workspace: Workspace, cell: Cell, n: int, places: int
    ) -> tuple[Account, Channel, int]:
        trouble = dict(cell.trouble)
        if trouble.get("seconds") == HANG:
            trouble["seconds"] = self.scale.time_out + 1
        if "kind" in trouble:
            trouble["most"] = self.deaths if trouble["kind"] == "kill" else cell.most(-(-self.count // places))
        made = self.platforms.ask(
            "make", kind=cell.kinds[n % len(cell.kinds)], cell=cell.slug, trouble=trouble, pace=cell.pace,
            nest=self.stack.nest_pid,
        )  # fmt: skip
        platform = Platform.called(workspace, made["platform"])
        account = Account.connect_new(workspace, platform, f"{cell.slug} {n}", made["credentials"], None)
        account.state, account.hourly_cap = "connected", 0  # no cap: the burst guard is another promise
        channel = Channel.by_slug(workspace, f"{platform.name}/{CHANNELS.get(platform.name, 'status')}")
        return account, channel, made["index"]

    def plan(
        self, cell: Cell, number: int, account: Account, channel: Channel, server: int, at: datetime
    ) -> None:
        post = Post(
            workspace_id=account.workspace_id,
            text=f"chaos {cell.slug} {number} of {self.count}, woven in Lochcarron.",
        )
        planned = ScheduledPost(
            workspace_id=account.workspace_id, post=post, account=account, platform_id=channel.platform_id,
            channel_type_id=channel.channel_type_id, scheduled_time=at, due_at=at, state="scheduled",
            zone="Europe/London", late_policy="send", late_minutes=180,
        )  # fmt: skip
        session.add(planned)
        session.flush()
        planned.note("plan", "Scheduled for the failure matrix.")
        self.posts[planned.id] = Planted(cell.slug, number, server, account.id, at)

    # -- what a cell does ---------------------------------------------------------------------------------

    def pause(self, seconds: float) -> Iterator[None]:
        until = self.elapsed + seconds
        while self.elapsed < until:
            yield

    def until_taken(self, share: float) -> Iterator[None]:
        """Wait until that share of the posts is out, or a while."""
        until = self.elapsed + 60
        while self.platforms.ask("taken") < share * len(self.posts) and self.elapsed < until:
            yield

    def wipe_redis(self, cell: Cell) -> None:
        try:
            redis().flushall()
        except RedisError:
            return
        self.met[cell.slug]["Redis wiped"] += 1

    def connect_again(self, cell: Cell) -> None:
        """What a person does who reads that accounts must be connected again."""
        with self.stack.app.app_context(), everywhere():
            ours = {one.account for one in self.posts.values() if one.cell == cell.slug}
            for account in session.scalars(select(Account).where(Account.id.in_(ours))):
                if account.state == "reconnect":
                    account.connected(str(account.id), None, None)
            session.commit()

    def moving(self, cell: Cell) -> bool:
        """Whether Slogan itself will still do something about a post of the cell."""
        rows = self.rows(cell)
        return rows is None or any(self.has_a_next_step(row) for row in rows)

    def has_a_next_step(self, row: Any) -> bool:
        if row.state == "unsure":
            return row.due_at < now() + FAR
        return row.state in ("scheduled", "publishing")

    def rows(self, *cells: Cell) -> list[Any] | None:
        """The posts of some cells as the database has them; None while it is away."""
        slugs = {cell.slug for cell in cells}
        ids = [post_id for post_id, one in self.posts.items() if one.cell in slugs]
        of = ScheduledPost
        try:
            with self.stack.app.app_context(), everywhere():
                found = select(of.id, of.state, of.due_at, of.last_error, of.tries).where(of.id.in_(ids))
                return list(session.execute(found))
        except DBAPIError:
            return None

    def note_ends(self) -> None:
        """Write down which cells have come to their end: peace, and nothing held that was to go out."""
        waiting = [
            cell for cell in self.cells if cell.slug in self.peace_at and cell.slug not in self.ended_at
        ]
        rows = self.rows(*waiting) if waiting else None
        if rows is None:
            return
        open_cells = {
            self.posts[row.id].cell for row in rows if self.has_a_next_step(row) or row.state == "held"
        }
        self.ended_at |= {cell.slug: self.elapsed for cell in waiting if cell.slug not in open_cells}
