"""Posts that can no longer be seen: who is told of them, and what a person decides."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, joinedload

from app.accounts.models import Member, record
from app.accounts.notices import notify, settle
from app.core.database import session
from app.core.errors import WrongState
from app.core.time import now
from app.platforms.models import Account
from app.schedule import follow_ups
from app.schedule.foreseen import PostLook
from app.schedule.models import ScheduledPost

MANY = 100  # shown at once
GONE = PostLook.outcome == "vanished"


def vanished(workspace: Any) -> list[ScheduledPost]:
    """The posts that wait for a person's word, the latest first, at most a hundred."""
    query = (
        select(ScheduledPost).join(PostLook, PostLook.scheduled_post_id == ScheduledPost.id)
        .where(PostLook.workspace_id == workspace.id, GONE).join(ScheduledPost.post)
        .options(contains_eager(ScheduledPost.post))
        .options(*map(joinedload, (ScheduledPost.account, ScheduledPost.platform, ScheduledPost.channel_type)))
        .order_by(ScheduledPost.vanished_at.desc(), ScheduledPost.id).limit(MANY)
    )  # fmt: skip
    return list(session.scalars(query))


def number(workspace: Any, account: Account | None = None) -> int:
    """How many posts of a workspace, or of one of its accounts, wait for a person's word."""
    query = select(func.count()).select_from(PostLook).where(PostLook.workspace_id == workspace.id, GONE)
    return session.scalar(query.where(PostLook.account_id == account.id) if account else query) or 0


def tell(account: Account) -> None:
    """Say how many posts of an account have vanished, once for all of them; take it back when there are none."""
    gone = session.scalar(
        select(func.count()).select_from(PostLook)
        .where(PostLook.workspace_id == account.workspace_id, PostLook.account_id == account.id, GONE)
    ) or 0  # fmt: skip
    cause = f"vanished {account.id}"
    if not gone:
        settle(account.workspace_id, cause, "No post is missing any more.")
    else:
        posts = "A post is" if gone == 1 else f"{gone:,} posts are"
        platform = account.platform.display_name
        notify(
            account.workspace_id, cause=cause, kind="vanished", total=gone, link="/vanished",
            title=f"Vanished from {account.name}",
            sentence=f"{posts} no longer to be seen on {platform}, removed or hidden there.",
        )  # fmt: skip
    session.commit()


def and_follow_ups(post: ScheduledPost) -> str:
    """Bring back the follow-ups of a post that is seen again, and say so at the end of its line."""
    number = follow_ups.bring_back(post)
    those = "Its follow-up is" if number == 1 else f"Its {number} follow-ups are"
    return f" {those} on the plan again." if number else ""


def is_there(post: ScheduledPost, by: Member) -> None:
    """A person looked and sees it, or does not mind: it is no longer spoken of. Raise WrongState."""
    by.must("schedule")
    _seen_to(post)
    post.vanished_at = None
    post.note("seen", f"Looked on the platform: it is there.{and_follow_ups(post)}", by.name)
    record(by, "saw a vanished post", post)
    session.flush()


def publish_again(post: ScheduledPost, by: Member) -> ScheduledPost:
    """Plan the same post anew, to go out as soon as a worker is free. Raise WrongState; Invalid as `plan` does."""
    by.must("schedule")
    _seen_to(post)
    again = ScheduledPost.plan(post.post, post.channel, post.account, now(), by)
    again.allowed = True  # the same text, and a person wants it: the guard lets it pass
    post.note("again", "To be published again, since it is no longer to be seen.", by.name)
    record(by, "published a vanished post again", post)
    session.flush()
    return again


def _seen_to(post: ScheduledPost) -> None:
    look = session.scalar(select(PostLook).where(PostLook.scheduled_post_id == post.id).with_for_update())
    if look is None or look.outcome != "vanished":
        raise WrongState("This post is not missing, or somebody has seen to it already.")
    look.outcome, look.due_at = "settled", None
    session.flush()
