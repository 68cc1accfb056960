"""What speaks against sending a post that is due."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.core.database import everywhere, session
from app.schedule import doubted, follow_ups, freshness, guard
from app.schedule.guard import Objection
from app.schedule.lateness import verdict
from app.schedule.loading import Due
from app.schedule.words import as_list

log = structlog.get_logger("publishing")
FAULT_WAIT = timedelta(minutes=5)  # before a post that broke our own check is tried again


def objections_to(posts: Sequence[Due], moment: datetime) -> dict[UUID, Objection]:
    """What speaks against each of these posts at that moment; those that may go are not in it.

    A post that cannot be judged keeps no other from going out: it is put off, and says so.
    """
    try:
        return _judged(posts, moment)
    except Exception as error:
        session.rollback()
        if len(posts) == 1:
            log.exception("a post could not be judged", scheduled_post=str(posts[0].id))
            return {posts[0].id: _fault(error, moment)}
    return {key: said for post in posts for key, said in objections_to([post], moment).items()}


def _judged(posts: Sequence[Due], moment: datetime) -> dict[UUID, Objection]:
    found = {post.id: said for post in posts if (said := _objection_to(post, moment))}
    with everywhere():
        changed = freshness.objections([post for post in posts if post.sells])
        found |= {key: Objection("hold", freshness.HELD, said) for key, said in changed.items()}
        found |= guard.judge([post for post in posts if post.id not in found], moment)
        session.commit()
    return found


def _fault(error: Exception, moment: datetime) -> Objection:
    reason = f"Something broke on our side ({type(error).__name__}). Nothing was sent."
    return Objection("put_off", "transient", reason, moment + FAULT_WAIT)


def _objection_to(post: Due, moment: datetime) -> Objection | None:
    home = post.sender.home
    if not home.sending_on:  # switched off since the claim
        return Objection("put_off", "sending", f"Sending is switched off for {home.name}.")
    if away := _account_away(post, moment):
        return away
    if first := doubted.objection_to(post, moment):
        return first
    late = None if post.remote_id else verdict(post, moment)
    if late:
        return Objection(late[0], "late", late[1])
    return _content_unfit(post, moment)


def _account_away(post: Due, moment: datetime) -> Objection | None:
    account = post.sender
    if account.blocked_until and account.blocked_until > moment:
        slow = f"{account.name} was asked to slow down."
        return Objection("put_off", "rate_limited", slow, account.blocked_until)
    if account.state == "paused":
        return Objection("hold", "account", f"{account.name} is paused. It goes out when the account is resumed.")
    if account.state == "reconnect":
        return Objection("hold", "account", f"{account.name} must be connected again. It goes out after that.")
    return None


def _content_unfit(post: Due, moment: datetime) -> Objection | None:
    if post.content.state == "archived":
        return Objection("hold", "archived", "The post was put into the archive since it was scheduled.")
    if post.sender.home.approval_required and not post.content.is_approved:
        return Objection(
            "hold", "approval", "The post was changed since it was scheduled, and waits for approval."
        )
    if post.part_id:
        gone = follow_ups.post_gone(moment) if post.unseen else None
        said = gone or follow_ups.objection_to(post.part_text, post.answers, post.rules)
        return Objection(*said) if said else None
    if broken := post.content.problems(post.rules):
        return Objection("hold", "rules", f"It no longer fits {post.rules.label}. {as_list(broken)}")
    return None
