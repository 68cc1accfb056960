"""What happened to a scheduled post, line by line."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Owned


class HistoryLine(Owned):
    """One line of a scheduled post's life, in words for a person."""

    __tablename__ = "post_history"
    __table_args__ = (Index("ix_post_history_post", "scheduled_post_id", "created_at"),)
    noun = "history line"

    workspace_id: Mapped[UUID] = mapped_column(sort_order=-9)  # it goes with its scheduled post
    scheduled_post_id: Mapped[UUID] = mapped_column(ForeignKey("scheduled_posts.id", ondelete="CASCADE"))
    verb: Mapped[str] = mapped_column(String(20))
    sentence: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(String(120), default="Slogan")
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
