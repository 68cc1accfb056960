"""Numbers come in."""

from app.analytics.collecting import collect_due
from app.core.queue import job


@job("default", timeout="2m")
def collect() -> None:
    """Ask the platforms for likes, comments, shares, reach and clicks of the posts that are due."""
    collect_due()
