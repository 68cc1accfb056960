"""A post is dragged and its series with it; and all of that is taken back, as a move of one post is."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from app.accounts.activity import Activity
from app.accounts.models import Member, record
from app.core.database import session
from app.core.errors import Problem, WrongState
from app.schedule.models import ScheduledPost
from app.schedule.series import Series
from app.schedule.series_edits import change_all, change_one, hand_over, made_for, move_with, posts_called

KIND = "move series"
CHANGED_SINCE = "The series has been changed since, so this move stays. Change it on its own page."


def move_series(planned: ScheduledPost, scope: str, at: datetime, by: Member) -> Activity | None:
    """Move a post with the following, or with all of its series; the activity knows how to take it back.

    Returns None where there is no series that could come with it. Raise as `move_with` does.
    """
    series = session.get(Series, planned.series_id) if planned.series_id else None
    if scope == "this" or series is None or planned.occurrence is None:
        return None
    before = {"rule": series.rule, "starts_at": series.starts_at.isoformat(), "series": str(series.id)}
    if planned.detached:
        before["alone"] = [planned.occurrence.isoformat(), planned.scheduled_time.isoformat(), str(planned.post_id)]
    moved = move_with(planned, scope, at, by)
    assert moved is not None
    done = Activity.start(by.workspace, KIND, f"Move {series.name}", by)
    done.inputs = {**before, "made": str(moved.id), "now": _as_it_is(moved)}
    session.flush()
    done.finish(f"{moved.sentence}.")
    return done


def take_back(workspace: Any, done: Activity, by: Member) -> Series:
    """Put a series back to where it was before such a move. Raise WrongState when it was changed since."""
    by.must("schedule")
    was = done.inputs
    series = Series.of(workspace).where(Series.id == UUID(was["series"])).first()
    made = Series.of(workspace).where(Series.id == UUID(was["made"])).first()
    if series is None or made is None or _as_it_is(made) != was["now"]:
        raise WrongState(CHANGED_SINCE)
    record(by, "took a move of a series back", series)
    try:
        with session.begin_nested():
            if made.id != series.id:
                _join(series, made)
            change_all(series, by, rule=was["rule"], starts_at=datetime.fromisoformat(was["starts_at"]))
    except IntegrityError:  # two of them stand for the same time by now
        raise WrongState(CHANGED_SINCE) from None
    if alone := was.get("alone"):
        _stand_alone(series, *alone, by)
    return series


def _as_it_is(series: Series) -> list[str]:
    return [series.rule, series.starts_at.isoformat(), series.state]


def _join(series: Series, made: Series) -> None:
    """What the later series has that stands for itself belongs to the earlier one again; the rest is made anew."""
    series.lock()
    made.lock()
    made.clear()
    hand_over(made, series)
    session.delete(made)
    session.flush()


def _stand_alone(series: Series, wall: str, at: str, post_id: str, by: Member) -> None:
    """The post that was dragged had a time or words of its own before; if it cannot have them again, it follows."""
    planned = made_for(series, datetime.fromisoformat(wall))
    if planned is None:
        return
    [post] = posts_called(by.workspace, [post_id])
    try:
        with session.begin_nested():
            change_one(planned, by, at=datetime.fromisoformat(at), post=post)
            planned.detached = True
    except Problem:
        session.refresh(planned)
