"""Campaigns: the list, a campaign with its posts and how they did, and what people do with it."""

from datetime import date
from uuid import UUID

from flask import Blueprint, Flask, Response, g, request, url_for
from pydantic import BaseModel, Field

from app.accounts.gate import may
from app.accounts.lateness import chosen, in_short, offered, read_late
from app.campaigns import standing
from app.campaigns.models import Campaign
from app.core.ui import read, show, went
from app.posts.belonging import NONE

room = Blueprint("campaigns", __name__)


def init(app: Flask) -> None:
    app.jinja_env.globals.update(open_campaigns=open_campaigns)


def open_campaigns(now_in: str | None = None) -> list[tuple[str, str]]:
    """What a form offers: no campaign, every open one, and the one that a post is in by now."""
    found = Campaign.of(g.workspace).where((Campaign.state == "open") | (Campaign.id == _id(now_in)))
    return [(NONE, "No campaign"), *((str(one.id), one.name) for one in found.order_by(Campaign.name).limit(200))]


def _id(typed: str | None) -> UUID | None:
    try:
        return UUID(typed or "")
    except ValueError:
        return None


class Filters(BaseModel):
    q: str = Field("", max_length=200)
    state: str = "open"
    cursor: str | None = None


@room.get("/campaigns")
def campaigns() -> Response:
    filters = Filters.model_validate({key: value for key, value in request.args.items() if value})
    found = standing.listed(g.workspace, filters.q, filters.state, filters.cursor)
    return show("campaigns/campaigns.html", "campaigns", found=found, filters=filters, late_in_short=in_short)


@room.get("/campaigns/new")
@may("write")
def new() -> Response:
    return _form(None)


def _form(campaign: Campaign | None) -> Response:
    late = (campaign.late_policy, campaign.late_minutes) if campaign else (None, None)
    above = f"As the workspace says ({in_short(g.workspace.late_policy, g.workspace.late_minutes)})"
    return show(
        "campaigns/form.html", campaign=campaign, late=chosen(*late), offered=offered(*late, above=above)
    )


class Typed(BaseModel):
    name: str = Field(min_length=1, max_length=160)
    description: str = Field("", max_length=5000)
    starts_on: date | None = None
    ends_on: date | None = None
    late: str = ""


@room.post("/campaigns")
@may("write")
def begin() -> Response:
    form = read(Typed)
    policy, minutes = read_late(form.late)
    begun = Campaign.begin(
        g.workspace, g.user, **form.model_dump(exclude={"late"}), late_policy=policy, late_minutes=minutes
    )
    return went(url_for(".campaign", campaign_id=begun.id), f"{begun.name} has begun.")


@room.get("/campaigns/<uuid:campaign_id>")
def campaign(campaign_id: UUID) -> Response:
    found = Campaign.of(g.workspace).get(campaign_id)
    detail = standing.detail(g.workspace, found, request.args.get("cursor"))
    short = in_short(found.late_policy, found.late_minutes or 180) if found.late_policy else None
    return show("campaigns/campaign.html", "campaign", campaign=found, detail=detail, if_late=short)


@room.get("/campaigns/<uuid:campaign_id>/form")
@may("write")
def form(campaign_id: UUID) -> Response:
    return _form(Campaign.of(g.workspace).get(campaign_id))


@room.post("/campaigns/<uuid:campaign_id>")
@may("write")
def change(campaign_id: UUID) -> Response:
    found, typed = Campaign.of(g.workspace).get(campaign_id), read(Typed)
    policy, minutes = read_late(typed.late)
    found.change(g.user, **typed.model_dump(exclude={"late"}))
    if (policy, minutes or found.late_minutes) != (found.late_policy, found.late_minutes):
        found.allow_late(policy, minutes, by=g.user)
    return went(url_for(".campaign", campaign_id=found.id), "The campaign is changed.")


@room.post("/campaigns/<uuid:campaign_id>/closing")
@may("write")
def close(campaign_id: UUID) -> Response:
    found = Campaign.of(g.workspace).get(campaign_id)
    found.close(by=g.user)
    where = url_for(".campaign", campaign_id=found.id)
    return went(where, f"{found.name} is closed.", undo=url_for(".reopen", campaign_id=found.id))


@room.post("/campaigns/<uuid:campaign_id>/opening")
@may("write")
def reopen(campaign_id: UUID) -> Response:
    found = Campaign.of(g.workspace).get(campaign_id)
    found.reopen(by=g.user)
    return went(url_for(".campaign", campaign_id=found.id), f"{found.name} is open again.")
