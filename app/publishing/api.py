"""Accounts, the outbox and the publishing log, for programs."""

from typing import Any, Literal

from flask import Blueprint, g
from pydantic import BaseModel

from app.accounts.gate import may
from app.core.ui import cards, envelope, read, read_args
from app.platforms.models import Account
from app.publishing.attempts import Wanted, log_page
from app.publishing.budgets import RateBudget, usage_of
from app.publishing.health import health
from app.publishing.models import OutboxItem

room = Blueprint("publishing_api", __name__, url_prefix="/api/v1")


@room.get("/accounts")
def accounts() -> dict[str, Any]:
    """Every connected destination and how it is doing, without its secrets."""
    found = Account.of(g.workspace).order_by(Account.name).all()
    doing = health(found)
    return envelope([{**one.card(), "health": doing[one.id].card()} for one in found], total=len(found))


@room.get("/accounts/<uuid:account_id>/budgets")
def budgets(account_id: str) -> dict[str, Any]:
    """What an account has sent within the hour, what it may send, and what its platform says is left."""
    account = Account.of(g.workspace).get(account_id)
    return envelope(cards(RateBudget.of_account(account)), **usage_of(account).card())


class Bursts(BaseModel):
    """Bounds of an account's own; null leaves one to the workspace, 0 is none."""

    hourly_cap: int | None = None
    same_text_days: int | None = None
    surplus: Literal["hold", "smooth"] | None = None


@room.put("/accounts/<uuid:account_id>/bursts")
@may("connect platforms")
def limit_bursts(account_id: str) -> dict[str, Any]:
    """Say how much an account may send in an hour, how soon the same text again, and what becomes of the surplus."""
    account, bounds = Account.of(g.workspace).get(account_id), read(Bursts)
    account.limit_bursts(bounds.hourly_cap, bounds.same_text_days, bounds.surplus, by=g.user)
    return envelope(bounds.model_dump(), **usage_of(account).card())


@room.get("/outbox")
def outbox() -> dict[str, Any]:
    """What would have been sent, had the account been connected; newest first."""
    page = OutboxItem.of(g.workspace).page(read_args(Wanted).cursor, by=OutboxItem.created_at)
    return envelope(cards(page), next_cursor=page.next_cursor, has_more=page.has_more)


@room.get("/attempts")
def attempts() -> dict[str, Any]:
    """Every try to send something; `platform`, `outcome` and `day` narrow it; newest first."""
    page = log_page(g.workspace, read_args(Wanted))
    return envelope(cards(page), next_cursor=page.next_cursor, has_more=page.has_more)
