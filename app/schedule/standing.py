"""Which of the posts that were planned here stand on an account already, by their words and their times."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from app.publishing.delivery import Seen
from app.schedule.lateness import GRACE, PATIENCE

ALIKE = 0.5  # of all their words that two texts share, of which one may be the other after an edit


class Planned(NamedTuple):
    """A post that may be out: its words as the account's connector compares them, and when it was to go."""

    id: UUID
    text: str
    at: datetime


Found = dict[UUID, Seen]


def compared(planned: Sequence[Planned], seen: Sequence[Seen], texts: Sequence[str]) -> tuple[Found, Found]:
    """The posts that are out, and those of which only a person can say whether what was seen is them.

    `texts` are the words of what was seen. Each thing that was seen is one post at most: what recurs says the
    same again and again, and is out only as often as it was seen.
    """
    sure, perhaps, strange = Found(), Found(), list[tuple[str, Seen]]()
    wanted, there = defaultdict[str, list[Planned]](list), defaultdict[str, list[Seen]](list)
    for post in sorted(planned, key=lambda one: one.at):
        wanted[post.text].append(post)
    for text, one in sorted(zip(texts, seen, strict=True), key=lambda pair: pair[1].at):
        there[text].append(one)
    for text, ones in there.items():
        if text and wanted[text]:
            certain, left = paired(wanted[text], ones)
            sure |= certain
            perhaps |= {post.id: left[0] for post in wanted[text] if left and post.id not in certain}
        else:
            strange += [(text, one) for one in ones]
    for post in planned:
        if post.id not in sure and post.id not in perhaps and (like := resembling(post.text, strange)):
            perhaps[post.id] = like
    return sure, perhaps


def paired(posts: Sequence[Planned], seen: Sequence[Seen]) -> tuple[Found, list[Seen]]:
    """Posts of the same words with what was seen of them, and what was seen beyond that."""
    if len(seen) >= len(posts):
        return {post.id: one for post, one in zip(posts, seen, strict=False)}, []
    found, left = Found(), list[Seen]()
    for one in seen:
        own = (post for post in posts if post.id not in found and on_time(post.at, one.at))
        if post := next(own, None):
            found[post.id] = one
        else:
            left.append(one)
    return found, left


def on_time(planned: datetime, out: datetime) -> bool:
    return timedelta(0) - GRACE <= out - planned <= PATIENCE


def resembling(text: str, strange: Iterable[tuple[str, Seen]]) -> Seen | None:
    """What was seen and may be a text after an edit."""
    words = set(text.split())
    for other, one in strange:
        both = set(other.split())
        if len(words & both) >= ALIKE * len(words | both):
            return one
    return None
