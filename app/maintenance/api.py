"""Whether this installation sends, for programs."""

from typing import Any

from flask import Blueprint, g
from pydantic import BaseModel

from app.accounts.gate import may
from app.core.ui import envelope, read
from app.maintenance import overdue

room = Blueprint("maintenance_api", __name__)


def card() -> dict[str, Any]:
    """How it stands, and how many posts are overdue."""
    found = overdue.standing(g.workspace, size=1)
    return {
        **found.here.card(), "overdue": found.mine, "overdue_elsewhere": found.others,
        "planned_later": found.later,
    }  # fmt: skip


@room.get("/api/v1/instance")
@may("administer")
def show_() -> dict[str, Any]:
    """Whether posts are sent from here; if not, what was noticed, and how many posts are overdue."""
    return envelope(card())


class Decision(BaseModel):
    real: bool
    overdue: str = ""
    planned: str = "look"


@room.post("/api/v1/instance/confirmation")
@may("administer")
def confirm() -> dict[str, Any]:
    """Say that this is the real one (with overdue: hold, policy or elsewhere; planned: look
    or keep) or, with real false, a copy."""
    form = read(Decision)
    if form.real:
        overdue.send_on(form.overdue, by=g.user, planned=form.planned)
    else:
        overdue.stay_off(by=g.user)
    return envelope(card())
