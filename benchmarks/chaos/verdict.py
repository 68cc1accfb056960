"""What became of the posts of a cell: the platforms' ledgers against what Slogan says."""

from collections import Counter
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.core.database import everywhere, session
from app.publishing.models import Attempt
from app.schedule.models import HistoryLine
from benchmarks.chaos.cells import Cell
from benchmarks.chaos.running import Planted, Run

WAITED = {"put_off", "hold", "release", "absent"}  # who waits is overtaken by who does not


@dataclass
class Verdict:
    """One line of the table."""

    name: str
    posts: int = 0
    published: int = 0
    refused: int = 0  # failed for good, and the platform said why
    settled: int = 0  # it was unsure, and Slogan found out by itself
    unsure: int = 0  # left to a person, since nobody else can tell
    duplicates: int = 0
    lost: int = 0  # said to be out and is not, or gone without a reason
    stuck: int = 0
    wrong: int = 0  # said not to be out, and is; or given up though the platform had peace
    early: int = 0
    disordered: int = 0
    silent: int = 0  # its history does not say what happened
    troubles: int = 0  # requests that met the trouble, processes that died, posts sent by a wrong clock
    idle: str = ""  # what was to go wrong and never did, so that the cell proves nothing
    seconds: float = 0.0  # from peace to the end
    stories: list[str] = field(default_factory=list)  # of posts that something is wrong with

    FAULTS = ("duplicates", "lost", "stuck", "wrong", "early", "disordered", "silent")

    @property
    def faults(self) -> int:
        return sum(getattr(self, name) for name in self.FAULTS)

    @property
    def good(self) -> bool:
        return not self.faults and not self.idle

    def __str__(self) -> str:
        told = [one.name for one in fields(self) if one.name not in ("name", "idle", "seconds", "stories")]
        said = ", ".join(f"{name} {getattr(self, name)}" for name in told)
        idle = f"; NOTHING IS PROVED, this never happened: {self.idle}" if self.idle else ""
        return "\n".join([f"{self.name}: {said}, {self.seconds:.1f} s{idle}", *self.stories[:6]])


def judge(run: Run, cell: Cell) -> Verdict:
    """Hold the ledgers of a cell against the database."""
    told = run.platforms.ask("ledgers", cell=cell.slug)
    ledgers = {int(server): entries for server, entries in told["ledgers"].items()}
    copies = Counter(number for entries in ledgers.values() for number, _ in entries)
    posts = {post_id: one for post_id, one in run.posts.items() if one.cell == cell.slug}
    met = dict(run.met[cell.slug])
    if {"kind", "revoked"} & set(cell.trouble):
        met["what its platforms do"] = told["troubles"]
    idle = ", ".join(what for what, times in met.items() if not times) if met else "anything"
    verdict = Verdict(cell.name, len(posts), troubles=sum(met.values()), idle=idle)
    verdict.duplicates = sum(number - 1 for number in copies.values())
    verdict.seconds = max(0.0, run.ended_at.get(cell.slug, run.elapsed) - run.peace_at[cell.slug])
    with run.stack.app.app_context(), everywhere():
        verbs, doubts, rows = histories(list(posts)), doubtful(list(posts)), run.rows(cell) or []
    for row in rows:
        before = verdict.faults
        count(verdict, row, posts[row.id], copies, cell, run)
        verdict.settled += row.id in doubts and row.state != "unsure"
        verdict.silent += not says_it(verbs.get(row.id, []), row)
        if verdict.faults > before or copies[posts[row.id].number] > 1:
            verdict.stories.append(story(posts[row.id], row, verbs.get(row.id, []), ledgers))
    verdict.lost += len(posts) - len(rows)
    waited = {post_id for post_id, lines in verbs.items() if WAITED & {verb for verb, _ in lines}}
    once = {posts[row.id].number for row in rows if row.id not in doubts | waited and row.tries == 1}
    for entries in ledgers.values():
        swapped = out_of_order([number for number, _ in entries if number in once])
        verdict.disordered += len(swapped)
        for row in rows:
            if any(posts[row.id].number in pair for pair in swapped):
                verdict.stories.append(story(posts[row.id], row, verbs.get(row.id, []), ledgers))
    moments = {(one.server, one.number): one.at.timestamp() for one in posts.values()}
    verdict.early = sum(
        at < moments[server, number] for server, entries in ledgers.items() for number, at in entries
    )
    return verdict


def count(verdict: Verdict, row: Any, post: Planted, copies: Counter[int], cell: Cell, run: Run) -> None:
    """One post: what it says of itself, and whether that is so."""
    there = copies[post.number] > 0
    if row.state == "published":
        verdict.published += 1
        verdict.lost += not there
    elif row.state == "unsure" and not run.has_a_next_step(row):
        verdict.unsure += 1
    elif row.state == "failed":
        verdict.refused += 1
        verdict.wrong += there or not cell.refuses
        verdict.lost += not there and not row.last_error
    elif run.has_a_next_step(row) or row.state == "held":
        verdict.stuck += 1
    else:
        verdict.wrong += there
        verdict.lost += not there


def histories(ids: list[UUID]) -> dict[UUID, list[tuple[str, str]]]:
    lines = select(HistoryLine.scheduled_post_id, HistoryLine.verb, HistoryLine.sentence).where(
        HistoryLine.scheduled_post_id.in_(ids)
    )
    found: dict[UUID, list[tuple[str, str]]] = {}
    for post_id, verb, sentence in session.execute(lines.order_by(HistoryLine.created_at, HistoryLine.id)):
        found.setdefault(post_id, []).append((verb, sentence))
    return found


def doubtful(ids: list[UUID]) -> set[UUID]:
    """Posts of which Slogan did not know for a while whether they are out."""
    unknown = Attempt.outcome.in_(("unsure", "found", "absent"))
    doubts = select(Attempt.scheduled_post_id).where(Attempt.scheduled_post_id.in_(ids), unknown)
    return set(session.scalars(doubts.group_by(Attempt.scheduled_post_id).having(func.count() > 0)))


def says_it(lines: list[tuple[str, str]], row: Any) -> bool:
    """Whether a history tells how the post came to where it is, in words."""
    wanted = {"published": {"publish", "look"}, "failed": {"fail"}, "unsure": {"lose"}}.get(row.state, set())
    verbs = {verb for verb, _ in lines}
    return all(sentence.strip() for _, sentence in lines) and (not wanted or bool(wanted & verbs))


def story(post: Planted, row: Any, lines: list[tuple[str, str]], ledgers: dict[int, list[Any]]) -> str:
    """What is known of a post, for whoever looks for the fault."""
    taken = [
        datetime.fromtimestamp(at, UTC).time() for number, at in ledgers[post.server] if number == post.number
    ]
    told = " | ".join(f"{verb}: {sentence}" for verb, sentence in lines)
    return (
        f"     {post.cell} {post.number} on {row.id}: {row.state}, due {row.due_at}, taken at {taken}; {told}"
    )


def out_of_order(numbers: list[int]) -> list[tuple[int, int]]:
    """Pairs of posts of which the second was due before the first."""
    return [(earlier, later) for earlier, later in pairwise(numbers) if later < earlier]
