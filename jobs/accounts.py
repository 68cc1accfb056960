"""Housekeeping of activities."""

from app.accounts.activity import Activity
from app.core.queue import job


@job("default")
def sweep() -> None:
    """Say of activities whose worker is gone that they broke off."""
    Activity.settle_lost()
