"""The coming times of a series become scheduled posts, only as far ahead as the calendar needs.

Times are computed from the rule and the clock on the wall, never from when something last went out: what was
not laid out in its time is gone, and nothing is made up for. A series is worked on by one at a time, and each
of its times can be made only once, so two clocks or workers make no post twice.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

import structlog
from sqlalchemy import select
from uuid_utils.compat import uuid7

from app.accounts.models import Workspace
from app.accounts.notices import notify, settle
from app.core.database import everywhere, scope, session
from app.core.errors import Invalid
from app.core.queries import queries
from app.core.queue import ring
from app.core.states import try_move
from app.core.time import now
from app.platforms.models import Channel
from app.posts.models import Post
from app.schedule.models import ScheduledPost
from app.schedule.occurrences import Occurrence
from app.schedule.planning import SAME, TWICE, check, drawn, told
from app.schedule.series import Series

log = structlog.get_logger("series")
sql = queries(__file__)
HORIZON = timedelta(days=42)  # as far as a month of the calendar shows
MOST = 120  # coming posts of one series
AT_ONCE = 45  # made in one go; the rest follows
AGAIN = timedelta(hours=1)  # what could not be planned is tried again after it
RARELY = timedelta(days=30)


def lay_out(series: Series) -> int:
    """Put its next times on the calendar, as far as they are not there; how many were made.

    One that cannot be planned is noted with the reason, and costs no other.
    """
    series.lock()
    if series.state != "active":
        return 0
    moment = now()
    coming = list(islice(series.recurrence.between(moment, moment + HORIZON), MOST))
    there = made_already(series, coming)
    series.forget_refusals()
    turn, drafts, refused = Turn(series, coming), [], []
    reached = coming[-1].at if len(coming) == MOST else moment + HORIZON
    for one in coming:
        if one.wall in there:
            continue
        if len(drafts) == AT_ONCE:
            reached = one.at - timedelta(microseconds=1)
            break
        if (post := turn.take(one)) is None:
            refused.append((one, turn.why_none(one)))
        else:
            drafts.append(draft(series, post, one, turn))
    keep(series, drafts, turn.channel)
    refuse(series, refused)
    series.laid_until = reached
    series.fill_at = when_again(series, coming, moment, len(drafts), bool(refused))
    say(series, refused)
    session.flush()
    return len(drafts)


def made_already(series: Series, coming: list[Occurrence]) -> set[datetime]:
    """The wall times among these that have a post, or that somebody skipped."""
    if not coming:
        return set()
    walls = [one.wall for one in coming]
    asked = {"series": series.id, "begin": min(walls), "end": max(walls)}
    return set(session.scalars(sql["made"], asked))


def draft(series: Series, post: Post, one: Occurrence, turn: "Turn") -> ScheduledPost:
    """The scheduled post of one of its times, as it would stand on the plan."""
    made = drawn(post, turn.channel, turn.account, one.at, turn.workspace, series.zone)
    made.id, made.series_id, made.occurrence = uuid7(), series.id, one.wall
    made.created_by_id = series.created_by_id
    if series.late_policy:
        made.late_policy, made.late_own = series.late_policy, True
        made.late_minutes = series.late_minutes or made.late_minutes
    return made


def keep(series: Series, drafts: list[ScheduledPost], channel: Channel) -> None:
    """Put them on the plan, all with a few statements."""
    session.add_all(drafts)
    session.flush()
    for made in drafts:
        told(made, channel, None, f", one of “{series.name}”")
    session.flush()


def refuse(series: Series, refused: list[tuple[Occurrence, str]]) -> None:
    """Note the times that have no post, with the reason."""
    given = {"workspace": series.workspace_id, "series": series.id}
    for one, reason in refused:
        session.execute(sql["refuse"], given | {"id": uuid7(), "occurrence": one.wall, "reason": reason})


def when_again(
    series: Series, coming: list[Occurrence], moment: datetime, made: int, refused: bool
) -> datetime:
    """When the next of its times comes within reach; a series that has none left is ended."""
    assert series.laid_until
    if made == AT_ONCE:
        ring("series.lay_out", series.id)
        return moment
    following = series.recurrence.after(series.laid_until)
    if following is None and not coming and series.ends_at:
        try_move(series, "finish")
        return moment
    if refused:
        return moment + AGAIN
    if following:
        return max(moment + AGAIN, following.at - HORIZON)
    return coming[-1].at if coming and series.ends_at else moment + RARELY


def say(series: Series, refused: list[tuple[Occurrence, str]]) -> None:
    """A series that cannot go on says so, on its page and to its people; never silently."""
    cause = f"series:{series.id}"
    if not refused:
        series.trouble = None
        settle(series.workspace_id, cause)
        return
    first, reason = refused[0]
    number = "One of its coming times has" if len(refused) == 1 else f"{len(refused)} of its coming times have"
    series.trouble = f"{number} no post{', the first' * (len(refused) > 1)} on {first.wall:%a %-d %b}. {reason}"
    notify(
        series.workspace_id, cause=cause, kind="series", title=f"“{series.name[:80]}” cannot go on as planned",
        sentence=series.trouble, link=f"/series/{series.id}", total=len(refused),
    )  # fmt: skip


class Turn:
    """Whose turn it is in a series: the post that was used longest ago, is cooled down and not used up."""

    def __init__(self, series: Series, coming: list[Occurrence]) -> None:
        self.series, self.channel, self.account = series, series.channel, series.account
        self.workspace = session.get_one(Workspace, series.workspace_id)
        self.recurrence = series.recurrence
        self.uses: dict[UUID, list[datetime]] = {
            row.post_id: sorted(row.moments) for row in session.execute(sql["uses"], {"chain": series.chain_id})
        }
        self.elsewhere = busy(series, coming)
        self.fits: dict[UUID, str | None] = {}  # what does not fit now does not fit an hour later either

    def take(self, one: Occurrence) -> Post | None:
        """The post that goes out then; it counts as used from now on."""
        found = next(self.candidates(one), None)
        if found:
            self.uses.setdefault(found.id, []).append(one.at)
        return found

    def candidates(self, one: Occurrence) -> Iterator[Post]:
        """The posts that may come then, the one that was used longest ago first."""
        for entry in sorted(self.series.queue, key=lambda entry: (self.last(entry.post_id), entry.position)):
            known = entry.post_id
            if self.used_up(known) or not self.is_cool(known, one.at) or self.is_busy(known, one.at):
                continue
            if self.misfit(entry.post, one.at) is None:
                yield entry.post

    def misfit(self, post: Post, at: datetime) -> str | None:
        """Why a post may not be planned here at all (a rule, no approval, put away), or None."""
        if post.id not in self.fits:
            self.fits[post.id] = None
            try:
                check(post, self.channel, self.account, at, self.workspace)
            except Invalid as wrong:
                self.fits[post.id] = wrong.message
        return self.fits[post.id]

    def is_busy(self, post_id: UUID, at: datetime) -> bool:
        """Whether somebody planned the same post there for that very time."""
        return any(abs(at - other) <= SAME for other in self.elsewhere.get(post_id, ()))

    def last(self, post_id: UUID) -> float:
        used = self.uses.get(post_id)
        return max(used).timestamp() if used else 0.0

    def used_up(self, post_id: UUID) -> bool:
        most = self.series.max_repeats
        return most is not None and len(self.uses.get(post_id, ())) >= most

    def is_cool(self, post_id: UUID, at: datetime) -> bool:
        """Whether so many days lie between this time and each other use, counted in days of the calendar."""
        day = self.recurrence.wall_of(at).date()
        used = (self.recurrence.wall_of(moment).date() for moment in self.uses.get(post_id, ()))
        return all(abs((day - other).days) >= self.series.cool_down for other in used)

    def why_none(self, one: Occurrence) -> str:
        """Why no post of the series can come then, in words."""
        most, every = self.series.max_repeats, [entry.post_id for entry in self.series.queue]
        if not every:
            return "It has no post left. Add one to its queue."
        if all(self.used_up(known) for known in every):
            times = "once" if most == 1 else f"{most} times"
            return f"Every post of it is used {times}, as often as it may be. Add a post or allow more repeats."
        if wrong := next((self.fits[known] for known in every if self.fits.get(known)), None):
            return wrong
        if any(self.is_busy(known, one.at) for known in every):
            return TWICE
        days = "a day" if self.series.cool_down == 1 else f"{self.series.cool_down} days"
        return f"Every post of it is cooling down for {days}. Add posts, or let them come again sooner."


def busy(series: Series, coming: list[Occurrence]) -> dict[UUID, list[datetime]]:
    """When its posts stand on the plan of the same channel already, among these times, by post.

    The posts are locked, so that nobody plans one there meanwhile.
    """
    posts = sorted(entry.post_id for entry in series.queue)
    session.execute(select(Post.id).where(Post.id.in_(posts)).order_by(Post.id).with_for_update(key_share=True))
    found: dict[UUID, list[datetime]] = {}
    if coming:
        asked = {"posts": posts, "account": series.account_id, "channel": series.channel_type_id}
        span = {"begin": coming[0].at - SAME, "end": coming[-1].at + SAME}
        for row in session.execute(sql["busy"], asked | span):
            found.setdefault(row.post_id, []).append(row.scheduled_time)
    return found


def top_up(batch: int = 200) -> int:
    """Lay out the series whose next times have come within reach; one that breaks costs no other."""
    with everywhere():
        rows = session.execute(sql["due"], {"now": now(), "batch": batch}).all()
        session.commit()
    return sum(lay_out_one(row.id, row.workspace_id) for row in rows)


def lay_out_one(series_id: UUID, workspace_id: UUID) -> int:
    """Lay one series out for a worker, unless another has just done it."""
    with scope(workspace_id):
        try:
            series = session.get(Series, series_id)
            if series is None:
                return 0
            series.lock()
            made = lay_out(series) if series.fill_at <= now() else 0
            session.commit()
        except Exception:
            session.rollback()
            log.exception("a series could not be laid out", series=str(series_id))
            session.execute(sql["later"], {"series": series_id, "moment": now() + AGAIN})
            session.commit()
            return 0
        return made
