"""Posts, their variants for each channel, earlier versions, and the pictures they carry."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Member, record
from app.articles.models import Section
from app.catalogue.models import Product
from app.core.database import Owned
from app.core.states import move, possible, states_of, try_move
from app.platforms.models import Channel, ChannelType, Platform
from app.posts.media import Media, PostMedia
from app.posts.parts import PostPart
from app.posts.worded import Worded
from app.rewriting.models import Execution

__all__ = ["Media", "Post", "PostMedia", "PostPart", "PostVersion", "Variant"]


class Post(Worded, Owned):
    """What the company wants to say, once; its variants say it for each channel.

    `content_type` is what it came from; `format` is what kind of content it is.
    """

    CONTENT_TYPES = ("text", "article", "product", "news", "campaign")
    FORMATS = ("social_post", "blog_post", "email", "ad_copy", "image", "video")

    MOVES: dict[str, Any] = {
        "submit": (("draft",), "review"),
        "approve": (("draft", "review"), "approved"),
        "send_back": (("review", "approved"), "draft"),
        "publish": (("draft", "review", "approved"), "published"),
        "archive": (("draft", "review", "approved", "published"), "archived"),
        "restore": (("archived",), "draft"),
    }

    __tablename__ = "posts"
    __table_args__ = (
        CheckConstraint(f"state IN {states_of(MOVES)}", name="state"),
        CheckConstraint(f"content_type IN {CONTENT_TYPES}", name="content_type"),
        CheckConstraint(f"format IN {FORMATS}", name="format"),
        Index("ix_posts_recent", "workspace_id", "updated_at", "id"),
        Index("ix_posts_state", "workspace_id", "state", "updated_at"),
        *(
            Index(f"ix_posts_{column}", column, postgresql_where=sql(f"{column} IS NOT NULL"))
            for column in ("article_section_id", "product_id", "campaign_id")
        ),
    )
    noun = "post"

    title: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text, default="")
    link: Mapped[str | None] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(String(20), default="text")
    format: Mapped[str] = mapped_column(String(12), default="social_post", server_default="social_post")
    state: Mapped[str] = mapped_column(String(12), default="draft")
    ai_generated: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    execution_id: Mapped[UUID | None] = mapped_column(ForeignKey("execution_history.id", ondelete="SET NULL"))
    article_section_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("article_sections.id", ondelete="SET NULL")
    )
    product_id: Mapped[UUID | None] = mapped_column(ForeignKey("products.id", ondelete="SET NULL"))
    campaign_id: Mapped[UUID | None] = mapped_column(ForeignKey("campaigns.id", ondelete="SET NULL"))
    product_was: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))  # see posts.product_facts
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    approved_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))

    variants: Mapped[list["Variant"]] = relationship(
        back_populates="post", cascade="all, delete-orphan", order_by="Variant.position, Variant.id"
    )
    pictures: Mapped[list["PostMedia"]] = relationship(
        back_populates="post", cascade="all, delete-orphan", order_by="PostMedia.position"
    )
    parts: Mapped[list[PostPart]] = relationship(
        back_populates="post", cascade="all, delete-orphan", order_by="PostPart.position, PostPart.id"
    )

    created_by: Mapped[Member | None] = relationship(foreign_keys=[created_by_id], viewonly=True)
    approved_by: Mapped[Member | None] = relationship(foreign_keys=[approved_by_id], viewonly=True)
    product: Mapped[Product | None] = relationship(viewonly=True)
    section: Mapped[Section | None] = relationship(viewonly=True)
    execution: Mapped[Execution | None] = relationship(viewonly=True)

    @property
    def moves(self) -> list[str]:
        """What may be done with it now, so that no button lies."""
        return possible(self)

    @property
    def first_line(self) -> str:
        """What a list shows: the title, or the text's first line."""
        return self.title or next(
            (line.strip() for line in self.text.splitlines() if line.strip()), "Empty post"
        )

    @property
    def writer(self) -> str:
        """Who wrote a text that no person wrote: the model's name, or the built-in writer."""
        return (self.execution and (self.execution.model or self.execution.provider)) or "AI"

    @property
    def first_comment(self) -> str | None:
        """The text of its first part that is a comment."""
        return next((part.text for part in self.parts if part.kind == "comment"), None)

    def submit(self, by: Member) -> None:
        """Ask for approval."""
        by.must("write")
        move(self, "submit")
        record(by, "asked for approval", self)

    def approve(self, by: Member) -> None:
        """Say that it may go out. Raise NotAllowed for roles that may not."""
        by.must("approve")
        move(self, "approve", approved_by_id=by.id)
        record(by, "approved", self)

    def send_back(self, by: Member, why: str = "") -> None:
        """Say that it needs more work."""
        by.must("approve")
        move(self, "send_back", approved_by_id=None)
        record(by, "sent back", self, why=why)

    def went_out(self) -> None:
        """One of its scheduled posts is live. Later ones change nothing more."""
        if try_move(self, "publish"):
            record(None, "published", self)

    def archive(self, by: Member) -> None:
        """Put it away; nothing of it is lost."""
        by.must("write")
        move(self, "archive")
        record(by, "archived", self)

    def unarchive(self, by: Member) -> None:
        """Take it out again, as a draft."""
        by.must("write")
        move(self, "restore")
        record(by, "took out of the archive", self)

    def card(self) -> dict[str, Any]:
        return {
            "id": str(self.id), "title": self.title, "text": self.text, "link": self.link,
            "state": self.state,
            "content_type": self.content_type, "ai_generated": self.ai_generated, "version": self.version,
            "format": self.format, "first_comment": self.first_comment,
            "campaign_id": str(self.campaign_id) if self.campaign_id else None,
            "variants": {variant.slug: variant.text for variant in self.variants},
            "parts": [part.card() for part in self.parts],
            "media": [picture.card() for picture in self.pictures], "updated_at": self.updated_at.isoformat(),
        }  # fmt: skip


class Variant(Owned):
    """A post's own text for one channel. Without one, or with an empty text, the post's text is used."""

    __tablename__ = "post_variants"
    __table_args__ = (UniqueConstraint("post_id", "platform_id", "channel_type_id"),)
    noun = "variant"

    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"))
    channel_type_id: Mapped[UUID] = mapped_column(ForeignKey("channel_types.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    text: Mapped[str | None] = mapped_column(Text)
    execution_id: Mapped[UUID | None] = mapped_column(ForeignKey("execution_history.id", ondelete="SET NULL"))

    post: Mapped[Post] = relationship(back_populates="variants")
    platform: Mapped[Platform] = relationship(lazy="joined")
    channel_type: Mapped[ChannelType] = relationship(lazy="joined")

    @property
    def slug(self) -> str:
        """The channel's name for programs, such as facebook/feed_post."""
        return f"{self.platform.name}/{self.channel_type.name}"

    @property
    def label(self) -> str:
        """The channel's name for people, such as “Facebook feed post”."""
        return f"{self.platform.display_name} {self.channel_type.display_name.lower()}"

    def is_for(self, channel: Channel) -> bool:
        return self.platform_id == channel.platform_id and self.channel_type_id == channel.channel_type_id


class PostVersion(Owned):
    """A post as it was after one save."""

    __tablename__ = "post_versions"
    __table_args__ = (UniqueConstraint("post_id", "number"),)
    noun = "version"

    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    number: Mapped[int]
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSONB)
    saved_by: Mapped[str] = mapped_column(String(120), default="Slogan")
