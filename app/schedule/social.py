"""The addresses that document 1 and document 5 name for the plan: thin doors on the same verbs."""

from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from pydantic import BaseModel, Field, field_validator

from app.accounts.models import Member, Workspace
from app.campaigns.models import Campaign
from app.core.errors import Invalid
from app.core.time import at_wall, zone
from app.platforms.models import Channel, Platform
from app.posts.writing import compose
from app.schedule.asked import Asked, account_for
from app.schedule.models import ScheduledPost

STATES = {"posted": "published", "ready": "scheduled", "pending": "scheduled", "processing": "publishing"}
KINDS = ("text", "article", "product", "news", "campaign")


class Social(BaseModel):
    """A text for a platform at a moment, as document 1 sends it."""

    platform: str
    content_type: str = "post"
    title: str = ""
    content_text: str = Field(min_length=1)
    hashtags: list[str] = Field(default_factory=list)
    media_urls: list[str] = Field(default_factory=list)
    scheduled_time: datetime
    campaign_id: str | None = Field(None, description="A campaign's id, or its name; a new name begins one.")
    target_audience: dict[str, Any] = Field(default_factory=dict)
    ai_generated: bool = False
    channel: str | None = None
    account_id: str | None = None
    timezone: str | None = None

    def carry_out(self, workspace: Workspace, by: Member) -> ScheduledPost:
        """Write the post and plan it. Raise Invalid for what Slogan cannot keep yet."""
        if self.media_urls:
            raise Invalid(
                "Pictures go into the library first; then plan the post.",
                media_urls="Upload the pictures with POST /api/v1/media.",
            )
        platform = Platform.called(workspace, self.platform)
        channel = self._channel(workspace, platform)
        tags = " ".join(tag if tag.startswith("#") else f"#{tag}" for tag in self.hashtags)
        text = f"{self.content_text}\n\n{tags}".strip() if tags else self.content_text
        kind = self.content_type if self.content_type in KINDS else "text"
        post = compose(
            workspace, by, text=text, title=self.title, content_type=kind, ai_generated=self.ai_generated
        )
        if self.campaign_id:
            Campaign.called_or_begun(workspace, self.campaign_id, by).take(post, by)
        at = self.scheduled_time
        at = at if at.tzinfo else at_wall(at.date(), at.time(), self.timezone or workspace.zone)
        account = account_for(workspace, platform, self.account_id)
        made = ScheduledPost.plan(post, channel, account, at, by, zone=self.timezone)
        if self.target_audience:
            made.note("plan", "An audience was named with it.", by.name, target_audience=self.target_audience)
        return made

    def _channel(self, workspace: Workspace, platform: Platform) -> Channel:
        if self.channel:
            return Channel.by_slug(workspace, f"{platform.name}/{self.channel.rpartition('/')[2]}")
        channels = [channel for channel in platform.channels if channel.is_open]
        if not channels:
            raise Invalid(
                f"{platform.display_name} has no open channel.", platform="Choose another platform."
            )
        return channels[0]


class Status(BaseModel):
    """What became of a scheduled post, as document 1 says it."""

    status: Literal["posted", "published", "failed", "cancelled", "scheduled"]
    engagement_data: dict[str, int] = Field(default_factory=dict)
    error_message: str = ""
    url: str | None = None

    def apply(self, post: ScheduledPost, by: Member) -> None:
        """Make the move that the status names. Raise WrongState."""
        if self.status in ("posted", "published"):
            if post.state == "unsure":
                post.settle(True, by, self.url)
            else:
                post.mark_published(by, self.url, **self.engagement_data)
        elif self.status == "failed":
            post.mark_failed(by, self.error_message)
        elif self.status == "cancelled":
            post.cancel(by)
        elif post.state == "cancelled":
            post.restore(by)
        else:
            post.retry(by)


class QueueItem(BaseModel):
    """A text for a channel on a day at a time, as document 5 sends it."""

    platform: str
    channel_type: str
    content_type: str = "post"
    generated_content: str = Field(min_length=1)
    scheduled_date: date
    scheduled_time: time
    timezone: str | None = None
    account_id: str | None = None

    def carry_out(self, workspace: Workspace, by: Member) -> ScheduledPost:
        """Write the post and plan it. Raise Invalid."""
        at = at_wall(self.scheduled_date, self.scheduled_time, self.timezone or workspace.zone)
        return Social(
            platform=self.platform, channel=self.channel_type, content_type=self.content_type,
            content_text=self.generated_content, scheduled_time=at, account_id=self.account_id,
            timezone=self.timezone,
        ).carry_out(workspace, by)  # fmt: skip


class QueueChange(BaseModel):
    """Another day, time or status for a queue item."""

    scheduled_date: date | None = None
    scheduled_time: time | None = None
    status: Status | None = None

    @field_validator("status", mode="before")
    @classmethod
    def _word(cls, value: Any) -> Any:
        return {"status": STATES.get(value, value)} if isinstance(value, str) else value

    def apply(self, post: ScheduledPost, by: Member) -> None:
        """Move the post, then make the move that the status names. Raise Invalid, WrongState."""
        if self.scheduled_date or self.scheduled_time:
            now_at = post.scheduled_time.astimezone(zone(post.zone))
            day, clock = self.scheduled_date or now_at.date(), self.scheduled_time or now_at.time()
            post.reschedule(at_wall(day, clock, post.zone), by)
        if self.status and self.status.status != post.state:
            self.status.apply(post, by)


class QueueAsked(BaseModel):
    """Which queue items, as document 5 asks."""

    content_type: str | None = None
    platform: str | None = None
    channel_type: str | None = None
    status: str | None = None
    date_from: date | None = None
    date_to: date | None = None
    limit: int = Field(50, ge=1, le=100)
    offset: int = Field(0, ge=0, le=100_000)

    def asked(self, workspace: Workspace) -> Asked:
        """The same in our own words; the days are days of the workspace, the last one included."""
        kind = "text" if self.content_type == "post" else self.content_type
        first, last = self.date_from, self.date_to
        midnight = datetime.min.time()
        return Asked(
            platform=self.platform, channel=self.channel_type, content_type=kind,
            state=STATES.get(self.status or "", self.status),
            since=at_wall(first, midnight, workspace.zone) if first else None,
            until=at_wall(last + timedelta(days=1), midnight, workspace.zone) if last else None,
        )  # fmt: skip
