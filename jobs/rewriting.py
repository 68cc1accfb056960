"""Rewrites are written, away from the page, and those that broke off are found."""

from app.core.queue import job
from app.rewriting.models import Execution
from app.rewriting.running import time_limit


@job("rewriting", timeout=time_limit())
def run(execution_id: str) -> None:
    """Write one that waits."""
    Execution.anywhere(execution_id).run()


@job("default")
def sweep() -> None:
    """Ring again for rewrites that wait, and say of those whose worker is gone that they broke off."""
    Execution.sweep()
