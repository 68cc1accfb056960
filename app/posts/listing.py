"""The list of posts: searched, filtered, counted, and worked on several at a time."""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import Member
from app.core.database import Finder, as_uuid, session
from app.core.errors import Invalid, NotAllowed, WrongState
from app.core.pages import Page
from app.posts.models import Post, PostMedia, Variant

SIZE = 25
COUNTED = 1_000  # a list says “1,000+” beyond it
VERBS = {
    "archive": "archived",
    "submit": "sent for approval",
    "approve": "approved",
    "unarchive": "taken out of the archive",
}


class Filters(BaseModel):
    """What the address of the list says."""

    q: str = Field("", max_length=200)
    state: Literal["", "draft", "review", "approved", "published", "archived"] = ""
    content_type: Literal["", "text", "article", "product", "news", "campaign"] = ""
    format: Literal["", "social_post", "blog_post", "email", "ad_copy", "image", "video"] = ""
    ai: Literal["", "yes", "no"] = ""
    cursor: str = ""
    size: int = Field(SIZE, ge=1, le=100)

    @property
    def narrowed(self) -> bool:
        """Whether a filter hides anything, apart from the archive."""
        return bool(self.q or self.state or self.content_type or self.format or self.ai)


@dataclass(frozen=True)
class Listing:
    """A page of posts with how many there are. Put-away posts show only when they are asked for."""

    filters: Filters
    posts: Page[Post]
    count: int
    states: dict[str, int]

    @property
    def count_words(self) -> str:
        return f"{COUNTED:,}+" if self.count > COUNTED else f"{self.count:,}"

    @property
    def everything(self) -> int:
        """All posts that are not put away."""
        return sum(number for state, number in self.states.items() if state != "archived")


def listing(workspace: Any, filters: Filters) -> Listing:
    """One page of the list in a fixed number of queries."""
    found = filtered(workspace, filters)
    whole = found.options(
        selectinload(Post.variants).options(joinedload(Variant.platform), joinedload(Variant.channel_type)),
        selectinload(Post.pictures).joinedload(PostMedia.media), joinedload(Post.created_by),
        selectinload(Post.parts),
    )  # fmt: skip
    counted = session.scalar(
        select(func.count()).select_from(found.query.with_only_columns(Post.id).limit(COUNTED + 1).subquery())
    )
    return Listing(
        filters,
        whole.page(filters.cursor or None, filters.size, by=Post.updated_at),
        counted or 0,
        _states(workspace),
    )


def filtered(workspace: Any, filters: Filters) -> Finder[Post]:
    """The posts that the filters leave."""
    found = Post.of(workspace).where(
        Post.state == filters.state if filters.state else Post.state != "archived"
    )
    for column in (Post.content_type, Post.format):
        if wanted := getattr(filters, column.key):
            found = found.where(column == wanted)
    if filters.ai:
        found = found.where(Post.ai_generated.is_(filters.ai == "yes"))
    return found.where(_holds(filters.q.strip())) if filters.q.strip() else found


def _holds(words: str) -> ColumnElement[bool]:
    like = f"%{words.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
    own = select(Variant.id).where(Variant.post_id == Post.id, Variant.text.ilike(like, escape="!")).exists()
    return or_(Post.title.ilike(like, escape="!"), Post.text.ilike(like, escape="!"), own)


def _states(workspace: Any) -> dict[str, int]:
    query = select(Post.state, func.count()).where(Post.workspace_id == workspace.id).group_by(Post.state)
    return {row[0]: row[1] for row in session.execute(query)}


def do_with(workspace: Any, ids: list[str], verb: str, by: Member) -> str:
    """Do one verb with several posts and say in a sentence what came of it. One that cannot costs no other.

    Raise Invalid when none is chosen or the verb is none, NotAllowed for a role that may not.
    """
    if verb not in VERBS:
        raise Invalid(f"Posts cannot be “{verb}”.")
    if not ids:
        raise Invalid("No post is chosen. Tick the posts first.")
    done, left = 0, []
    for post in Post.of(workspace).where(Post.id.in_([as_uuid(one, Post.noun) for one in ids[:100]])):
        try:
            with session.begin_nested():
                getattr(post, verb)(by)
            done += 1
        except NotAllowed:
            raise
        except WrongState:
            left.append(f"“{post.first_line[:50]}” is {post.state} already")
    what = f"{done} {'post' if done == 1 else 'posts'} {VERBS[verb]}."
    return f"{what} Left as they were: {'; '.join(left[:5])}." if left else what
