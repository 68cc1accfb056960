"""Reading an account back: its records, newest first. Their keys tell when each was first tried."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from app.publishing.connectors.bluesky.records import POSTS, first_tid
from app.publishing.delivery import CannotTell, Seen

PAGE, PAGES = 100, 5  # how many records are read back at a time, and how often
SKEW = timedelta(minutes=2)  # how far apart clocks may be


class Reading:
    """The part of the connector that reads its account back."""

    def read_back(self: Any, since: datetime) -> list[Seen]:
        found = [(one, one["value"]) for one in records_since(since, self._did(), self._ask)]
        return [Seen(self._receipt(one), it["text"], datetime.fromisoformat(it["createdAt"])) for one, it in found]


def records_since(since: datetime, repo: str, ask: Callable[..., Any]) -> Iterator[dict[str, Any]]:
    """What was posted since a moment. Raise CannotTell."""
    cursor, first = None, first_tid(since - SKEW)
    for _ in range(PAGES):
        asked = {"repo": repo, "collection": POSTS, "limit": PAGE, "cursor": cursor}
        page = ask("GET", "com.atproto.repo.listRecords", params=asked)
        for record in page["records"]:
            if record["uri"].rpartition("/")[2] < first:
                return
            yield record
        cursor = page.get("cursor")
        if not cursor:
            return
    raise CannotTell(f"The account has over {PAGE * PAGES} newer posts: too many to look through.")
