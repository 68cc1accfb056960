"""How many requests a platform still takes from an account: learnt by one worker, kept to by all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Workspace
from app.core.database import Owned, session
from app.core.queries import queries
from app.core.time import now, zone
from app.platforms.models import Account
from app.publishing.allowances import RESERVE, Seen
from app.publishing.models import Attempt

sql = queries(__file__)
MAYBE_OUT = ("sending", "accepted", "unsure", "found", "duplicate")  # tries that readers see, or may
FRESH = timedelta(seconds=5)  # so old may be what pages show; what makes posts wait is written at once


class RateBudget(Owned):
    """What an account was last told: of so many requests, so many are left until a moment."""

    __tablename__ = "rate_budgets"
    __table_args__ = (UniqueConstraint("account_id", "name"),)
    noun = "budget"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    most: Mapped[int | None]
    remaining: Mapped[int]
    resets_at: Mapped[datetime | None]
    learnt_at: Mapped[datetime]
    application: Mapped[str | None] = mapped_column(String(200))  # who else's requests are counted with ours

    @classmethod
    def of_account(cls, account: Account) -> list["RateBudget"]:
        """What is known of an account now, the newest word on each kind of request; none that has run out."""
        its = cls.account_id == account.id
        if account.application:
            its = or_(its, cls.application == account.application)
        found = select(cls).where(cls.workspace_id == account.workspace_id, its, cls.resets_at > now())
        newest: dict[str, RateBudget] = {}
        for row in session.scalars(found.order_by(cls.learnt_at)):
            newest[row.name] = row
        return sorted(newest.values(), key=lambda row: row.name)

    @classmethod
    def of_accounts(cls, accounts: Iterable[Account]) -> dict[UUID, list["RateBudget"]]:
        """The same for many accounts of one workspace (one query)."""
        known = list(accounts)
        apps = {one.application for one in known if one.application}
        its = or_(cls.account_id.in_([one.id for one in known]), cls.application.in_(apps))
        rows = list(session.scalars(select(cls).where(its, cls.resets_at > now()).order_by(cls.learnt_at)))
        found = {}
        for one in known:
            mine = (row for row in rows if row.account_id == one.id or (row.application or "") == one.application)
            found[one.id] = list({row.name: row for row in mine}.values())
        return found

    @property
    def spare(self) -> int:
        """How many more requests posts may make: what is kept in reserve is not for them."""
        return max(0, self.remaining - (self.most or 0) // RESERVE)

    def line(self, zone_name: str) -> str:
        """“283 of 300 requests left until 14:05 (Europe/London)”."""
        of = f" of {self.most:,}" if self.most is not None else ""
        until = (
            f" until {self.resets_at.astimezone(zone(zone_name)):%H:%M} ({zone_name})"
            if self.resets_at
            else ""
        )
        return f"{self.remaining:,}{of} {self.name} left{until}"

    def card(self) -> dict[str, Any]:
        """What programs read."""
        return {
            "name": self.name, "limit": self.most, "remaining": self.remaining,
            "resets_at": self.resets_at.isoformat() if self.resets_at else None,
            "learnt_at": self.learnt_at.isoformat(), "shared": self.application is not None,
        }  # fmt: skip


@dataclass(frozen=True)
class Usage:
    """How much of what we let it send an account has sent in the past hour."""

    sent: int
    cap: int  # 0: none

    @property
    def line(self) -> str:
        """“12 of 25 posts this hour”."""
        posts = "post" if self.sent == 1 and not self.cap else "posts"
        return f"{self.sent:,} of {self.cap:,} posts this hour" if self.cap else f"{self.sent:,} {posts} this hour"

    def card(self) -> dict[str, Any]:
        """What programs read."""
        return {"sent_this_hour": self.sent, "hourly_cap": self.cap or None}


def usage_of(account: Account) -> Usage:
    """What went out in the past hour, or may have, against the account's cap."""
    workspace = session.get_one(Workspace, account.workspace_id)
    counted = select(func.count()).where(
        Attempt.account_id == account.id, Attempt.started_at > now() - timedelta(hours=1),
        Attempt.outcome.in_(MAYBE_OUT),
    )  # fmt: skip
    cap = workspace.hourly_cap if account.hourly_cap is None else account.hourly_cap
    return Usage(session.scalar(counted) or 0, cap)


class Book:
    """What one worker has learnt, so that it need not be written down at every answer."""

    def __init__(self) -> None:
        self._open: dict[tuple[UUID, str], Seen] = {}
        self._written: dict[tuple[UUID, str], datetime] = {}

    def due(self, news: Iterable[Seen] = (), *, everything: bool = False) -> list[Seen]:
        """Add what is new, and return what is to be written now: what makes posts wait, and what is stale."""
        for seen in news:
            self._open[seen.account_id, seen.said.name] = seen
        ready = {
            key: seen for key, seen in self._open.items()
            if everything or seen.waits_until or key not in self._written
            or seen.learnt_at - self._written[key] >= FRESH
        }  # fmt: skip
        for key, seen in ready.items():
            del self._open[key]
            self._written[key] = seen.learnt_at
        return list(ready.values())


def write(news: Iterable[Seen]) -> None:
    """Keep the latest word on each budget, and let accounts wait whose budget is used up.

    Plain statements on the session's transaction, across workspaces: one, and two more where somebody has
    to wait. The caller commits. An account that waits is left alone by every worker until `blocked_until`.
    """
    latest = {
        (seen.account_id, seen.said.name): seen for seen in sorted(news, key=lambda seen: seen.learnt_at)
    }
    rows = [latest[key] for key in sorted(latest)]
    if not rows:
        return
    said = {
        f"{name}s": [getattr(seen.said, name) for seen in rows]
        for name in ("name", "most", "remaining", "resets_at")
    }
    whose = {
        "accounts": [seen.account_id for seen in rows],
        "applications": [seen.application for seen in rows],
    }
    session.execute(sql["keep_budgets"], said | whose | {"learnt": [seen.learnt_at for seen in rows]})
    if any(seen.application for seen in rows):
        session.execute(sql["join_applications"], whose)
    waiting = [(seen, until) for seen in rows if (until := seen.waits_until)]
    if waiting:
        session.execute(sql["wait"], {
            "accounts": [seen.account_id for seen, _ in waiting],
            "applications": [seen.application for seen, _ in waiting], "untils": [until for _, until in waiting],
        })  # fmt: skip
