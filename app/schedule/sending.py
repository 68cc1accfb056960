"""One post's way from the claim to what came of it.

The order is what keeps it from going out twice: check, write the try down and commit, call, write down
what came of it. A worker may die at every point between; `sweeping` finds what it left.
"""

import os
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import structlog
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from app.accounts.models import Workspace
from app.core.database import session
from app.core.errors import Problem
from app.core.time import now
from app.platforms.models import Account
from app.posts.models import Post
from app.publishing import outbox
from app.publishing.accounts import connector_class, connector_for
from app.publishing.connector import Connector
from app.publishing.delivery import CannotTell, Delivery, Kind, Picture, PublishError, Receipt
from app.publishing.models import Attempt
from app.schedule import outcomes
from app.schedule.lateness import verdict
from app.schedule.leases import LEASE, Claimed, Lease, sql
from app.schedule.models import ScheduledPost
from app.schedule.words import as_list

log = structlog.get_logger("publishing")
PAUSES = (0, 1, 3, 8)  # seconds between tries to write down what came of a call


class Ready(NamedTuple):
    """A post that may be sent, with all that is needed for it."""

    post: ScheduledPost
    connector: Connector
    delivery: Delivery
    text: str
    payload: dict[str, Any]


def send(claimed: Claimed, lease: Lease) -> None:
    """Send one claimed post, or say why not. Nothing is ever left without a word in its history."""
    session.expire_all()
    post = load(claimed)
    try:
        ready = prepare(post, lease)
    except PublishError as error:
        session.rollback()
        outcomes.went_wrong(post, None, error, lease)
        session.commit()
        return
    except Exception as error:
        session.rollback()
        log.exception("a post could not be prepared", scheduled_post=str(post.id))
        outcomes.went_wrong(post, None, ours(error), lease)
        session.commit()
        return
    if ready is None:
        session.commit()
        return
    attempt = begin(ready, lease)
    if attempt is not None:
        finish(ready, attempt, lease, call(ready, attempt))


def load(claimed: Claimed) -> ScheduledPost:
    """The post with everything that sending it needs."""
    whole = (
        joinedload(ScheduledPost.post).options(selectinload(Post.variants), selectinload(Post.pictures)),
        joinedload(ScheduledPost.account),
        joinedload(ScheduledPost.platform),
        joinedload(ScheduledPost.channel_type),
    )
    found = select(ScheduledPost).where(ScheduledPost.id == claimed.id).options(*whole)
    return session.scalars(found).unique().one()


def prepare(post: ScheduledPost, lease: Lease) -> Ready | None:
    """What is to be sent; None when something speaks against it, which is then written down."""
    if objection := objection_to(post):
        outcomes.stopped(post, lease, *objection)
        return None
    connector = connector_for(post.account)
    delivery = delivery_of(post)
    if connector is None or delivery.channel not in connector.channels:
        kind = connector_class(post.platform)
        speaks = kind if kind and delivery.channel in kind.channels else None
        item = outbox.keep(post.id, post.account, delivery, speaks, post.post.findings(post.channel))
        outcomes.kept(post, lease, item, connected=connector is not None)
        return None
    names = ("channel", "text", "title", "link", "first_comment")
    payload = {"post": {name: getattr(delivery, name) for name in names}, **connector.payload(delivery)}
    return Ready(post, connector, delivery, connector.wording(delivery), payload)


def objection_to(post: ScheduledPost) -> tuple[str, str, str] | None:
    """What speaks against sending it now: the move, its kind, and the reason in a sentence."""
    workspace, moment = session.get_one(Workspace, post.workspace_id), now()
    if not workspace.sending_on:  # switched off since the claim
        return "put_off", "sending", f"Sending is switched off for {workspace.name}."
    if away := account_away(post.account, moment):
        return away
    if late := verdict(post, moment):
        return late[0], "late", late[1]
    if post.post.state == "archived":
        return "hold", "archived", "The post was put into the archive since it was scheduled."
    if workspace.approval_required and post.post.state != "approved":
        return "hold", "approval", "The post was changed since it was scheduled, and waits for approval."
    if broken := post.post.problems(post.channel):
        return "hold", "rules", f"It no longer fits {post.channel.label}. {as_list(broken)}"
    return None


def account_away(account: Account, moment: datetime) -> tuple[str, str, str] | None:
    """Why nothing may be sent to an account now, in the same shape."""
    if account.blocked_until and account.blocked_until > moment:
        return "put_off", "rate_limited", f"{account.name} was asked to slow down."
    if account.state == "paused":
        return "hold", "account", f"{account.name} is paused. It goes out when the account is resumed."
    if account.state == "reconnect":
        return "hold", "account", f"{account.name} must be connected again. It goes out after that."
    return None


def delivery_of(post: ScheduledPost) -> Delivery:
    """What goes to the platform, with whatever earlier tries left there."""
    content, earlier = post.post, Attempt.last_of(post.id)
    return Delivery(
        key=post.key,
        channel=post.channel_type.name,
        text=content.text_for(post.channel),
        begun_at=post.begun_at or now(),
        title=content.title or None,
        link=content.link,
        pictures=tuple(
            Picture(
                one.media.path, one.media.mime, one.media.width or 0, one.media.height or 0,
                one.alt_text or one.media.alt_text, one.media.bytes,
            )
            for one in content.pictures
        ),
        first_comment=content.first_comment,
        handles=dict(earlier.handles) if earlier else {},
    )  # fmt: skip


def begin(ready: Ready, lease: Lease) -> Attempt | None:
    """Write the try down and commit it. None when the lease has gone to somebody else meanwhile."""
    post, delivery = ready.post, ready.delivery
    last = Attempt.last_of(post.id)
    moment = now()
    mine = {
        "id": post.id,
        "key": lease.key,
        "now": moment,
        "lease": moment + LEASE,
        "begun": delivery.begun_at,
    }
    number = session.scalar(sql["begin"], mine)
    if number is None:
        session.rollback()
        return None
    set_committed_value(post, "tries", number)
    attempt = Attempt(
        workspace_id=post.workspace_id, scheduled_post_id=post.id, account_id=post.account_id,
        account=post.account, number=last.number + 1 if last else 1, key=delivery.key, outcome="sending",
        payload=ready.payload, handles=delivery.handles,
        started_at=moment, worker=f"{socket.gethostname()}:{os.getpid()}",
    )  # fmt: skip
    session.add(attempt)
    post.note(
        "begin", f"Sending to {post.platform.display_name} as {post.account.name}, try {attempt.number}."
    )
    session.commit()
    return attempt


def call(ready: Ready, attempt: Attempt) -> Receipt | PublishError:
    """Make the call. No transaction is open meanwhile, but for the moments in which handles are kept."""
    delivery = replace(ready.delivery, on_keep=partial(keep, attempt))
    if now() >= attempt.started_at + LEASE:
        return PublishError("The machine stood still for too long; nothing was sent.", kind=Kind.TRANSIENT)
    try:
        return ready.connector.publish(delivery)
    except PublishError as error:
        return error
    except Exception as error:  # a fault of ours while the platform may have the post already
        log.exception("a connector broke", scheduled_post=str(ready.post.id))
        session.rollback()
        said = f"Something broke on our side after the sending had begun ({type(error).__name__})."
        return PublishError(said, kind=Kind.UNSURE)


def keep(attempt: Attempt, handles: dict[str, Any]) -> None:
    """Commit what the platform gave. Once the post is out, a database that is away must not hide that."""
    try:
        attempt.keep(handles)
    except OperationalError:
        session.rollback()
        if "remote_id" not in handles:
            raise
        log.warning("a handle could not be kept; the receipt is written down next")


def finish(ready: Ready, attempt: Attempt, lease: Lease, said: Receipt | PublishError) -> None:
    """Write down what came of the call, also when the database is away for a moment."""
    if isinstance(said, PublishError) and said.kind is Kind.DUPLICATE:
        said = found_there(ready, said)
    if isinstance(said, PublishError):
        persistently(partial(outcomes.went_wrong, ready.post, attempt, said, lease))
    else:
        persistently(partial(outcomes.accepted, ready.post, attempt, said, ready.text, lease))


def found_there(ready: Ready, error: PublishError) -> Receipt | PublishError:
    """The platform says that it has the post already: look for it."""
    session.rollback()
    try:
        found = ready.connector.find(ready.delivery)
    except CannotTell as unknown:
        return PublishError(f"{error.message} {unknown.reason}", kind=Kind.UNSURE)
    except PublishError as trouble:
        return PublishError(f"{error.message} {trouble.message}", kind=Kind.UNSURE)
    said = f"{error.message} It is not this post, though: it was looked for, and is not there."
    return found or PublishError(said, kind=Kind.REFUSED)


def persistently(write: Callable[[], None]) -> None:
    """Write and commit; a database that is restarting gets a few seconds."""
    for pause in PAUSES:
        time.sleep(pause)
        try:
            write()
            session.commit()
        except OperationalError as error:
            session.rollback()
            log.warning("what came of a post could not be written down yet", error=str(error.orig))
        else:
            return
    log.error("what came of a post could not be written down; the sweep will look for it")


def ours(error: Exception) -> PublishError:
    """A fault of our own before anything was sent, as a try that may be repeated."""
    reason = (
        error.message
        if isinstance(error, Problem)
        else f"Something broke on our side ({type(error).__name__})."
    )
    return PublishError(f"{reason} Nothing was sent.", kind=Kind.TRANSIENT)
