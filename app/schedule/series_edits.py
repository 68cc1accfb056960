"""A series is changed: this one, this and following, all. Skipped times, and times with a life of their own.

What is out, what a person moved or changed on its own, and what was skipped stays as it is: it stands for the
time of its day in the new rule as well, so that no day gets a second post because its hour was changed.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import Member, Workspace, record
from app.core.database import session
from app.core.errors import Invalid, Missing, WrongState
from app.core.states import move
from app.core.time import at_wall, now
from app.platforms.models import Account, Channel
from app.posts.models import Post
from app.schedule.laying_out import lay_out
from app.schedule.models import ScheduledPost
from app.schedule.planning import check
from app.schedule.recurrence import Rule
from app.schedule.rule_words import moved
from app.schedule.series import Series, SeriesGap
from app.schedule.words import STATES

SCOPES = {"this": "Only this one", "following": "This and the following", "all": "All of the series"}
CANCELLED = ScheduledPost.MOVES["cancel"][0]
DAY_ENDS = time(23, 59, 59)


def values_of(series: Series) -> dict[str, Any]:
    """What a series is now, as `fill_in` takes it."""
    return {
        "posts": series.posts, "channel": series.channel, "account": series.account, "starts_at": series.starts_at,
        "rule": series.rule, "zone": series.zone, "name": series.name, "cool_down": series.cool_down,
        "max_repeats": series.max_repeats, "late_policy": series.late_policy, "late_minutes": series.late_minutes,
    }  # fmt: skip


def change_all(series: Series, by: Member, **values: Any) -> None:
    """Another rule, other posts, another account from now on. Raise Invalid at the field, NotAllowed."""
    by.must("schedule")
    series.lock()
    before, habits, says = series.recurrence, _habits(series), series.sentence
    series.fill_in(**(values_of(series) | values))
    record(by, "changed a series", series, before=says, says=series.sentence)
    session.flush()
    keep = _still_true(series) if habits == _habits(series) else []
    series.clear(keep=tuple(row.id for row in keep))
    if before != series.recurrence:
        rehome(series)
        if series.state == "ended" and series.recurrence.has_more():
            move(series, "reopen")
    series.fill_at = now()
    lay_out(series)


def place(series: Series, post_id: UUID, to: int, by: Member) -> int:
    """Give a post another place in its queue, counted from 0; which it had. Raise Missing, NotAllowed."""
    by.must("schedule")
    series.lock()
    session.refresh(series, ["queue"])
    posts = series.posts
    was = next((number for number, post in enumerate(posts) if post.id == post_id), None)
    if was is None:
        raise Missing("This post is no longer in the queue of the series.")
    posts.insert(max(0, to), posts.pop(was))
    change_all(series, by, posts=posts)
    session.flush()
    session.expire(series, ["queue"])
    return was


def change_following(series: Series, by: Member, wall: datetime, **values: Any) -> Series:
    """The series ends before `wall`, and another goes on from there, paused if this one is; returns that one.

    Where `wall` is its first time, all of it is changed. Raise Invalid, also for a time that the series has not,
    WrongState for one that has ended, NotAllowed.
    """
    by.must("schedule")
    series.lock()
    if series.state == "ended":
        raise WrongState("This series has ended. Change all of it, or let it go on first.")
    old = series.recurrence
    if old.at(wall) is None:
        raise no_such_time()
    earlier = list(old.rule.walls(old.starts, old.starts, wall))
    if not earlier:
        change_all(series, by, **values)
        return series
    wanted = values_of(series) | {"starts_at": wall} | values
    asked = Rule.parse(wanted["rule"], wanted["zone"])
    if asked.count and asked.count == old.rule.count:
        wanted["rule"] = replace(asked, count=max(1, asked.count - len(earlier))).text
    made = Series(
        workspace_id=series.workspace_id, state=series.state, fill_at=now(), chain_id=series.chain_id,
        created_by_id=by.id,
    )  # fmt: skip
    made.fill_in(**wanted)
    session.add(made)
    session.flush()
    record(by, "went on with a series", made, says=made.sentence, after=series.id)
    _end_before(series, earlier[-1], wall, by)
    hand_over(series, made, wall)
    rehome(made)
    lay_out(made)
    lay_out(series)
    return made


def _end_before(series: Series, last: datetime, wall: datetime, by: Member) -> None:
    """`last` is its last time from now on. A day is said as its end, so that an hour changed later stays within."""
    rule = Rule.parse(series.rule, series.zone)
    until = last if last.date() == wall.date() else datetime.combine(last.date(), DAY_ENDS)
    series.rule, series.ends_at = replace(rule, count=None, until=until).text, until
    series.fill_at = now()
    record(by, "ended a series earlier", series, says=series.sentence)
    session.flush()
    series.clear(since=at_wall(wall.date(), wall.time(), series.zone) - timedelta(seconds=1))


def hand_over(series: Series, made: Series, wall: datetime | None = None) -> None:
    """What stands for itself, from `wall` on if that is said, belongs to the series that goes on."""
    for kind in (ScheduledPost, SeriesGap):
        its = select(kind).where(kind.series_id == series.id)  # type: ignore[attr-defined]
        later = its.where(kind.occurrence >= wall) if wall else its  # type: ignore[attr-defined]
        for row in session.scalars(later):
            row.series_id = made.id
    session.flush()


def change_one(
    planned: ScheduledPost, by: Member, *, at: datetime | None = None, post: Post | None = None,
    late_policy: str | None = None, late_minutes: int | None = None,
) -> None:  # fmt: skip
    """Give one of a series another time, post or late policy. The others stay as they are, to the byte."""
    by.must("schedule")
    if post is not None and post.id != planned.post_id:
        if planned.state not in ("scheduled", "held"):
            raise WrongState(f"This post is {STATES[planned.state].word}, so its words stay.")
        workspace = session.get_one(Workspace, planned.workspace_id)
        check(post, planned.channel, planned.account, at or planned.scheduled_time, workspace)
        planned.post_id, planned.post, planned.detached = post.id, post, True
        record(by, "gave it another post", planned, title=post.first_line)
        planned.note("post", f"Another post goes out this time: {post.first_line[:80]}", by.name)
        session.flush()
        apart = True
    else:
        apart = planned.detached and at is None
    if late_policy:
        planned.allow_late(late_policy, late_minutes, by)
        apart = True
    if at is not None and at != planned.scheduled_time:
        planned.reschedule(at, by)
    planned.detached = planned.detached or apart
    session.flush()


def move_with(planned: ScheduledPost, scope: str, at: datetime, by: Member) -> Series | None:
    """Move a post of a series to an instant: this one, this and the following, or all.

    Returns the series that a changed rule is in, None for `this`. Raise Invalid where the rule cannot follow.
    """
    by.must("schedule")
    series = session.get(Series, planned.series_id) if planned.series_id else None
    if scope == "this" or series is None or planned.occurrence is None:
        change_one(planned, by, at=at)
        return None
    if series.recurrence.at(planned.occurrence) is None:
        raise Invalid("The rule of its series no longer names its time, so it moves alone.", scope="Only this one.")
    planned.detached = False  # it follows the rule again, wherever it was
    session.flush()
    before, to = planned.occurrence, series.recurrence.wall_of(at).replace(second=0, microsecond=0)
    rule, starts_at = moved(Rule.parse(series.rule, series.zone), series.starts_at, before, to)
    if scope == "all":
        change_all(series, by, rule=rule.text, starts_at=starts_at)
        return series
    return change_following(series, by, before, rule=rule.text, starts_at=to)


def skip(series: Series, wall: datetime, by: Member) -> None:
    """Leave one time out. It is not made again. Raise Invalid for a time that the series has not, WrongState."""
    by.must("schedule")
    series.lock()
    planned = made_for(series, wall)
    if planned is not None:
        if planned.state not in CANCELLED:
            raise WrongState(f"This one is {STATES[planned.state].word} already.")
        planned.cancel(by)
    elif series.recurrence.at(wall) is None:
        raise no_such_time()
    else:
        gap = _gap(series, wall)
        gap.kind, gap.reason = "skipped", f"{by.name} left it out."
        session.add(gap)
    record(by, "skipped one of a series", series, occurrence=wall.isoformat())
    session.flush()


def no_such_time() -> Invalid:
    """What is said of a time that the rule does not name."""
    return Invalid("The series has no such time.", occurrence="Choose one of its times.")


def unskip(series: Series, wall: datetime, by: Member) -> None:
    """Take a skip back, while its time is still to come. Raise Invalid, WrongState."""
    by.must("schedule")
    series.lock()
    record(by, "took a skip back", series, occurrence=wall.isoformat())
    if planned := made_for(series, wall):
        planned.restore(by)
        return
    gap = _gap(series, wall)
    if gap in session:
        session.delete(gap)
    series.fill_at = now()
    session.flush()
    lay_out(series)


def made_for(series: Series, wall: datetime) -> ScheduledPost | None:
    """The scheduled post that was made for this time."""
    its = ScheduledPost.series_id == series.id, ScheduledPost.occurrence == wall
    return session.scalar(select(ScheduledPost).where(*its))


def _gap(series: Series, wall: datetime) -> SeriesGap:
    its = SeriesGap.series_id == series.id, SeriesGap.occurrence == wall
    found = session.scalar(select(SeriesGap).where(*its))
    return found or SeriesGap(workspace_id=series.workspace_id, series_id=series.id, occurrence=wall)


def _habits(series: Series) -> tuple[Any, ...]:
    """What all its posts share besides their times: when it changes, they are made anew."""
    return (
        series.account_id, series.channel_type_id, series.zone, series.cool_down, series.max_repeats,
        series.late_policy, series.late_minutes,
        tuple(entry.post_id for entry in sorted(series.queue, key=lambda entry: entry.position)),
    )  # fmt: skip


def _still_true(series: Series) -> list[ScheduledPost]:
    """Its coming posts that the new rule would make as they are."""
    coming = select(ScheduledPost).where(
        ScheduledPost.series_id == series.id, ScheduledPost.state == "scheduled", ~ScheduledPost.detached,
        ScheduledPost.scheduled_time > now(),
    )
    return [row for row in session.scalars(coming) if row.occurrence and series.recurrence.at(row.occurrence)]


def rehome(series: Series) -> None:
    """Let what stays stand for the time of its day in the new rule, so that the day gets no second post."""
    today = datetime.combine(series.recurrence.wall_of(now()).date(), time())
    kinds: tuple[Any, ...] = (ScheduledPost, SeriesGap)
    rows = [
        row for kind in kinds
        for row in session.scalars(select(kind).where(kind.series_id == series.id, kind.occurrence >= today))
    ]  # fmt: skip
    taken: set[datetime] = {row.occurrence for row in rows}
    strays = [row for row in rows if series.recurrence.at(row.occurrence) is None]
    for row in sorted(strays, key=lambda row: row.occurrence):
        day = datetime.combine(row.occurrence.date(), time())
        found = series.recurrence.rule.walls(series.starts_at, day, day + timedelta(days=1))
        if (wall := next((wall for wall in found if wall not in taken), None)) is not None:
            taken.add(wall)
            row.occurrence = wall
            session.flush()


def posts_called(workspace: Any, ids: Iterable[UUID | str]) -> list[Post]:
    """The posts of these ids, in their order. Raise Missing."""
    return [Post.of(workspace).get(one) for one in dict.fromkeys(ids)]


def place_of(workspace: Any, where: str) -> tuple[Account, Channel]:
    """An account and a channel from what a form says: an id and a slug with a space between. Raise Missing."""
    account_id, _, slug = where.partition(" ")
    return Account.of(workspace).get(account_id), Channel.by_slug(workspace, slug)


def planned_for(series: Series, wall: datetime) -> ScheduledPost:
    """As `made_for`. Raise Missing."""
    if (found := made_for(series, wall)) is None:
        raise Missing("This time of the series is not on the calendar yet, so it cannot be changed on its own.")
    return found


def instant(series: Series, moment: datetime | None) -> datetime | None:
    """A moment that somebody gave; without an offset it is read on the clocks of the series."""
    if moment is None or moment.tzinfo:
        return moment
    return at_wall(moment.date(), moment.time(), series.zone)
