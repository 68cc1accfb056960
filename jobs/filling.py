"""Posting schedules fill themselves, away from the page."""

from app.accounts.activity import Activity
from app.core.queue import job
from app.schedule import filling


@job("slow", timeout="1h")
def fill(activity_id: str) -> None:
    """Generate what somebody asked for."""
    filling.fill(Activity.anywhere(activity_id))
