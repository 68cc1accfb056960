"""How people are told outside of Slogan: what each wants by email, a workspace's chat, and a ledger of it all."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Member
from app.accounts.notices import Notice
from app.core.database import Owned
from app.core.states import states_of
from app.core.vault import Sealed


class ChatRoom(Owned):
    """Where a workspace's chat takes messages: an incoming-webhook address, which is a secret."""

    __tablename__ = "chat_rooms"
    __table_args__ = (Index("uq_chat_rooms_workspace_id", "workspace_id", unique=True),)
    noun = "chat room"

    address: Mapped[str] = mapped_column(Sealed)
    kinds: Mapped[list[str]] = mapped_column(ARRAY(String(20)))
    tested_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)


class Delivery(Owned):
    """One thing told to one member, or to the chat, outside of Slogan: written before it leaves, its outcome after."""

    MOVES = {
        "take": (("waiting",), "sending"),
        "arrive": (("sending",), "sent"),
        "keep": (("sending",), "kept"),
        "wait": (("sending",), "waiting"),
        "fail": (("sending",), "failed"),
        "lose": (("sending",), "unsure"),
        "drop": (("waiting",), "dropped"),
    }
    CHANNELS = ("email", "chat")

    __tablename__ = "notice_deliveries"
    __table_args__ = (
        CheckConstraint(f"state IN {states_of(MOVES)}", name="state"),
        CheckConstraint(f"channel IN {CHANNELS}", name="channel"),
        Index(
            "uq_notice_deliveries_once", "notice_id", "round", "channel", "member_id", unique=True,
            postgresql_nulls_not_distinct=True, postgresql_where=text("notice_id IS NOT NULL"),
        ),
        Index(
            "uq_notice_deliveries_digest", "workspace_id", "digest", "channel", "member_id", unique=True,
            postgresql_nulls_not_distinct=True, postgresql_where=text("digest IS NOT NULL"),
        ),
        Index("ix_notice_deliveries_due", "due_at", postgresql_where=text("state IN ('waiting', 'sending')")),
        Index("ix_notice_deliveries_recent", "workspace_id", "created_at", "id"),
    )  # fmt: skip
    noun = "message"

    notice_id: Mapped[UUID | None] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"))
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(8))
    round: Mapped[int] = mapped_column(default=1)
    count: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    kind: Mapped[str] = mapped_column(String(20), default="other")
    digest: Mapped[str | None] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(200))
    lines: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    letter: Mapped[UUID | None]
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)

    notice: Mapped[Notice | None] = relationship()
    member: Mapped[Member | None] = relationship()
