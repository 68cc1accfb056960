"""The calendar: months, weeks and lists of what is planned, read with a fixed number of queries."""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from app.accounts.lateness import in_short
from app.core.database import session
from app.core.errors import Invalid
from app.core.pages import pack, unpack
from app.core.queries import queries
from app.core.time import at_wall, now, zone
from app.schedule.lateness import whose
from app.schedule.looks import Look
from app.schedule.models import PostingSchedule, ScheduledPost
from app.schedule.series_listing import Outline, outlines
from app.schedule.words import STATES, in_words

sql = queries(__file__)
FEW = 4  # cards of a busy day or hour; the rest is a number
PAGE = 50  # posts on a page of the list
OFFICE = range(8, 19)  # hours that a week always shows
MOST_SCHEDULES = 50  # whose slots are outlined
NIL = UUID(int=0)
WAITING = ("scheduled", "held")  # what clashes are said of


@dataclass(frozen=True)
class Card:
    """What the calendar shows of one scheduled post."""

    id: UUID
    post_id: UUID
    account_id: UUID
    at: datetime
    local: datetime
    state: str
    kind: str
    title: str
    platform: str
    platform_label: str
    channel: str
    account: str
    ai_generated: bool
    problem: str | None
    clashes: tuple[str, ...] = ()
    danger: str | None = None  # what preflight found, or that it can no longer be seen
    late_policy: str = "ask"
    late_minutes: int = 180
    late_whose: str = ""
    campaign: str | None = None
    recurs: bool = False  # one of a series

    @property
    def if_late(self) -> str | None:
        """What happens when it cannot be sent at its time, in short; said while it waits."""
        return in_short(self.late_policy, self.late_minutes) if self.state in WAITING else None

    @property
    def movable(self) -> bool:
        """Whether a person may move it to another time."""
        return self.state in ScheduledPost.MOVES["reschedule"][0]

    @property
    def first_line(self) -> str:
        return next((line.strip() for line in self.title.splitlines() if line.strip()), "Empty post")

    @property
    def clock(self) -> str:
        """The time of day in the workspace's zone."""
        return f"{self.local:%H:%M}"

    @property
    def says(self) -> str:
        """Everything about it in one line, for those who hear the page and for the hover."""
        words = [
            f"{self.local:%a %-d %b, %H:%M}",
            self.first_line,
            f"{self.account}, {self.channel}",
            STATES[self.state].word,
        ]
        words += [f"Campaign {self.campaign}"] if self.campaign else []
        words += [self.if_late.capitalize()] if self.if_late else []
        return ". ".join([*words, *self.clashes, *([self.danger] if self.danger else [])])


@dataclass
class Span:
    """A day or an hour: its first few posts, and how many there are."""

    begins: datetime
    ends: datetime
    day: date
    hour: int | None = None
    total: int = 0
    cards: list[Card] = field(default_factory=list)
    slots: list[tuple[datetime, PostingSchedule]] = field(default_factory=list)  # free ones
    outlines: list[tuple[datetime, Outline]] = field(default_factory=list)  # of series, not laid out yet

    @property
    def more(self) -> int:
        return self.total - len(self.cards)


def month(look: Look) -> dict[str, Any]:
    """Six weeks of days, each with its first posts and its number (two queries, and two for series)."""
    spans = spans_of(look)
    fill(look, spans)
    return {"left_out": recur(look, spans), "weeks": [spans[index : index + 7] for index in range(0, 42, 7)]}


def spans_of(look: Look) -> list[Span]:
    """The days that are shown, from midnight to midnight, empty."""
    midnights = [at_wall(day, time(), look.zone) for day in [*look.days, look.days[-1] + timedelta(days=1)]]
    return [Span(*midnights[index : index + 2], day) for index, day in enumerate(look.days)]


def week(look: Look) -> dict[str, Any]:
    """The hours that are needed, each with a span for every day (three queries, and two for series).

    An hour that the clocks skip on a day is empty there; one that they show twice holds both.
    """
    spans: dict[int, list[Span]] = {hour: [] for hour in range(24)}
    for day in look.days:
        walls = [at_wall(day, time(hour), look.zone) for hour in range(24)]
        walls.append(at_wall(day + timedelta(days=1), time(), look.zone))
        for hour in range(24):
            spans[hour].append(Span(walls[hour], max(walls[hour], walls[hour + 1]), day, hour))
    every = [span for row in spans.values() for span in row]
    fill(look, every)
    left_out = recur(look, every)
    outline(look, spans)
    hours = [
        (hour, row) for hour, row in spans.items()
        if look.hours == "all" or hour in OFFICE or any(span.total or span.slots or span.outlines for span in row)
    ]  # fmt: skip
    return {"left_out": left_out, "hours": hours}


def outline(look: Look, spans: dict[int, list[Span]]) -> None:
    """Mark the free moments of active posting schedules in a week's hours."""
    found = PostingSchedule.of(look.workspace).where(PostingSchedule.is_active).order_by(PostingSchedule.name)
    if look.account:
        found = found.where(PostingSchedule.account_id == look.account)
    places = {(span.day, span.hour): span for row in spans.values() for span in row}
    for schedule in found.limit(MOST_SCHEDULES):
        for moment in schedule.moments_between(spans[0][0].begins, spans[23][-1].ends):
            local = moment.astimezone(zone(look.zone))
            span = places[local.date(), local.hour]
            if all((card.account_id, card.at) != (schedule.account_id, moment) for card in span.cards):
                span.slots.append((local, schedule))


def recur(look: Look, spans: list[Span]) -> str:
    """Mark the times of series that are not on the plan yet, and those that could not be planned; say what is not."""
    if look.kind or look.state not in (None, "all", "scheduled"):
        return ""
    begin, end = min(span.begins for span in spans), max(span.ends for span in spans)
    ordered = sorted(spans, key=lambda span: (span.begins, span.ends))
    starts = [span.begins for span in ordered]
    found = outlines(look.workspace, max(begin, now()), end, look.account, look.platform)
    for one in found.times:
        span = ordered[bisect_right(starts, one.at) - 1]
        if span.begins <= one.at < span.ends:
            span.outlines.append((local(one.at, look.zone), one))
    return found.left_out


def fill(look: Look, spans: list[Span]) -> None:
    """Put the first posts and the numbers into spans (two queries, whatever there is)."""
    asked = {"begins": [span.begins for span in spans], "ends": [span.ends for span in spans], "few": FEW}
    rows = session.execute(sql["spans"], look.where() | asked).all()
    shown = {card.id: card for card in cards(look, [row.id for row in rows])}
    for row in rows:
        span = spans[row.number - 1]
        span.total = row.total
        span.cards.append(shown[row.id])


def cards(look: Look, ids: list[UUID]) -> list[Card]:
    """What is shown of some posts, in their order, with what clashes (one query)."""
    rows = session.execute(sql["cards"], {"ids": ids, "workspace": look.workspace.id}).all()
    seen: dict[tuple[UUID, str], set[UUID]] = {}  # who says it: a series says the same again, and means to
    for row in rows:
        if row.state in WAITING:
            seen.setdefault((row.account_id, row.digest), set()).add(row.source)
    return [
        _card(row, look.zone, row.state in WAITING and len(seen[row.account_id, row.digest]) > 1)
        for row in rows
    ]


def _card(row: Any, zone_name: str, twice: bool) -> Card:
    name = zone(zone_name)
    clashes = []
    if row.near:
        clashes.append(f"{row.account} posts again within 15 minutes, at {row.near.astimezone(name):%H:%M}")
    if row.again:
        clashes.append(f"The same post goes out there on {row.again.astimezone(name):%a %-d %b} as well")
    elif twice:
        clashes.append(f"{row.account} has the same text twice")
    return Card(
        row.id, row.post_id, row.account_id, row.at, row.at.astimezone(name), row.state, row.kind, row.title,
        row.platform, row.platform_label, row.channel, row.account, row.ai_generated, row.problem,
        tuple(clashes), _danger(row, zone_name), row.late_policy, row.late_minutes, whose(row), row.campaign,
        row.series_id is not None,
    )  # fmt: skip


def _danger(row: Any, zone_name: str) -> str | None:
    """What stands in its way, or since when it can no longer be seen."""
    if row.vanished_at:
        return f"No longer to be seen since {in_words(row.vanished_at, zone_name)}"
    return row.danger.removesuffix(".") if row.danger else None


@dataclass(frozen=True)
class Listing:
    """A page of the list by days, and the address of the next one."""

    days: list[tuple[date, list[Card]]]
    next_url: str | None
    count: int


def listing(look: Look) -> Listing:
    """What is planned from a day on, fifty at a time (two queries)."""
    after, last_id = at_wall(look.focus, time(), look.zone), NIL
    if look.cursor:
        try:
            moment, known = unpack(look.cursor)
            after, last_id = datetime.fromisoformat(moment), UUID(known)
        except (ValueError, TypeError):
            raise Invalid("This link to the next page is damaged. Start again from the first page.") from None
    ids = list(session.scalars(sql["page"], look.where() | {"time": after, "id": last_id, "few": PAGE + 1}))
    shown = cards(look, ids[:PAGE])
    by_day: dict[date, list[Card]] = {}
    for card in shown:
        by_day.setdefault(card.local.date(), []).append(card)
    more = (
        look.address(cursor=pack([shown[-1].at.isoformat(), str(shown[-1].id)])) if len(ids) > PAGE else None
    )
    return Listing(list(by_day.items()), more, len(shown))


def tray(workspace: Any, number: int = 20) -> list[Any]:
    """Posts that wait for a place on the calendar: id, title, state, kind; the latest first."""
    return list(session.execute(sql["unscheduled"], {"workspace": workspace.id, "few": number}))


def choices(workspace: Any) -> list[Any]:
    """Accounts with their platforms, for the filters."""
    return list(session.execute(sql["choices"], {"workspace": workspace.id}))


def campaigns(workspace: Any) -> list[Any]:
    """The campaigns, for the filters."""
    return list(session.execute(sql["campaigns"], {"workspace": workspace.id}))


def local(moment: datetime, zone_name: str) -> datetime:
    """An instant on the clocks of a zone."""
    return moment.astimezone(zone(zone_name))
