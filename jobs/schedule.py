"""Posts go out, and what is left behind is found."""

from app.core.queue import job
from app.schedule import engine, sweeping


@job("publishing", timeout="10m")
def publish_due() -> None:
    """Send everything that is due."""
    engine.publish_due()


@job("default")
def sweep() -> None:
    """Settle leases that ran out, and look for posts of which nobody knows whether they are out."""
    sweeping.sweep()
