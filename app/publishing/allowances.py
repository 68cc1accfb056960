"""What an answer's headers say of the requests that a platform still takes, read for every connector alike."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from app.core.time import now
from app.core.wire import Answer
from app.publishing.address import host_of
from app.publishing.answers import moment_of

STYLES = ("x-ratelimit-", "ratelimit-", "x-rate-limit-")
FIELD = re.compile(r'"?([\w. -]*)"?\s*;\s*r=(\d+)(?:\s*;\s*t=(\d+))?')
QUOTA = re.compile(r"\bq=(\d+)")
FARTHEST = timedelta(hours=25)  # no window is longer; a moment farther off is a misunderstanding
MOST = 2_000_000_000  # requests; whoever takes more has no budget that anybody would feel
RESERVE = 50  # one request in so many is kept, so that a person's answer still gets through
REQUESTS = "requests"


class Allowance(NamedTuple):
    """So many requests of a kind are left until a moment."""

    name: str
    most: int | None
    remaining: int
    resets_at: datetime | None
    stops: bool = True  # posts wait when none is left
    shared: bool = False  # counted for the whole application on its server, not for one account


@dataclass(frozen=True, slots=True)
class Seen:
    """What an account was told, and when. `application` says who else's requests are counted with its own."""

    account_id: UUID
    said: Allowance
    learnt_at: datetime
    application: str | None = None

    @property
    def waits_until(self) -> datetime | None:
        """Until when posts wait, since what is left is kept in reserve; None while there is enough."""
        said = self.said
        low = said.stops and said.remaining <= (said.most or 0) // RESERVE
        return said.resets_at if low and said.resets_at and said.resets_at > self.learnt_at else None


def standard(headers: Mapping[str, str], name: str = REQUESTS) -> list[Allowance]:
    """From `X-RateLimit-…`, `RateLimit-…`, `X-Rate-Limit-…` or the combined `RateLimit` field of the IETF."""
    for style in STYLES:
        if (left := number(headers.get(f"{style}remaining"))) is not None:
            most = number((headers.get(f"{style}limit") or "").partition(",")[0])
            return [Allowance(name, most, left, sensible(moment_of(headers.get(f"{style}reset"))))]
    if found := FIELD.search(headers.get("ratelimit") or ""):
        quota = QUOTA.search(headers.get("ratelimit-policy") or "")
        most = number(quota[1]) if quota else None
        return [Allowance(name, most, number(found[2]) or 0, sensible(moment_of(found[3])))]
    return []


def number(text: str | None) -> int | None:
    """A count in a header: neither negative nor endless, a fraction cut off; None where there is none."""
    try:
        return min(MOST, max(0, int(float(text)))) if text else None
    except (ValueError, OverflowError):
        return None


def sensible(moment: datetime | None) -> datetime | None:
    return moment if moment and moment < now() + FARTHEST else None


class Attentive:
    """A connector that listens to what it is told about its budgets."""

    slug: ClassVar[str]
    address_field: ClassVar[str | None] = None  # the credential that names the server, where there are many
    # What is counted apart: method and part of the address (empty for any), its name, whether posts wait for it.
    counts: ClassVar[tuple[tuple[str, str, str, bool], ...]] = ()
    session: dict[str, Any]
    credentials: Any

    def __init__(self) -> None:
        self._told: dict[str, Seen] = {}  # what was said last of each budget
        self._news: dict[str, Seen] = {}  # and of those that were not asked for since

    @property
    def server(self) -> str:
        """The host that this account's posts go to, or the platform where all accounts share one."""
        given = getattr(self.credentials, self.address_field, None) if self.address_field else None
        given = given.get_secret_value() if hasattr(given, "get_secret_value") else given
        return host_of(given) if given else self.slug

    def allowances(self, method: str, answer: Answer) -> list[Allowance]:
        """What an answer says of the requests that are left. A platform's file names its `counts`, or overrides it."""
        for its_method, part, name, stops in self.counts:
            if method.startswith(its_method) and part in answer.url:
                return [one._replace(stops=stops) for one in standard(answer.headers, name)]
        return standard(answer.headers)

    @classmethod
    def waits_for(cls, name: str) -> bool:
        """Whether posts wait when the budget of that name is used up."""
        return all(stops for _, _, its, stops in cls.counts if its == name)

    def listen(self, method: str, answer: Answer) -> None:
        """Remember what an answer says; headers that make no sense are no reason to fail a post."""
        account = self.session.get("account_id")
        if not account:
            return
        for said in self.allowances(method, answer):
            application = f"{self.slug} {self.server}" if said.shared else None
            self._told[said.name] = self._news[said.name] = Seen(UUID(account), said, now(), application)

    def learnt(self) -> list[Seen]:
        """What was learnt since the last call, for `budgets.write`."""
        news, self._news = self._news, {}
        return list(news.values())

    def used_up(self, moment: datetime) -> datetime | None:
        """Until when the next post waits by what this connector itself was told last; None: it may go."""
        waits = [until for seen in self._told.values() if (until := seen.waits_until) and until > moment]
        return max(waits, default=None)
