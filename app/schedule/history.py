"""What happened to a scheduled post, line by line."""

from typing import Any
from uuid import UUID

from sqlalchemy import String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Owned


class HistoryLine(Owned):
    """One line of a scheduled post's life, in words for a person."""

    __tablename__ = "post_history"
    noun = "history line"

    workspace_id: Mapped[UUID] = mapped_column(sort_order=-9)
    # First in the key, which thus finds a post's lines; they go with it, by a trigger.
    scheduled_post_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-11)
    verb: Mapped[str] = mapped_column(String(20))
    sentence: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(String(120), default="Slogan")
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
