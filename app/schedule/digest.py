"""What will fail, in one list: grouped by account and cause, each with the place where it is mended."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from app.accounts.models import Workspace
from app.core.database import session
from app.core.queries import queries
from app.schedule.preflight import last_look
from app.schedule.preflight_checks import TITLES

sql = queries(__file__)
FEW = 8  # posts that are named of each group; the rest is a number
MOST_GROUPS = 200
WEIGHED = ("will", "might", "kept")  # the gravest first


@dataclass(frozen=True)
class Endangered:
    """One post of a group, with what stands in its way."""

    id: UUID
    at: datetime
    title: str
    sentence: str
    href: str


@dataclass
class Group:
    """One cause at one account: how many posts it concerns, the first of them, and its repair."""

    account_id: UUID
    account: str
    platform: str
    platform_label: str
    kind: str
    weight: str
    remedy: str
    total: int
    first_at: datetime
    posts: list[Endangered] = field(default_factory=list)

    @property
    def title(self) -> str:
        return TITLES[self.kind]

    @property
    def sentence(self) -> str | None:
        """What all its posts have in common, if they do."""
        said = {post.sentence for post in self.posts}
        return self.posts[0].sentence if len(said) == 1 else None

    @property
    def href(self) -> str | None:
        """Where all of it is mended at once, if there is such a place."""
        places = {post.href for post in self.posts}
        return self.posts[0].href if len(places) == 1 else None

    @property
    def more(self) -> int:
        return self.total - len(self.posts)

    def card(self) -> dict[str, Any]:
        """What programs read."""
        return {
            "account_id": str(self.account_id), "account": self.account, "platform": self.platform,
            "kind": self.kind, "title": self.title, "weight": self.weight, "remedy": self.remedy,
            "posts": self.total, "first_at": self.first_at.isoformat(),
            "named": [
                {"scheduled_post_id": str(post.id), "scheduled_time": post.at.isoformat(), "title": post.title,
                 "sentence": post.sentence, "href": post.href}
                for post in self.posts
            ],
        }  # fmt: skip


@dataclass(frozen=True)
class Digest:
    """The next 72 hours of a workspace: how many posts will and might fail, why, and as of when."""

    workspace: Workspace
    will: int
    might: int
    kept: int
    groups: list[Group]
    looked_at: datetime | None
    looked_posts: int

    @property
    def sentence(self) -> str:
        """One line for a page or a message: “3 posts will fail unless something is done.”"""
        if self.will:
            return f"{_posts(self.will)} will fail unless something is done"
        if self.might:
            return f"{_posts(self.might)} might fail"
        stays = f", {_posts(self.kept)} {'stays' if self.kept == 1 else 'stay'} in the outbox" if self.kept else ""
        return f"Nothing stands in the way{stays}"

    @property
    def accounts(self) -> list[tuple[str, list[Group]]]:
        """The groups by account, those with the soonest trouble first."""
        soonest: dict[UUID, datetime] = {}
        for one in self.groups:
            soonest[one.account_id] = min(one.first_at, soonest.get(one.account_id, one.first_at))
        order = sorted(
            self.groups, key=lambda one: (soonest[one.account_id], one.account_id, WEIGHED.index(one.weight))
        )
        by_account = [list(groups) for _, groups in groupby(order, lambda one: one.account_id)]
        return [(groups[0].account, groups) for groups in by_account]

    def card(self) -> dict[str, Any]:
        """What programs read."""
        return {
            "sentence": self.sentence, "will_fail": self.will, "might_fail": self.might, "kept": self.kept,
            "looked_at": self.looked_at.isoformat() if self.looked_at else None, "posts": self.looked_posts,
            "groups": [group.card() for group in self.groups],
        }  # fmt: skip


def _posts(number: int) -> str:
    return f"{number:,} {'post' if number == 1 else 'posts'}"


def digest(workspace: Workspace) -> Digest:
    """What stands in the way of what is planned, as the last look found it (three queries)."""
    found = numbers(workspace)
    groups: dict[tuple[Any, ...], Group] = {}
    asked = {"workspace": workspace.id, "few": FEW, "most": FEW * MOST_GROUPS}
    for row in session.execute(sql["groups"], asked):
        key = row.account_id, row.kind, row.weight
        if key not in groups:
            groups[key] = Group(
                row.account_id, row.account, row.platform, row.platform_label, row.kind, row.weight,
                row.remedy, row.total, row.scheduled_time,
            )  # fmt: skip
        groups[key].posts.append(
            Endangered(row.scheduled_post_id, row.scheduled_time, _first_line(row.title), row.sentence, row.href)
        )
    last = last_look(workspace)
    ordered = sorted(groups.values(), key=lambda one: (WEIGHED.index(one.weight), one.first_at))
    return Digest(workspace, *found, ordered, last.looked_at if last else None, last.posts if last else 0)


def _first_line(words: str) -> str:
    return next((line.strip() for line in words.splitlines() if line.strip()), "Empty post")


class Numbers(NamedTuple):
    """How many posts will fail, how many others might, and how many more stay in the outbox."""

    will: int
    might: int
    kept: int


def numbers(workspace: Workspace) -> Numbers:
    """How the waiting posts stand, each counted once by the gravest that was found of it (one query)."""
    return Numbers(*session.execute(sql["endangered"], {"workspace": workspace.id}).one())
