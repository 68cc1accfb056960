"""Activities, the choice of workspace, and the people of one."""

from flask import Blueprint, Flask, Response, g, url_for
from pydantic import BaseModel, Field

from app.accounts import gate, notice_views, telling_views
from app.accounts.activity import Activity
from app.accounts.gate import choose, may
from app.accounts.lateness import chosen, offered, read_late
from app.accounts.models import ApiToken, AuditEntry, Member, record
from app.accounts.people import change_role, invite
from app.core.database import session
from app.core.time import zone_names
from app.core.ui import read, show, went

room = Blueprint("accounts", __name__)


def init(app: Flask) -> None:
    gate.init(app)
    app.register_blueprint(notice_views.room)
    app.register_blueprint(telling_views.room)
    app.jinja_env.globals.update(notice_news=notice_views.news)


@room.get("/activity")
def activities() -> Response:
    return show("accounts/activity.html", "activities", activities=Activity.recent(g.workspace))


@room.get("/activity/<uuid:activity_id>")
def activity(activity_id: str) -> Response:
    return show("accounts/activity_one.html", "activity", activity=Activity.of(g.workspace).get(activity_id))


@room.post("/activity/<uuid:activity_id>/stop")
def stop_activity(activity_id: str) -> Response:
    found = Activity.of(g.workspace).get(activity_id)
    found.ask_to_stop(by=g.user)
    return show("accounts/activity_one.html", "activity", activity=found)


@room.post("/workspace/<uuid:workspace_id>")
def switch(workspace_id: str) -> Response:
    choose(workspace_id)
    return went("/")


@room.get("/admin/people")
@may("administer")
def people() -> Response:
    members = Member.of(g.workspace).order_by(Member.created_at).all()
    tokens = ApiToken.of(g.workspace).order_by(ApiToken.created_at.desc()).all()
    late = g.workspace.late_policy, g.workspace.late_minutes
    return show(
        "accounts/people.html", members=members, tokens=tokens, zones=zone_names(), late_choice=chosen(*late),
        late_offered=offered(*late),
    )  # fmt: skip


class Invitation(BaseModel):
    name: str = Field(min_length=1, max_length=120)
    email: str = Field(min_length=3, max_length=255, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    password: str = Field(min_length=10, max_length=200)
    role: str = "editor"


@room.post("/admin/people")
@may("administer")
def add_person() -> Response:
    form = read(Invitation)
    member = invite(g.workspace, form.email, form.name, form.password, form.role, by=g.user)
    return went(url_for(".people"), f"{member.name} may sign in now.")


class RoleForm(BaseModel):
    role: str


@room.post("/admin/people/<uuid:member_id>/role")
@may("administer")
def set_role(member_id: str) -> Response:
    member = Member.of(g.workspace).get(member_id)
    change_role(member, read(RoleForm).role, by=g.user)
    return went(url_for(".people"), f"{member.name} is {member.role} now.")


class WorkspaceForm(BaseModel):
    name: str = Field(min_length=1, max_length=120)
    zone: str
    approval_required: bool = False
    sending_on: bool = False
    late: str = ""


@room.post("/admin/workspace")
@may("administer")
def change_workspace() -> Response:
    form = read(WorkspaceForm)
    g.workspace.approval_required, g.workspace.sending_on = form.approval_required, form.sending_on
    g.workspace.rename(form.name, form.zone, by=g.user)
    if form.late:
        policy, minutes = read_late(form.late)
        g.workspace.allow_late(policy or "ask", minutes, by=g.user)
    return went(url_for(".people"), "The workspace is changed.")


class BurstForm(BaseModel):
    hourly_cap: int
    same_text_days: int
    surplus: str


@room.post("/admin/workspace/bursts")
@may("administer")
def limit_bursts() -> Response:
    form = read(BurstForm)
    g.workspace.limit_bursts(form.hourly_cap, form.same_text_days, form.surplus, by=g.user)
    return went(url_for(".people"), "The burst guard keeps to this from now on.")


class TokenForm(BaseModel):
    name: str = Field(min_length=1, max_length=120)


@room.post("/admin/tokens")
@may("administer")
def issue_token() -> Response:
    token, secret = ApiToken.issue(g.user, read(TokenForm).name)
    return show("accounts/token.html", "token", token=token, secret=secret)


@room.post("/admin/tokens/<uuid:token_id>/removal")
@may("administer")
def remove_token(token_id: str) -> Response:
    token = ApiToken.of(g.workspace).get(token_id)
    record(g.user, "removed an API token", token, name=token.name)
    session.delete(token)
    return went(url_for(".people"), "The token works no longer.")


@room.get("/admin/audit")
@may("administer")
def audit() -> Response:
    return show("accounts/audit.html", "entries", entries=AuditEntry.latest(g.workspace))
