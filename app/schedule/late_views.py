"""What happens when a post is late: chosen on its page, and decided for a whole outage at once."""

from typing import Literal
from uuid import UUID

from flask import Blueprint, Response, g, request, url_for
from pydantic import BaseModel, Field

from app.accounts.gate import may
from app.accounts.lateness import read_late
from app.core.ui import read, show, went
from app.schedule import outages, scheduled

room = Blueprint("late", __name__)


class Late(BaseModel):
    late: str = ""


@room.post("/scheduled/<uuid:post_id>/lateness")
def allow(post_id: str) -> Response:
    """Its own choice, or none: then it is as its campaign or the workspace says."""
    post = scheduled.find(post_id)
    post.allow_late(*read_late(read(Late).late), by=g.user)
    return scheduled.answer(post, "Noted what happens when it is late.")


@room.post("/scheduled/<uuid:post_id>/skip")
def skip(post_id: str) -> Response:
    """It was too late, and is let go."""
    post = scheduled.find(post_id)
    post.skip(by=g.user)
    return scheduled.answer(post, "It is skipped.")


@room.get("/late")
def late() -> Response:
    """What was missed, outage by outage."""
    return show("schedule/late.html", "late", groups=outages.missed(g.workspace))


@room.get("/late/outage")
def outage() -> Response:
    """The posts of one outage."""
    group, skipped = outages.one_of(g.workspace, request.args.get("of", "")), "skipped" in request.args
    posts = outages.posts_of(g.workspace, group, skipped=skipped or not group.row.asked)
    return show("schedule/outage.html", "outage", group=group, posts=posts, skipped=skipped, acts=outages.ACTS)


class Decision(BaseModel):
    ids: list[UUID] = Field(default_factory=list)
    act: Literal["send", "move", "skip"] = "send"
    apart: int = 10
    days: int = Field(1, ge=0, le=366)
    hours: int = Field(0, ge=0, le=72)

    @property
    def how(self) -> dict[str, int]:
        return {"apart": self.apart, "days": self.days, "hours": self.hours}


@room.post("/late/preview")
@may("schedule")
def preview() -> Response:
    form = read(Decision)
    fates = outages.foreseen(g.workspace, form.ids, form.act, **form.how)
    return show("schedule/late_preview.html", fates=fates, form=form, word=outages.ACTS[form.act])


@room.post("/late")
@may("schedule")
def settle() -> Response:
    form = read(Decision)
    done = outages.settle(g.workspace, form.ids, form.act, by=g.user, **form.how)
    return went(url_for(".late"), done.message)
