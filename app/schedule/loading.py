"""What a worker needs to know of the posts that it has claimed, read for many at once."""

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import instance_dict

from app.core.database import session
from app.core.queries import queries
from app.platforms.models import Account, Channel
from app.platforms.need import Need
from app.posts.models import Post
from app.publishing.accounts import connector_for
from app.publishing.connector import Connector
from app.publishing.delivery import Delivery, Picture
from app.schedule.leases import Lease

Thing = TypeVar("Thing")
sql = queries(__file__)
FRESH = 5.0  # seconds for which a channel's rules are not read again


@dataclass(frozen=True)
class Rules:
    """What a post must keep on a channel, as `Post` asks a channel for it."""

    platform_id: UUID
    channel_type_id: UUID
    label: str
    all: list[Need]

    def needs(self) -> list[Need]:
        """The rules of the channel and of its platform."""
        return self.all


@dataclass(slots=True)
class Due:
    """A claimed post: what is on the calendar, whose it is, what it says, and what earlier tries left."""

    id: UUID
    workspace_id: UUID
    post_id: UUID
    account_id: UUID
    platform_id: UUID
    channel_type_id: UUID
    scheduled_time: datetime
    due_at: datetime
    zone: str
    late_policy: str
    late_minutes: int
    tries: int
    begun_at: datetime | None
    remote_id: str | None
    channel: str
    platform: str
    account: str
    account_state: str
    blocked_until: datetime | None
    workspace: str
    sending_on: bool
    approval_required: bool
    last_number: int | None
    handles: dict[str, Any] | None
    allowed: bool
    series_id: UUID | None
    part_id: UUID | None  # a follow-up, with its own words, answers an earlier post by its remote id
    part_text: str | None
    answers: str | None
    content: Post = field(default=None)  # type: ignore[assignment]
    rules: Rules = field(default=None)  # type: ignore[assignment]
    words: str = ""  # for this channel
    sender: Account = field(default=None)  # type: ignore[assignment]

    @property
    def text(self) -> str:
        """What readers will see: the words and, where they lack it, the link."""
        link = None if self.part_id else self.content.link
        return f"{self.words}\n\n{link}" if link and link not in self.words else self.words

    def connector(self) -> Connector | None:
        """What speaks for its account; None where nothing can send."""
        return connector_for(self.sender)

    def delivery(self, begun_at: datetime) -> Delivery:
        """What goes to the platform. `begun_at` is the moment of the first try, if that is this one."""
        if self.part_id is None:
            return delivery_of(self, self.content, self.rules, begun_at)  # type: ignore[arg-type]
        return Delivery(
            key=str(self.id), channel=self.channel, text=self.words, begun_at=self.begun_at or begun_at,
            reply_to=self.answers, handles=dict(self.handles or {}),
        )  # fmt: skip


def load(lease: Lease, ids: Collection[UUID]) -> list[Due]:
    """The claimed posts that are still ours, each account's in their order."""
    found = session.execute(sql["load"], {"ids": list(ids), "key": lease.key})
    posts = [Due(**row) for row in found.mappings()]
    contents = contents_of({post.post_id for post in posts})
    rules = rules_of({(post.platform_id, post.channel_type_id) for post in posts})
    senders = accounts_of({post.account_id for post in posts})
    for post in posts:
        post.sender = senders[post.account_id]
        post.content = contents[post.post_id]
        post.rules = rules[post.platform_id, post.channel_type_id]
        own = post.content.text_for(post.rules)  # type: ignore[arg-type]
        post.words = (post.part_text or "") if post.part_id else own
    return posts


def contents_of(ids: Collection[UUID]) -> dict[UUID, Post]:
    """The posts of those ids with their variants, pictures and parts, to be read without a session."""
    rich = set(session.scalars(sql["rich"], {"ids": list(ids)}))
    more = (selectinload(Post.variants), selectinload(Post.pictures), selectinload(Post.parts))
    found = {post.id: post for post in _posts(rich, *more)}
    for post in _posts(set(ids) - rich):
        instance_dict(post).update(variants=[], pictures=[], parts=[])  # known to be empty: never asked for
        found[post.id] = post
    return found


def _posts(ids: Collection[UUID], *options: Any) -> Iterable[Post]:
    if not ids:
        return ()
    return apart(select(Post).where(Post.id.in_(ids)).options(*options))


def accounts_of(ids: Collection[UUID]) -> dict[UUID, Account]:
    """The accounts of those ids with what opens them, to be read without a session."""
    found = select(Account).where(Account.id.in_(ids)).options(selectinload(Account.credentials))
    return {account.id: account for account in apart(found)}


def apart(wanted: Select[tuple[Thing]]) -> list[Thing]:
    """What is read in this transaction and belongs to no session: lanes may keep it, and nothing changes it."""
    with Session(session.connection(), join_transaction_mode="rollback_only") as reading:
        return list(reading.scalars(wanted))


_rules: dict[tuple[UUID, UUID], tuple[float, Rules]] = {}


def rules_of(channels: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Rules]:
    """The rules of channels, by platform and channel type; a change is seen after five seconds at most."""
    found = {}
    for key in channels:
        at, rules = _rules.get(key, (0.0, None))
        if rules is None or time.monotonic() - at > FRESH:
            rules = _read_rules(key)
            _rules[key] = (time.monotonic(), rules)
        found[key] = rules
    return found


def _read_rules(key: tuple[UUID, UUID]) -> Rules:
    channel = session.scalars(
        select(Channel)
        .where(Channel.platform_id == key[0], Channel.channel_type_id == key[1])
        .execution_options(populate_existing=True)
    ).one()
    return Rules(*key, channel.label, channel.needs())


def delivery_of(plan: Any, content: Post, channel: Channel, begun_at: datetime) -> Delivery:
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
    )  # fmt: skip
