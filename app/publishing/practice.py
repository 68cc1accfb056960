"""The practice network: a small fake platform inside Slogan, to learn on and to test against.

Its readers are simulated, and everything that shows them says so. Their counts are a function of the
post's key and age alone, so that a look twice gives the same: of a post of size S (drawn from the key,
between 120 and 400 readers) three tenths read fast, 1 - e^(-age/10 min) of them, and the others over days,
1 - e^(-age/18 h); so something happens while a newcomer looks, and 98 % is reached after three days.
Shares of the readers, drawn from the key too, like (4 to 16 %), click (1 to 8 %), share (0.5 to 4 %)
and comment (0.3 to 3 %); a post is shown 1.3 to 2.5 times to each reader.
"""

import math
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from app.publishing.delivery import Metrics
from app.publishing.models import PracticePost

QUICK, QUICK_SHARE = timedelta(minutes=10), 0.3
SETTLING = timedelta(hours=18)


class Mood(NamedTuple):
    """Something that can be made to go wrong, for newcomers to see what Slogan does then."""

    name: str
    words: str


MOODS = (
    Mood("", "Everything works"),
    Mood("refuse", "It refuses every post"),
    Mood("drop", "It takes the post, then hangs up without an answer"),
    Mood("down", "It is down"),
    Mood("rate_limit", "It asks to wait two minutes"),
    Mood("slow", "It takes five seconds to answer"),
    Mood("expired", "It no longer knows the account"),
)


def readers(key: str, age: timedelta) -> Metrics:
    """What the simulated readers have done with a post of that age."""
    age = max(age, timedelta())
    come = QUICK_SHARE * (1 - math.exp(-age / QUICK)) + (1 - QUICK_SHARE) * (1 - math.exp(-age / SETTLING))
    read = _between(key, "size", 120, 400) * come
    return Metrics(
        reach=int(read),
        views=int(read * _between(key, "views", 1.3, 2.5)),
        likes=int(read * _between(key, "likes", 0.04, 0.16)),
        clicks=int(read * _between(key, "clicks", 0.01, 0.08)),
        shares=int(read * _between(key, "shares", 0.005, 0.04)),
        comments=int(read * _between(key, "comments", 0.003, 0.03)),
    )


def _between(key: str, what: str, low: float, high: float) -> float:
    drawn = int.from_bytes(sha256(f"{key} {what}".encode()).digest()[:4], "big") / 2**32
    return low + drawn * (high - low)


class Card(NamedTuple):
    """A post of the practice network as its feed shows it."""

    post: PracticePost
    readers: Metrics


def feed(posts: Any, moment: datetime) -> list[Card]:
    """Posts with what the simulated readers have done by that moment."""
    return [Card(post, readers(post.key, moment - post.created_at)) for post in posts]
