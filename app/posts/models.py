"""Posts, their variants for each channel, earlier versions, and the pictures they carry."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Owned
from app.core.states import states_of
from app.platforms.models import ChannelType, Platform


class Post(Owned):
    """What the company wants to say, once; its variants say it for each channel."""

    MOVES: dict[str, Any] = {
        "submit": (("draft",), "review"),
        "approve": (("draft", "review"), "approved"),
        "send_back": (("review", "approved"), "draft"),
        "archive": (("draft", "review", "approved"), "archived"),
        "restore": (("archived",), "draft"),
    }

    __tablename__ = "posts"
    __table_args__ = (
        CheckConstraint(f"state IN {states_of(MOVES)}", name="state"),
        CheckConstraint("content_type IN ('text', 'article', 'product', 'news', 'campaign')", name="content_type"),
        Index("ix_posts_recent", "workspace_id", "updated_at", "id"),
        Index("ix_posts_state", "workspace_id", "state", "updated_at"),
    )
    noun = "post"

    title: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text, default="")
    link: Mapped[str | None] = mapped_column(Text)
    first_comment: Mapped[str | None] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(String(20), default="text")
    state: Mapped[str] = mapped_column(String(12), default="draft")
    ai_generated: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    execution_id: Mapped[UUID | None] = mapped_column(ForeignKey("execution_history.id", ondelete="SET NULL"))
    article_section_id: Mapped[UUID | None] = mapped_column(ForeignKey("article_sections.id", ondelete="SET NULL"))
    product_id: Mapped[UUID | None] = mapped_column(ForeignKey("products.id", ondelete="SET NULL"), index=True)
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    approved_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))

    variants: Mapped[list["Variant"]] = relationship(back_populates="post", cascade="all, delete-orphan", order_by="Variant.created_at")
    pictures: Mapped[list["PostMedia"]] = relationship(
        back_populates="post", cascade="all, delete-orphan", order_by="PostMedia.position"
    )


class Variant(Owned):
    """A post's own text for one channel. Without one, or with an empty text, the post's text is used."""

    __tablename__ = "post_variants"
    __table_args__ = (UniqueConstraint("post_id", "platform_id", "channel_type_id"),)
    noun = "variant"

    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"))
    channel_type_id: Mapped[UUID] = mapped_column(ForeignKey("channel_types.id", ondelete="CASCADE"))
    text: Mapped[str | None] = mapped_column(Text)
    execution_id: Mapped[UUID | None] = mapped_column(ForeignKey("execution_history.id", ondelete="SET NULL"))

    post: Mapped[Post] = relationship(back_populates="variants")
    platform: Mapped[Platform] = relationship(lazy="joined")
    channel_type: Mapped[ChannelType] = relationship(lazy="joined")


class PostVersion(Owned):
    """A post as it was after one save."""

    __tablename__ = "post_versions"
    __table_args__ = (UniqueConstraint("post_id", "number"),)
    noun = "version"

    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    number: Mapped[int]
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSONB)
    saved_by: Mapped[str] = mapped_column(String(120), default="Slogan")


class Media(Owned):
    """A picture in the library. The file lies in var/media, named by its digest."""

    __tablename__ = "media"
    __table_args__ = (UniqueConstraint("workspace_id", "digest"), Index("ix_media_recent", "workspace_id", "created_at"))
    noun = "picture"

    filename: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(10), default="image")
    mime: Mapped[str] = mapped_column(String(60))
    width: Mapped[int | None]
    height: Mapped[int | None]
    bytes: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    alt_text: Mapped[str] = mapped_column(Text, default="")


class PostMedia(Owned):
    """A picture on a post, in its place and with its words for those who cannot see it."""

    __tablename__ = "post_media"
    __table_args__ = (UniqueConstraint("post_id", "media_id"),)
    noun = "picture"

    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    media_id: Mapped[UUID] = mapped_column(ForeignKey("media.id", ondelete="RESTRICT"))
    position: Mapped[int] = mapped_column(default=0)
    alt_text: Mapped[str] = mapped_column(Text, default="")

    post: Mapped[Post] = relationship(back_populates="pictures")
    media: Mapped[Media] = relationship(lazy="joined")
