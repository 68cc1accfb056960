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
from app.publishing.accounts import connector_class, connector_for
from app.schedule.foreseen import ConnectionCheck
from app.schedule.preflight_connections import checks_of, is_outdated

sql = queries(__file__)
BATCH = 1000
BEGINNING = datetime(1990, 1, 1, tzinfo=UTC)
NIL = UUID(int=0)
PER_WINDOW, WINDOW, PER_DAY = "max_posts_per_window", "rate_limit_window_seconds", "max_posts_per_day"


@dataclass(frozen=True)
class Ahead:
    """One post that is due soon, as its channel will get it."""

    id: UUID
    post_id: UUID
    account_id: UUID
    platform_id: UUID
    channel_type_id: UUID
    scheduled_time: datetime
    due_at: datetime
    zone: str
    post_state: str
    title: str
    words: str
    link: str | None
    mark: str

    @property
    def place(self) -> tuple[UUID, UUID]:
        """What its channel is known by."""
        return self.platform_id, self.channel_type_id


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
    cap: tuple[int, timedelta] | None
    zone: str

    def speaks(self, place: Place | None) -> bool:
        """Whether something can be sent there at all, and not only be kept in the outbox."""
        return place is None or place.name in self.channels


def ahead(workspace: Any, until: datetime) -> Iterator[list[Ahead]]:
    """What is due before that moment, soonest first, in batches (one query each)."""
    after = {"time": BEGINNING, "id": NIL}
    while True:
        asked = {"workspace": workspace.id, "until": until, "batch": BATCH, **after}
        rows = [Ahead(**row) for row in session.execute(sql["due_ahead"], asked).mappings()]
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
    """How some accounts stand (four queries)."""
    if not account_ids:
        return {}
    checks = checks_of(account_ids)
    loads = selectinload(Account.credentials), selectinload(Account.platform).selectinload(Platform.capabilities)
    found = select(Account).where(Account.id.in_(account_ids)).options(*loads)
    accounts = session.scalars(found.execution_options(populate_existing=True))
    return {one.id: _standing(one, checks.get(one.id), workspace.zone) for one in accounts}


def _standing(account: Account, check: ConnectionCheck | None, zone: str) -> Standing:
    kind = connector_class(account.platform)
    channels = kind.channels if kind and (account.state != "new" and _complete(account)) else ()
    if check is not None and is_outdated(check, account):
        check = None
    return Standing(account, channels, check, account.secrets_end_at, _cap(account.platform), zone)


def _complete(account: Account) -> bool:
    """Whether its connection has all that it needs; one that has ended is spoken of as ended."""
    ended = account.secrets_end_at is not None and account.secrets_end_at <= now()
    return ended or connector_for(account) is not None


def _cap(platform: Platform) -> tuple[int, timedelta] | None:
    """How many posts a platform takes of an account in a while, where its rows say so."""
    said = {row.key: row.max_value or 0 for row in platform.capabilities if row.is_active}
    if PER_WINDOW in said and WINDOW in said:
        return int(said[PER_WINDOW]), timedelta(seconds=said[WINDOW])
    return (int(said[PER_DAY]), timedelta(days=1)) if PER_DAY in said else None


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


def sent_lately(standings: dict[UUID, Standing], moment: datetime) -> dict[UUID, deque[datetime]]:
    """When accounts with a cap have sent within their window (one query)."""
    capped = {one: standing.cap[1] for one, standing in standings.items() if standing.cap}
    if not capped:
        return {}
    asked = {"accounts": list(capped), "since": moment - max(capped.values())}
    found: dict[UUID, deque[datetime]] = {}
    for account_id, at in session.execute(sql["sent_lately"], asked):
        found.setdefault(account_id, deque()).append(at)
    return found
