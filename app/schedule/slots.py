"""A post finds its moment: the next free slot of a posting schedule, or the one a person names."""

from datetime import datetime
from typing import Any

from app.accounts.models import Member
from app.core.errors import Invalid, WrongState
from app.platforms.models import Account, Channel, Platform
from app.posts.models import Post
from app.schedule.models import PostingSchedule, ScheduledPost
from app.schedule.posting_schedules import DAYS


def schedule_somewhere(
    workspace: Any, post_id: Any, channel_slug: str, account_name: str | None, moment: datetime | None,
    by: Member | None,
) -> ScheduledPost:  # fmt: skip
    """Plan a post for a channel by names: the account of that name, or the platform's only one.

    Without a moment it takes the next free slot of a posting schedule that matches. Raise Invalid, Missing.
    """
    post = Post.of(workspace).get(post_id)
    channel = Channel.by_slug(workspace, channel_slug)
    account = account_called(workspace, channel.platform, account_name)
    if moment is not None:
        return ScheduledPost.plan(post, channel, account, moment, by)
    return plan_next(post, channel, account, by)


def account_called(workspace: Any, platform: Platform, name: str | None) -> Account:
    """A platform's account of that name, or its only one. Raise Invalid that names the choices."""
    found = Account.of(workspace).where(Account.platform_id == platform.id).order_by(Account.name).all()
    if not found:
        raise Invalid(
            f"{platform.display_name} has no account yet. Connect one first.", account="Connect one first."
        )
    if name is None and len(found) == 1:
        return found[0]
    named = [
        one
        for one in found
        if name is not None and name.casefold() in (one.name.casefold(), (one.handle or "").casefold())
    ]
    if len(named) != 1:
        names = ", ".join(one.name for one in found)
        raise Invalid(
            f"Say which account of {platform.display_name} is meant: {names}.", account=f"One of {names}."
        )
    return named[0]


def plan_next(post: Post, channel: Channel, account: Account, by: Member | None) -> ScheduledPost:
    """Plan a post in the next free slot of the schedules that match it. Raise Invalid when there is none."""
    schedules = PostingSchedule.matching(channel, account, post.content_type)
    if not schedules:
        raise Invalid(
            f"No posting schedule offers slots on {channel.label} as {account.name}. Give a time.",
            at="Choose a time, or make a posting schedule first.",
        )
    offers = [(one.next_free_slot(), one) for one in schedules]
    first = min((offer for offer in offers if offer[0]), key=lambda offer: offer[0], default=None)
    return plan_in(first[1] if first else schedules[0], post, channel, by)


def plan_in(schedule: PostingSchedule, post: Post, channel: Channel, by: Member | None) -> ScheduledPost:
    """Plan a post in a schedule's next free slot; when somebody is faster, in the one after.

    Raise Invalid when no slot is free within 30 days, or when the post does not fit its channel.
    """
    for moment in schedule.free_slots():
        try:
            return ScheduledPost.plan(post, channel, schedule.account, moment, by, slot=schedule)
        except WrongState:
            continue  # taken a moment ago
    raise Invalid(
        f"“{schedule.name}” has no free slot within {DAYS} days. Give a time, or add times to it.",
        at=f"No slot is free within {DAYS} days. Choose a time.",
    )
