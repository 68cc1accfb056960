"""The burst guard: no account sends more than its cap, nor the same text twice within its window.

What is over is held for a person, or put off until there is room again. What counts is every try that is
out or may be, so a fault that sends one post again and again stops at the cap as well.
"""

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from app.core.database import session
from app.core.queries import array, array_of_bytes, queries
from app.schedule.limits import Policy, Room
from app.schedule.words import in_words

sql = queries(__file__)
PACE = "pace"  # the problem_kind of what waits a moment since its platform takes no more
SOON = timedelta(hours=1)  # no try begins later than that, however clocks differ: spares the months to come
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]")
Said = tuple[UUID, UUID, bytes | None]  # an account, a channel type, and what was said there
TRACKING = re.compile(r"[?&]utm_[^\s&]*")


class Loaded(Protocol):
    """What the guard needs to know of a post. `mark` is what its text has in common with others that say the same."""

    id: UUID
    workspace_id: UUID
    account_id: UUID
    platform_id: UUID
    channel_type_id: UUID
    scheduled_time: datetime
    mark: bytes | None
    allowed: bool  # a person has said yes to it going beyond the guard


class Objection(NamedTuple):
    """Why a post may not go now, and what is to be done: `hold` it, or `put_off` until a moment."""

    verb: str
    kind: str
    reason: str
    until: datetime | None = None


def digest_of(text: str) -> bytes | None:
    """What two texts have in common that a reader takes for the same; None where there is no text.

    Case, white space, invisible signs and tracking in links make no difference.
    """
    if not text.isascii():
        text = INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    if "utm_" in text:
        text = TRACKING.sub("", text)
    plain = " ".join(text.casefold().split())
    return hashlib.blake2b(plain.encode(), digest_size=16).digest() if plain else None


def judge(posts: Sequence[Loaded], moment: datetime) -> dict[UUID, Objection]:
    """What speaks against sending each of these posts now, in their order; who is not named may go.

    Call it across workspaces, and before the next posts of an account only once the tries of the ones
    before are written down. It asks the database three times, however many posts there are.
    """
    policies = policies_of({post.account_id for post in posts})
    # Where an account has just been removed, the post is gone with it.
    known = [(post, policy) for post in posts if (policy := policies.get(post.account_id))]
    before = same_before(known, moment)
    rooms = rooms_of(policies.values(), moment)
    found: dict[UUID, Objection] = {}
    seen: set[Said] = set()
    for post, policy in known:
        said = policy.account_id, post.channel_type_id, post.mark
        objection = before.get(post.id) or twice_at_once(post, policy, said in seen)
        objection = objection or over(post, policy, rooms[policy.account_id])
        if objection:
            found[post.id] = objection
        elif post.mark:
            seen.add(said)
    return found


def policies_of(accounts: Iterable[UUID]) -> dict[UUID, Policy]:
    """What each account may do."""
    rows = session.execute(sql["policies"], {"accounts": list(accounts)})
    return {row.id: Policy.of(row) for row in rows}


def rooms_of(policies: Iterable[Policy], moment: datetime) -> dict[UUID, list[Room]]:
    """How much room each limit of each account has left."""
    wanted = [(policy, limit) for policy in policies for limit in policy.limits]
    used: dict[int, Any] = {}
    if wanted:
        longest = max(limit.window for _, limit in wanted)
        rows = session.execute(sql["sent"], {
            "accounts": [policy.account_id for policy, _ in wanted], "most": [limit.most for _, limit in wanted],
            "seconds": [limit.seconds for _, limit in wanted],
            "now": moment, "since": moment - longest, "soon": moment + SOON,
        })  # fmt: skip
        used = {row.number: row for row in rows}
    rooms: dict[UUID, list[Room]] = defaultdict(list)
    for number, (policy, limit) in enumerate(wanted, 1):
        row = used.get(number)
        rooms[policy.account_id].append(
            Room(limit, limit.most - (row.sent if row else 0), row.earliest if row else moment, moment)
        )
    return rooms


def same_before(known: Sequence[tuple[Loaded, Policy]], moment: datetime) -> dict[UUID, Objection]:
    """The posts whose text their account has sent within its window, or may have."""
    asked = [(post, policy, mark) for post, policy in known if (mark := post.mark) and is_watched(post, policy)]
    if not asked:
        return {}
    since = [moment - policy.window for _, policy, _ in asked]
    rows = session.execute(sql["said"], {
        "posts": array(post.id for post, *_ in asked), "accounts": array(post.account_id for post, *_ in asked),
        "digests": array_of_bytes(mark for *_, mark in asked), "since": array(since), "earliest": min(since),
        "soon": moment + SOON, "channels": array(post.channel_type_id for post, *_ in asked),
    }).all()  # fmt: skip
    of_post = {post.id: policy for post, policy, _ in asked} if rows else {}
    return {row.post: same(of_post[row.post], row.started_at, itself=row.itself) for row in rows}


def is_watched(post: Loaded, policy: Policy) -> bool:
    """Whether its text counts: a person's yes and a series, which has a pause of its own, pass."""
    return bool(policy.same_text_days) and not post.allowed and getattr(post, "series_id", None) is None


def same(policy: Policy, earlier: datetime, *, itself: bool) -> Objection:
    """The objection to a text that was there already."""
    when = in_words(earlier, policy.zone)
    reason = (
        f"This very post went out on {policy.name} already: {when}."
        if itself
        else f"{policy.name} has had the same text within {policy.days}: {when}."
    )
    return Objection("hold", "same_text", reason)


def twice_at_once(post: Loaded, policy: Policy, is_seen: bool) -> Objection | None:
    """The objection to a text that goes out in this very moment."""
    if not is_seen or not is_watched(post, policy):
        return None
    reason = f"Another post with the same text goes out on {policy.name} right now."
    return Objection("hold", "same_text", reason)


def over(post: Loaded, policy: Policy, rooms: list[Room]) -> Objection | None:
    """The objection of the first limit that has no room left; else the post takes its place in each."""
    for room in rooms:
        if room.left <= 0 and not (room.limit.is_ours and post.allowed):
            return surplus(post, policy, room)
    for room in rooms:
        room.left -= 1
    return None


def surplus(post: Loaded, policy: Policy, room: Room) -> Objection:
    """What becomes of a post that finds no room: the platform's limit passes by itself, ours asks a person."""
    limit = room.limit
    if not limit.is_ours:
        reason = f"{policy.platform} takes no more than {limit} from {policy.name}."
        return Objection("put_off", PACE, reason, room.next_free(lambda: tail_of(post, PACE)))
    posts = "post" if limit.most == 1 else "posts"
    reason = f"{policy.name} has sent {limit.most} {posts} within an hour, as many as it may without your yes."
    if policy.surplus == "smooth":
        until = room.next_free(lambda: tail_of(post, "burst"))
        if until <= post.scheduled_time + timedelta(minutes=getattr(post, "late_minutes", 180)):
            return Objection("put_off", "burst", reason, until)
    return Objection("hold", "burst", reason)


def tail_of(post: Loaded, kind: str) -> datetime | None:
    """When the last of those is due that had to wait before this one; a post that has waited already is no newcomer."""
    if getattr(post, "due_at", post.scheduled_time) > post.scheduled_time:
        return None
    asked = {"workspace": post.workspace_id, "account": post.account_id, "kind": kind}
    return session.scalar(sql["tail"], asked)
