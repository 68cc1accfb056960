"""What a program asks of the plan: which scheduled posts, or a new one."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from app.accounts.models import Member, Workspace
from app.core.database import Finder, as_uuid
from app.core.errors import Invalid
from app.core.time import at_wall
from app.platforms.models import Account, Channel, ChannelType, Platform
from app.posts.models import Post
from app.schedule.models import ScheduledPost

PARTS = (ScheduledPost.post, ScheduledPost.account, ScheduledPost.platform, ScheduledPost.channel_type)


class Asked(BaseModel):
    """Which scheduled posts; all filters may be combined."""

    platform: str | None = None
    channel: str | None = None
    account: str | None = None
    state: str | None = None
    content_type: str | None = None
    campaign: str | None = Field(None, description="The id of a campaign.")
    late_policy: str | None = None
    since: datetime | None = Field(None, description="Not before this moment.")
    until: datetime | None = Field(None, description="Before this moment.")
    size: int = Field(20, ge=1, le=100)
    cursor: str | None = None

    @property
    def filters(self) -> dict[str, Any]:
        """The filters that were given."""
        return self.model_dump(mode="json", exclude={"size", "cursor"}, exclude_none=True)

    def posts(self, workspace: Workspace) -> Finder[ScheduledPost]:
        """The scheduled posts that fit."""
        channel_type = (self.channel or "").rpartition("/")[2]
        limits = (
            (self.platform, ScheduledPost.platform_id.in_(select(Platform.id).where(Platform.name == self.platform))),
            (channel_type, ScheduledPost.channel_type_id.in_(_types(channel_type))),
            (self.account, ScheduledPost.account_id == self.account),
            (self.state, ScheduledPost.state == self.state),
            (self.late_policy, ScheduledPost.late_policy == self.late_policy),
            (self.campaign, ScheduledPost.post.has(Post.campaign_id == as_uuid(self.campaign, "campaign"))
             if self.campaign else None),
            (self.content_type, ScheduledPost.post.has(Post.content_type == self.content_type)),
        )
        # Only what was asked for is joined: the plan may hold a hundred thousand posts.
        found = ScheduledPost.of(workspace).where(*(limit for wanted, limit in limits if wanted))
        if since := _aware(self.since, workspace):
            found = found.where(ScheduledPost.scheduled_time >= since)
        if until := _aware(self.until, workspace):
            found = found.where(ScheduledPost.scheduled_time < until)
        return found

    def page(self, workspace: Workspace) -> tuple[Any, int]:
        """A page of them, soonest first, and how many there are in all."""
        found = self.posts(workspace)
        shown = found.options(*(selectinload(part) for part in PARTS))
        soonest = shown.page(self.cursor, self.size, by=ScheduledPost.scheduled_time, descending=False)
        return soonest, found.count()


def _types(name: str) -> Select[tuple[UUID]]:
    return select(ChannelType.id).where(ChannelType.name == name)


class Plan(BaseModel):
    """A post that exists, to be planned."""

    post_id: str
    channel: str = Field(description="Such as facebook/feed_post.")
    account_id: str | None = Field(None, description="Needed where the platform has several accounts.")
    scheduled_time: datetime
    zone: str | None = None
    late_policy: Literal["skip", "send", "ask"] | None = Field(None, description="None: as its campaign says.")
    late_minutes: int | None = None

    def carry_out(self, workspace: Workspace, by: Member) -> ScheduledPost:
        """Plan it. Raise Invalid, Missing."""
        channel = Channel.by_slug(workspace, self.channel)
        account = account_for(workspace, channel.platform, self.account_id)
        at = _aware(self.scheduled_time, workspace)
        assert at
        post = Post.of(workspace).get(self.post_id)
        planned = ScheduledPost.plan(post, channel, account, at, by, zone=self.zone)
        if self.late_policy:
            planned.allow_late(self.late_policy, self.late_minutes, by)
        return planned


def account_for(workspace: Workspace, platform: Platform, account_id: str | None = None) -> Account:
    """The account that is named, or the only one of the platform. Raise Invalid, Missing."""
    if account_id:
        return Account.of(workspace).get(account_id)
    found = Account.of(workspace).where(Account.platform_id == platform.id).order_by(Account.created_at).all()
    if len(found) != 1:
        many = "has several accounts here" if found else "has no account here yet"
        raise Invalid(
            f"{platform.display_name} {many}. Name one as account_id.", account_id="Name an account."
        )
    return found[0]


def _aware(moment: datetime | None, workspace: Workspace) -> datetime | None:
    if moment is None or moment.tzinfo:
        return moment
    return at_wall(moment.date(), moment.time(), workspace.zone)
