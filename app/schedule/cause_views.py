"""One cause: what happened, since when, to which posts, and what can be done about all of them."""

from typing import Any

from flask import Blueprint, Response, g, request, url_for

from app.accounts.activity import Activity
from app.accounts.gate import may
from app.accounts.notices import mark_read
from app.core.ui import cards, envelope, show, went
from app.schedule.causes import said_of
from app.schedule.remedies import Cause

room = Blueprint("causes", __name__)
AT_ONCE = 50  # as many posts are done while the person waits


@room.get("/causes/<key>")
def one(key: str) -> Response:
    """What happened in words, the posts it struck, and the buttons for all of them."""
    cause = Cause.find(g.workspace, key)
    mark_read(g.user, [cause.notice])
    page = cause.posts(request.args.get("cursor"))
    return show("schedule/cause.html", cause=cause, page=page, said=said_of(cause.notice))


@room.post("/causes/<key>/retry")
@may("schedule")
def retry_all(key: str) -> Response:
    """Try all its posts again."""
    cause = Cause.find(g.workspace, key)
    return _answer(cause, cause.retry_all(by=g.user, here=cause.size <= AT_ONCE))


@room.post("/causes/<key>/skip")
@may("schedule")
def skip_all(key: str) -> Response:
    """Let all its posts go that were too late."""
    cause = Cause.find(g.workspace, key)
    return _answer(cause, cause.skip_all(by=g.user, here=cause.size <= AT_ONCE))


@room.post("/causes/<key>/cancellation")
@may("schedule")
def cancel_all(key: str) -> Response:
    """Take all its posts off the plan."""
    cause = Cause.find(g.workspace, key)
    return _answer(cause, cause.cancel_all(by=g.user, here=cause.size <= AT_ONCE))


@room.post("/causes/<key>/exception")
@may("schedule")
def allow_all(key: str) -> Response:
    """Send all that the burst guard held."""
    cause = Cause.find(g.workspace, key)
    return _answer(cause, cause.allow_all(by=g.user, here=cause.size <= AT_ONCE))


def _answer(cause: Cause, activity: Activity) -> Response:
    """Few posts are done at once; many while the person watches, or leaves."""
    if not activity.is_over:
        return went(url_for("accounts.activity", activity_id=activity.id))
    return went(url_for("causes.one", key=cause.key), activity.message)


# -- for programs, entered in the room of the API ----------------------------------------------------------


def list_causes() -> dict[str, Any]:
    """What went wrong with posts that need a person, grouped by cause, the largest first."""
    found = Cause.all_of(g.workspace)
    return envelope(cards(found), total=len(found))


def one_cause(key: str) -> dict[str, Any]:
    """One cause with its posts."""
    cause = Cause.find(g.workspace, key)
    page = cause.posts(request.args.get("cursor"))
    return envelope({**cause.card(), "scheduled_posts": cards(page)}, next_cursor=page.next_cursor)


@may("schedule")
def retry_cause(key: str) -> tuple[dict[str, Any], int]:
    """Try all posts of a cause again, spread out; the answer is the activity that does it."""
    return envelope(Cause.find(g.workspace, key).retry_all(by=g.user).card()), 202


@may("schedule")
def skip_cause(key: str) -> tuple[dict[str, Any], int]:
    """Let all posts of a cause go that were too late; the answer is the activity that does it."""
    return envelope(Cause.find(g.workspace, key).skip_all(by=g.user).card()), 202


@may("schedule")
def cancel_cause(key: str) -> tuple[dict[str, Any], int]:
    """Cancel all posts of a cause; the answer is the activity that does it."""
    return envelope(Cause.find(g.workspace, key).cancel_all(by=g.user).card()), 202


@may("schedule")
def allow_cause(key: str) -> tuple[dict[str, Any], int]:
    """Send all posts that the burst guard held for one cause; the answer is the activity that does it."""
    return envelope(Cause.find(g.workspace, key).allow_all(by=g.user).card()), 202


def enter(api: Blueprint) -> None:
    """Give these addresses to the room's API."""
    ours = "/api/v1/causes"
    api.get(ours)(list_causes)
    api.get(f"{ours}/<key>")(one_cause)
    api.post(f"{ours}/<key>/retry")(retry_cause)
    api.post(f"{ours}/<key>/skip")(skip_cause)
    api.post(f"{ours}/<key>/cancellation")(cancel_cause)
    api.post(f"{ours}/<key>/exception")(allow_cause)
