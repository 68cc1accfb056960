"""How each account is doing, as a line for people and as facts: what works, what does not, what waits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.database import session
from app.core.queries import queries
from app.core.shown import ago
from app.core.time import now
from app.platforms.models import Account

sql = queries(__file__)
DAYS = 7
SOON = timedelta(days=14)  # before a token ends, people are told on every page of the account
MOST_POSTS = 1000  # counted; more are “1,000 or more”


@dataclass(frozen=True)
class Health:
    """What is known of one account."""

    account: Account
    tries: int = 0
    good: int = 0
    last_good: datetime | None = None
    trouble: str | None = None
    trouble_at: datetime | None = None
    ends_at: datetime | None = None
    waiting: int = 0
    held: int = 0

    def __str__(self) -> str:
        return " ".join(part for part in (self.first, self.held_words, self.ending, self.waiting_words) if part)

    @property
    def is_trouble(self) -> bool:
        """Whether a person should look."""
        account = self.account
        if account.state == "reconnect" or account.is_blocked or self.ending:
            return True
        return account.state == "connected" and (self.held > 0 or self.troubled)

    @property
    def troubled(self) -> bool:
        """Whether its latest try went wrong."""
        return self.trouble_at is not None and (self.last_good is None or self.trouble_at > self.last_good)

    @property
    def first(self) -> str:
        """What matters most of it, in a sentence."""
        account = self.account
        if account.state == "new":
            return "Not connected: what would be sent is kept in the outbox."
        if account.state == "paused":
            return "Paused by a person: its posts are held."
        if account.state == "reconnect":
            return account.last_error or "The platform no longer lets us in: connect it again."
        if account.is_blocked:
            return f"Asked to slow down: it sends again {ago(account.blocked_until)}."
        if self.troubled:
            return f"The last try, {ago(self.trouble_at)}, did not work: {ended(self.trouble or 'nobody knows why')}"
        if not self.tries:
            return f"Ready. Nothing was sent in the last {DAYS} days."
        return f"It works: the last post went out {ago(self.last_good)}; {self.share}."

    @property
    def share(self) -> str:
        """How many of its latest tries went well."""
        if self.good == self.tries:
            return f"{'every' if self.tries > 1 else 'the one'} try of the last week went well"
        return f"{self.good:,} of {self.tries:,} tries of the last week went well"

    @property
    def held_words(self) -> str:
        return f"{counted(self.held)} {'is' if self.held == 1 else 'are'} held." if self.held else ""

    @property
    def waiting_words(self) -> str:
        return f"{counted(self.waiting)} {'waits' if self.waiting == 1 else 'wait'}." if self.waiting else ""

    @property
    def ending(self) -> str:
        """When what opens it ends, if that is soon."""
        ends = self.ends_at if self.account.state != "reconnect" else None
        if ends is None or ends > now() + SOON:
            return ""
        return f"Its connection {'ended' if ends <= now() else 'ends'} {ago(ends)}: connect it anew."

    def card(self) -> dict[str, Any]:
        """What programs read."""
        moments = {"last_success_at": self.last_good, "last_trouble_at": self.trouble_at, "ends_at": self.ends_at}
        return {
            "line": str(self), "needs_a_look": self.is_trouble, "tries": self.tries, "went_well": self.good,
            "last_trouble": self.trouble, "waiting": self.waiting, "held": self.held,
            **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
        }  # fmt: skip


def health(accounts: Iterable[Account]) -> dict[UUID, Health]:
    """How accounts of one workspace are doing, in one query."""
    known = {account.id: account for account in accounts}
    if not known:
        return {}
    moment = now()
    asked = {
        "accounts": list(known), "workspace": next(iter(known.values())).workspace_id,
        "since": moment - timedelta(days=DAYS), "yesterday": moment - timedelta(days=1),
    }  # fmt: skip
    rows = session.execute(sql["health"], asked).mappings()
    return {row["account_id"]: of_row(known[row["account_id"]], dict(row)) for row in rows}


def of_row(account: Account, row: dict[str, object]) -> Health:
    """From a row of the query `health`."""
    return Health(account, **{name: value for name, value in row.items() if name != "account_id"})  # type: ignore[arg-type]


def counted(number: int) -> str:
    """So many posts, in words."""
    more = " or more" if number >= MOST_POSTS else ""
    return f"{number:,}{more} {'post' if number == 1 else 'posts'}"


def ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
