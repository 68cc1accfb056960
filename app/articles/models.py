"""Articles, the sections they are cut into, and what has been made of each section."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Owned
from app.core.states import states_of


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


class SyndicationProgress(Owned):
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
