"""The list of posts, the composer, approval and versions."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, g, request, url_for
from pydantic import BaseModel, Field
from werkzeug.exceptions import RequestEntityTooLarge

from app.accounts.gate import may
from app.core.database import session
from app.core.errors import Invalid, WrongState
from app.core.settings import settings
from app.core.shown import in_zone
from app.core.time import now
from app.core.ui import read, read_args, show, wants_fragment, went
from app.posts import library_views
from app.posts.belonging import belong
from app.posts.composing import Composer
from app.posts.drafting import draft_from
from app.posts.fitting import fitted
from app.posts.history import history_of
from app.posts.library import keep_all
from app.posts.listing import Filters, do_with, listing
from app.posts.models import Post
from app.posts.parts import in_units
from app.posts.typed import Typed, with_uploads
from app.posts.writing import compose, restore, save
from app.rewriting.models import Execution

room = Blueprint("posts", __name__)
AFTERWARDS = ("submit", "approve", "send_back")  # what a button of the composer does once the post is saved
PANELS = {"schedule": "at", "publish": "now"}


def init(app: Flask) -> None:
    app.register_blueprint(library_views.room)
    app.jinja_env.filters["in_units"] = in_units
    room.register_error_handler(RequestEntityTooLarge, library_views.too_large)


def keeps_what_was_typed(view: Callable[..., Response]) -> Callable[..., Response]:
    """A composer that could not be saved comes back with every word that was typed, and what was wrong."""

    @wraps(view)
    def careful(**args: Any) -> Response:
        try:
            return view(**args)
        except (Invalid, WrongState) as problem:
            if wants_fragment():
                raise  # the page stands; only the sentence is put on it
            session.rollback()
            post = _maybe(args.get("post_id"))
            composer = Composer(g.workspace, read(Typed), post)
            status = 409 if isinstance(problem, WrongState) else 422
            return _page(composer, status=status, problem=problem.message, fields=problem.fields)

    return careful


@room.get("/posts")
def posts() -> Response:
    return show("posts/posts.html", "posts", listing=listing(g.workspace, read_args(Filters)))


class Chosen(BaseModel):
    chosen: list[str] = Field(default_factory=list)
    verb: str
    next: str = ""


@room.post("/posts/several")
@may("write")
def several() -> Response:
    form = read(Chosen)
    said = do_with(g.workspace, form.chosen, form.verb, by=g.user)
    return went(_here(form.next, url_for(".posts")), said)


class Beginning(BaseModel):
    """What a link may fill a new post with, besides channels and media (both may stand several times)."""

    text: str = ""
    title: str = ""
    link: str = ""
    product_id: UUID | None = None
    article_section_id: UUID | None = None
    campaign_id: str | None = None


@room.get("/posts/new")
@may("write")
def new() -> Response:
    many = {name: request.args.getlist(name) for name in ("channels", "media")}
    return _page(Composer.new(g.workspace, Typed(**read_args(Beginning).model_dump(), **many)))


@room.post("/posts")
@may("write")
@keeps_what_was_typed
def create() -> Response:
    typed = _typed()
    kind = "product" if typed.product_id else "article" if typed.article_section_id else "text"
    origin = {"product_id": typed.product_id, "article_section_id": typed.article_section_id}
    post = compose(g.workspace, g.user, content_type=kind, **origin, **typed.values())
    return _afterwards(post, typed, "The draft is saved.")


class Rewritten(BaseModel):
    execution_id: UUID


@room.post("/posts/from-rewrite")
@may("write")
def use_rewrite() -> Response:
    """“Use this” on the page of a rewrite: a draft with its text, open in the composer."""
    execution = Execution.of(g.workspace).get(read(Rewritten).execution_id)
    post = draft_from(g.workspace, execution, g.user)
    return went(
        url_for(".post", post_id=post.id), "The rewrite is a draft now. Read it through before it goes out."
    )


@room.get("/posts/<uuid:post_id>")
def post(post_id: UUID) -> Response:
    found = Post.of(g.workspace).get(post_id)
    return _page(Composer(g.workspace, Typed.of_post(found, request.args.get("tab", "")), found))


@room.post("/posts/<uuid:post_id>")
@may("write")
@keeps_what_was_typed
def save_post(post_id: UUID) -> Response:
    found, typed = Post.of(g.workspace).get(post_id), _typed()
    save(g.workspace, found, g.user, version=typed.version, **typed.values())
    return _afterwards(found, typed, f"Saved as version {found.version}.")


@room.post("/posts/form", defaults={"post_id": None})
@room.post("/posts/<uuid:post_id>/form")
@may("write")
def form(post_id: UUID | None) -> Response:
    """The composer again with what was typed: other channels, a picture or part more or less. Nothing is saved."""
    typed = read(Typed)
    came = keep_all(g.workspace, request.files.getlist("picture"), g.user)
    typed = fitted(Composer(g.workspace, with_uploads(typed, came.kept), _maybe(post_id)))
    part = {"channels": "channels", "pictures": "pictures", "parts": "parts"}.get(request.headers.get("HX-Target", ""))
    answer = _page(Composer(g.workspace, typed, _maybe(post_id)), part, refused=came.refused)
    answer.headers["HX-Trigger-After-Swap"] = "composer-changed"
    return answer


@room.post("/posts/check", defaults={"post_id": None})
@room.post("/posts/<uuid:post_id>/check")
def check(post_id: UUID | None) -> Response:
    """What the channel in front says about the post as typed: for swapping while somebody types."""
    composer = Composer(g.workspace, read(Typed), _maybe(post_id))
    return show("posts/_checked.html", tab=composer.active, post=composer.post)


@room.get("/posts/<uuid:post_id>/versions")
def versions(post_id: UUID) -> Response:
    found = Post.of(g.workspace).get(post_id)
    return show("posts/versions.html", "versions", post=found, history=history_of(found))


@room.post("/posts/<uuid:post_id>/versions/<int:number>/restoration")
@may("write")
def restore_version(post_id: UUID, number: int) -> Response:
    found = Post.of(g.workspace).get(post_id)
    restore(g.workspace, found, number, g.user)
    return went(url_for(".post", post_id=post_id), f"Version {number} is back, as version {found.version}.")


@room.post("/posts/<uuid:post_id>/submission")
def submit(post_id: UUID) -> Response:
    Post.of(g.workspace).get(post_id).submit(g.user)
    return went(url_for(".post", post_id=post_id), "Sent for approval.")


@room.post("/posts/<uuid:post_id>/approval")
def approve(post_id: UUID) -> Response:
    Post.of(g.workspace).get(post_id).approve(g.user)
    return went(
        url_for(".post", post_id=post_id), "Approved.", undo=url_for(".take_approval_back", post_id=post_id)
    )


class Why(BaseModel):
    why: str = Field("", max_length=2_000)


@room.post("/posts/<uuid:post_id>/approval/removal")
def take_approval_back(post_id: UUID) -> Response:
    Post.of(g.workspace).get(post_id).send_back(g.user, why=read(Why).why)
    return went(url_for(".post", post_id=post_id), "Sent back to the writer as a draft.")


@room.post("/posts/<uuid:post_id>/archive")
def archive(post_id: UUID) -> Response:
    found = Post.of(g.workspace).get(post_id)
    found.archive(g.user)
    back = _here(request.args.get("next", ""), url_for(".posts"))
    return went(back, f"“{found.first_line[:60]}” is archived.", undo=url_for(".unarchive", post_id=post_id))


@room.post("/posts/<uuid:post_id>/archive/removal")
def unarchive(post_id: UUID) -> Response:
    found = Post.of(g.workspace).get(post_id)
    found.unarchive(g.user)
    return went(url_for(".post", post_id=post_id), "Out of the archive again, as a draft.")


def _typed() -> Typed:
    """The composer as sent, with pictures that a browser without JavaScript sends along."""
    typed = read(Typed)
    return with_uploads(typed, keep_all(g.workspace, request.files.getlist("picture"), g.user).kept)


def _maybe(post_id: UUID | None) -> Post | None:
    return Post.of(g.workspace).get(post_id) if post_id else None


def _afterwards(saved: Post, typed: Typed, said: str) -> Response:
    """Do what the pressed button asks for besides saving, and show the post."""
    if typed.campaign_id:
        belong(saved, typed.campaign_id, g.user)
    if typed.then in AFTERWARDS and typed.then in saved.moves:
        getattr(saved, typed.then)(g.user)
        said = {
            "submit": "Saved and sent for approval.",
            "approve": "Saved and approved.",
            "send_back": "Saved and sent back.",
        }[typed.then]
    where = url_for(".post", post_id=saved.id, tab=typed.tab or None, plan=PANELS.get(typed.then))
    return went(where, None if typed.then in PANELS else said)


def _page(composer: Composer, part: str | None = None, status: int = 200, **more: Any) -> Response:
    tomorrow = in_zone(now() + timedelta(days=1)).strftime("%Y-%m-%dT09:00")
    context = {
        "problem": None,
        "fields": {},
        "refused": [],
        "upload_mb": settings().upload_mb,
        "tomorrow": tomorrow,
        **more,
    }
    return show(
        "posts/composer.html", part, status=status, composer=composer, typed=composer.typed,
        post=composer.post, plan=request.args.get("plan", ""), **context,
    )  # fmt: skip


def _here(where: str, otherwise: str) -> str:
    """An address of ours to go back to; another host's is not taken."""
    return where if where.startswith("/") and not where.startswith(("//", "/\\")) else otherwise
