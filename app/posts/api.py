"""Posts and pictures for programs."""

from typing import Any, Literal
from uuid import UUID

from flask import Blueprint, g, request
from pydantic import BaseModel, Field
from werkzeug.exceptions import RequestEntityTooLarge

from app.accounts.gate import may
from app.core.errors import Invalid
from app.core.ui import cards, envelope, read, read_args
from app.platforms.models import Channel
from app.posts import library, library_views
from app.posts.belonging import belong
from app.posts.listing import Filters, listing
from app.posts.models import Post, PostVersion
from app.posts.parts import Written
from app.posts.writing import compose, restore, save, versions

room = Blueprint("posts_api", __name__, url_prefix="/api/v1")
room.register_error_handler(RequestEntityTooLarge, library_views.too_large)
Reply = dict[str, Any] | tuple[dict[str, Any], int]


class Picture(BaseModel):
    media_id: UUID
    alt_text: str = Field("", max_length=5_000)


class Part(BaseModel):
    """A part: `delay_minutes` for a follow-up, `only_for` one channel's slug, `id` to change one that is there."""

    kind: Literal["thread", "comment", "follow_up"]
    text: str
    delay_minutes: int | None = None
    only_for: str | None = None
    id: UUID | None = None

    @property
    def written(self) -> Written:
        wait = self.delay_minutes if self.kind == "follow_up" else None
        return Written(self.kind, self.text, wait, self.only_for, str(self.id) if self.id else None)


class Body(BaseModel):
    """What a program may write of a post. `variants`: a channel's slug to its text, null for the post's.

    `first_comment` is short for a part of kind comment; where `parts` name one, they count.
    """

    text: str = ""
    title: str = ""
    link: str | None = None
    first_comment: str | None = None
    parts: list[Part] = Field(default_factory=list)
    variants: dict[str, str | None] = Field(default_factory=dict)
    media: list[Picture] = Field(default_factory=list)
    format: Literal["social_post", "blog_post", "email", "ad_copy", "image", "video"] = "social_post"
    campaign_id: str | None = Field(None, description="The campaign it belongs to; `none` takes it out of one.")

    def values(self) -> dict[str, Any]:
        """What `writing.compose` and `writing.save` take."""
        told = self.model_dump(include={"text", "title", "link", "first_comment", "variants", "format"})
        pictures = [(one.media_id, one.alt_text) for one in self.media]
        return {**told, "pictures": pictures, "parts": [part.written for part in self.parts]}


class NewBody(Body):
    content_type: Literal["text", "article", "product", "news", "campaign"] = "text"
    product_id: UUID | None = None
    article_section_id: UUID | None = None
    ai_generated: bool = False


class ChangedBody(Body):
    version: int | None = None


@room.get("/posts")
def posts() -> Reply:
    """Posts, newest first: q, state, content_type, format, ai, cursor, size (at most 100)."""
    found = listing(g.workspace, read_args(Filters))
    return envelope(cards(found.posts), count=found.count, next_cursor=found.posts.next_cursor)


@room.post("/posts")
@may("write")
def create() -> Reply:
    """Write a post: text, title, link, first_comment, parts, variants, media, format, content_type."""
    body = read(NewBody)
    origin = body.model_dump(include={"content_type", "product_id", "article_section_id", "ai_generated"})
    made = compose(g.workspace, g.user, **body.values(), **origin)
    if body.campaign_id:
        belong(made, body.campaign_id, g.user)
    return envelope(made.card()), 201


@room.get("/posts/<uuid:post_id>")
def post(post_id: UUID) -> Reply:
    """A post with its texts and pictures, and for each of its channels what would be refused there."""
    found = Post.of(g.workspace).get(post_id)
    channels = [Channel.by_slug(g.workspace, variant.slug) for variant in found.variants]
    return envelope(
        {**found.card(), "problems": {channel.slug: found.problems(channel) for channel in channels}}
    )


@room.put("/posts/<uuid:post_id>")
@may("write")
def change(post_id: UUID) -> Reply:
    """Save a post as its next version. With `version`, 409 when somebody saved a later one."""
    found, body = Post.of(g.workspace).get(post_id), read(ChangedBody)
    save(g.workspace, found, g.user, version=body.version, **body.values())
    if body.campaign_id:
        belong(found, body.campaign_id, g.user)
    return envelope(found.card())


@room.post("/posts/<uuid:post_id>/submission")
def submit(post_id: UUID) -> Reply:
    """Ask for approval."""
    found = Post.of(g.workspace).get(post_id)
    found.submit(g.user)
    return envelope(found.card())


@room.post("/posts/<uuid:post_id>/approval")
def approve(post_id: UUID) -> Reply:
    """Approve a post."""
    found = Post.of(g.workspace).get(post_id)
    found.approve(g.user)
    return envelope(found.card())


@room.delete("/posts/<uuid:post_id>/approval")
def take_approval_back(post_id: UUID) -> Reply:
    """Send a post back to its writer, as a draft. `why` may say why."""
    found = Post.of(g.workspace).get(post_id)
    found.send_back(g.user, why=request.args.get("why", "")[:2_000])
    return envelope(found.card())


@room.post("/posts/<uuid:post_id>/archive")
def archive(post_id: UUID) -> Reply:
    """Put a post away."""
    found = Post.of(g.workspace).get(post_id)
    found.archive(g.user)
    return envelope(found.card())


@room.delete("/posts/<uuid:post_id>/archive")
def unarchive(post_id: UUID) -> Reply:
    """Take a post out of the archive, as a draft."""
    found = Post.of(g.workspace).get(post_id)
    found.unarchive(g.user)
    return envelope(found.card())


@room.get("/posts/<uuid:post_id>/versions")
def all_versions(post_id: UUID) -> Reply:
    """The versions of a post, newest first."""
    return envelope([_version(row) for row in versions(Post.of(g.workspace).get(post_id))])


@room.post("/posts/<uuid:post_id>/versions/<int:number>/restoration")
@may("write")
def restore_version(post_id: UUID, number: int) -> Reply:
    """Make an earlier version the newest one."""
    found = Post.of(g.workspace).get(post_id)
    restore(g.workspace, found, number, g.user)
    return envelope(found.card())


@room.get("/media")
def media() -> Reply:
    """The pictures of the library, newest first: q, cursor."""
    found = library.search(g.workspace, request.args.get("q", "")).page(request.args.get("cursor"), 50)
    return envelope(cards(found), next_cursor=found.next_cursor)


@room.post("/media")
@may("write")
def upload() -> Reply:
    """Keep a picture: multipart, the file in `picture`, its description in `alt_text`."""
    file = request.files.get("picture")
    if file is None:
        raise Invalid("No picture came.", picture="Send the file in the field “picture”.")
    content = file.read(library.MOST_BYTES + 1)
    kept = library.keep(
        g.workspace, file.filename or "picture", content, g.user, request.form.get("alt_text", "")[:5_000]
    )
    return envelope(kept.card()), 201


def _version(row: PostVersion) -> dict[str, Any]:
    return {
        "number": row.number,
        "saved_by": row.saved_by,
        "saved_at": row.created_at.isoformat(),
        **row.snapshot,
    }
