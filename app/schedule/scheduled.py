"""A scheduled post's own page: its state, its story, its tries, and what a person may do with it."""

from datetime import datetime
from typing import Any, Literal

from flask import Blueprint, Response, g, url_for
from pydantic import BaseModel, Field
from sqlalchemy.orm import joinedload

from app.core.time import at_wall
from app.core.ui import read, show, wants_fragment, went
from app.publishing.attempts import place, steps
from app.publishing.models import Attempt, OutboxItem
from app.schedule import freshness, rest, still_there
from app.schedule.foreseen import PreflightFinding
from app.schedule.lateness import said_of
from app.schedule.models import ScheduledPost
from app.schedule.series_edits import SCOPES
from app.schedule.series_undo import move_series
from app.schedule.story import story, what_next

room = Blueprint("scheduled", __name__)


def find(post_id: str) -> ScheduledPost:
    """A scheduled post of this workspace with what its page shows. Raise Missing."""
    parts = (ScheduledPost.post, ScheduledPost.account, ScheduledPost.platform, ScheduledPost.channel_type)
    return ScheduledPost.of(g.workspace).options(*(joinedload(part) for part in parts)).get(post_id)


@room.get("/scheduled/<uuid:post_id>")
def one(post_id: str) -> Response:
    """One scheduled post."""
    return page_of(find(post_id))


class Moment(BaseModel):
    at: datetime
    scope: Literal["this", "following", "all"] = "this"


@room.post("/scheduled/<uuid:post_id>/time")
def reschedule(post_id: str) -> Response:
    """Move it; a time without a zone is read on the clocks of the post's own zone."""
    post, form = find(post_id), read(Moment)
    at = form.at if form.at.tzinfo else at_wall(form.at.date(), form.at.time(), post.zone)
    if moved := move_series(post, form.scope, at, by=g.user):
        here = url_for("schedule.series.one", series_id=moved.inputs["made"])
        return went(here, moved.message, undo=url_for("schedule.undo_series", activity_id=moved.id, here="/series"))
    post.reschedule(at, by=g.user)
    return answer(post, "It is moved.")


@room.post("/scheduled/<uuid:post_id>/publication")
def publish_now(post_id: str) -> Response:
    post = find(post_id)
    post.publish_now(by=g.user)
    return answer(post, "It goes out as soon as a worker is free.")


@room.post("/scheduled/<uuid:post_id>/retry")
def retry(post_id: str) -> Response:
    post = find(post_id)
    post.retry(by=g.user)
    return answer(post, post.history()[-1].sentence)


@room.post("/scheduled/<uuid:post_id>/exception")
def allow(post_id: str) -> Response:
    """A person's yes to what the burst guard held."""
    post = find(post_id)
    post.allow(by=g.user)
    return answer(post, "It goes out all the same.")


@room.post("/scheduled/<uuid:post_id>/rest")
def send_rest(post_id: str) -> Response:
    """Send what is missing of a post that is out."""
    post = find(post_id)
    post.send_rest(by=g.user)
    return answer(post, "What is missing is sent.")


class Reason(BaseModel):
    reason: str = Field("", max_length=500)


@room.post("/scheduled/<uuid:post_id>/pause")
def pause(post_id: str) -> Response:
    post = find(post_id)
    post.pause(by=g.user, reason=read(Reason).reason)
    return answer(post, "It is held back.")


@room.post("/scheduled/<uuid:post_id>/cancellation")
def cancel(post_id: str) -> Response:
    post = find(post_id)
    post.cancel(by=g.user)
    return answer(post, "It is cancelled.", undo=url_for(".restore", post_id=post.id))


@room.post("/scheduled/<uuid:post_id>/restoration")
def restore(post_id: str) -> Response:
    post = find(post_id)
    post.restore(by=g.user)
    return answer(post, "It is on the plan again.")


class Where(BaseModel):
    url: str = Field("", max_length=2000)


@room.post("/scheduled/<uuid:post_id>/handwork")
def mark_published(post_id: str) -> Response:
    """A person posted it by hand."""
    post = find(post_id)
    post.mark_published(by=g.user, url=read(Where).url)
    return answer(post, "Noted: it is out.")


@room.post("/scheduled/<uuid:post_id>/address")
def give_address(post_id: str) -> Response:
    """Say where a post is that a person found or posted there."""
    post = find(post_id)
    planned = post.give_address(read(Where).url, by=g.user)
    those = f" {planned} follow-up{'' if planned == 1 else 's'} planned." if planned else ""
    return answer(post, f"Its address is kept.{those}")


class Settlement(Where):
    went_out: bool
    tried: int | None = None


@room.post("/scheduled/<uuid:post_id>/settlement")
def settle(post_id: str) -> Response:
    """A person looked on the platform and says whether an unsure post is out."""
    post, form = find(post_id), read(Settlement)
    post.settle(form.went_out, by=g.user, url=form.url, tried=form.tried)
    return answer(post, "Noted: it is out." if form.went_out else post.history()[-1].sentence)


def foreseen(post: ScheduledPost) -> dict[str, Any]:
    """What stands in its way, and how its product has changed since it was written."""
    waits = post.state in ("scheduled", "held")
    return {
        "findings": PreflightFinding.of(g.workspace).where(
            PreflightFinding.scheduled_post_id == post.id, PreflightFinding.solved_at.is_(None)
        ).order_by(PreflightFinding.weight.desc(), PreflightFinding.kind).all() if waits else [],
        "difference": freshness.objection(post) if waits else None,
        "look": still_there.look_of(post.id) if post.state == "published" else None,
    }  # fmt: skip


def answer(post: ScheduledPost, message: str, undo: str | None = None) -> Response:
    """The page's piece for htmx, else back to the page with a word about what was done."""
    if wants_fragment():
        return page_of(post)
    return went(url_for("scheduled.one", post_id=post.id), message, undo=undo)


def page_of(post: ScheduledPost) -> Response:
    """The page, or its piece."""
    kept = OutboxItem.of(g.workspace).where(OutboxItem.scheduled_post_id == post.id).first()
    return show(
        "publishing/scheduled.html", "scheduled", scopes=SCOPES, post=post, history=story(post.history()), kept=kept,
        next=what_next(post),
        attempts=Attempt.of_post(post.id), steps=steps, place=place,
        text=post.published_text or post.words, parts=rest.shown(post),
        follow_ups=ScheduledPost.of(g.workspace).where(ScheduledPost.parent_id == post.id)
        .order_by(ScheduledPost.scheduled_time).all(), late=said_of(post), **foreseen(post),
    )  # fmt: skip
