"""What is going to fail, and what can no longer be seen, for programs."""

from typing import Any
from uuid import UUID

from flask import Blueprint, g

from app.accounts.gate import may
from app.core.ui import cards, envelope
from app.platforms.models import Platform
from app.schedule import freshness, misfits, preflight, vanished
from app.schedule.digest import digest
from app.schedule.models import ScheduledPost

room = Blueprint("foresight_api", __name__)
OURS = "/api/v1/scheduled-posts"


@room.get("/api/v1/preflight")
def ahead() -> dict[str, Any]:
    """What stands in the way of the posts of the next 72 hours, by account and cause, as of the last look."""
    return envelope(digest(g.workspace).card())


@room.post("/api/v1/preflight")
@may("schedule")
def look_now() -> tuple[dict[str, Any], int]:
    """Look now; the answer is an activity whose progress can be asked for."""
    return envelope(preflight.start(g.workspace, by=g.user).card()), 202


@room.post(f"{OURS}/<uuid:scheduled_id>/acceptance")
@may("schedule")
def accept(scheduled_id: UUID) -> dict[str, Any]:
    """Let a post go out although the price or stock of its product has changed since it was written."""
    post = ScheduledPost.of(g.workspace).get(scheduled_id)
    freshness.send_anyway(post, by=g.user)
    return envelope(post.card())


@room.get("/api/v1/platforms/<name>/misfits")
def misfits_of(name: str) -> dict[str, Any]:
    """The planned posts that no longer fit a platform's rules, soonest first, among its next 5,000."""
    found = misfits.misfits(g.workspace, Platform.called(g.workspace, name))
    posts = [
        {"scheduled_post_id": str(one.id), "post_id": str(one.post_id), "scheduled_time": one.at.isoformat(),
         "channel": one.channel, "title": one.title, "problems": one.sentences}
        for one in found.posts
    ]  # fmt: skip
    return envelope(posts, total=found.number, looked_at=found.looked_at, is_all=found.is_all)


@room.get("/api/v1/vanished")
def gone() -> dict[str, Any]:
    """Published posts that their platform no longer shows, the latest first, until a person has seen to them."""
    return envelope(cards(vanished.vanished(g.workspace)), total=vanished.number(g.workspace))


@room.post(f"{OURS}/<uuid:scheduled_id>/sighting")
@may("schedule")
def is_there(scheduled_id: UUID) -> dict[str, Any]:
    """Say that a vanished post is there, so that nobody speaks of it any more."""
    post = ScheduledPost.of(g.workspace).get(scheduled_id)
    vanished.is_there(post, by=g.user)
    return envelope(post.card())


@room.post(f"{OURS}/<uuid:scheduled_id>/republication")
@may("schedule")
def publish_again(scheduled_id: UUID) -> tuple[dict[str, Any], int]:
    """Publish a vanished post anew; the answer is the new scheduled post."""
    post = ScheduledPost.of(g.workspace).get(scheduled_id)
    return envelope(vanished.publish_again(post, by=g.user).card()), 201
