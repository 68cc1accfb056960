"""Housekeeping of activities, and the sign of life of this installation."""

from datetime import timedelta

from sqlalchemy import select

from app.accounts import delivering, instance
from app.accounts.activity import Activity
from app.core.database import session
from app.core.queue import job, ring
from app.core.time import now

BELLS = {  # an activity's kind, and the job that does it
    "import articles": "articles.import_",
    "import products": "catalogue.import_",
    "write sections of articles": "articles.write_sections",
    "fill schedule": "filling.fill",
    "mend posts": "schedule.mend",
}
PATIENCE = timedelta(minutes=1)
AGAIN = 900  # seconds between bells for the same activity: it may only be waiting for its turn


@job("default")
def sweep() -> None:
    """Say of activities whose worker is gone that they broke off; ring again for those that nobody took."""
    Activity.settle_lost()
    waiting = select(Activity.id, Activity.kind).where(
        Activity.state == "waiting", Activity.created_at < now() - PATIENCE, Activity.kind.in_(BELLS)
    )
    for activity_id, kind in session.execute(waiting.order_by(Activity.created_at).limit(100)):
        ring(BELLS[kind], activity_id, at_most_once_in=AGAIN)


@job("default")
def beat() -> None:
    """Note how far this installation has come, and look whether it is still itself."""
    instance.beat()


@job("default", timeout="5m")
def deliver_notices() -> None:
    """Tell people of notices by email and in the chat."""
    delivering.deliver()
