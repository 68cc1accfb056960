"""The database keeps itself in order."""

from sqlalchemy import text

from app.core.database import session
from app.core.queue import job
from app.maintenance import retention


@job("default")
def make_partitions() -> None:
    """Make the partitions of the next three months, whichever are missing."""
    session.execute(text("SELECT slogan_make_partitions(3)"))


@job("default", timeout="30m")
def tidy() -> None:
    """Throw away what is past its time."""
    retention.tidy()
