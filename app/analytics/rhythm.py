"""How often a post's numbers are asked for: often while it is young, then ever more rarely."""

from datetime import datetime, timedelta

FIRST_LOOK = timedelta(minutes=2)
RHYTHM: tuple[tuple[timedelta, timedelta], ...] = (
    # up to this age       every
    (timedelta(hours=1),   timedelta(minutes=5)),
    (timedelta(hours=6),   timedelta(minutes=15)),
    (timedelta(days=1),    timedelta(hours=1)),
    (timedelta(days=7),    timedelta(hours=6)),
    (timedelta(days=30),   timedelta(days=1)),
)  # fmt: skip


def pause(age: timedelta) -> timedelta | None:
    """The time until the next look at a post of that age; None when it is old enough to be left alone."""
    return next((every for until, every in RHYTHM if age < until), None)


def next_look(published_at: datetime, moment: datetime) -> datetime | None:
    """When to look after a look at `moment`; None after thirty days."""
    if moment < published_at + FIRST_LOOK:
        return published_at + FIRST_LOOK
    wait = pause(moment - published_at)
    return moment + wait if wait else None
