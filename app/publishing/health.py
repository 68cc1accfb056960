"""How each account is doing, as a line for people and as facts: what works, what does not, what waits."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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

HELD: dict[str, tuple[str, str]] = {  # what held posts wait for, by the kind of problem: one, and several
    "": ("is held and waits for you", "are held and wait for you"),
    "late": ("was late and waits for your word", "were late and wait for your word"),
    "restored": ("may be out since before this copy was restored: say whether it is",
                 "may be out since before this copy was restored: say whether they are"),
    "account": ("waits until the account sends again", "wait until the account sends again"),
    "person": ("is held back by a person", "are held back by a person"),
    "product": ("waits, since its product has changed", "wait, since their products have changed"),
    "rules": ("no longer fits the rules", "no longer fit the rules"),
    "approval": ("waits for approval", "wait for approval"),
    "archived": ("is held, since it lies in the archive", "are held, since they lie in the archive"),
    "burst": ("is beyond what the account may send by itself", "are beyond what the account may send by itself"),
    "same_text": ("would say the same once more, and waits for your yes",
                  "would say the same once more, and wait for your yes"),
}  # fmt: skip


@dataclass(frozen=True)
class Held:
    """Held posts of an account that wait for the same."""

    kind: str
    posts: int
    cause: str | None = None
    since: date | None = None

    def __str__(self) -> str:
        return f"{counted(self.posts)} {HELD.get(self.kind, HELD[''])[self.posts != 1]}"

    def href(self, account: Account) -> str:
        """Where a person decides: their cause, or the list of them."""
        if self.cause:
            return f"/causes/{self.cause}"
        return "/late" if self.kind == "late" else listed(account, self.since)


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
    why: tuple[Held, ...] = ()

    def __str__(self) -> str:
        """What a person has to decide comes before that all is well."""
        calm = not (self.troubled or self.account.is_blocked) and self.account.state == "connected"
        begin = (self.held_words, self.first) if calm else (self.first, self.held_words)
        return " ".join(part for part in (*begin, self.ending, self.waiting_words) if part)

    @property
    def held(self) -> int:
        """How many of its posts are held."""
        return sum(one.posts for one in self.why)

    @property
    def held_href(self) -> str:
        """The list of all its held posts."""
        return listed(self.account, min((one.since for one in self.why if one.since), default=None))

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
        numbers = Counter[str]()
        for one in self.why:
            numbers[one.kind] += one.posts
        return " ".join(f"{Held(kind, number)}." for kind, number in numbers.most_common())

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
            "held_for": [{"kind": one.kind or None, "posts": one.posts, "words": str(one), "cause": one.cause}
                         for one in self.why],
            **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
        }  # fmt: skip


def listed(account: Account, since: date | None) -> str:
    """The address of the list of an account's held posts from a day on."""
    return f"/calendar/list?state=held&account={account.id}" + (f"&day={since}" if since else "")


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


def of_row(account: Account, row: dict[str, Any]) -> Health:
    """From a row of the query `health`."""
    told: dict[str, Any] = {name: value for name, value in row.items() if name not in ("account_id", "why")}
    return Health(account, **told, why=tuple(held_of(one) for one in row["why"] or ()))


def held_of(why: dict[str, Any]) -> Held:
    """From one of the reasons of the query `health`; a list begins the day before, whatever the zone."""
    since = (datetime.fromisoformat(why["since"]) - timedelta(days=1)).date()
    return Held(why["kind"] or "", why["posts"], why["cause"], since)


def counted(number: int) -> str:
    """So many posts, in words."""
    more = " or more" if number >= MOST_POSTS else ""
    return f"{number:,}{more} {'post' if number == 1 else 'posts'}"


def ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
