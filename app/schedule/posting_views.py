"""The pages of posting schedules."""

from uuid import UUID

from flask import Blueprint, Response, g, redirect, request, url_for
from pydantic import BaseModel, Field

from app.accounts.gate import may
from app.core.time import zone_names
from app.core.ui import read, show, went
from app.platforms.models import Account, Channel
from app.schedule import filling, rhythm
from app.schedule.models import PostingSchedule
from app.schedule.planning_views import places
from app.schedule.posting_schedules import KINDS

room = Blueprint("posting", __name__, url_prefix="/schedules")
QUARTERS = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 15, 30, 45)]


def found(schedule_id: UUID) -> PostingSchedule:
    return PostingSchedule.of(g.workspace).get(schedule_id)


@room.get("")
def schedules() -> Response:
    every = (
        PostingSchedule.of(g.workspace).order_by(PostingSchedule.is_active.desc(), PostingSchedule.name).all()
    )
    counts = PostingSchedule.counted(g.workspace, every)
    return show("schedule/schedules.html", "schedules", schedules=every, counts=counts, kinds=KINDS)


@room.get("/<uuid:schedule_id>")
def schedule(schedule_id: UUID) -> Response:
    one = found(schedule_id)
    count = PostingSchedule.counted(g.workspace, [one]).get(one.id)
    return show(
        "schedule/schedule.html", "schedule", schedule=one, slots=one.preview(14), count=count, kinds=KINDS,
        conflict=one.conflict(), foci=filling.FOCI,
    )  # fmt: skip


class Rule(BaseModel):
    name: str = Field(min_length=1, max_length=120)
    where: str = Field(min_length=1)
    content_type: str = "product"
    times: list[str] = Field(default_factory=list)
    weekdays: list[int] = Field(default_factory=list)
    zone: str = Field(min_length=1)
    description: str = Field("", max_length=2000)

    def values(self) -> dict[str, object]:
        """What `PostingSchedule.create` and `change` take. Raise Invalid at the field, Missing."""
        account_id, _, slug = self.where.partition(" ")
        return {
            "name": self.name, "description": self.description, "content_type": self.content_type,
            "account": Account.of(g.workspace).get(account_id), "channel": Channel.by_slug(g.workspace, slug),
            "times": rhythm.times_of(self.times), "weekdays": rhythm.days_of(self.weekdays),
            "zone_name": self.zone,
        }  # fmt: skip


def form_page(schedule: PostingSchedule | None) -> Response:
    return show(
        "schedule/schedule_form.html", schedule=schedule, places=places(),
        kinds={kind: words.capitalize() for kind, words in KINDS.items()}, zones=zone_names(),
        days=list(enumerate(rhythm.NAMES, 1)), quarters=QUARTERS,
    )  # fmt: skip


@room.get("/new")
@may("schedule")
def new() -> Response:
    return form_page(None)


@room.get("/<uuid:schedule_id>/edit")
@may("schedule")
def edit(schedule_id: UUID) -> Response:
    return form_page(found(schedule_id))


@room.post("")
@may("schedule")
def create() -> Response:
    made = PostingSchedule.create(g.workspace, g.user, **read(Rule).values())
    return went(url_for(".schedule", schedule_id=made.id), f"{made.sentence()}.")


@room.post("/<uuid:schedule_id>")
@may("schedule")
def change(schedule_id: UUID) -> Response:
    one = found(schedule_id)
    one.change(g.user, **read(Rule).values())
    return went(url_for(".schedule", schedule_id=one.id), f"{one.sentence()}.")


@room.post("/sentence")
def sentence() -> Response:
    form = {name: request.form.getlist(name) for name in ("times", "weekdays", "zone")}
    words = rhythm.sentence(
        rhythm.times_of(form["times"]),
        rhythm.days_of([int(day) for day in form["weekdays"]]),
        form["zone"][0],
    )
    return Response(f"{words}.", mimetype="text/plain")


@room.post("/<uuid:schedule_id>/pause")
@may("schedule")
def pause(schedule_id: UUID) -> Response:
    one = found(schedule_id)
    one.pause(by=g.user)
    return went(
        url_for(".schedule", schedule_id=one.id),
        "Paused. What is planned stays.",
        undo=url_for(".resume", schedule_id=one.id),
    )


@room.post("/<uuid:schedule_id>/resumption")
@may("schedule")
def resume(schedule_id: UUID) -> Response:
    one = found(schedule_id)
    one.resume(by=g.user)
    return went(
        url_for(".schedule", schedule_id=one.id),
        "It offers slots again.",
        undo=url_for(".pause", schedule_id=one.id),
    )


@room.get("/<uuid:schedule_id>/removal")
@may("schedule")
def ask_removal(schedule_id: UUID) -> Response:
    one = found(schedule_id)
    return show(
        "schedule/removal.html",
        "sheet",
        schedule=one,
        count=PostingSchedule.counted(g.workspace, [one]).get(one.id),
    )


@room.post("/<uuid:schedule_id>/removal")
@may("schedule")
def remove(schedule_id: UUID) -> Response:
    one = found(schedule_id)
    one.remove(by=g.user)
    return went(url_for(".schedules"), f"“{one.name}” is gone. What it planned stays on the calendar.")


class Filling(BaseModel):
    number: int = Field(10, ge=1, le=50)
    focus: str = "rotate"


@room.post("/<uuid:schedule_id>/posts")
@may("schedule")
def generate(schedule_id: UUID) -> Response:
    form = read(Filling)
    activity = filling.ask_to_fill(found(schedule_id), form.number, form.focus, by=g.user)
    return redirect(url_for("accounts.activity", activity_id=activity.id), 303)
