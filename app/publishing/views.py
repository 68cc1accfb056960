"""The accounts, the outbox, the publishing log and the practice network's feed."""

from typing import Any

from flask import Blueprint, Response, g, request, url_for
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.accounts.gate import may
from app.core.errors import Invalid
from app.core.time import now
from app.core.ui import read, read_args, show, went
from app.platforms.models import Account, Platform
from app.publishing import accounts as doors
from app.publishing.attempts import OUTCOMES, Wanted, log_page, place, steps
from app.publishing.breaker import resting
from app.publishing.budgets import RateBudget, usage_of
from app.publishing.health import health
from app.publishing.models import OutboxItem, PracticePost
from app.publishing.practice import feed

room = Blueprint("publishing", __name__)


@room.get("/accounts")
def accounts() -> Response:
    """Every connected destination, with its state and how it has been doing."""
    found = Account.of(g.workspace).join(Platform).order_by(Platform.priority, Account.name).all()
    gone = Account.ever_of(g.workspace).where(Account.archived_at.is_not(None)).order_by(Account.archived_at.desc())
    return show(
        "publishing/accounts.html", "list", accounts=found, health=health(found), archived=gone.limit(50).all()
    )


@room.get("/accounts/new")
@may("connect platforms")
def new_account() -> Response:
    """Choose a platform, then fill in what opens it."""
    platforms = Platform.of(g.workspace).where(Platform.status == "active").order_by(Platform.priority).all()
    chosen = next((one for one in platforms if one.name == request.args.get("platform")), None)
    kind = doors.connector_class(chosen) if chosen else None
    return show(
        "publishing/account_new.html", "form", platforms=platforms, chosen=chosen, kind=kind,
        form=doors.form_of(kind) if kind else [], connectors=doors.CONNECTORS,
    )  # fmt: skip


class Connection(BaseModel):
    platform: str = Field(min_length=1)
    name: str = Field(min_length=1, max_length=120)
    placeholder: bool = False


@room.post("/accounts")
@may("connect platforms")
def connect() -> Response:
    """Connect an account, or add it as a placeholder."""
    form = read(Connection)
    platform = Platform.called(g.workspace, form.platform)
    given = None if form.placeholder else _given()
    account = doors.connect(g.workspace, platform, form.name, given, by=g.user)
    said = (
        f"{account.name} is connected."
        if account.state == "connected"
        else f"{account.name} is added as a placeholder: nothing will be sent."
    )
    return went(url_for(".account", account_id=account.id), said)


@room.get("/accounts/<uuid:account_id>")
def account(account_id: str) -> Response:
    """One account: its health, its connection, and what may be done with it."""
    return _account_page(Account.of(g.workspace).get(account_id))


class Name(BaseModel):
    name: str = Field(min_length=1, max_length=120)


@room.post("/accounts/<uuid:account_id>")
@may("connect platforms")
def change(account_id: str) -> Response:
    """Give an account another name or new credentials."""
    found = Account.of(g.workspace).get(account_id)
    doors.change_connection(found, read(Name).name, _given(), by=g.user)
    return went(url_for(".account", account_id=found.id), f"{found.name} is saved.")


@room.post("/accounts/<uuid:account_id>/test")
@may("connect platforms")
def test_connection(account_id: str) -> Response:
    """Ask the platform whether the connection works, and say what came back."""
    found = Account.of(g.workspace).get(account_id)
    return _account_page(found, tested=doors.try_out(found))


@room.post("/accounts/<uuid:account_id>/pause")
def pause(account_id: str) -> Response:
    found = Account.of(g.workspace).get(account_id)
    found.pause(by=g.user)
    again = url_for(".resume", account_id=found.id)
    return went(
        url_for(".account", account_id=found.id), f"{found.name} is paused; its posts are held.", undo=again
    )


@room.post("/accounts/<uuid:account_id>/resumption")
def resume(account_id: str) -> Response:
    found = Account.of(g.workspace).get(account_id)
    found.resume(by=g.user)
    return went(url_for(".account", account_id=found.id), f"{found.name} sends again.")


@room.post("/accounts/<uuid:account_id>/removal")
@may("connect platforms")
def remove(account_id: str) -> Response:
    found = Account.of(g.workspace).get(account_id)
    cancelled = doors.remove(found, by=g.user)
    posts = "1 post that was" if cancelled == 1 else f"{cancelled:,} posts that were"
    more = f" {posts} planned for it will not go out." if cancelled else ""
    return went(url_for(".accounts"), f"{found.name} is removed.{more}")


class BurstForm(BaseModel):
    hourly_cap: int | None = None
    same_text_days: int | None = None
    surplus: str | None = None


@room.post("/accounts/<uuid:account_id>/bursts")
@may("connect platforms")
def limit_bursts(account_id: str) -> Response:
    """Bounds of its own for the burst guard; what is left empty is as in the workspace."""
    found, form = Account.of(g.workspace).get(account_id), read(BurstForm)
    found.limit_bursts(form.hourly_cap, form.same_text_days, form.surplus, by=g.user)
    return went(url_for(".account", account_id=found.id), f"The burst guard of {found.name} is changed.")


class MoodForm(BaseModel):
    mood: str = ""


@room.post("/accounts/<uuid:account_id>/mood")
@may("connect platforms")
def set_mood(account_id: str) -> Response:
    """Let something go wrong on the practice network, or everything work again."""
    found = Account.of(g.workspace).get(account_id)
    doors.set_mood(found, read(MoodForm).mood, by=g.user)
    return went(url_for(".account", account_id=found.id), "The practice network does as told from now on.")


@room.get("/outbox")
def outbox() -> Response:
    """What would have been sent, had the account been connected."""
    wanted = read_args(Wanted)
    items = OutboxItem.of(g.workspace)
    if wanted.platform:
        items = items.where(OutboxItem.platform_name == wanted.platform)
    page = items.page(wanted.cursor, by=OutboxItem.created_at)
    return show(
        "publishing/outbox.html",
        "list",
        page=page,
        total=items.count(),
        wanted=wanted,
        platforms=_platforms(),
    )


@room.get("/log")
def log() -> Response:
    """Every try to send something, newest first."""
    wanted = read_args(Wanted)
    page = log_page(g.workspace, wanted)
    return show(
        "publishing/log.html", "list", page=page, wanted=wanted, platforms=_platforms(), outcomes=OUTCOMES,
        steps=steps, place=place,
    )  # fmt: skip


@room.get("/practice")
def practice() -> Response:
    """The practice network as its simulated readers see it."""
    posts = PracticePost.of(g.workspace).where(
        PracticePost.is_removed.is_(False), PracticePost.parent_id.is_(None)
    )
    posts = posts.options(selectinload(PracticePost.answers).selectinload(PracticePost.answers))
    page = posts.page(request.args.get("cursor"), by=PracticePost.created_at)
    names = {one.id: one.name for one in Account.ever_of(g.workspace)}
    return show(
        "publishing/practice.html",
        "list",
        page=page,
        cards=feed(page, now()),
        names=names,
        total=posts.count(),
    )


def _account_page(found: Account, tested: tuple[bool, str] | None = None) -> Response:
    kind, speaker = doors.connector_class(found.platform), doors.connector_for(found)
    rest = resting(now()).get(speaker.server) if speaker else None
    return show(
        "publishing/account.html", "account", account=found, kind=kind, tested=tested,
        form=doors.form_of(kind, found) if kind else [], health=health([found])[found.id],
        moods=getattr(kind, "moods", ()), usage=usage_of(found), budgets=RateBudget.of_account(found),
        others=doors.others_there(found), rest=rest, server=speaker.server if speaker else None,
    )  # fmt: skip


def _given() -> dict[str, str]:
    sent: Any = request.get_json(silent=True) if request.is_json else request.form
    if not hasattr(sent, "items"):
        raise Invalid("The body is not a JSON object.")
    return {name: str(value) for name, value in sent.items() if name != "csrf_token"}


def _platforms() -> list[Platform]:
    used = select(Account.platform_id).where(Account.workspace_id == g.workspace.id)
    return Platform.of(g.workspace).where(Platform.id.in_(used)).order_by(Platform.priority).all()
