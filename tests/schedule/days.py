"""Moments and posts for the tests of the calendar."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

from app.core.database import session
from app.core.time import at_wall, now
from tests.schedule.cast import planned

LONDON = "Europe/London"


def at(account, moment, post=None, **more):
    """A post of the account at a moment, whatever the rules say of that moment."""
    made = planned(account, post=post, **more)
    made.scheduled_time = made.due_at = moment
    session.flush()
    return made


def tomorrow(hour=9, minute=0, days=1):
    day = now().astimezone(ZoneInfo(LONDON)).date() + timedelta(days=days)
    return at_wall(day, time(hour, minute), LONDON)
