"""How campaigns stand: their posts, what is planned and out of them, and how they did."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_

from app.campaigns.models import Campaign
from app.core.database import session
from app.core.pages import Page
from app.core.queries import queries
from app.posts.models import Post

sql = queries(__file__)
STATES = ("open", "closed", "all")


@dataclass(frozen=True)
class Listed:
    """A page of campaigns with their numbers by id."""

    page: Page[Campaign]
    numbers: dict[UUID, Any]
    count: int


def listed(workspace: Any, words: str = "", state: str = "open", cursor: str | None = None) -> Listed:
    """The campaigns of a state whose name or description has the words, the latest first."""
    found = Campaign.of(workspace)
    if state in Campaign.MOVES["close"][0] + Campaign.MOVES["reopen"][0]:
        found = found.where(Campaign.state == state)
    if words := words.strip():
        named = (column.icontains(words, autoescape=True) for column in (Campaign.name, Campaign.description))
        found = found.where(or_(*named))
    page = found.page(cursor, 50)
    return Listed(page, numbers([one.id for one in page]), found.count())


def numbers(ids: list[UUID]) -> dict[UUID, Any]:
    """Posts, scheduled, published, waiting for a person and the next moment, of each campaign that has posts."""
    return {row.id: row for row in session.execute(sql["numbers"], {"ids": ids})} if ids else {}


@dataclass(frozen=True)
class Detail:
    """What a campaign's page shows."""

    posts: Page[Post]
    planned: dict[UUID, list[Any]]
    numbers: Any
    did: Any


def detail(workspace: Any, campaign: Campaign, cursor: str | None = None) -> Detail:
    """A campaign's posts, the latest first, each with its plans and figures; and its sums."""
    posts = Post.of(workspace).where(Post.campaign_id == campaign.id).page(cursor, 30)
    planned: dict[UUID, list[Any]] = {}
    for row in session.execute(sql["planned"], {"ids": [post.id for post in posts]}):
        planned.setdefault(row.post_id, []).append(row)
    asked = {"workspace": campaign.workspace_id, "campaign": campaign.id}
    did = session.execute(sql["did"], asked).one()
    return Detail(posts, planned, numbers([campaign.id]).get(campaign.id), did)


def card(campaign: Campaign) -> dict[str, Any]:
    """What programs read of a campaign, with its numbers."""
    found = numbers([campaign.id]).get(campaign.id)
    names = ("posts", "scheduled", "published", "waiting")
    return {**campaign.card(), **{name: getattr(found, name, 0) for name in names}}
