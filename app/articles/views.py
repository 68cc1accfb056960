"""Articles: the list with a reading pane, one article with its sections, and the way in."""

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, request, url_for
from pydantic import BaseModel, Field

from app.accounts.activity import Activity
from app.accounts.gate import may
from app.accounts.uploads import import_again, imports_of, start_import
from app.articles.models import Article, SyndicationProgress
from app.core.ui import read, read_args, show, went
from app.platforms.models import Channel

room = Blueprint("articles", __name__)
FIRST_CHANNEL = "facebook/feed_post"
SIZE = 25


class Filters(BaseModel):
    q: str = Field("", max_length=200)
    tag: str = Field("", max_length=200)
    channel: str = Field(FIRST_CHANNEL, max_length=120)
    article: str = ""
    cursor: str | None = None


@room.get("/articles")
def articles() -> Response:
    asked = read_args(Filters)
    finder = Article.found_by(g.workspace, asked.q, asked.tag)
    page = finder.page(asked.cursor, SIZE, by=Article.shown_at)
    chosen = Article.of(g.workspace).get(asked.article) if asked.article else next(iter(page), None)
    return show(
        "articles/articles.html", "list_block", page=page, standing=Article.standing(page.rows), asked=asked,
        total=finder.count(), tags=Article.tags_of(g.workspace), **reading(chosen, asked.channel),
    )  # fmt: skip


def reading(article: Article | None, channel_slug: str) -> dict[str, Any]:
    """What the reading pane needs of one article: its sections, and how far each is for a channel."""
    channels = [channel for channel in Channel.in_order(g.workspace) if channel.is_open]
    channel = next((found for found in channels if found.slug == channel_slug), None) or next(
        iter(channels), None
    )
    if article is None:
        return {"article": None, "channels": channels, "channel": channel}
    next_one = Article.next_section(g.workspace, channel, article) if channel else None
    return {
        "article": article, "channels": channels, "channel": channel, "next_one": next_one,
        "sections": article.whole_sections(), "posts": article.posts(),
    }  # fmt: skip


@room.get("/articles/<uuid:article_id>")
def article(article_id: str) -> Response:
    found = Article.of(g.workspace).get(article_id)
    return show("articles/article.html", "reading", **reading(found, read_args(Filters).channel))


class ChannelForm(BaseModel):
    channel: str = Field(min_length=1, max_length=120)


@room.post("/articles/<uuid:article_id>/drafts")
@may("write")
def write_sections(article_id: str) -> Response:
    found = Article.of(g.workspace).get(article_id)
    activity = found.write_sections(Channel.by_slug(g.workspace, read(ChannelForm).channel), by=g.user)
    return went(url_for("accounts.activity", activity_id=activity.id))


@room.get("/articles/next-section")
@may("write")
def next_section() -> Response:
    channel = Channel.by_slug(g.workspace, read_args(Filters).channel)
    section = Article.next_section(g.workspace, channel)
    if section is None:
        flash(f"Every section has been made into a post for {channel.label}, or is being made.", "info")
        return redirect(url_for(".articles"))  # type: ignore[return-value]
    return redirect(f"/syndication/mvp-test?section={section.id}&channel={channel.slug}")  # type: ignore[return-value]


@room.post("/articles/progress/<uuid:progress_id>/reopening")
@may("write")
def reopen(progress_id: str) -> Response:
    found = SyndicationProgress.of(g.workspace).get(progress_id)
    found.reopen(by=g.user)
    return went(
        url_for(".article", article_id=found.article_id), "The section is offered again for that channel."
    )


@room.get("/articles/import")
@may("import")
def importing() -> Response:
    return show("articles/import.html", recent=imports_of(g.workspace, "articles"))


class ImportForm(BaseModel):
    url: str = Field("", max_length=2000)


@room.post("/articles/import")
@may("import")
def bring_in() -> Response:
    files = request.files.getlist("files")
    activity = start_import(g.workspace, g.user, "articles", url=read(ImportForm).url, files=files)
    return went(url_for("accounts.activity", activity_id=activity.id))


@room.post("/articles/import/<uuid:activity_id>/again")
@room.post("/products/import/<uuid:activity_id>/again")
@room.post("/posts/import/<uuid:activity_id>/again")
@may("import")
def bring_in_again(activity_id: str) -> Response:
    again = import_again(g.workspace, Activity.of(g.workspace).get(activity_id), g.user)
    return went(url_for("accounts.activity", activity_id=again.id))
