"""The pages of what is going to fail and of what can no longer be seen."""

from uuid import UUID

from flask import Blueprint, Response, g, url_for

from app.accounts.activity import Activity
from app.accounts.gate import may
from app.core.ui import show, wants_fragment, went
from app.platforms.models import Platform
from app.schedule import freshness, misfits, preflight, vanished
from app.schedule.digest import digest
from app.schedule.models import ScheduledPost

room = Blueprint("foresight", __name__)


@room.get("/preflight")
def ahead() -> Response:
    """What stands in the way; a list that is some minutes old is renewed in the background."""
    preflight.refresh(g.workspace, came_back=not wants_fragment())
    return _page()


@room.post("/preflight")
@may("schedule")
def look_now() -> Response:
    """Look now, in the background."""
    preflight.start(g.workspace, by=g.user)
    return _page() if wants_fragment() else went(url_for(".ahead"), "Slogan looks ahead now.")


@room.post("/scheduled/<uuid:scheduled_id>/acceptance")
@may("schedule")
def accept(scheduled_id: UUID) -> Response:
    """Let a post go out although its product has changed."""
    post = ScheduledPost.of(g.workspace).get(scheduled_id)
    freshness.send_anyway(post, by=g.user)
    return went(url_for("scheduled.one", post_id=post.id), "It goes out as it is.")


@room.get("/requirements/<name>/misfits")
def misfits_of(name: str) -> Response:
    """The planned posts that no longer fit a platform's rules; for htmx a line for the page of its rules."""
    platform = Platform.called(g.workspace, name)
    found = misfits.misfits(g.workspace, platform)
    return show("foresight/misfits.html", "line", platform=platform, found=found)


@room.get("/vanished")
def gone() -> Response:
    return show("foresight/vanished.html", "vanished", posts=vanished.vanished(g.workspace))


@room.post("/scheduled/<uuid:scheduled_id>/sighting")
@may("schedule")
def is_there(scheduled_id: UUID) -> Response:
    """A person sees a post that Slogan does not see."""
    post = ScheduledPost.of(g.workspace).get(scheduled_id)
    vanished.is_there(post, by=g.user)
    return went(url_for("scheduled.one", post_id=post.id), "Noted: it is there.")


@room.post("/scheduled/<uuid:scheduled_id>/republication")
@may("schedule")
def publish_again(scheduled_id: UUID) -> Response:
    """Publish a vanished post anew."""
    again = vanished.publish_again(ScheduledPost.of(g.workspace).get(scheduled_id), by=g.user)
    return went(url_for("scheduled.one", post_id=again.id), "It goes out again as soon as a worker is free.")


def _page() -> Response:
    latest = Activity.of(g.workspace).where(Activity.kind == preflight.KIND).order_by(Activity.created_at.desc())
    return show("foresight/ahead.html", "ahead", digest=digest(g.workspace), activity=latest.first())
