"""Numbers come in: which posts are due, what their platforms say, and what each day has brought.

A look counts only what is new since the look before it, and the earlier numbers are read under the row's
lock. So whatever two collectors do at once, the gains of the days add up to the numbers of the posts.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from app.accounts.models import Workspace
from app.analytics.models import COUNTERS, MetricSample, PostMetrics
from app.analytics.rates import engagement_rate
from app.analytics.rhythm import FIRST_LOOK, next_look
from app.core.database import scope, session
from app.core.queries import queries
from app.core.time import now, zone
from app.platforms.models import Account
from app.publishing import budgets
from app.publishing.accounts import connector_class, connector_for
from app.publishing.connector import UNREADABLE
from app.publishing.delivery import Kind, Metrics, PublishError

log = structlog.get_logger("analytics")
sql = queries(__file__)
REMEMBERED = timedelta(days=90)  # a post that is published longer than that is not begun with
BATCH = 100  # posts claimed at once
CHUNK = 25  # posts asked for in one call
LEASE = timedelta(minutes=5)
PATIENCE = 90.0  # seconds that one round may take; what is left over comes in the next
LOST_FOR = timedelta(hours=1)  # until a lost account is tried again
REFUSED_FOR = timedelta(days=1)
NO_NUMBERS = "{platform} tells no numbers of its posts."
BY_HAND = "It was posted by hand, so nobody can ask {platform} for its numbers."
GONE = "{platform} no longer shows this post. Its last numbers stay."


class Tally(NamedTuple):
    """What a round has done."""

    found: int = 0
    asked: int = 0
    told: int = 0


def collect_due(limit: int = 2000) -> Tally:
    """Take up newly published posts, then ask for the numbers of those that are due.

    Call it where all workspaces are open: jobs, the clock, the command line.
    """
    found, asked, told, began = take_up(), 0, 0, time.monotonic()
    while asked < limit and time.monotonic() - began < PATIENCE:
        claimed = claim(min(BATCH, limit - asked))
        if not claimed:
            break
        asked += sum(map(len, claimed.values()))
        for account_id, ids in claimed.items():
            account = session.get(Account, account_id, populate_existing=True)
            told += ask(account, ids) if account else 0
    return Tally(found, asked, told)


def take_up(batch: int = 1000) -> int:
    """Give every newly published post its place among the numbers; say how many there were."""
    moment = now()
    found = session.execute(
        sql["published_without_numbers"], {"since": moment - REMEMBERED, "batch": batch}
    ).mappings().all()  # fmt: skip
    if not found:
        session.commit()
        return 0
    zones = {row["scheduled_post_id"]: row["zone"] for row in found}
    entered = session.execute(
        insert(PostMetrics).values([_place_of(dict(row), moment) for row in found]).on_conflict_do_nothing()
        .returning(PostMetrics.scheduled_post_id, PostMetrics.workspace_id, PostMetrics.platform_id,
                   PostMetrics.published_at)
    ).all()  # fmt: skip
    days = Counter(
        (workspace, at.astimezone(zone(zones[post])).date(), platform)
        for post, workspace, platform, at in entered
    )
    for (workspace, day, platform), posts in sorted(days.items(), key=str):
        _add_to_day(workspace, day, platform, {}, posts)
    session.commit()
    return len(entered)


def _place_of(row: Mapping[str, Any], moment: datetime) -> dict[str, Any]:
    shared = {name: value for name, value in row.items() if name not in ("remote_id", "zone")}
    return {**shared, "next_at": max(row["published_at"] + FIRST_LOOK, moment)}


def claim(batch: int) -> dict[UUID, list[UUID]]:
    """Take due posts for a while: their ids by account. Committed, so that no lock outlives this call."""
    moment = now()
    taken = session.execute(sql["claim"], {"now": moment, "lease": moment + LEASE, "batch": batch})
    by_account: dict[UUID, list[UUID]] = defaultdict(list)
    for post, account in taken:
        by_account[account].append(post)
    session.commit()
    return dict(by_account)


def ask(account: Account, ids: Sequence[UUID]) -> int:
    """Ask one account's platform for the numbers of posts, and write them down; say how many it told."""
    platform = account.platform.display_name
    with scope(account.workspace_id):
        found = session.execute(sql["asked_for"], {"ids": list(ids)}).all()
        remote: dict[UUID, str] = {one: name for one, name in found if name}
        _give_up([one for one in ids if one not in remote], BY_HAND.format(platform=platform))
        known = [one for one in ids if one in remote]
        kind = connector_class(account.platform)
        if kind is None or not kind.measures:
            _give_up(known, NO_NUMBERS.format(platform=platform))
            known = []
        elif waits := _must_wait(account):
            _put_off(known, *waits)
            known = []
        session.commit()
        told = 0
        for start in range(0, len(known), CHUNK):
            some = known[start : start + CHUNK]
            answer = _answer(account, [remote[one] for one in some])
            if isinstance(answer, PublishError):
                _trouble(account, known[start:], answer)
                break
            told += write_down(account, {one: answer.get(remote[one]) for one in some})
        return told


def _must_wait(account: Account) -> tuple[datetime, str] | None:
    if account.state not in ("connected", "paused"):
        return now() + LOST_FOR, f"{account.name} is not connected; its numbers are fetched when it is."
    if account.blocked_until and account.blocked_until > now():
        return account.blocked_until, f"{account.name} was asked to slow down."
    return None


def _answer(account: Account, remote_ids: list[str]) -> dict[str, Metrics] | PublishError:
    """What the platform says. No transaction is open while we wait for it."""
    connector = connector_for(account)
    session.commit()
    if connector is None:
        said = f"{account.name} lacks a part of its connection."
        return PublishError(said, kind=Kind.RECONNECT)
    try:
        return connector.metrics(remote_ids)
    except PublishError as error:
        return error
    except UNREADABLE as strange:
        log.exception("numbers could not be read", account=str(account.id))
        said = f"{connector.label} answered with something that cannot be read ({type(strange).__name__})."
        return PublishError(said, kind=Kind.TRANSIENT)
    finally:
        budgets.write(connector.learnt())


def _trouble(account: Account, ids: Sequence[UUID], error: PublishError) -> None:
    """Write down why there are no numbers, and when to ask again."""
    moment = now()
    until = error.until or moment + timedelta(seconds=error.retry_in or 0)
    if error.kind is Kind.RATE_LIMITED:
        account.block_until(until)
    elif error.kind is Kind.RECONNECT:
        account.lost(error.message)
        until = moment + LOST_FOR
    elif error.kind is Kind.REFUSED:
        until = moment + REFUSED_FOR
    _put_off(ids, until, error.message)
    session.commit()


def write_down(account: Account, told: Mapping[UUID, Metrics | None]) -> int:
    """Keep what a platform told of posts: a sample each, the latest numbers, and the day's gains.

    None is a post that it did not name, which is gone. Returns how many posts it told of.
    """
    moment = now()
    query = select(PostMetrics).where(PostMetrics.id.in_(told)).order_by(PostMetrics.id).with_for_update()
    gains: list[dict[str, int | None]] = []
    samples: list[dict[str, Any]] = []
    for post in session.scalars(query.execution_options(populate_existing=True)):
        if post.recorded_at and post.recorded_at >= moment:
            continue  # another collector was faster, and its numbers are newer
        counts = told[post.id]
        post.next_at = next_look(post.published_at, moment)
        post.fetches += 1
        post.last_error = None if counts else GONE.format(platform=account.platform.display_name)
        if counts:
            samples.append(_sample(post, counts, moment))
            gains.append(_learn(post, counts, moment))
    if samples:
        session.execute(insert(MetricSample), samples)
        workspace = session.get_one(Workspace, account.workspace_id)
        day = moment.astimezone(zone(workspace.zone)).date()
        _add_to_day(workspace.id, day, account.platform_id, {name: _sum(gains, name) for name in COUNTERS})
    session.commit()
    return len(samples)


def _sample(post: PostMetrics, counts: Metrics, moment: datetime) -> dict[str, Any]:
    told = counts.model_dump()
    return {
        "id": uuid7(), "recorded_at": moment, "workspace_id": post.workspace_id,
        "scheduled_post_id": post.scheduled_post_id, "platform_id": post.platform_id,
        **{name: told[name] for name in COUNTERS}, "engagement_rate": engagement_rate(told),
    }  # fmt: skip


def _learn(post: PostMetrics, counts: Metrics, moment: datetime) -> dict[str, int | None]:
    """Give a post its new numbers; return what is new. What a platform no longer tells stays as it was."""
    told = counts.model_dump()
    gained: dict[str, int | None] = {}
    for name in COUNTERS:
        if told[name] is None:
            gained[name] = None
            continue
        gained[name] = told[name] - (getattr(post, name) or 0)
        setattr(post, name, told[name])
    post.recorded_at = moment
    post.engagement_rate = engagement_rate({name: getattr(post, name) for name in COUNTERS})
    return gained


def _sum(gains: Sequence[Mapping[str, int | None]], name: str) -> int | None:
    known = [value for gain in gains if (value := gain[name]) is not None]
    return sum(known) if known else None


def _add_to_day(
    workspace: UUID, day: date, platform: UUID, gains: Mapping[str, int | None], posts: int = 0
) -> None:
    what = {"id": uuid7(), "workspace": workspace, "day": day, "platform": platform, "posts": posts}
    session.execute(sql["add_to_day"], {**what, **{name: gains.get(name) for name in COUNTERS}})


def _put_off(ids: Sequence[UUID], until: datetime, reason: str) -> None:
    if ids:
        session.execute(sql["put_off"], {"ids": list(ids), "until": until, "reason": reason, "now": now()})


def _give_up(ids: Sequence[UUID], reason: str) -> None:
    if ids:
        session.execute(sql["give_up"], {"ids": list(ids), "reason": reason, "now": now()})
