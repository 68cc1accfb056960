"""The pages of series: made, looked at, changed, skipped, paused, ended."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, request, url_for

from app.accounts.gate import may
from app.core.errors import Invalid
from app.core.shown import in_zone
from app.core.time import now, zone_names
from app.core.ui import read, read_args, show, wants_fragment, went
from app.platforms.models import Account
from app.posts.models import Post
from app.schedule import series_edits, series_listing
from app.schedule.planning_views import places
from app.schedule.recurrence import DAYS, Rule
from app.schedule.rhythm import NAMES
from app.schedule.rule_words import KINDS, kind_of, sentence
from app.schedule.series import Series
from app.schedule.series_forms import From, Place, Rhythm, SeriesForm, Which, wall
from app.schedule.series_listing import Filters

room = Blueprint("series", __name__, url_prefix="/series")
NTHS = ((1, "first"), (2, "second"), (3, "third"), (4, "fourth"), (-1, "last"))


def found(series_id: UUID) -> Series:
    return Series.of(g.workspace).get(series_id)


@room.get("")
def every() -> Response:
    filters = read_args(Filters)
    accounts = Account.of(g.workspace).order_by(Account.name).limit(100).all()
    listing = series_listing.listing(g.workspace, filters)
    return show("schedule/series_list.html", "series", listing=listing, accounts=accounts)


@room.get("/<uuid:series_id>")
def one(series_id: UUID) -> Response:
    return page_of(found(series_id))


def page_of(series: Series, **more: Any) -> Response:
    notes = series.recurrence.preview(1)[1] if series.state == "active" else []
    coming = series_listing.in_short(series_listing.coming(series))
    return show(
        "schedule/series.html", "series", series=series, coming=coming, notes=notes,
        past=series_listing.past(series), queue=series_listing.queue(series),
        **more,
    )  # fmt: skip


@room.get("/new")
@may("schedule")
def new() -> Response:
    posts = series_edits.posts_called(g.workspace, request.args.getlist("post"))
    tomorrow = in_zone(now()).replace(tzinfo=None) + timedelta(days=1)
    starts_at = tomorrow.replace(hour=9, minute=0)
    return form_page(None, posts, starts_at, g.workspace.zone, "FREQ=WEEKLY;BYDAY=" + DAYS[starts_at.weekday()])


@room.get("/<uuid:series_id>/edit")
@may("schedule")
def edit(series_id: UUID) -> Response:
    series, since = found(series_id), read_args(From).since
    occurrence = wall(since) if since else None
    return form_page(series, series.posts, occurrence or series.starts_at, series.zone, series.rule, occurrence)


def form_page(
    series: Series | None, posts: list[Post], starts_at: datetime, zone: str, rule: str,
    occurrence: datetime | None = None,
) -> Response:  # fmt: skip
    known = Rule.parse(rule)
    return show(
        "schedule/series_form.html", series=series, posts=posts, starts_at=starts_at, zone=zone, rule=known,
        kind=kind_of(known) if series else "weekly", occurrence=occurrence, kinds=KINDS, nths=NTHS,
        days=list(enumerate(NAMES, 1)), zones=zone_names(), places=places(),
        others=series_listing.choosable(g.workspace, posts), where=request.args.get("where", ""),
    )  # fmt: skip


@room.post("/preview")
@may("schedule")
def preview() -> Response:
    """The sentence and the next ten times of what is being typed."""
    form = read(Rhythm)
    try:
        with form.said():
            recurrence = form.recurrence
    except Invalid as wrong:
        if not wants_fragment():
            raise
        said = wrong.message.rstrip(".")
        return show("schedule/series_preview.html", "preview", says=said, coming=[], odd=[], zone=form.zone)
    coming, odd = recurrence.preview()
    words = sentence(recurrence.rule, recurrence.starts, recurrence.zone)
    return show(
        "schedule/series_preview.html", "preview", says=words, coming=coming, odd=odd, zone=form.zone, local=local
    )


def local(at: datetime, zone_name: str) -> str:
    return f"{in_zone(at, zone_name):%a %-d %b %Y, %H:%M}"


@room.post("")
@may("schedule")
def create() -> Response:
    form = read(SeriesForm)
    with form.said():
        made = Series.create(g.workspace, g.user, **form.values(g.workspace))
    return went(url_for(".one", series_id=made.id), f"{made.sentence}.")


@room.post("/<uuid:series_id>")
@may("schedule")
def change(series_id: UUID) -> Response:
    series, form = found(series_id), read(SeriesForm)
    with form.said():
        series = changed(series, form)
    return went(url_for(".one", series_id=series.id), f"{series.sentence}.")


def changed(series: Series, form: SeriesForm) -> Series:
    values: dict[str, Any] = form.values(g.workspace)
    if form.scope == "following" and form.occurrence:
        return series_edits.change_following(series, g.user, wall(form.occurrence), **values)
    if form.occurrence:  # the form began at one of its times; all of it begins as much earlier or later
        by_days = form.starts_on - form.occurrence.date()
        values["starts_at"] = datetime.combine(series.starts_at.date() + by_days, form.starts_at.time())
    series_edits.change_all(series, g.user, **values)
    return series


@room.post("/<uuid:series_id>/order")
@may("schedule")
def place(series_id: UUID) -> Response:
    """Another place in turn for one of its posts."""
    series, wanted = found(series_id), read_args(Place) if "post" in request.args else read(Place)
    was = series_edits.place(series, wanted.post, wanted.to, g.user)
    undo = url_for(".place", series_id=series.id, post=wanted.post, to=was)
    words = f"It is number {min(wanted.to + 1, len(series.queue))} in the queue now."
    if wants_fragment() and "post" not in request.args:
        return page_of(series, toast=words, undo=undo)
    return went(url_for(".one", series_id=series.id), words, undo=undo)


@room.post("/<uuid:series_id>/skips")
@may("schedule")
def skip(series_id: UUID) -> Response:
    series, at = found(series_id), wall(which())
    series_edits.skip(series, at, g.user)
    undo = url_for(".unskip", series_id=series.id, occurrence=at.isoformat())
    return went(line_of(series, at), f"Left out: {at:%a %-d %b, %H:%M}.", undo=undo)


@room.post("/<uuid:series_id>/skips/removal")
@may("schedule")
def unskip(series_id: UUID) -> Response:
    series, at = found(series_id), wall(which())
    series_edits.unskip(series, at, g.user)
    return went(line_of(series, at), f"It comes again: {at:%a %-d %b, %H:%M}.")


def line_of(series: Series, at: datetime) -> str:
    """The address of one of its times on its page; a browser opens what it is folded into."""
    return url_for(".one", series_id=series.id, _anchor=f"at-{at:%Y%m%dT%H%M}")


def which() -> datetime:
    """The time that is meant: of the form, or of the address where it undoes something."""
    return read_args(Which).occurrence if "occurrence" in request.args else read(Which).occurrence


@room.post("/<uuid:series_id>/pause")
@may("schedule")
def pause(series_id: UUID) -> Response:
    series = found(series_id)
    gone = series.pause(by=g.user)
    words = f"Paused: {posts(gone)} left the calendar."
    return went(url_for(".one", series_id=series.id), words, undo=url_for(".resume", series_id=series.id))


@room.post("/<uuid:series_id>/resumption")
@may("schedule")
def resume(series_id: UUID) -> Response:
    series = found(series_id)
    series.resume(by=g.user)
    return went(url_for(".one", series_id=series.id), "It goes on. Nothing is made up for.")


@room.post("/<uuid:series_id>/end")
@may("schedule")
def end(series_id: UUID) -> Response:
    series = found(series_id)
    gone = series.end(by=g.user)
    undo = url_for(".resume", series_id=series.id) if series.recurrence.has_more() else None
    words = f"Ended: {posts(gone)} left the calendar."
    return went(url_for(".one", series_id=series.id), words, undo=undo)


@room.post("/<uuid:series_id>/removal")
@may("schedule")
def remove(series_id: UUID) -> Response:
    series = found(series_id)
    gone = series.remove(by=g.user)
    return went(url_for(".every"), f"“{series.name}” is gone, and {posts(gone)} with it.")


def posts(number: int) -> str:
    return f"{number} coming {'post' if number == 1 else 'posts'}"
