"""Series for programs."""

from datetime import datetime
from typing import Any

from flask import Blueprint, g
from pydantic import BaseModel, Field

from app.accounts.gate import may
from app.core.ui import cards, envelope, read, read_args
from app.posts.models import Post
from app.schedule import series_edits, series_listing
from app.schedule.occurrences import Recurrence
from app.schedule.rule_words import sentence
from app.schedule.series import Series
from app.schedule.series_forms import NewSeries, SeriesChange, Which, said_at, wall
from app.schedule.series_listing import Filters

OURS = "/api/v1/series"
OURS_ARE = {"rrule": "rule", "posts": "post_ids"}  # what a program calls these fields


def enter(room: Blueprint) -> None:
    """Add these addresses to the schedule's API."""
    for methods, address, view in (
        ("GET", OURS, series), ("POST", OURS, create), ("POST", f"{OURS}/preview", preview),
        ("GET", f"{OURS}/<uuid:series_id>", one), ("PATCH", f"{OURS}/<uuid:series_id>", change),
        ("DELETE", f"{OURS}/<uuid:series_id>", remove), ("POST", f"{OURS}/<uuid:series_id>/skips", skip),
        ("DELETE", f"{OURS}/<uuid:series_id>/skips", unskip), ("POST", f"{OURS}/<uuid:series_id>/pause", pause),
        ("DELETE", f"{OURS}/<uuid:series_id>/pause", resume), ("POST", f"{OURS}/<uuid:series_id>/end", end),
    ):  # fmt: skip
        room.add_url_rule(address, f"series_{view.__name__}", view, methods=[methods])


def series() -> dict[str, Any]:
    """Series, the latest first, by q, state (active, paused, ended, trouble) and account."""
    listing = series_listing.listing(g.workspace, filters := read_args(Filters))
    page = listing.series
    asked = filters.model_dump(mode="json", exclude={"cursor"}, exclude_defaults=True)
    return envelope(
        cards(page), total=listing.count, filters=asked, next_cursor=page.next_cursor, has_more=page.has_more
    )


@may("schedule")
def create() -> tuple[dict[str, Any], int]:
    """A new series: post_ids, channel, account, starts_at (wall time), rule (RRULE), zone and more."""
    wanted = read(NewSeries)
    with said_at(**OURS_ARE):
        return envelope(Series.create(g.workspace, g.user, **wanted.values(g.workspace)).card()), 201


class Asked(BaseModel):
    rule: str
    starts_at: datetime
    zone: str | None = None
    number: int = Field(10, ge=1, le=100)


@may("schedule")
def preview() -> dict[str, Any]:
    """The next times of a rule, with what the clock changes of the year do to it; nothing is kept."""
    asked = read(Asked)
    with said_at(**OURS_ARE):
        recurrence = Recurrence.of(asked.rule, wall(asked.starts_at), asked.zone or g.workspace.zone)
    coming, odd = recurrence.preview(asked.number)
    said = sentence(recurrence.rule, recurrence.starts, recurrence.zone)
    return envelope({
        "sentence": said, "rule": recurrence.rule.text, "clock_changes": [one.note for one in odd],
        "times": [{"occurrence": one.wall.isoformat(), "at": one.at.isoformat(), "note": one.note} for one in coming],
    })  # fmt: skip


def one(series_id: str) -> dict[str, Any]:
    """One series with its coming times."""
    found = Series.of(g.workspace).get(series_id)
    lines = [
        {
            "occurrence": line.wall.isoformat(), "at": line.at.isoformat(), "kind": line.kind, "reason": line.reason,
            "scheduled_post_id": str(line.planned.id) if line.planned else None,
            "state": line.planned.state if line.planned else None,
        }
        for line in series_listing.coming(found)
    ]  # fmt: skip
    return envelope({**found.card(), "coming": lines})


@may("schedule")
def change(series_id: str) -> dict[str, Any]:
    """Change it: scope this (with occurrence and at, post_id or late_policy), following (occurrence) or all."""
    found, wanted = Series.of(g.workspace).get(series_id), read(SeriesChange)
    if wanted.scope == "this":
        post = Post.of(g.workspace).get(wanted.post_id) if wanted.post_id else None
        planned = series_edits.planned_for(found, wanted.wall)
        series_edits.change_one(
            planned, g.user, at=series_edits.instant(found, wanted.at), post=post, late_policy=wanted.late_policy,
            late_minutes=wanted.late_minutes,
        )  # fmt: skip
        return envelope(planned.card())
    with said_at(**OURS_ARE):
        values = wanted.values(g.workspace)
        if wanted.scope == "following":
            found = series_edits.change_following(found, g.user, wanted.wall, **values)
        else:
            series_edits.change_all(found, g.user, **values)
    return envelope(found.card())


@may("schedule")
def remove(series_id: str) -> dict[str, Any]:
    """Take it away with its coming posts. What is out or was changed on its own stays."""
    return envelope({"taken_away": Series.of(g.workspace).get(series_id).remove(g.user)})


@may("schedule")
def skip(series_id: str) -> dict[str, Any]:
    """Leave one out: occurrence is its wall time."""
    found = Series.of(g.workspace).get(series_id)
    series_edits.skip(found, wall(read(Which).occurrence), g.user)
    return envelope(found.card())


@may("schedule")
def unskip(series_id: str) -> dict[str, Any]:
    """Let a skipped one come again."""
    found = Series.of(g.workspace).get(series_id)
    series_edits.unskip(found, wall(read(Which).occurrence), g.user)
    return envelope(found.card())


@may("schedule")
def pause(series_id: str) -> dict[str, Any]:
    """Take its coming posts off the calendar until it is resumed."""
    found = Series.of(g.workspace).get(series_id)
    found.pause(g.user)
    return envelope(found.card())


@may("schedule")
def resume(series_id: str) -> dict[str, Any]:
    """Go on from now; nothing is made up for."""
    found = Series.of(g.workspace).get(series_id)
    found.resume(g.user)
    return envelope(found.card())


@may("schedule")
def end(series_id: str) -> dict[str, Any]:
    """No more of it."""
    found = Series.of(g.workspace).get(series_id)
    found.end(g.user)
    return envelope(found.card())
