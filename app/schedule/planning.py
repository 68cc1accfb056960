"""A post meets a channel, an account and a moment."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Member, Workspace, record
from app.core.database import session
from app.core.errors import Invalid, WrongState
from app.core.queue import ring
from app.core.time import now
from app.core.time import zone as zone_of
from app.platforms.models import Account, Channel
from app.posts.models import Post
from app.schedule.lateness import inherited
from app.schedule.models import PostingSchedule, ScheduledPost, check_moment
from app.schedule.words import as_list, in_words

SAME = timedelta(seconds=59)  # so near, a second plan is a second click
TWICE = "This post is on the plan there already, at this very time."


def plan(
    post: Post, channel: Channel, account: Account, at: datetime, by: Member | None,
    slot: PostingSchedule | None, zone: str | None,
) -> ScheduledPost:  # fmt: skip
    """See `ScheduledPost.plan`."""
    if by is not None:
        by.must("schedule")
    workspace = session.get_one(Workspace, post.workspace_id)
    zone_name = zone or (slot.zone if slot else workspace.zone)
    zone_of(zone_name)
    check(post, channel, account, at, workspace)
    planned = drawn(post, channel, account, at, workspace, zone_name)
    planned.created_by_id, planned.posting_schedule_id = by.id if by else None, slot.id if slot else None
    _not_twice(planned)
    _add(planned, slot)
    told(planned, channel, by)
    return planned


def drawn(
    post: Post, channel: Channel, account: Account, at: datetime, workspace: Workspace, zone_name: str
) -> ScheduledPost:
    """A post on the plan as it would stand there; neither checked nor kept yet."""
    late_policy, late_minutes = inherited(post, workspace)
    return ScheduledPost(
        workspace_id=post.workspace_id, post_id=post.id, post=post, account_id=account.id, account=account,
        platform_id=channel.platform_id, platform=channel.platform, channel_type_id=channel.channel_type_id,
        channel_type=channel.channel_type, scheduled_time=at, due_at=at, state="scheduled", zone=zone_name,
        late_policy=late_policy, late_minutes=late_minutes,
    )  # fmt: skip


def told(planned: ScheduledPost, channel: Channel, by: Member | None, more: str = "") -> None:
    """Write down that it is on the plan, and ring when it is due already."""
    at, as_whom = planned.scheduled_time, planned.account.name
    words = f"Scheduled for {in_words(at, planned.zone)} on {channel.label}, as {as_whom}{more}."
    planned.note("plan", words, by.name if by else "Slogan")
    record(by, "scheduled", planned, at=at.isoformat())
    if at <= now():
        ring("schedule.publish_due", at_most_once_in=1)


def check(post: Post, channel: Channel, account: Account, at: datetime, workspace: Workspace) -> None:
    """Raise Invalid for every reason why this post may not be planned there."""
    check_moment(at)
    if not post.workspace_id == channel.workspace_id == account.workspace_id:
        raise Invalid("The post, the channel and the account are not of one workspace.")
    if account.platform_id != channel.platform_id:
        its, wanted = account.platform.display_name, channel.platform.display_name
        raise Invalid(
            f"{account.name} is an account of {its}, not of {wanted}.",
            account="Choose an account of this platform.",
        )
    if workspace.approval_required and not post.is_approved:
        raise Invalid(
            "This post waits for approval; it can be scheduled once it is approved.",
            post="Ask for approval first.",
        )
    if post.state == "archived":
        raise Invalid("This post is archived. Take it out of the archive first.", post="It is archived.")
    if broken := post.problems(channel):
        raise Invalid(f"It does not fit {channel.label} yet. {as_list(broken)}", text=as_list(broken))


def _not_twice(planned: ScheduledPost) -> None:
    """Raise WrongState when the post has just been planned there: a second click, or a form sent twice."""
    session.execute(select(Post.id).where(Post.id == planned.post_id).with_for_update(key_share=True))
    at = planned.scheduled_time
    same = select(ScheduledPost.id).where(
        ScheduledPost.post_id == planned.post_id,
        ScheduledPost.account_id == planned.account_id,
        ScheduledPost.channel_type_id == planned.channel_type_id,
        ScheduledPost.state.not_in(("cancelled", "missed", "failed")),
        ScheduledPost.scheduled_time.between(at - SAME, at + SAME),
    )
    with session.no_autoflush:
        if session.scalar(same.limit(1)):
            raise WrongState(TWICE)


def _add(planned: ScheduledPost, slot: PostingSchedule | None) -> None:
    try:
        with session.begin_nested():
            session.add(planned)
    except IntegrityError as error:
        if slot is None or "uq_scheduled_posts_slot" not in str(error.orig):
            raise
        raise WrongState("This slot has just been taken by another post. Choose the next free one.") from None
