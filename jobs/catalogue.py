"""Products come in, away from the page."""

from app.accounts.activity import Activity
from app.catalogue.imports import import_products
from app.core.queue import job


@job("slow", timeout="2h")
def import_(activity_id: str) -> None:
    """Bring in what an activity names."""
    activity = Activity.anywhere(activity_id)
    import_products(activity, activity.inputs["source"])
