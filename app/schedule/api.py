"""The plan for programs."""

from datetime import datetime
from typing import Any, Literal

from flask import Blueprint, Flask, g
from pydantic import BaseModel, Field

from app.accounts.gate import may
from app.core.time import at_wall
from app.core.ui import cards, envelope, read, read_args
from app.publishing.models import Attempt
from app.schedule import (
    cause_views,
    foresight_api,
    late_views,
    posting_api,
    scheduled,
    series_api,
    sheet_views,
)
from app.schedule.asked import Asked, Plan
from app.schedule.models import ScheduledPost
from app.schedule.scheduled import Reason, find
from app.schedule.several import Several
from app.schedule.social import QueueAsked, QueueChange, QueueItem, Social, Status
from app.schedule.story import what_next

room = Blueprint("schedule_api", __name__)
room.register_blueprint(foresight_api.room)
OURS = "/api/v1/scheduled-posts"
cause_views.enter(room)
series_api.enter(room)
posting_api.enter(room)
room.post(f"{OURS}/import")(sheet_views.import_posts)


def init(app: Flask) -> None:
    """The pages of a scheduled post and of a cause come with their API."""
    app.register_blueprint(scheduled.room)
    app.register_blueprint(late_views.room)
    app.register_blueprint(cause_views.room)


@room.get(OURS)
def scheduled_posts() -> dict[str, Any]:
    """Scheduled posts, soonest first, by platform, channel, account, state, content_type, since and until."""
    asked = read_args(Asked)
    page, total = asked.page(g.workspace)
    return envelope(
        cards(page), total=total, filters=asked.filters, next_cursor=page.next_cursor, has_more=page.has_more
    )


@room.post(OURS)
@may("schedule")
def plan() -> tuple[dict[str, Any], int]:
    """Plan a post for a channel: post_id, channel, scheduled_time; account_id where there are several."""
    return envelope(read(Plan).carry_out(g.workspace, g.user).card()), 201


@room.post(f"{OURS}/several")
@may("schedule")
def plan_several() -> tuple[dict[str, Any], int]:
    """Plan a post for several channels: post_id, places (channel, scheduled_time or when: next or best)."""
    return envelope(read(Several).carry_out(g.workspace, g.user)), 201


@room.get(f"{OURS}/<uuid:post_id>")
def scheduled_post(post_id: str) -> dict[str, Any]:
    """One scheduled post with its history and its tries."""
    post = find(post_id)
    story = [
        {"at": line.created_at.isoformat(), "verb": line.verb, "sentence": line.sentence, "who": line.who}
        for line in post.history()
    ]
    tries = cards(Attempt.of_post(post.id))
    return envelope({**post.card(), "history": story, "next": what_next(post), "attempts": tries})


class Change(BaseModel):
    scheduled_time: datetime | None = None
    late_policy: Literal["skip", "send", "ask", "inherit"] | None = None
    late_minutes: int | None = Field(None, ge=1, le=100_000)


@room.patch(f"{OURS}/<uuid:post_id>")
@may("schedule")
def change(post_id: str) -> dict[str, Any]:
    """Move a scheduled post, or say how late it may be (`inherit`: as its campaign or the workspace says)."""
    post, wanted = find(post_id), read(Change)
    if at := wanted.scheduled_time:
        post.reschedule(at if at.tzinfo else at_wall(at.date(), at.time(), post.zone), by=g.user)
    if wanted.late_policy == "inherit":
        post.allow_late(None, None, by=g.user)
    elif wanted.late_policy or wanted.late_minutes:
        post.allow_late(wanted.late_policy or post.late_policy, wanted.late_minutes, by=g.user)
    return envelope(post.card())


@room.delete(f"{OURS}/<uuid:post_id>")
@may("schedule")
def cancel(post_id: str) -> dict[str, Any]:
    """Take a post off the plan. It stays in the history and can be restored."""
    post = find(post_id)
    post.cancel(by=g.user)
    return envelope(post.card())


@room.post(f"{OURS}/<uuid:post_id>/retry")
@may("schedule")
def retry(post_id: str) -> dict[str, Any]:
    """Try a failed, held, missed or kept post again."""
    post = find(post_id)
    post.retry(by=g.user)
    return envelope(post.card())


@room.post(f"{OURS}/<uuid:post_id>/skip")
@may("schedule")
def skip(post_id: str) -> dict[str, Any]:
    """Let a post go that was too late: it is not sent."""
    post = find(post_id)
    post.skip(by=g.user)
    return envelope(post.card())


@room.post(f"{OURS}/<uuid:post_id>/pause")
@may("schedule")
def pause(post_id: str) -> dict[str, Any]:
    """Hold a post back until a person sends, moves or cancels it."""
    post = find(post_id)
    post.pause(by=g.user, reason=read(Reason).reason)
    return envelope(post.card())


@room.post(f"{OURS}/<uuid:post_id>/restoration")
@may("schedule")
def restore(post_id: str) -> dict[str, Any]:
    """Put a cancelled post back on the plan."""
    post = find(post_id)
    post.restore(by=g.user)
    return envelope(post.card())


@room.post(f"{OURS}/<uuid:post_id>/rest")
@may("schedule")
def send_rest(post_id: str) -> dict[str, Any]:
    """Send what is missing of a post that is out: parts that the platform refused."""
    post = find(post_id)
    post.send_rest(by=g.user)
    return envelope(post.card())


@room.post(f"{OURS}/<uuid:post_id>/exception")
@may("schedule")
def allow(post_id: str) -> dict[str, Any]:
    """Say yes to a post that the burst guard held: it goes out beyond its account's cap or window."""
    post = find(post_id)
    post.allow(by=g.user)
    return envelope(post.card())


@room.post(f"{OURS}/<uuid:post_id>/publication")
@may("schedule")
def publish_now(post_id: str) -> dict[str, Any]:
    """Send a post as soon as a worker is free."""
    post = find(post_id)
    post.publish_now(by=g.user)
    return envelope(post.card())


class Settlement(BaseModel):
    went_out: bool
    url: str | None = Field(None, max_length=2000)
    tried: int | None = Field(None, description="The number of the try that was looked for.")


@room.post(f"{OURS}/<uuid:post_id>/settlement")
@may("schedule")
def settle(post_id: str) -> dict[str, Any]:
    """Say of an unsure post whether it is out; if not, it is sent again."""
    post, form = find(post_id), read(Settlement)
    post.settle(form.went_out, by=g.user, url=form.url, tried=form.tried)
    return envelope(post.card())


class Found(BaseModel):
    url: str = Field(min_length=1, max_length=2000, description="The address of the post itself.")


@room.post(f"{OURS}/<uuid:post_id>/address")
@may("schedule")
def give_address(post_id: str) -> dict[str, Any]:
    """Say where a post is that a person found or posted there; then its follow-ups are planned."""
    post = find(post_id)
    planned = post.give_address(read(Found).url, by=g.user)
    return envelope({**post.card(), "follow_ups_planned": planned})


# -- the addresses of the documents -------------------------------------------------------------------


@room.post("/api/social/schedule")
@may("schedule")
def schedule_social() -> tuple[dict[str, Any], int]:
    """Write a text for a platform and plan it (document 1)."""
    post = read(Social).carry_out(g.workspace, g.user)
    said = {"content_id": str(post.id), "scheduled_time": post.scheduled_time.isoformat()}
    return envelope({**said, "platform": post.platform.name}), 201


@room.get("/api/social/scheduled")
def social_scheduled() -> dict[str, Any]:
    """Scheduled posts by platform and status, soonest first (document 1)."""
    asked = read_args(QueueAsked)
    asked.status = asked.status or "scheduled"
    return _queue(asked)


@room.put("/api/social/<uuid:post_id>/status")
@may("schedule")
def social_status(post_id: str) -> dict[str, Any]:
    """Say what became of a post: posted, failed or cancelled (document 1)."""
    post, status = find(post_id), read(Status)
    status.apply(post, by=g.user)
    return envelope({"content_id": str(post.id), "updated_status": status.status})


@room.get("/api/queue")
def queue() -> dict[str, Any]:
    """The queue by content_type, platform, channel_type, status, date_from and date_to (document 5)."""
    return _queue(read_args(QueueAsked))


@room.post("/api/queue")
@may("schedule")
def add_to_queue() -> tuple[dict[str, Any], int]:
    """Write a text for a channel and plan it for a day and time (document 5)."""
    return envelope({"item_id": str(read(QueueItem).carry_out(g.workspace, g.user).id)}), 201


@room.put("/api/queue/<uuid:post_id>")
@may("schedule")
def change_queue_item(post_id: str) -> dict[str, Any]:
    """Another day, time or status for a queue item (document 5)."""
    post = find(post_id)
    read(QueueChange).apply(post, by=g.user)
    return envelope(post.card())


@room.delete("/api/queue/<uuid:post_id>")
@may("schedule")
def remove_from_queue(post_id: str) -> dict[str, Any]:
    """Cancel a queue item (document 5)."""
    find(post_id).cancel(by=g.user)
    return envelope({"deleted_count": 1})


@room.delete("/api/queue/clear")
@may("schedule")
def clear_queue() -> dict[str, Any]:
    """Cancel every waiting post that the filters name, and say how many there were (document 5)."""
    asked = read_args(QueueAsked).asked(g.workspace)
    waiting = asked.posts(g.workspace).where(ScheduledPost.state.in_(ScheduledPost.MOVES["cancel"][0])).all()
    for post in waiting:
        post.cancel(by=g.user)
    return envelope({"deleted_count": len(waiting)}, filters=asked.filters)


def _queue(wanted: QueueAsked) -> dict[str, Any]:
    asked = wanted.asked(g.workspace)
    found = asked.posts(g.workspace)
    soonest = found.order_by(ScheduledPost.scheduled_time, ScheduledPost.id).limit(
        wanted.offset + wanted.limit
    )
    items, total = cards(soonest.all()[wanted.offset :]), found.count()
    filters = wanted.model_dump(mode="json", exclude={"limit", "offset"}, exclude_none=True)
    meta = {"total": total, "filters": filters, "filters_applied": filters}
    return envelope(items, count=len(items), **meta) | {"items": items, "count": len(items), **meta}
