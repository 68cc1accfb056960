"""What the pages show of series: the list, and the story of one."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby, islice
from typing import Any, Literal, NamedTuple
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from app.core.database import session
from app.core.pages import Page
from app.core.queries import queries
from app.core.time import at_wall, now
from app.posts.models import Post
from app.schedule.models import ScheduledPost
from app.schedule.recurrence import LOOK
from app.schedule.series import Series, SeriesGap, SeriesPost

sql = queries(__file__)
SIZE = 20
COMING, GAPS, PAST, OUTLINED = 30, 150, 10, 5
COUNTED = 1000
MOST_OUTLINED = 100  # series in a look
MOST_OF_ONE = 60  # outlines of one series in a look


class Filters(BaseModel):
    """What the address of the list says."""

    q: str = Field("", max_length=200)
    state: Literal["", "active", "paused", "ended", "trouble"] = ""
    account: UUID | None = None
    cursor: str = ""

    @property
    def narrowed(self) -> bool:
        return bool(self.q or self.state or self.account)


@dataclass(frozen=True)
class Listing:
    """A page of series, with how many fit (up to a thousand)."""

    filters: Filters
    series: Page[Series]
    count: int


def listing(workspace: Any, filters: Filters) -> Listing:
    """One page of the list, the latest first, in a fixed number of queries."""
    found = Series.of(workspace)
    if filters.state == "trouble":
        found = found.where(Series.state == "active", Series.trouble.is_not(None))
    elif filters.state:
        found = found.where(Series.state == filters.state)
    if filters.account:
        found = found.where(Series.account_id == filters.account)
    if words := filters.q.strip():
        like = f"%{words.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
        found = found.where(Series.name.ilike(like, escape="!"))
    counted = found.query.with_only_columns(Series.id).limit(COUNTED + 1).subquery()
    number = session.scalar(select(func.count()).select_from(counted)) or 0
    parts = (joinedload(Series.account), joinedload(Series.platform), joinedload(Series.channel_type))
    shown = found.options(*parts, selectinload(Series.queue))
    return Listing(filters, shown.page(filters.cursor or None, SIZE), number)


@dataclass(frozen=True)
class Line:
    """One time of a series on its page: a post on the plan, a gap with its reason, or an outline."""

    wall: datetime
    at: datetime
    kind: str  # planned, skipped, refused, outline
    planned: ScheduledPost | None = None
    reason: str = ""
    until: datetime | None = None  # where several in a row are refused for one reason: the last of them
    number: int = 1


NOTHING = Line(datetime.min, datetime.min, "nothing")  # noqa: DTZ901 (never compared)


def coming(series: Series) -> list[Line]:
    """What comes of it, in order: what is planned, what is left out, and a few times beyond."""
    moment, recurrence = now(), series.recurrence
    lines = [
        Line(row.occurrence or recurrence.wall_of(row.scheduled_time), row.scheduled_time, "planned", row)
        for row in _rows(series, ScheduledPost.scheduled_time >= moment, COMING)
    ]
    gaps = select(SeriesGap).where(
        SeriesGap.series_id == series.id, SeriesGap.occurrence >= recurrence.wall_of(moment)
    )
    for gap in session.scalars(gaps.order_by(SeriesGap.occurrence).limit(GAPS)):
        at = at_wall(gap.occurrence.date(), gap.occurrence.time(), series.zone)
        lines.append(Line(gap.occurrence, at, gap.kind, reason=gap.reason))
    if series.state == "active" and max(lines, key=lambda line: line.at, default=NOTHING).kind != "refused":
        left_out = {line.wall for line in lines}
        since = series.laid_until or moment
        beyond = (one for one in recurrence.between(since, since + LOOK) if one.wall not in left_out)
        lines += [Line(one.wall, one.at, "outline") for one in islice(beyond, OUTLINED)]
    return sorted(lines, key=lambda line: line.at)


def in_short(lines: list[Line]) -> list[Line]:
    """The same for people: times that are refused one after the other, for one reason, are one line."""
    found: list[Line] = []
    for reason, some in groupby(lines, lambda line: line.kind == "refused" and line.reason):
        run = list(some)
        found += [replace(run[0], until=run[-1].at, number=len(run))] if reason and len(run) > 1 else run
    return found


def past(series: Series) -> list[ScheduledPost]:
    """Its last times, the latest first."""
    return _rows(series, ScheduledPost.scheduled_time < now(), PAST, descending=True)


def _rows(series: Series, limit: Any, number: int, descending: bool = False) -> list[ScheduledPost]:
    order = ScheduledPost.scheduled_time.desc() if descending else ScheduledPost.scheduled_time
    found = select(ScheduledPost).where(ScheduledPost.series_id == series.id, limit)
    return list(session.scalars(found.options(joinedload(ScheduledPost.post)).order_by(order).limit(number)))


@dataclass(frozen=True)
class Entry:
    """A post of the queue: how often it was used, and what keeps it from coming."""

    post: Post
    times: int
    last: datetime | None
    problem: str = ""


def queue(series: Series) -> list[Entry]:
    """Its posts with what is known of each."""
    from app.schedule.laying_out import Turn

    turn = Turn(series, [])
    entries = []
    for entry in series.queue:
        used = turn.uses.get(entry.post_id, [])
        problem = turn.misfit(entry.post, now() + timedelta(minutes=5)) or ""
        if not problem and turn.used_up(entry.post_id):
            problem = "Used as often as it may be."
        entries.append(Entry(entry.post, len(used), max(used) if used else None, problem))
    return entries


def choosable(workspace: Any, chosen: list[Post], number: int = 25) -> list[Post]:
    """The latest posts that could join a queue, without those that are in it."""
    there = [post.id for post in chosen]
    found = Post.of(workspace).where(Post.state != "archived", Post.id.not_in(there))
    return found.order_by(Post.updated_at.desc(), Post.id.desc()).limit(number).all()


def of_post(workspace: Any, post_id: Any) -> list[Series]:
    """The series that a post is in."""
    found = select(Series).join(Series.queue).where(Series.workspace_id == workspace.id)
    return list(session.scalars(found.where(SeriesPost.post_id == post_id).order_by(Series.id).limit(20)))


@dataclass(frozen=True)
class Outline:
    """A time of a series beyond what is laid out, or one that has no post, on the calendar."""

    series_id: UUID
    name: str
    at: datetime
    reason: str = ""


class Outlines(NamedTuple):
    """Times of series, and what is left out of them, in a sentence, or nothing."""

    times: list[Outline]
    left_out: str


def outlines(workspace: Any, begin: datetime, end: datetime, account: UUID | None, platform: UUID | None) -> Outlines:
    """What will come of series between two instants that is not on the plan yet (two queries, bounded)."""
    asked = {"workspace": workspace.id, "begin": begin, "end": end, "account": account, "platform": platform}
    gaps = session.execute(sql["gaps"], asked).all()
    left_out = {(gap.series_id, gap.occurrence) for gap in gaps}
    found = [
        Outline(gap.series_id, gap.name, at_wall(gap.occurrence.date(), gap.occurrence.time(), gap.zone), gap.reason)
        for gap in gaps if gap.kind == "refused"
    ]  # fmt: skip
    rows, cut = session.execute(sql["coming"], {**asked, "most": MOST_OUTLINED}).all(), 0
    for row in rows:
        start = max(begin, row.laid_until or begin, now())
        recurrence = Series(rule=row.rule, starts_at=row.starts_at, zone=row.zone, ends_at=row.ends_at).recurrence
        times = list(islice(recurrence.between(start, end), MOST_OF_ONE + 1))
        cut += len(times) > MOST_OF_ONE
        kept = (one for one in times[:MOST_OF_ONE] if (row.id, one.wall) not in left_out)
        found += [Outline(row.id, row.name, one.at) for one in kept]
    here = sorted((one for one in found if begin <= one.at < end), key=lambda one: one.at)
    return Outlines(here, _left_out(rows[0].number if rows else 0, cut))


def _left_out(series: int, cut: int) -> str:
    said = []
    if series > MOST_OUTLINED:
        said.append(f"{MOST_OUTLINED} of the {series:,} series that come here are outlined.")
    if cut:
        often = "a series that comes" if cut == 1 else f"{cut:,} series that come"
        said.append(f"Of {often} often, the first {MOST_OF_ONE} times are outlined.")
    return " ".join(said)

