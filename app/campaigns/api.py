"""Campaigns for programs."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint, g
from pydantic import BaseModel, Field

from app.accounts.gate import may
from app.campaigns import standing
from app.campaigns.models import Campaign
from app.core.ui import envelope, read, read_args

room = Blueprint("campaigns_api", __name__, url_prefix="/api/v1/campaigns")


class Asked(BaseModel):
    q: str = Field("", max_length=200)
    state: Literal["open", "closed", "all"] = "open"
    cursor: str | None = None


@room.get("")
def campaigns() -> dict[str, Any]:
    """Campaigns, the latest first: q, state (open, closed or all), cursor."""
    found = standing.listed(g.workspace, **read_args(Asked).model_dump(exclude={"q"}), words=read_args(Asked).q)
    return envelope([one.card() for one in found.page], count=found.count, next_cursor=found.page.next_cursor)


class Body(BaseModel):
    """`late_policy`: skip, send or ask; null is as the workspace says."""

    name: str = Field(min_length=1, max_length=160)
    description: str = Field("", max_length=5000)
    starts_on: date | None = None
    ends_on: date | None = None
    late_policy: Literal["skip", "send", "ask"] | None = None
    late_minutes: int | None = None


@room.post("")
@may("write")
def begin() -> tuple[dict[str, Any], int]:
    """Begin a campaign: name, description, starts_on, ends_on, late_policy, late_minutes."""
    return envelope(Campaign.begin(g.workspace, g.user, **read(Body).model_dump()).card()), 201


@room.get("/<uuid:campaign_id>")
def campaign(campaign_id: UUID) -> dict[str, Any]:
    """A campaign with its numbers."""
    return envelope(standing.card(Campaign.of(g.workspace).get(campaign_id)))


@room.put("/<uuid:campaign_id>")
@may("write")
def change(campaign_id: UUID) -> dict[str, Any]:
    """Change a campaign; another late policy reaches its waiting posts that have none of their own."""
    found, body = Campaign.of(g.workspace).get(campaign_id), read(Body)
    found.change(g.user, **body.model_dump(exclude={"late_policy", "late_minutes"}))
    found.allow_late(body.late_policy, body.late_minutes, by=g.user)
    return envelope(standing.card(found))


@room.post("/<uuid:campaign_id>/closing")
@may("write")
def close(campaign_id: UUID) -> dict[str, Any]:
    """Close a campaign."""
    found = Campaign.of(g.workspace).get(campaign_id)
    found.close(by=g.user)
    return envelope(found.card())


@room.delete("/<uuid:campaign_id>/closing")
@may("write")
def reopen(campaign_id: UUID) -> dict[str, Any]:
    """Open a campaign again."""
    found = Campaign.of(g.workspace).get(campaign_id)
    found.reopen(by=g.user)
    return envelope(found.card())
