"""Platforms, channels and requirements for programs."""

from typing import Any

from flask import Blueprint, g
from pydantic import BaseModel, ConfigDict, Field

from app.accounts.gate import may
from app.core.ui import cards, envelope, read, read_args
from app.platforms.models import Channel, Platform, Requirement

room = Blueprint("platforms_api", __name__, url_prefix="/api/v1")


class Where(BaseModel):
    """Which part of a list is asked for."""

    platform: str | None = None
    channel: str | None = None
    cursor: str | None = None
    size: int = Field(50, ge=1, le=100)


class RequirementPatch(BaseModel):
    """What may change on a requirement; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    value: str | int | float | bool | None = None
    unit: str | None = None
    min_value: float | str | None = None
    max_value: float | str | None = None
    is_mandatory: bool = False
    description: str | None = None
    source: str | None = None


@room.get("/platforms")
def platforms() -> dict[str, Any]:
    """Every platform, the most important first."""
    return envelope(cards(Platform.in_order(g.workspace)))


@room.get("/channels")
def channels() -> dict[str, Any]:
    """Every channel, or those of `platform`."""
    asked = read_args(Where)
    found = Channel.in_order(g.workspace)
    if asked.platform:
        found = found.where(Channel.platform_id == Platform.called(g.workspace, asked.platform).id)
    return envelope(cards(found.all()))


@room.get("/requirements")
def requirements() -> dict[str, Any]:
    """The rules in force, by cursor; of one `platform` and one of its `channel`s when named."""
    asked = read_args(Where)
    found = Requirement.of_place(g.workspace, asked.platform, asked.channel)
    page = found.page(asked.cursor, asked.size, descending=False)
    return envelope(cards(page), next_cursor=page.next_cursor)


@room.get("/requirements/<uuid:requirement_id>")
def requirement(requirement_id: str) -> dict[str, Any]:
    """One rule."""
    return envelope(Requirement.whole(g.workspace).get(requirement_id).card())


@room.patch("/requirements/<uuid:requirement_id>")
@may("change rules")
def change_requirement(requirement_id: str) -> dict[str, Any]:
    """Change a rule; it is checked as on the page."""
    found = Requirement.whole(g.workspace).get(requirement_id)
    found.change(by=g.user, **read(RequirementPatch).model_dump(exclude_unset=True))
    return envelope(found.card())
