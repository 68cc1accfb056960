"""The pictures of the library, and each on the posts that carry it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Member, record
from app.core.database import Owned
from app.core.errors import Invalid
from app.core.settings import settings
from app.platforms.findings import MediaFacts

if TYPE_CHECKING:
    from app.posts.models import Post


class Media(Owned):
    """A picture in the library. The file lies in var/media, named by its digest."""

    __tablename__ = "media"
    __table_args__ = (
        UniqueConstraint("workspace_id", "digest"),
        Index("ix_media_recent", "workspace_id", "created_at"),
    )
    noun = "picture"

    filename: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(10), default="image")
    mime: Mapped[str] = mapped_column(String(60))
    width: Mapped[int | None]
    height: Mapped[int | None]
    bytes: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    alt_text: Mapped[str] = mapped_column(Text, default="")

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return (
            settings().var_dir.absolute()
            / "media"
            / str(self.workspace_id)
            / f"{self.digest}.{self.mime.split('/')[1]}"
        )

    def describe(self, alt_text: str, by: Member) -> None:
        """Say what the picture shows, for those who cannot see it. Raise Invalid beyond 5,000 characters."""
        by.must("write")
        if len(alt_text) > 5000:
            raise Invalid("The description is too long.", alt_text="Use at most 5,000 characters.")
        self.alt_text = alt_text
        record(by, "described", self)

    def card(self) -> dict[str, Any]:
        return {
            "id": str(self.id), "filename": self.filename, "mime": self.mime,
            "width": self.width, "height": self.height, "bytes": self.bytes, "alt_text": self.alt_text,
        }  # fmt: skip


class PostMedia(Owned):
    """A picture on a post, in its place and with its words for those who cannot see it."""

    __tablename__ = "post_media"
    __table_args__ = (UniqueConstraint("post_id", "media_id"),)
    noun = "picture"

    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    media_id: Mapped[UUID] = mapped_column(ForeignKey("media.id", ondelete="RESTRICT"))
    position: Mapped[int] = mapped_column(default=0)
    alt_text: Mapped[str] = mapped_column(Text, default="")

    post: Mapped["Post"] = relationship(back_populates="pictures")
    media: Mapped[Media] = relationship(lazy="joined")

    @property
    def words(self) -> str:
        """The description that goes out: this post's own, or the library's."""
        return self.alt_text or self.media.alt_text

    @property
    def facts(self) -> MediaFacts:
        return MediaFacts(
            kind=self.media.kind, mime=self.media.mime, bytes=self.media.bytes, width=self.media.width,
            height=self.media.height, seconds=None, alt_text=self.words,
        )  # fmt: skip

    def card(self) -> dict[str, Any]:
        return {"media_id": str(self.media_id), "alt_text": self.words, "filename": self.media.filename}
