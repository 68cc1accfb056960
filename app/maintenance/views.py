"""Where an admin says whether this installation is the real one."""

from typing import Any

from flask import Blueprint, Flask, Response, g, request
from pydantic import BaseModel

from app.accounts.gate import may
from app.accounts.instance import Instance
from app.core.ui import read, show, went
from app.maintenance import overdue

room = Blueprint("maintenance", __name__)


def init(app: Flask) -> None:
    app.context_processor(around)


def around() -> dict[str, Any]:
    """What every page says while this installation sends nothing."""
    if "user" not in g:
        return {}
    here = Instance.here()
    return {"instance_off": here if here and not here.sending else None}


@room.get("/admin/instance")
@may("administer")
def instance() -> Response:
    found = overdue.standing(g.workspace, request.args.get("cursor"))
    words = {"choices": overdue.CHOICES, "plans": overdue.PLANNED, "would": overdue.would}
    return show("maintenance/instance.html", "instance", found=found, **words)


class Confirmation(BaseModel):
    overdue: str = ""
    planned: str = "look"


@room.post("/admin/instance/confirmation")
@may("administer")
def confirm() -> Response:
    """This is the real one."""
    form = read(Confirmation)
    number = overdue.send_on(form.overdue, by=g.user, planned=form.planned)
    were = f" {number:,} posts were overdue." if number else ""
    return went("/admin/instance", f"Sending is on again.{were}")


@room.post("/admin/instance/copy")
@may("administer")
def stay_off() -> Response:
    """This is a copy."""
    overdue.stay_off(by=g.user)
    return went("/admin/instance", "Noted: this is a copy, and it sends nothing.")
