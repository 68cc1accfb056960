"""Series are laid out on the calendar."""

from app.core.queue import job
from app.schedule import laying_out
from app.schedule.series import Series


@job("default", timeout="10m")
def top_up() -> None:
    """Put the next times of every series on the calendar that come within reach."""
    laying_out.top_up()


@job("default", timeout="10m")
def lay_out(series_id: str) -> None:
    """Go on with one series."""
    laying_out.lay_out_one(*Series.named(series_id))
