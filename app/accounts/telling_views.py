"""How people are told outside of Slogan: each member's mails, the workspace's chat, and the ledger of both."""

from typing import Any

from flask import Blueprint, Response, g, request, url_for
from pydantic import BaseModel, Field
from sqlalchemy import or_
from sqlalchemy.orm import joinedload
from uuid_utils.compat import uuid7

from app.accounts import chatting, letters, mailer
from app.accounts.gate import may
from app.accounts.letters import Item
from app.accounts.models import Member, record
from app.accounts.notices import KINDS
from app.accounts.telling import ChatRoom, Delivery
from app.core.errors import Missing, Unavailable
from app.core.ui import read, show, went

room = Blueprint("telling", __name__)
TRIAL = Item("Mail from Slogan arrives", "This is the mail that you asked for, to see whether it does.")
STATES = {  # of a delivery, as people say it
    "waiting": "waits", "sending": "is being sent", "sent": "arrived", "kept": "written to var/mail, not sent",
    "failed": "did not arrive", "unsure": "may have arrived", "dropped": "was not needed any more",
}  # fmt: skip


@room.get("/notices/settings")
def settings() -> Response:
    """What reaches whom, and what was sent lately."""
    chat = ChatRoom.of(g.workspace).first()
    found = Delivery.of(g.workspace).options(
        joinedload(Delivery.notice), joinedload(Delivery.member).joinedload(Member.user)
    )
    if not g.user.may("administer"):
        found = found.where(or_(Delivery.member_id == g.user.id, Delivery.channel == "chat"))
    return show(
        "accounts/notice_settings.html", kinds=KINDS, chat=chat, host=chatting.host_of(chat) if chat else "",
        page=found.page(request.args.get("cursor"), by=Delivery.created_at), states=STATES,
        is_paper=mailer.is_paper(), usual=g.user.role in ("admin", "manager"),
    )  # fmt: skip


class Kinds(BaseModel):
    usual: bool = False
    kinds: list[str] = Field(default_factory=list)

    @property
    def known(self) -> list[str]:
        return [kind for kind in KINDS if kind in self.kinds]


@room.post("/notices/settings/mail")
def choose_mail() -> Response:
    """A member chooses which kinds reach them by email in this workspace."""
    form = read(Kinds)
    g.user.mail_kinds = None if form.usual else form.known
    record(g.user, "chose what comes by mail", g.user)
    return went(url_for(".settings"), "Saved: your mails follow this from now on.")


@room.post("/notices/settings/trial")
@may("write")
def trial_mail() -> Response:
    """Send the member a mail, to see whether it arrives. Raise Unavailable with what the server said."""
    letter = uuid7()
    mail = letters.mail(g.workspace, [TRIAL], g.user.user.email, letter)
    try:
        is_out = mailer.post(mail, str(letter))
    except (mailer.NotNow, mailer.Refused, mailer.Unknown) as error:
        raise Unavailable(str(error)) from None
    where = f"A mail is on its way to {g.user.user.email}." if is_out else f"Written to var/mail/{letter}.eml."
    return went(url_for(".settings"), where)


class Chat(Kinds):
    address: str = Field("", max_length=2000)


@room.post("/notices/settings/chat")
@may("administer")
def connect_chat() -> Response:
    """Name the workspace's chat; its address is tried out first."""
    form = read(Chat)
    chatting.connect(g.workspace, form.address, form.known, by=g.user)
    return went(url_for(".settings"), "The chat is set up.")


@room.post("/notices/settings/chat/trial")
@may("administer")
def trial_chat() -> Response:
    """Send a message to the chat, to see whether it arrives."""
    works, said = chatting.test(_the_chat(), g.workspace, by=g.user)
    return went(url_for(".settings"), said if works else f"It did not arrive. {said}")


@room.post("/notices/settings/chat/removal")
@may("administer")
def remove_chat() -> Response:
    """Forget the chat's address."""
    chatting.disconnect(_the_chat(), by=g.user)
    return went(url_for(".settings"), "The chat is told nothing any more.")


def _the_chat() -> Any:
    found = ChatRoom.of(g.workspace).first()
    if found is None:
        raise Missing("This workspace has no chat.")
    return found
