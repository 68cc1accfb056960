"""One call plans a post for several channels, each at its own time, in its next free slot, or at its best time."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from app.accounts.models import Member, Workspace
from app.core.database import session
from app.core.errors import Problem
from app.core.time import at_wall
from app.platforms.models import Channel
from app.posts.models import Post
from app.schedule.asked import account_for
from app.schedule.best_times import best_time
from app.schedule.models import ScheduledPost
from app.schedule.slots import plan_next


class Place(BaseModel):
    """One channel, and when."""

    channel: str = Field(description="Its slug: platform/channel type.")
    account_id: str | None = Field(None, description="Needed where the platform has several accounts.")
    scheduled_time: datetime | None = Field(None, description="Its own time; without it, as `when` says.")
    when: Literal["next", "best"] = "next"

    def plan(self, post: Post, workspace: Workspace, by: Member) -> dict[str, Any]:
        """Plan it there; its card, with the reason for a best time. Raise Problem."""
        channel = Channel.by_slug(workspace, self.channel)
        account = account_for(workspace, channel.platform, self.account_id)
        at, reason = self.scheduled_time, None
        if at is not None and at.tzinfo is None:
            at = at_wall(at.date(), at.time(), workspace.zone)
        elif at is None and self.when == "best":
            at, reason = best_time(workspace, account)
        if at is None:
            return plan_next(post, channel, account, by).card()
        return ScheduledPost.plan(post, channel, account, at, by).card() | ({"reason": reason} if reason else {})


class Several(BaseModel):
    """A post, and where it is to go."""

    post_id: str
    places: list[Place] = Field(min_length=1, max_length=50)

    def carry_out(self, workspace: Workspace, by: Member) -> dict[str, Any]:
        """Plan it everywhere; a place where that cannot be is named with its reason, and costs no other."""
        by.must("schedule")
        post, planned, refused = Post.of(workspace).get(self.post_id), [], []
        for place in self.places:
            try:
                with session.begin_nested():
                    planned.append(place.plan(post, workspace, by))
            except Problem as problem:
                refused.append({"channel": place.channel, "reason": problem.message, "fields": problem.fields})
        return {"planned": planned, "refused": refused}
