"""What speaks against sending a post that is due."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.schedule.lateness import verdict
from app.schedule.loading import Due
from app.schedule.words import as_list


class Objection(NamedTuple):
    """A move (`put_off`, `hold` or `miss`), its kind for machines, the reason in a sentence, and until when."""

    verb: str
    kind: str
    reason: str
    until: datetime | None = None


def objections_to(posts: Sequence[Due], moment: datetime) -> dict[UUID, Objection]:
    """What speaks against each of these posts at that moment; those that may go are not in it."""
    found = {post.id: said for post in posts if (said := _objection_to(post, moment))}
    return found


def _objection_to(post: Due, moment: datetime) -> Objection | None:
    if not post.sending_on:  # switched off since the claim
        return Objection("put_off", "sending", f"Sending is switched off for {post.workspace}.")
    if away := _account_away(post, moment):
        return away
    late = None if post.remote_id else verdict(post, moment)
    if late:
        return Objection(late[0], "late", late[1])
    return _content_unfit(post)


def _account_away(post: Due, moment: datetime) -> Objection | None:
    if post.blocked_until and post.blocked_until > moment:
        slow = f"{post.account} was asked to slow down."
        return Objection("put_off", "rate_limited", slow, post.blocked_until)
    if post.account_state == "paused":
        return Objection("hold", "account", f"{post.account} is paused. It goes out when the account is resumed.")
    if post.account_state == "reconnect":
        return Objection("hold", "account", f"{post.account} must be connected again. It goes out after that.")
    return None


def _content_unfit(post: Due) -> Objection | None:
    if post.content.state == "archived":
        return Objection("hold", "archived", "The post was put into the archive since it was scheduled.")
    if post.approval_required and not post.content.is_approved:
        return Objection("hold", "approval", "The post was changed since it was scheduled, and waits for approval.")
    if broken := post.content.problems(post.rules):
        return Objection("hold", "rules", f"It no longer fits {post.rules.label}. {as_list(broken)}")
    return None
