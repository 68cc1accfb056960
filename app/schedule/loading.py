"""What a worker needs to know of the posts that it has claimed, read for many at once."""

import time
from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from app.core.database import session
from app.core.queries import array, queries
from app.platforms.models import Channel
from app.platforms.need import Need
from app.platforms.sender import Sender
from app.posts.models import Post
from app.posts.worded import Plain, Worded
from app.publishing.accounts import connector_for
from app.publishing.connector import Connector
from app.publishing.delivery import Delivery, OnKeep, Picture
from app.schedule.entry import Entry
from app.schedule.leases import Lease

Thing = TypeVar("Thing")
sql = queries(__file__)
OF_CONTENT = len(fields(Plain))  # so many columns of what is loaded say what a post has that is nothing but its words
WHERE_TO = attrgetter("account_id", "platform_id", "channel_type_id")
FRESH = 5.0  # seconds for which a channel's rules are not read again


@dataclass(frozen=True)
class Rules:
    """What a post must keep on a channel, as `Post` asks a channel for it."""

    platform_id: UUID
    channel_type_id: UUID
    channel: str  # what programs call its channel type
    label: str
    all: list[Need]

    def needs(self) -> list[Need]:
        """The rules of the channel and of its platform."""
        return self.all


@dataclass
class Due(Entry):
    """A claimed post: what is on the calendar, whose it is, what it says, and what earlier tries left."""

    workspace_id: UUID
    late_policy: str
    late_minutes: int
    tries: int
    begun_at: datetime | None
    remote_id: str | None
    known_until: datetime | None
    part_id: UUID | None  # a follow-up, with its own words, answers an earlier post by its remote id
    part_text: str | None
    answers: str | None
    unseen: bool  # that earlier post has vanished
    last_number: int | None
    handles: dict[str, Any] | None
    sells: bool  # a product
    content: Worded
    rules: Rules
    sender: Sender

    @property
    def channel(self) -> str:
        """What programs call its channel type."""
        return self.rules.channel

    @property
    def platform(self) -> str:
        """The name of its platform."""
        return self.sender.platform.display_name

    def connector(self) -> Connector | None:
        """What speaks for its account; None where nothing can send."""
        return connector_for(self.sender)

    def delivery(self, begun_at: datetime, on_keep: OnKeep | None = None) -> Delivery:
        """What goes to the platform. `begun_at` is the moment of the first try, if that is this one."""
        if self.part_id is None:
            return delivery_of(self, self.content, self.rules, begun_at, on_keep)
        return Delivery(
            key=str(self.id), channel=self.channel, text=self.words, begun_at=self.begun_at or begun_at,
            reply_to=self.answers, handles=dict(self.handles or {}), on_keep=on_keep,
        )  # fmt: skip


def load(lease: Lease, ids: Collection[UUID]) -> list[Due]:
    """The claimed posts that are still ours, each account's in their order."""
    rows = session.execute(sql["load"], {"ids": array(ids), "key": lease.key}).all()
    rich = contents_of([row.post_id for row in rows])
    runs = [(key, list(run)) for key, run in groupby(rows, WHERE_TO)]
    senders = senders_of({account_id for (account_id, *_), _ in runs})
    found = []
    for (account_id, *channel), run in runs:
        if (sender := senders.get(account_id)) is None:
            continue  # the account was removed this moment, and its posts with it
        rules = rules_of(*channel)
        for row in run:
            content = rich.get(row.post_id) or Plain(*row[-OF_CONTENT:])
            post = Due(*row[:-OF_CONTENT], content, rules, sender)
            if post.part_id is None:
                post.words = content.text_for(rules)
            found.append(post)
    return found


def contents_of(ids: Collection[UUID]) -> dict[UUID, Post]:
    """Those posts that have variants, pictures or parts, with them, to be read without a session."""
    rich = session.scalars(sql["rich"], {"ids": array(ids)}).all()
    if not rich:
        return {}
    more = (selectinload(Post.variants), selectinload(Post.pictures), selectinload(Post.parts))
    return {post.id: post for post in apart(select(Post).where(Post.id.in_(rich)).options(*more))}


def senders_of(ids: Collection[UUID]) -> dict[UUID, Sender]:
    """The accounts of those ids with what opens them."""
    return {row.id: Sender.of(row) for row in session.execute(sql["senders"], {"ids": array(ids)})}


def apart(wanted: Select[tuple[Thing]]) -> list[Thing]:
    """What is read in this transaction and belongs to no session: lanes may keep it, and nothing changes it."""
    with Session(session.connection(), join_transaction_mode="rollback_only") as reading:
        return list(reading.scalars(wanted))


_rules: dict[tuple[UUID, UUID], tuple[float, Rules]] = {}


def rules_of(platform_id: UUID, channel_type_id: UUID) -> Rules:
    """The rules of a platform's channel; a change is seen after five seconds at most."""
    key = platform_id, channel_type_id
    at, rules = _rules.get(key, (0.0, None))
    if rules is None or time.monotonic() - at > FRESH:
        rules = _read_rules(*key)
        _rules[key] = (time.monotonic(), rules)
    return rules


def _read_rules(platform_id: UUID, channel_type_id: UUID) -> Rules:
    channel = session.scalars(
        select(Channel)
        .where(Channel.platform_id == platform_id, Channel.channel_type_id == channel_type_id)
        .execution_options(populate_existing=True)
    ).one()
    return Rules(platform_id, channel_type_id, channel.channel_type.name, channel.label, channel.needs())


def delivery_of(
    plan: Any, content: Worded, channel: Channel | Rules, begun_at: datetime, on_keep: OnKeep | None = None
) -> Delivery:
    """A post as its platform gets it; `plan` says how far earlier tries got (`id`, `channel`, `handles`)."""
    return Delivery(
        key=str(plan.id),
        channel=plan.channel,
        text=content.text_for(channel),
        begun_at=plan.begun_at or begun_at,
        title=content.title or None,
        link=content.link,
        pictures=tuple(
            Picture(
                one.media.path, one.media.mime, one.media.width or 0, one.media.height or 0,
                one.words, one.media.bytes,
            )
            for one in content.pictures
        ),
        parts=content.parts_for(channel),
        handles=dict(plan.handles or {}),
        on_keep=on_keep,
    )  # fmt: skip
