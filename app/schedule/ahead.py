"""What is read of the posts of the next days: a batch at a time, in a number of queries that posts do not change."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, selectinload

from app.core.database import session
from app.core.queries import queries
from app.core.time import now
from app.platforms.models import Account, Channel, Platform
from app.platforms.need import Need
from app.posts.models import PostMedia
from app.posts.parts import PostPart
from app.publishing.accounts import connector_class, connector_for
from app.publishing.budgets import RateBudget
from app.schedule import guard
from app.schedule.entry import Entry
from app.schedule.foreseen import ConnectionCheck
from app.schedule.guard import policies_of
from app.schedule.limits import Limit, Policy
from app.schedule.preflight_connections import checks_of, is_outdated

sql = queries(__file__)
BATCH = 1000
BEGINNING = datetime(1990, 1, 1, tzinfo=UTC)
NIL = UUID(int=0)


@dataclass
class Ahead(Entry):
    """One post that is due soon, as its channel will get it."""

    post_state: str
    title: str
    part_id: UUID | None  # of a follow-up: it has neither pictures nor parts


@dataclass(frozen=True)
class Place:
    """A channel with its rules, read once."""

    name: str
    label: str
    needs: tuple[Need, ...]


@dataclass(frozen=True)
class Standing:
    """How an account stands: what its last live look said, until when it lasts, how much it may send."""

    account: Account
    channels: tuple[str, ...]
    check: ConnectionCheck | None
    ends_at: datetime | None
    policy: Policy
    zone: str
    budgets: tuple[RateBudget, ...] = ()  # those that posts wait for

    def speaks(self, place: Place | None) -> bool:
        """Whether something can be sent there at all, and not only be kept in the outbox."""
        return place is None or place.name in self.channels


def ahead(workspace: Any, until: datetime, platform_id: UUID | None = None) -> Iterator[list[Ahead]]:
    """What is due before that moment, of one platform if it is named, soonest first, in batches (one query each)."""
    after = {"time": BEGINNING, "id": NIL}
    while True:
        asked = {"workspace": workspace.id, "until": until, "platform": platform_id, "batch": BATCH, **after}
        rows = [Ahead(*row) for row in session.execute(sql["due_ahead"], asked)]
        if not rows:
            return
        yield rows
        if len(rows) < BATCH:
            return
        after = {"time": rows[-1].scheduled_time, "id": rows[-1].id}


def accounts_ahead(workspace: Any, until: datetime) -> list[UUID]:
    """The accounts that something is planned for before that moment (one query)."""
    return list(session.scalars(sql["accounts_ahead"], {"workspace": workspace.id, "until": until}))


def standings(workspace: Any, account_ids: list[UUID]) -> dict[UUID, Standing]:
    """How some accounts stand (six queries)."""
    if not account_ids:
        return {}
    checks, policies = checks_of(account_ids), policies_of(account_ids)
    found = select(Account).where(Account.id.in_(account_ids)).options(selectinload(Account.credentials))
    accounts = session.scalars(found.execution_options(populate_existing=True)).all()
    left = RateBudget.of_accounts(accounts)
    return {
        one.id: _standing(one, checks.get(one.id), policies[one.id], workspace.zone, left[one.id]) for one in accounts
    }


def _standing(
    account: Account, check: ConnectionCheck | None, policy: Policy, zone: str, left: list[RateBudget]
) -> Standing:
    kind = connector_class(account.platform)
    channels = kind.channels if kind and (account.state != "new" and _complete(account)) else ()
    if check is not None and is_outdated(check, account):
        check = None
    budgets = tuple(one for one in left if kind and kind.waits_for(one.name))
    return Standing(account, channels, check, account.secrets_end_at, policy, zone, budgets)


def _complete(account: Account) -> bool:
    """Whether its connection has all that it needs; one that has ended is spoken of as ended."""
    ended = account.secrets_end_at is not None and account.secrets_end_at <= now()
    return ended or connector_for(account) is not None


def places(workspace: Any) -> dict[tuple[UUID, UUID], Place]:
    """Every channel with its rules (three queries)."""
    rules = selectinload(Channel.requirements), contains_eager(Channel.platform).selectinload(Platform.capabilities)
    found = Channel.in_order(workspace).options(*rules).all()
    return {
        (one.platform_id, one.channel_type_id): Place(one.channel_type.name, one.label, tuple(one.needs()))
        for one in found
    }


def pictures_of(batch: list[Ahead]) -> dict[UUID, list[PostMedia]]:
    """The pictures of a batch's posts, in their order (one query)."""
    wanted = {one.post_id for one in batch}
    found: dict[UUID, list[PostMedia]] = {}
    query = select(PostMedia).where(PostMedia.post_id.in_(wanted)).order_by(PostMedia.post_id, PostMedia.position)
    for picture in session.scalars(query):
        found.setdefault(picture.post_id, []).append(picture)
    return found


def parts_of(batch: list[Ahead]) -> dict[UUID, list[PostPart]]:
    """The parts of a batch's posts beyond their text, in their order (one query)."""
    wanted = {one.post_id for one in batch}
    found: dict[UUID, list[PostPart]] = {}
    query = select(PostPart).where(PostPart.post_id.in_(wanted)).order_by(PostPart.post_id, PostPart.position)
    for part in session.scalars(query):
        found.setdefault(part.post_id, []).append(part)
    return found


def sent_lately(standings: dict[UUID, Standing], moment: datetime) -> dict[tuple[UUID, Limit], deque[datetime]]:
    """When accounts have sent within the window of each of their limits, oldest first (one query)."""
    limits = [(one, limit) for one, standing in standings.items() for limit in standing.policy.limits]
    if not limits:
        return {}
    longest = moment - max(limit.window for _, limit in limits)
    found: dict[UUID, list[datetime]] = {}
    for account_id, at in session.execute(sql["sent_lately"], {"accounts": list(standings), "since": longest}):
        found.setdefault(account_id, []).append(at)
    return {
        (one, limit): deque(at for at in found.get(one, ()) if at > moment - limit.window) for one, limit in limits
    }


def said_before(batch: list[Ahead], standings: dict[UUID, Standing]) -> dict[UUID, datetime]:
    """When their account last said the same as each of these posts, within its window (one query)."""
    asked = [one for one in batch if is_watched(one, standings) and one.mark]
    if not asked:
        return {}
    since = [one.due_at - timedelta(days=standings[one.account_id].policy.same_text_days) for one in asked]
    rows = session.execute(sql["said_before"], {
        "posts": [one.id for one in asked], "accounts": [one.account_id for one in asked],
        "digests": [one.mark for one in asked], "since": since, "earliest": min(since),
        "channels": [one.channel_type_id for one in asked],
    })  # fmt: skip
    return {row.post: row.started_at for row in rows}


def is_watched(one: Ahead, standings: dict[UUID, Standing]) -> bool:
    """Whether the burst guard minds what it says: not after a person's yes, nor in a series."""
    standing = standings.get(one.account_id)
    return standing is not None and guard.is_watched(one, standing.policy)
