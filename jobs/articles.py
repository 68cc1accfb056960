"""Articles come in, away from the page."""

from app.accounts.activity import Activity
from app.articles.imports import import_articles
from app.core.queue import job


@job("slow", timeout="2h")
def import_(activity_id: str) -> None:
    """Bring in what an activity names."""
    activity = Activity.anywhere(activity_id)
    import_articles(activity, activity.inputs["source"])
