"""Rewrites and processes for programs; also the door of the document for product posts."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, g, make_response, url_for
from pydantic import BaseModel

from app.accounts.gate import may
from app.core.errors import Invalid, Missing, NotAllowed, Problem
from app.core.settings import settings
from app.core.ui import cards, envelope, read, read_args
from app.rewriting.asking import Wish, rewrite_here
from app.rewriting.deadline import Deadline
from app.rewriting.history import Filters, history
from app.rewriting.models import ContentProcess, Execution
from app.rewriting.providers import Provider, provider_for
from app.rewriting.writer import BuiltInWriter

room = Blueprint("rewriting_api", __name__)
door = Blueprint("product_post_api", __name__, url_prefix="/api/daily-product-posts")
PROMISE = 10  # seconds within which a generation ends, with a text or with a code


def init(app: Flask) -> None:
    app.register_blueprint(door)
    app.extensions["csrf"].exempt(door)


@room.post("/api/v1/rewrites")
@may("write")
def ask() -> Response:
    """Ask for a rewrite: channel, focus, and text, section (id, next) or product (id, SKU, random)."""
    execution = read(Wish).ask(g.workspace, g.user)
    answer = make_response(envelope(execution.card()), 202)
    answer.headers["Location"] = url_for(".rewrite", execution_id=execution.id)
    return answer


@room.get("/api/v1/rewrites")
def rewrites() -> dict[str, Any]:
    """Rewrites, newest first: state, process, cursor."""
    page = history(g.workspace, read_args(Filters))
    return envelope(cards(page), next_cursor=page.next_cursor)


@room.get("/api/v1/rewrites/<uuid:execution_id>")
def rewrite(execution_id: UUID) -> dict[str, Any]:
    """One rewrite: its state, and once it is over its text, checks, model, tokens, cost and time."""
    return envelope(Execution.of(g.workspace).get(execution_id).card())


@room.post("/api/v1/rewrites/<uuid:execution_id>/variants")
@may("write")
def variant(execution_id: UUID) -> Response:
    """Another variant of the same source."""
    return make_response(envelope(Execution.of(g.workspace).get(execution_id).again(g.user).card()), 202)


@room.get("/api/v1/processes")
def processes() -> dict[str, Any]:
    """Every process with its settings, by platform and channel."""
    return envelope(cards(ContentProcess.in_order(g.workspace)))


@room.get("/api/v1/processes/<uuid:process_id>")
def process(process_id: UUID) -> dict[str, Any]:
    """One process with its settings."""
    return envelope(ContentProcess.of(g.workspace).get(process_id).card())


class Change(BaseModel):
    """What may be changed of a process; what is left out stays."""

    display_name: str | None = None
    description: str | None = None
    is_active: bool | None = None
    priority: int | None = None
    development_status: str | None = None
    settings: dict[str, dict[str, str | None]] = {}  # category to key to value; null switches one off


@room.patch("/api/v1/processes/<uuid:process_id>")
@may("change rules")
def change(process_id: UUID) -> dict[str, Any]:
    """Change a process: display_name, description, is_active, priority, development_status, settings."""
    found, wanted = ContentProcess.of(g.workspace).get(process_id), read(Change)
    plain = wanted.model_dump(exclude_none=True, exclude={"settings", "development_status"})
    if plain:
        found.change(g.user, **plain)
    found.keep_all(wanted.settings, g.user)
    if wanted.development_status:
        found.move_to(wanted.development_status, g.user)
    return envelope(found.card())


class ProductPost(BaseModel):
    """What the document's door takes."""

    product_id: str
    content_type: str = "feature"
    channel: str = "facebook/feed_post"


@door.post("/generate-content")
@may("write")
def generate_content() -> dict[str, Any]:
    """A post about a product, at once: product_id (id or SKU), content_type (feature, benefit or story).

    Ends within ten seconds with {success, content, content_type, generation_time} or {success, error, code}.
    """
    form = read(ProductPost)
    done = rewrite_here(
        g.workspace,
        form.channel,
        g.user,
        product=form.product_id,
        focus=form.content_type,
        provider=_in_time(),
    )
    if not done.text:
        raise GenerationFailed(done.error_message or "Nothing came of it.")
    return {
        "success": True,
        "content": done.text,
        "content_type": form.content_type,
        "generation_time": float(done.execution_time or 0),
        "fit_to_schedule": done.fit_to_schedule,
        "rewrite_id": str(done.id),
    }


class GenerationFailed(Problem):
    """No text came of it; the message says why."""


def _in_time() -> Provider:
    provider = provider_for(settings())
    return provider if isinstance(provider, BuiltInWriter) else Deadline(provider, PROMISE)


def _explained(problem: Problem) -> Response:
    """An error in the document's shape: what went wrong, and a code."""
    code, status = "GENERATION_FAILED", 503
    if isinstance(problem, Missing):
        code, status = "PRODUCT_NOT_FOUND", 404
    elif isinstance(problem, Invalid):
        code, status = "VALIDATION_ERROR", 422
    elif isinstance(problem, NotAllowed):
        code, status = "PERMISSION_DENIED", 403
    elif "does not answer" in problem.message:
        code = "OLLAMA_NOT_RUNNING"
    return make_response({"success": False, "error": problem.message, "code": code}, status)


door.register_error_handler(Problem, _explained)
