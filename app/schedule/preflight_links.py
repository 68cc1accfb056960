"""Links of coming posts that lead nowhere: a few addresses a run are asked for, and what they say is remembered.

What was said lies in Redis, where it may be lost: then it is asked for once more. An address that does not
answer, or answers anything but “not there”, is no finding.
"""

import re
from collections.abc import Iterable
from hashlib import sha256

from redis.exceptions import RedisError

from app.core.database import session
from app.core.queue import redis
from app.core.wire import WireError, wire
from app.schedule.ahead import Ahead
from app.schedule.side_by_side import LANES, side_by_side

URL = re.compile(r"https?://[^\s<>\"“”)\]]+", re.IGNORECASE)
MOST = 100  # addresses asked for in one run
REMEMBERED, NOT_THERE = 6 * 3600, 1500  # seconds; what is gone is asked for again at the next look
SECONDS = 8.0  # that an address has to answer
ENOUGH = 300_000  # bytes; a page that is longer is there
GONE = (404, 410)


def links_of(one: Ahead) -> list[str]:
    """The addresses that a post leads to."""
    found = [hit.rstrip(".,;:!?'") for hit in URL.findall(one.words)]
    return list(dict.fromkeys([one.link, *found] if one.link else found))


class Links:
    """What is known of addresses in one run."""

    def __init__(self, lanes: int = LANES) -> None:
        self.lanes, self.left = lanes, MOST
        self.known: dict[str, int] = {}

    def look(self, batch: Iterable[Ahead]) -> None:
        """Learn of the addresses of these posts, as far as this run may ask. No transaction is open meanwhile."""
        wanted = {url for one in batch for url in links_of(one)} - set(self.known)
        if not wanted:
            return
        try:
            self._recall(sorted(wanted))
        except RedisError:
            return
        fresh = sorted(wanted - set(self.known))[: self.left]
        self.left -= len(fresh)
        session.commit()
        side_by_side(self._ask, fresh, self.lanes)

    def gone(self, one: Ahead) -> tuple[str, int] | None:
        """The first address of a post that is not there, and how that was said."""
        return next(((url, self.known[url]) for url in links_of(one) if self.known.get(url) in GONE), None)

    def _recall(self, urls: list[str]) -> None:
        said = redis().mget([_key(url) for url in urls])
        self.known |= {url: int(status) for url, status in zip(urls, said, strict=True) if status is not None}

    def _ask(self, url: str) -> None:
        try:
            status = wire.get(url, timeout=SECONDS, connect_timeout=SECONDS, limit=ENOUGH).status
        except WireError:
            status = 0  # nothing is known of it
        self.known[url] = status
        try:
            redis().set(_key(url), status, ex=NOT_THERE if status in GONE else REMEMBERED)
        except RedisError:
            return


def _key(url: str) -> str:
    return f"slogan:link:{sha256(url.encode()).hexdigest()[:32]}"
