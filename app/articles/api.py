"""Articles, imports and activities for programs."""

from typing import Any, Literal

from flask import Blueprint, g, request
from pydantic import BaseModel, Field

from app.accounts.activity import Activity
from app.accounts.gate import may
from app.accounts.uploads import start_import
from app.articles.models import Article, Section
from app.core.ui import cards, envelope, read, read_args

room = Blueprint("articles_api", __name__, url_prefix="/api")


class Asked(BaseModel):
    q: str = Field("", max_length=200)
    tag: str = Field("", max_length=200)
    cursor: str | None = None
    limit: int = Field(20, ge=1, le=100)


@room.get("/v1/articles")
def articles() -> dict[str, Any]:
    """The articles, newest first. `q` searches, `tag` filters, `cursor` goes on, `limit` is up to 100."""
    asked = read_args(Asked)
    finder = Article.found_by(g.workspace, asked.q, asked.tag)
    page = finder.page(asked.cursor, asked.limit, by=Article.shown_at)
    return envelope(cards(page), total=finder.count(), next_cursor=page.next_cursor)


@room.get("/v1/articles/<uuid:article_id>")
def article(article_id: str) -> dict[str, Any]:
    """One article with its text."""
    found = Article.of(g.workspace).get(article_id)
    return envelope(found.card() | {"body": found.body})


@room.get("/v1/articles/<uuid:article_id>/sections")
def sections(article_id: str) -> dict[str, Any]:
    """The sections of an article in order, each with what was made of it for which channel."""
    return envelope(cards(Article.of(g.workspace).get(article_id).whole_sections()))


class ImportForm(BaseModel):
    kind: Literal["articles", "products"]
    url: str = Field("", max_length=2000)
    shop: bool = False


@room.post("/v1/imports")
@may("import")
def bring_in() -> tuple[dict[str, Any], int]:
    """Start an import: `kind` is articles or products; `url`, a multipart file in `files`, or `shop`."""
    form, files = read(ImportForm), [*request.files.getlist("files"), *request.files.getlist("file")]
    activity = start_import(g.workspace, g.user, form.kind, url=form.url, files=files, shop=form.shop)
    return envelope(activity.card()), 202


@room.get("/v1/activities/<uuid:activity_id>")
def activity(activity_id: str) -> dict[str, Any]:
    """How far a long thing is, and what became of it."""
    return envelope(Activity.of(g.workspace).get(activity_id).card())


@room.get("/syndication/posts")
def posts() -> dict[str, Any]:
    """Document 5's list of published blog posts: the same articles."""
    page = Article.found_by(g.workspace).page(read_args(Asked).cursor, 100, by=Article.shown_at)
    return {"success": True, "posts": cards(page), "next_cursor": page.next_cursor}


@room.get("/syndication/post-sections/<uuid:article_id>")
def post_sections(article_id: str) -> dict[str, Any]:
    """Document 5's sections of one blog post."""
    found: list[Section] = Article.of(g.workspace).get(article_id).whole_sections()
    return {"success": True, "sections": cards(found)}
