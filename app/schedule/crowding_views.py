"""Hours that are too full: where they are, and a button that spreads their posts."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, request, url_for
from pydantic import BaseModel

from app.accounts.gate import may
from app.core.time import at_wall, now
from app.core.ui import cards, envelope, read, read_args, show, wants_fragment
from app.platforms.models import Account
from app.schedule import crowding
from app.schedule.looks import Look

room = Blueprint("crowding", __name__)
AHEAD = timedelta(days=31)  # of the list, and of programs that do not say how far


@room.get("/calendar/crowds")
def crowds() -> Response:
    """The hours of what is looked at that hold more posts of an account than it may send."""
    here = request.args.get("here") or "/calendar"
    start, end = stretch(Look.at(g.workspace, here))
    found = crowding.overfull(g.workspace, start, end)
    return show("schedule/crowds.html", "crowds", crowds=found, here=here, alone=not wants_fragment())


def stretch(look: Look) -> tuple[datetime, datetime]:
    """From when to when somebody looks, as far as it is still to come."""
    begins = at_wall(look.days[0], time(), look.zone)
    ends = begins + AHEAD if look.view == "list" else at_wall(look.days[-1] + timedelta(days=1), time(), look.zone)
    return max(begins, now()), ends


class Which(BaseModel):
    account_id: UUID
    begins: datetime
    here: str | None = None


@room.get("/calendar/spreads")
@may("schedule")
def spreading_form() -> Response:
    """Where the posts of a crowd would go."""
    asked = read_args(Which)
    account = Account.of(g.workspace).get(asked.account_id)
    changes = crowding.spreading(g.workspace, account, asked.begins)
    return show("schedule/spread.html", "sheet", account=account, changes=changes, asked=asked, here=asked.here)


@room.post("/calendar/spreads")
@may("schedule")
def spread() -> Response:
    from app.schedule.views import done

    form = read(Which)
    account = Account.of(g.workspace).get(form.account_id)
    batch = crowding.spread(g.workspace, account, form.begins, by=g.user)
    return done(form.here, batch.message, url_for("schedule.undo_many", activity_id=batch.id, here=form.here))


class Span(BaseModel):
    since: datetime | None = None
    until: datetime | None = None


@room.get("/api/v1/crowds")
def list_crowds() -> dict[str, Any]:
    """Where the plan holds more posts of an account within an hour than it may send, from `since` to `until`."""
    asked = read_args(Span)
    since = asked.since or now()
    found = crowding.overfull(g.workspace, since, asked.until or since + AHEAD)
    return envelope(cards(found), total=len(found))
