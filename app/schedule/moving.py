"""Posts are moved about on the calendar: one by hand, or many at once with a look before and an undo."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from app.accounts.activity import Activity
from app.accounts.models import Member
from app.core.database import session
from app.core.errors import Invalid, Problem, WrongState
from app.core.queries import queries
from app.core.time import at_wall, now, zone
from app.schedule.models import ScheduledPost, check_moment
from app.schedule.words import STATES

sql = queries(__file__)
MOST = 200  # posts moved at once
FARTHEST = 3660  # days


def moment_from(typed: str, local: datetime, zone_name: str) -> datetime:
    """The instant that is meant by a day (the wall time is kept), a day and hour (the minute is kept), a
    wall time, or an instant with its offset. Raise Invalid at the field `to`.
    """
    try:
        meant = datetime.fromisoformat(typed.strip())
    except ValueError:
        raise Invalid("This is no time.", to="Give a day and a time, such as 2026-12-01T09:00.") from None
    if meant.tzinfo:
        return meant
    wall = {10: local.time(), 13: time(meant.hour, local.minute)}.get(len(typed.strip()), meant.time())
    return at_wall(meant.date(), wall.replace(tzinfo=None), zone_name)


def move_to(post: ScheduledPost, to: datetime, by: Member) -> None:
    """Move a post; one whose new time is another post's slot of the same schedule leaves the schedule.

    Raise Invalid for a past time, WrongState in words for what is out or being sent, NotAllowed.
    """
    by.must("schedule")
    if post.state not in ScheduledPost.MOVES["reschedule"][0]:
        raise WrongState(f"This post is {STATES[post.state].word}, so it stays where it is.")
    try:
        leave_slot_if_taken(post, lambda: post.reschedule(to, by))
    except Invalid as wrong:  # dropped, not typed: there is no field to mark
        raise Invalid(wrong.message) from None


def bring_back(post: ScheduledPost, by: Member) -> None:
    """Undo a cancellation, also when the slot has been filled meanwhile."""
    leave_slot_if_taken(post, lambda: post.restore(by))


def leave_slot_if_taken(post: ScheduledPost, act: Callable[[], None]) -> None:
    """Do it; when the schedule has another post at that time, take the post out of the schedule and do it."""
    try:
        with session.begin_nested():
            act()
    except IntegrityError as error:
        if "uq_scheduled_posts_slot" not in str(error.orig):
            raise
        post.posting_schedule_id = None
        act()


@dataclass(frozen=True)
class Change:
    """What would become of one post: where it goes, why it cannot, what it would clash with."""

    post: ScheduledPost
    to: datetime
    refusal: str | None = None
    clash: str | None = None


def shifted(moment: datetime, days: int, hours: int, zone_name: str) -> datetime:
    """So many days later on the same wall clock, then so many hours later."""
    local = moment.astimezone(zone(zone_name))
    return at_wall(local.date() + timedelta(days=days), local.time(), zone_name) + timedelta(hours=hours)


def preview(workspace: Any, ids: Iterable[UUID], days: int, hours: int) -> list[Change]:
    """What a move of many would do, in their order in time; nothing is changed. Raise Invalid."""
    if not (days or hours) or abs(days) > FARTHEST or abs(hours) > FARTHEST:
        raise Invalid("Say by how much to move.", days="Give a number of days or hours other than 0.")
    posts = chosen(workspace, ids)
    wanted = [(post, shifted(post.scheduled_time, days, hours, workspace.zone)) for post in posts]
    near = session.execute(
        sql["clashes"],
        {
            "workspace": workspace.id, "ids": [post.id for post, _ in wanted],
            "accounts": [post.account_id for post, _ in wanted], "times": [to for _, to in wanted],
        },
    )  # fmt: skip
    clashes = {row.id: row.near for row in near}
    return [
        Change(post, to, refusal(post, to), said(clashes.get(post.id), workspace.zone)) for post, to in wanted
    ]


def refusal(post: ScheduledPost, to: datetime) -> str | None:
    """Why a post cannot go there, or None."""
    if post.state not in ScheduledPost.MOVES["reschedule"][0]:
        return f"It is {STATES[post.state].word}."
    try:
        check_moment(to, "That time has passed.")
    except Invalid as wrong:
        return wrong.message
    return None


def said(near: datetime | None, zone_name: str) -> str | None:
    return f"The account posts at {near.astimezone(zone(zone_name)):%H:%M} as well." if near else None


def chosen(workspace: Any, ids: Iterable[UUID]) -> list[ScheduledPost]:
    """The scheduled posts that somebody ticked, in time order. Raise Invalid for none or too many."""
    wanted = list(dict.fromkeys(ids))
    if not wanted or len(wanted) > MOST:
        raise Invalid(f"Choose between 1 and {MOST} posts.")
    found = ScheduledPost.of(workspace).where(ScheduledPost.id.in_(wanted))
    return found.order_by(ScheduledPost.scheduled_time, ScheduledPost.id).all()


def move_many(workspace: Any, ids: Iterable[UUID], days: int, hours: int, by: Member) -> Activity:
    """Move what can be moved and note the rest; the activity knows how to take it back."""
    by.must("schedule")
    before: list[list[str]] = []
    done = Batch(workspace, "move", "Move posts", by)
    for change in preview(workspace, ids, days, hours):
        was = [str(change.post.id), change.post.scheduled_time.isoformat()]
        if done.tried(change.post, lambda change=change: move_to(change.post, change.to, by)):
            before.append(was)
    return done.ended(before, "moved")


def cancel_many(workspace: Any, ids: Iterable[UUID], by: Member) -> Activity:
    """Take many off the plan; the activity knows how to bring them back."""
    by.must("schedule")
    done = Batch(workspace, "cancel", "Cancel posts", by)
    posts = [post for post in chosen(workspace, ids) if done.tried(post, lambda post=post: post.cancel(by))]
    return done.ended([[str(post.id), ""] for post in posts], "cancelled")


def undo(workspace: Any, activity: Activity, by: Member) -> int:
    """Put everything back that a move or cancellation of many changed; how many went back."""
    by.must("schedule")
    number = 0
    for post_id, time_before in activity.inputs.get("before", []):
        post = ScheduledPost.of(workspace).where(ScheduledPost.id == UUID(post_id)).first()
        if post is None:
            continue
        try:
            if time_before:
                move_to(post, datetime.fromisoformat(time_before), by)
            else:
                bring_back(post, by)
        except Problem:
            continue  # it has gone out, or its old time has passed
        number += 1
    return number


class Batch:
    """Many posts done one by one: what did not work is noted, the rest stays done."""

    def __init__(self, workspace: Any, kind: str, title: str, by: Member) -> None:
        self.activity = Activity.start(workspace, f"{kind} posts", title, by)

    def tried(self, post: ScheduledPost, act: Callable[[], None]) -> bool:
        """Do it to one post and say whether it worked."""
        try:
            with session.begin_nested():
                act()
        except Problem as problem:
            self.activity.problem(post.post.first_line, problem.message)
            return False
        return True

    def ended(self, before: list[list[str]], done: str) -> Activity:
        """Say what came of it, and keep what an undo needs."""
        self.activity.inputs = {"before": before}
        session.flush()
        session.refresh(self.activity)
        refused = self.activity.problem_count
        words = f"{len(before)} {'post' if len(before) == 1 else 'posts'} {done}"
        self.activity.finish(
            f"{words}, {refused} could not be." if refused else f"{words}.", at=now().isoformat()
        )
        return self.activity
