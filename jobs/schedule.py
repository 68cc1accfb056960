"""Posts go out, and what is left behind is found."""

from app.accounts.activity import Activity
from app.core.queue import job
from app.schedule import (
    catching_up,
    causes,
    engine,
    follow_ups,
    mending,
    preflight,
    sheets,
    still_there,
    sweeping,
)


@job("publishing", timeout="10m")
def publish_due() -> None:
    """Send everything that is due."""
    engine.publish_due()


@job("default")
def sweep() -> None:
    """Settle leases that ran out, and look for posts of which nobody knows whether they are out."""
    sweeping.sweep()


@job("default", timeout="1h")
def catch_up() -> None:
    """Look for what may have gone out elsewhere since the backup that this copy was put back from."""
    catching_up.catch_up()


@job("default")
def plan_follow_ups() -> None:
    """Put the follow-ups of what went out on the calendar."""
    follow_ups.sweep()


@job("default")
def notice_causes() -> None:
    """Tell people of posts that need them, once for each cause."""
    causes.sweep()


@job("default", timeout="1h")
def mend(activity_id: str) -> None:
    """Try all posts of a cause again, skip or cancel them."""
    mending.mend(Activity.anywhere(activity_id))


@job("slow", timeout="2h")
def plan_sheet(activity_id: str) -> None:
    """Plan the posts of a table that was sent."""
    sheets.plan_sheet(Activity.anywhere(activity_id))


@job("slow", timeout="20m")
def preflight_all() -> None:
    """Look 72 hours ahead in every workspace."""
    preflight.look_everywhere()


@job("default", timeout="10m")
def look_ahead_in(workspace_id: str) -> None:
    """Look 72 hours ahead in one workspace."""
    preflight.look_in(workspace_id)


@job("default", timeout="10m")
def look_ahead(activity_id: str) -> None:
    """Look 72 hours ahead because somebody asked for it."""
    preflight.carry_out(Activity.anywhere(activity_id))


@job("default", timeout="10m")
def look_after() -> None:
    """Look whether what was published can still be seen."""
    still_there.look_after()
