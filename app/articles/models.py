"""Articles, the sections they are cut into, and what has been made of each section."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, column_property, joinedload, mapped_column, relationship, selectinload

from app.accounts.activity import Activity
from app.accounts.models import Member
from app.articles.progress import Takeable
from app.core.database import Finder, Owned, session
from app.core.queries import queries
from app.core.queue import ring
from app.core.states import states_of
from app.platforms.models import Channel, ChannelType, Platform

sql = queries(__file__)
PREVIEW = 220  # characters of a section that a list shows


class Article(Owned):
    """A blog article of the company, brought in from somewhere."""

    __tablename__ = "articles"
    __table_args__ = (
        UniqueConstraint("workspace_id", "digest"),
        Index("ix_articles_recent", "workspace_id", "published_at", "id"),
    )
    noun = "article"

    title: Mapped[str] = mapped_column(Text)
    slug: Mapped[str] = mapped_column(String(300), default="")
    url: Mapped[str | None] = mapped_column(Text)
    author: Mapped[str | None] = mapped_column(Text)
    summary: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(String(20))
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    image_url: Mapped[str | None] = mapped_column(Text)
    published_at: Mapped[datetime | None]
    source_ref: Mapped[str] = mapped_column(Text, default="")
    digest: Mapped[str] = mapped_column(String(64))
    content_digest: Mapped[str] = mapped_column(String(64))

    sections: Mapped[list["Section"]] = relationship(
        back_populates="article", order_by="Section.position", cascade="all, delete-orphan"
    )

    @classmethod
    def found_by(cls, workspace: Any, words: str = "", tag: str = "") -> Finder[Self]:
        """Articles whose title, summary, author or tags have every word, and that carry the tag."""
        finder = cls.of(workspace)
        for word in words.split()[:10]:
            places = cls.title, cls.summary, cls.author, func.array_to_string(cls.tags, " ")
            finder = finder.where(or_(*(place.icontains(word, autoescape=True) for place in places)))
        return finder.where(cls.tags.contains([tag])) if tag else finder

    @classmethod
    def next_section(
        cls, workspace: Any, channel: Channel, article: "Article | None" = None
    ) -> "Section | None":
        """The first section that a channel has nothing of yet: newest article first, then in reading order.

        What is being written, or has been, is passed over; what failed is offered again.
        """
        query = (
            Section.of(workspace)
            .join(Section.article)
            .where(waiting_for(channel))
            .options(joinedload(Section.article))
            .order_by(cls.published_at.desc().nulls_last(), cls.id, Section.position)
        )
        return (query.where(Section.article_id == article.id) if article else query).first()

    @classmethod
    def tags_of(cls, workspace: Any) -> list[tuple[str, int]]:
        """The forty most used tags, each with its number of articles, by name."""
        rows = session.execute(sql["tags"], {"workspace": workspace.id}).all()
        return sorted(rows, key=lambda row: row[0].casefold())  # type: ignore[arg-type]

    @classmethod
    def standing(cls, articles: list[Self]) -> dict[UUID, dict[str, int]]:
        """Of each article: how many sections it has, and how many posts were made of them."""
        rows = session.execute(sql["standing"], {"articles": [article.id for article in articles]}).mappings()
        return {row["article_id"]: {"sections": row["sections"], "posts": row["posts"]} for row in rows}

    def write_sections(self, channel: Channel, by: Member) -> Activity:
        """Ask a worker for a draft of every section that waits for a channel."""
        by.must("write")
        title = f"Posts from “{self.title[:120]}” for {channel.label}"
        wanted = {"article": str(self.id), "channel": channel.slug}
        activity = Activity.start(by.workspace, "write sections of articles", title, by, **wanted)
        ring("articles.write_sections", activity.id)
        return activity

    def posts(self) -> dict[UUID, list[dict[str, Any]]]:
        """The posts made of each section: id, first words, state."""
        made: dict[UUID, list[dict[str, Any]]] = {}
        for row in session.execute(sql["posts_of_sections"], {"article": self.id}).mappings():
            made.setdefault(row["section_id"], []).append(dict(row))
        return made

    def whole_sections(self) -> list["Section"]:
        """The sections in order, with what has been made of each (two queries)."""
        query = select(Section).where(Section.article_id == self.id).options(selectinload(Section.progress))
        return list(session.scalars(query.order_by(Section.position)))

    def card(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "title": self.title,
            "slug": self.slug,
            "url": self.url,
            "author": self.author,
            "summary": self.summary,
            "tags": self.tags,
            "image_url": self.image_url,
            "language": self.language,
            "published_at": self.published_at.isoformat() if self.published_at else None,
        }


class Section(Owned):
    """A part of an article that can stand as a post of its own."""

    __tablename__ = "article_sections"
    __table_args__ = (UniqueConstraint("article_id", "position"),)
    noun = "section"

    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"))
    position: Mapped[int]
    heading: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text)
    word_count: Mapped[int]

    article: Mapped[Article] = relationship(back_populates="sections")
    progress: Mapped[list["SyndicationProgress"]] = relationship(
        back_populates="section", order_by="SyndicationProgress.created_at", passive_deletes=True
    )

    @property
    def preview(self) -> str:
        """The beginning of the text, in one line."""
        line = " ".join(self.text.split())
        return line if len(line) <= PREVIEW else line[:PREVIEW].rsplit(" ", 1)[0] + " …"

    def progress_for(self, channel: Channel) -> "SyndicationProgress | None":
        """What has been made of this section for a channel, or None where nothing was tried."""
        return session.scalar(
            select(SyndicationProgress).where(
                SyndicationProgress.section_id == self.id,
                SyndicationProgress.platform_id == channel.platform_id,
                SyndicationProgress.channel_type_id == channel.channel_type_id,
            )
        )

    def card(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "article_id": str(self.article_id),
            "position": self.position,
            "heading": self.heading,
            "text": self.text,
            "word_count": self.word_count,
            "progress": [made.card() for made in self.progress],
        }


class SyndicationProgress(Takeable, Owned):
    """How far a section is for one channel. Failed may run again; completed is not repeated."""

    MOVES: dict[str, Any] = {
        "start": (("pending", "failed"), "processing"),
        "complete": (("processing",), "completed"),
        "fail": (("processing",), "failed"),
        "reopen": (("completed", "processing"), "pending"),
    }

    __tablename__ = "syndication_progress"
    __table_args__ = (
        UniqueConstraint("section_id", "platform_id", "channel_type_id"),
        CheckConstraint(f"state IN {states_of(MOVES)}", name="state"),
        Index("ix_syndication_progress_channel", "workspace_id", "platform_id", "channel_type_id", "state"),
    )
    noun = "section's progress"

    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    section_id: Mapped[UUID] = mapped_column(ForeignKey("article_sections.id", ondelete="CASCADE"))
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"))
    channel_type_id: Mapped[UUID] = mapped_column(ForeignKey("channel_types.id", ondelete="CASCADE"))
    process_id: Mapped[UUID | None] = mapped_column(ForeignKey("content_processes.id", ondelete="SET NULL"))
    post_id: Mapped[UUID | None] = mapped_column(ForeignKey("posts.id", ondelete="SET NULL"))
    state: Mapped[str] = mapped_column(String(12), default="pending")
    error_message: Mapped[str | None] = mapped_column(Text)
    completed_at: Mapped[datetime | None]

    section: Mapped[Section] = relationship(back_populates="progress")
    platform: Mapped[Platform] = relationship(lazy="joined")
    channel_type: Mapped[ChannelType] = relationship(lazy="joined")

    @property
    def channel(self) -> str:
        """The channel as people call it."""
        return f"{self.platform.display_name} {self.channel_type.display_name.lower()}"

    def card(self) -> dict[str, Any]:
        return {
            "channel": f"{self.platform.name}/{self.channel_type.name}",
            "state": self.state,
            "post_id": str(self.post_id) if self.post_id else None,
            "error_message": self.error_message,
            "completed_at": self.completed_at.isoformat() if self.completed_at else None,
        }


def waiting_for(channel: Channel) -> Any:
    """The condition that a section has neither been made into a post for a channel nor is being made."""
    return ~exists().where(
        SyndicationProgress.section_id == Section.id,
        SyndicationProgress.platform_id == channel.platform_id,
        SyndicationProgress.channel_type_id == channel.channel_type_id,
        SyndicationProgress.state.in_(("processing", "completed")),
    )


# What lists are ordered by: the day of publication, or of arrival where the source tells none.
Article.shown_at = column_property(func.coalesce(Article.published_at, Article.created_at))  # type: ignore[attr-defined]
