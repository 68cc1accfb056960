"""Notices for programs."""

from typing import Any

from flask import Blueprint, g

from app.accounts.notice_views import Wanted
from app.accounts.notices import Notice
from app.core.ui import cards, envelope, read_args

room = Blueprint("accounts_api", __name__)


@room.get("/api/v1/notices")
def list_notices() -> dict[str, Any]:
    """Notices, newest first, by state (open, closed, all), kind, severity and q."""
    wanted = read_args(Wanted)
    found = wanted.found()
    page = found.page(wanted.cursor, by=Notice.last_at)
    return envelope(cards(page), total=found.count(), next_cursor=page.next_cursor, has_more=page.has_more)


@room.get("/api/v1/notices/<uuid:notice_id>")
def one_notice(notice_id: str) -> dict[str, Any]:
    """One notice."""
    return envelope(Notice.of(g.workspace).get(notice_id).card())


@room.post("/api/v1/notices/<uuid:notice_id>/closing")
def deal_with(notice_id: str) -> dict[str, Any]:
    """Say that somebody has seen to it."""
    found = Notice.of(g.workspace).get(notice_id)
    found.deal_with(by=g.user)
    return envelope(found.card())
