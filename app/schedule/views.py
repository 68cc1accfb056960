"""The calendar's pages, and what is done on them."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, Response, g, redirect, request, url_for
from pydantic import BaseModel, Field

from app.accounts.activity import Activity
from app.accounts.gate import may
from app.core.ui import read, show, wants_fragment, went
from app.posts.models import Post
from app.schedule import (
    calendar,
    crowding_views,
    foresight_views,
    moving,
    planning_views,
    posting_views,
    series_edits,
    series_undo,
    series_views,
    sheet_views,
)
from app.schedule.looks import KINDS, VIEWS, Look
from app.schedule.models import ScheduledPost
from app.schedule.series_forms import Scope
from app.schedule.words import STATES

room = Blueprint("schedule", __name__)
room.register_blueprint(series_views.room)
room.register_blueprint(posting_views.room)
room.register_blueprint(planning_views.room)
room.register_blueprint(crowding_views.room)
room.register_blueprint(foresight_views.room)
room.register_blueprint(sheet_views.room)


@room.get("/calendar")
def calendar_() -> Any:
    return redirect(url_for(".looked_at", view="month", **request.args))


@room.get("/calendar/<any(month, week, day, list):view>")
def looked_at(view: str) -> Response:
    look = Look.of(g.workspace, view, request.args.items())
    answer = shown(look)
    here = urlsplit(request.headers.get("HX-Current-URL", ""))
    answer.headers["HX-Push-Url"] = (
        "false" if look.address() == f"{here.path}?{here.query}".rstrip("?") else look.address()
    )
    return answer


def shown(look: Look, **more: Any) -> Response:
    """The calendar page, or what htmx swaps of it."""
    parts = {
        "month": lambda: calendar.month(look),
        "week": lambda: calendar.week(look),
        "day": lambda: calendar.week(look),
        "list": lambda: {"listing": calendar.listing(look)},
    }
    return show(
        "schedule/calendar.html", "calendar", look=look, views=VIEWS, kinds=KINDS, states=STATES,
        choices=calendar.choices(g.workspace), campaigns=calendar.campaigns(g.workspace),
        here=look.address(cursor=look.cursor),
        **parts[look.view](), **more,
    )  # fmt: skip


@room.get("/calendar/tray")
def tray() -> Response:
    return show(
        "schedule/tray.html",
        "tray",
        posts=calendar.tray(g.workspace),
        here=request.args.get("here", "/calendar"),
    )


def done(here: str | None, sentence: str, undo: str | None = None, more: tuple[str, str] | None = None) -> Response:
    """Back to where somebody was on the calendar (a part of it for htmx), with what was done and its undo."""
    look = Look.at(g.workspace, here)
    if not wants_fragment() or urlsplit(here or "").path.removeprefix("/calendar/") not in VIEWS:
        return went(here_or_calendar(here), sentence, undo=undo)
    answer = shown(look, toast=sentence, undo=undo, more=more)
    answer.headers["HX-Trigger"] = "posts-changed"
    return answer


def here_or_calendar(here: str | None) -> str:
    """An address of our own, never another site's."""
    return here if here and here.startswith("/") and not here.startswith(("//", "/\\")) else "/calendar"


class Moment(BaseModel):
    to: str | None = None
    day: str | None = None
    time: str | None = None
    here: str | None = None
    scope: Scope = "this"

    @property
    def typed(self) -> str:
        return self.to or request.args.get("to") or f"{self.day or ''}T{self.time or ''}".strip("T")


@room.get("/schedule/<uuid:scheduled_id>/move")
def moving_form(scheduled_id: UUID) -> Response:
    post = ScheduledPost.of(g.workspace).get(scheduled_id)
    here = here_or_calendar(request.args.get("here"))
    card = calendar.cards(Look.at(g.workspace, here), [post.id])[0]
    to, scope = request.args.get("to"), request.args.get("scope", "this")
    wanted = calendar.local(moving.moment_from(to, card.local, g.workspace.zone) if to else card.at, g.workspace.zone)
    return show(
        "schedule/move.html", "sheet", post=post, card=card, here=here, states=STATES, wanted=wanted, scope=scope,
        scopes=series_edits.SCOPES,
    )  # fmt: skip


@room.post("/schedule/<uuid:scheduled_id>/time")
@may("schedule")
def move(scheduled_id: UUID) -> Response:
    post, form = ScheduledPost.of(g.workspace).get(scheduled_id), read(Moment)
    local, state = calendar.local(post.scheduled_time, g.workspace.zone), post.state
    before = post.scheduled_time
    here, to = form.here or request.args.get("here"), moving.moment_from(form.typed, local, g.workspace.zone)
    if moved := series_undo.move_series(post, form.scope, to, by=g.user):
        return done(here, moved.message, url_for(".undo_series", activity_id=moved.id, here=here))
    moving.move_to(post, to, by=g.user)
    undo = (
        url_for(".move", scheduled_id=post.id, to=before.isoformat(), here=here)
        if state == "scheduled"
        else None
    )
    words = f"Moved to {calendar.local(post.scheduled_time, g.workspace.zone):%a %-d %b, %H:%M}"
    if not post.series_id:
        return done(here, words, undo)
    with_it = url_for(".moving_form", scheduled_id=post.id, to=to.isoformat(), scope="following", here=here)
    return done(here, f"{words}, this one only", undo, (with_it, "The following too…"))


class Here(BaseModel):
    here: str | None = None


@room.post("/schedule/<uuid:scheduled_id>/cancellation")
@may("schedule")
def cancel(scheduled_id: UUID) -> Response:
    post, here = ScheduledPost.of(g.workspace).get(scheduled_id), read(Here).here or request.args.get("here")
    post.cancel(by=g.user)
    return done(
        here, f"Cancelled: {post.post.first_line[:60]}", url_for(".restore", scheduled_id=post.id, here=here)
    )


@room.post("/schedule/<uuid:scheduled_id>/restoration")
@may("schedule")
def restore(scheduled_id: UUID) -> Response:
    post, here = ScheduledPost.of(g.workspace).get(scheduled_id), read(Here).here or request.args.get("here")
    moving.bring_back(post, by=g.user)
    return done(here, "It is on the plan again.", url_for(".cancel", scheduled_id=post.id, here=here))


class Many(BaseModel):
    ids: list[UUID] = Field(default_factory=list)
    days: int = 0
    hours: int = 0
    here: str | None = None


@room.post("/schedule/moves/preview")
@may("schedule")
def preview_moves() -> Response:
    form = read(Many)
    changes = moving.preview(g.workspace, form.ids, form.days, form.hours)
    return show("schedule/moves.html", "sheet", changes=changes, form=form, here=here_or_calendar(form.here))


@room.post("/schedule/moves")
@may("schedule")
def move_many() -> Response:
    form = read(Many)
    batch = moving.move_many(g.workspace, form.ids, form.days, form.hours, by=g.user)
    return done(form.here, batch.message, url_for(".undo_many", activity_id=batch.id, here=form.here))


@room.post("/schedule/cancellations")
@may("schedule")
def cancel_many() -> Response:
    form = read(Many)
    batch = moving.cancel_many(g.workspace, form.ids, by=g.user)
    return done(form.here, batch.message, url_for(".undo_many", activity_id=batch.id, here=form.here))


@room.post("/schedule/moves/<uuid:activity_id>/undo")
@may("schedule")
def undo_many(activity_id: UUID) -> Response:
    batch = Activity.of(g.workspace).where(Activity.kind.in_(("move posts", "cancel posts"))).get(activity_id)
    number = moving.undo(g.workspace, batch, by=g.user)
    return done(
        read(Here).here or request.args.get("here"), f"{number} of {len(batch.inputs['before'])} put back."
    )


@room.post("/schedule/series/<uuid:activity_id>/undo")
@may("schedule")
def undo_series(activity_id: UUID) -> Response:
    moved = Activity.of(g.workspace).where(Activity.kind == series_undo.KIND).get(activity_id)
    series = series_undo.take_back(g.workspace, moved, by=g.user)
    return done(read(Here).here or request.args.get("here"), f"As before: {series.sentence}.")


@room.get("/schedule/of/<uuid:post_id>")
def of_post(post_id: UUID) -> Response:
    post = Post.of(g.workspace).get(post_id)
    found = ScheduledPost.of(g.workspace).where(ScheduledPost.post_id == post.id)
    entries = found.order_by(ScheduledPost.scheduled_time, ScheduledPost.id).limit(100).all()
    here = here_or_calendar(request.args.get("here") or f"/posts/{post.id}")
    return show("schedule/of_post.html", "entries", post=post, entries=entries, here=here)
