"""The bell, the drawer, and the page of notices."""

from typing import Any, Literal

from flask import Blueprint, Response, g, url_for
from pydantic import BaseModel, Field
from sqlalchemy import or_

from app.accounts import notices
from app.accounts.notices import KINDS, SEVERITIES, Notice
from app.core.ui import read_args, show, wants_fragment, went

room = Blueprint("notices", __name__)


class Wanted(BaseModel):
    """What a reader of the notices asked to see."""

    state: Literal["open", "closed", "all"] = "open"
    kind: str | None = None
    severity: Literal["info", "attention", "urgent"] | None = None
    q: str | None = Field(None, max_length=200)
    cursor: str | None = None

    def found(self) -> Any:
        """The notices that fit."""
        some = Notice.of(g.workspace)
        if self.state != "all":
            closed = Notice.closed_at.is_not(None)
            some = some.where(closed if self.state == "closed" else ~closed)
        if self.kind:
            some = some.where(Notice.kind == self.kind)
        if self.severity:
            some = some.where(Notice.severity == self.severity)
        if self.q:
            words = f"%{self.q.replace('%', '').replace('_', ' ')}%"
            some = some.where(or_(Notice.title.ilike(words), Notice.sentence.ilike(words)))
        return some


@room.get("/notices")
def all_notices() -> Response:
    """What happened that a person should know, newest first."""
    wanted = read_args(Wanted)
    found = wanted.found()
    page = found.page(wanted.cursor, by=Notice.last_at)
    return show(
        "accounts/notices.html", "list", page=page, wanted=wanted, total=found.count(), kinds=KINDS,
        severities=SEVERITIES, unread=notices.unread_among(g.user, page),
    )  # fmt: skip


@room.get("/notices/latest")
def latest() -> Response:
    """The drawer's content: the newest that are open."""
    some = notices.latest(g.workspace)
    return show("accounts/notices_latest.html", "latest", notices=some, unread=notices.unread_among(g.user, some))


@room.get("/notices/bell")
def bell() -> Response:
    """The bell with its count, which fetches itself."""
    return show("accounts/_bell.html", news=news())


@room.get("/notices/<uuid:notice_id>")
def one(notice_id: str) -> Response:
    """One notice; whoever opens it has read it."""
    found = Notice.of(g.workspace).get(notice_id)
    notices.mark_read(g.user, [found])
    return show("accounts/notice.html", "notice", notice=found)


@room.post("/notices/reading")
def read_all() -> Response:
    """The member has seen everything that is open."""
    notices.mark_all_read(g.user)
    return _drawer() if wants_fragment() else went(url_for(".all_notices"), "All notices are marked as read.")


@room.post("/notices/<uuid:notice_id>/closing")
def deal_with(notice_id: str) -> Response:
    """A person has seen to it."""
    found = Notice.of(g.workspace).get(notice_id)
    found.deal_with(by=g.user)
    again = url_for(".reopen", notice_id=found.id)
    return went(url_for(".all_notices"), f"“{found.title}” is dealt with.", undo=again)


@room.post("/notices/<uuid:notice_id>/reopening")
def reopen(notice_id: str) -> Response:
    """Undo: it is not dealt with after all."""
    found = Notice.of(g.workspace).get(notice_id)
    found.reopen(by=g.user)
    return went(url_for(".one", notice_id=found.id), f"“{found.title}” is open again.")


def news() -> tuple[int, bool]:
    """How many notices this member has not read, and whether one is urgent."""
    return notices.unread(g.user) if "user" in g else (0, False)


def _drawer() -> Response:
    answer = latest()
    answer.headers["HX-Trigger"] = "notices-changed"
    return answer
