"""What follows from what came of a try: the one place that decides, for every platform alike."""

import random
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app.core.database import session
from app.core.states import try_move
from app.core.time import now
from app.publishing.delivery import Kind, PublishError, Receipt
from app.publishing.models import Attempt, OutboxItem
from app.schedule.leases import Lease
from app.schedule.models import NO_LEASE, NO_TROUBLE, ScheduledPost
from app.schedule.words import as_list, in_words

Changes = dict[str, Any]
MOST_TRIES = 8
FIRST_WAIT = 30.0  # seconds before the second try; it doubles with each
LONGEST_WAIT = 3600.0  # seconds
LONGEST_ASKED = timedelta(hours=25)  # that a platform may make us wait before we ask again; most windows are a day
LONGEST_LEAST = 900.0  # seconds: what we wait at least where it names no sensible time, again and again
LEARNT = ("publish", "mark_published")  # how a post moves that turns out to be there
FIRST_LOOK = timedelta(minutes=1)


def accepted(post: ScheduledPost, attempt: Attempt, receipt: Receipt, text: str, lease: Lease) -> None:
    """The platform has it. That is true whatever became of our lease meanwhile."""
    if post.state == "published" and post.remote_id == receipt.remote_id:
        return  # it was written down already, and only the answer to that was lost
    attempt.finish(lease.now(), "accepted", receipt.trouble, receipt)
    changes = {**_published(post, receipt, text, lease), "tries": post.tries + 1, **_begun(post, attempt)}
    if not lease.move(post, "publish", **changes):
        late = any(try_move(post, verb, **changes) for verb in LEARNT)
        post.note(
            "publish",
            "The answer came late, when the post had been given up." if late else "It was out already.",
        )
    post.note("publish", f"Published on {post.platform.display_name}{receipt.where}")
    post.post.went_out()
    if receipt.trouble:
        post.note("parts", receipt.trouble)


def found(post: ScheduledPost, attempt: Attempt | None, receipt: Receipt, lease: Lease) -> None:
    """A look showed that an earlier try had arrived."""
    if attempt:
        attempt.finish(lease.now(), "found", "Looked on the platform: it had arrived.", receipt)
    changes = _published(post, receipt, attempt.text if attempt else None, lease)
    moved = lease.move(post, "publish", **changes)
    if moved or any(try_move(post, verb, **changes) for verb in LEARNT):  # true whatever a person said meanwhile
        post.note("look", f"Looked on {post.platform.display_name}: it is out{receipt.where}")
        post.post.went_out()


def absent(post: ScheduledPost, attempt: Attempt | None, lease: Lease, why: str) -> None:
    """A look showed that something has not arrived: it is sent again, with the same key."""
    if attempt and attempt.handles.get("remote_id"):
        why = f"Looked on {post.platform.display_name}: the post is out, but not all of its parts."
    if attempt:
        attempt.finish(lease.now(), "absent", why)
    if post.tries >= MOST_TRIES:
        if lease.move(post, "fail", problem_kind="unsure", last_error=f"After {MOST_TRIES} tries: {why}"):
            post.note("fail", f"{why} That was try {post.tries}, the last one.")
    elif lease.move(post, "absent", due_at=lease.now(), **NO_TROUBLE):
        post.note("look", f"{why} What is missing is sent.")


def went_wrong(post: ScheduledPost, attempt: Attempt | None, error: PublishError, lease: Lease) -> None:
    """A try failed; its kind says what follows. `attempt` None: it failed before anything was written."""
    if attempt:
        attempt.finish(lease.now(), str(error.kind), error.message)
    follow = {
        Kind.TRANSIENT: _try_again,
        Kind.RATE_LIMITED: _wait,
        Kind.RECONNECT: _lose_account,
        Kind.REFUSED: _fail,
        Kind.DUPLICATE: _fail,
        Kind.UNSURE: _look_later,
    }[error.kind]
    changes = {"tries": post.tries + 1, **_begun(post, attempt)}
    if error.out:  # the post itself is out; what went wrong is one of its parts
        changes |= {"remote_id": error.out.remote_id, "remote_url": error.out.url}
    follow(post, changes, error, lease)


def kept(post: ScheduledPost, lease: Lease, item: OutboxItem, *, connected: bool) -> None:
    """It was not sent, since nothing can send it; what would have been sent can be read."""
    reason = f"{post.account.name} is not connected, so nothing was sent."
    if connected:
        reason = f"Slogan cannot send a {post.channel.label} by itself yet, so nothing was sent."
    if lease.move(post, "keep", problem_kind="outbox", last_error=reason):
        post.note("keep", f"{reason} What would be sent is kept in the outbox.", item_id=str(item.id))


def backoff(tries: int) -> timedelta:
    """The wait before the next try: 30 s, doubled with each, at most an hour, give or take a fifth."""
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** max(0, tries - 1))
    return timedelta(seconds=wait * random.uniform(0.8, 1.2))  # noqa: S311 (no secret)


def _try_again(post: ScheduledPost, begun: Changes, error: PublishError, lease: Lease) -> None:
    tries = begun["tries"]
    if tries >= MOST_TRIES:
        said = f"After {tries} tries: {error.message}"
        if error.out:
            _without_a_part(post, begun, error.out, said, lease)
        elif lease.move(post, "fail", **begun, problem_kind="transient", last_error=said):
            post.note("fail", as_list([error.message, f"That was try {tries}, the last one."]))
        return
    wait = max(backoff(tries), min(timedelta(seconds=error.retry_in or 0), LONGEST_ASKED))
    _put_off(post, lease.now() + wait, begun, error, lease)


def _wait(post: ScheduledPost, begun: Changes, error: PublishError, lease: Lease) -> None:
    until = asked(error, _times_asked(post), lease.now())
    post.account.block_until(until)
    unchanged = begun | {"tries": post.tries}  # to be asked to wait is no failure
    _put_off(post, until, unchanged, error, lease)


def asked(error: PublishError, times: int, moment: datetime) -> datetime:
    """Until when a platform makes us wait that has done so for this post so many times.

    Some name a moment that is over, again and again: we wait longer each time. Some name one that is years
    away: we ask again after a day.
    """
    until = error.until or moment + timedelta(seconds=error.retry_in or 300)
    least = timedelta(seconds=min(LONGEST_LEAST, 2.0 ** min(times, 20)))
    return min(max(until, moment + least), moment + LONGEST_ASKED)


def _times_asked(post: ScheduledPost) -> int:
    its = Attempt.scheduled_post_id == post.id, Attempt.started_at > now() - LONGEST_ASKED
    return session.scalar(select(func.count()).where(*its, Attempt.outcome == "rate_limited")) or 0


def _put_off(post: ScheduledPost, to: datetime, begun: Changes, error: PublishError, lease: Lease) -> None:
    changes = begun | {"due_at": to, "problem_kind": str(error.kind), "last_error": error.message}
    if lease.move(post, "put_off", **changes):
        post.note("put_off", as_list([error.message, f"To be tried again at {in_words(to, post.zone)}."]))


def _lose_account(post: ScheduledPost, begun: Changes, error: PublishError, lease: Lease) -> None:
    post.account.lost(error.message)
    if lease.move(post, "hold", **begun, problem_kind="account", last_error=error.message):
        post.note("hold", as_list([error.message, f"Held until {post.account.name} is connected again."]))


def _fail(post: ScheduledPost, begun: Changes, error: PublishError, lease: Lease) -> None:
    if error.out:
        _without_a_part(post, begun, error.out, error.message, lease)
    elif lease.move(post, "fail", **begun, problem_kind=str(error.kind), last_error=error.message):
        post.note("fail", error.message)


def _look_later(post: ScheduledPost, begun: Changes, error: PublishError, lease: Lease) -> None:
    look = lease.now() + FIRST_LOOK
    if lease.move(post, "lose", **begun, due_at=look, problem_kind="unsure", last_error=error.message):
        post.note(
            "lose",
            as_list([error.message, f"Slogan looks for it at {in_words(look, post.zone)}."]),
        )


def _without_a_part(post: ScheduledPost, begun: Changes, out: Receipt, trouble: str, lease: Lease) -> None:
    """Give up a part of a post that is out: the post is published, and says what is missing."""
    receipt = Receipt(out.remote_id, out.url, trouble=trouble, out_at=out.out_at)
    if lease.move(post, "publish", **begun | _published(post, receipt, None, lease)):
        post.note("parts", trouble)
        post.post.went_out()


def _begun(post: ScheduledPost, attempt: Attempt | None) -> Changes:
    """When the first try was, if there has been one."""
    return {"begun_at": post.begun_at or attempt.started_at} if attempt else {}


def _published(post: ScheduledPost, receipt: Receipt, text: str | None, lease: Lease) -> Changes:
    moment = lease.now()
    post.account.last_post_at = moment
    trouble = {"problem_kind": "parts", "last_error": receipt.trouble} if receipt.trouble else NO_TROUBLE
    return {
        "published_at": receipt.out_at or moment, "published_text": text or post.published_text,
        "remote_id": receipt.remote_id, "remote_url": receipt.url, **trouble, **NO_LEASE,
    }  # fmt: skip
