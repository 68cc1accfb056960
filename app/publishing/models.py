"""Every try to send something, what was built but not sent, and the practice network's posts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship
from uuid_utils.compat import uuid7

from app.core.database import Owned, db, session
from app.core.time import now
from app.platforms.models import Account
from app.publishing.delivery import Receipt


class Attempt(db.Model):  # type: ignore[name-defined]
    """One try to send a post, written and committed before the call, its outcome after."""

    OUTCOMES = (
        "sending", "accepted", "transient", "rate_limited", "reconnect", "refused", "duplicate", "unsure",
        "found", "absent",
    )  # fmt: skip

    __tablename__ = "attempts"
    __table_args__ = (
        CheckConstraint(f"outcome IN {OUTCOMES}", name="outcome"),
        Index("ix_attempts_post", "scheduled_post_id", "started_at"),
        Index("ix_attempts_recent", "workspace_id", "started_at"),
        Index("ix_attempts_account", "account_id", "started_at"),
        Index(
            "ix_attempts_text",
            "account_id",
            "text_digest",
            "started_at",
            postgresql_where=text("text_digest IS NOT NULL"),
        ),
        {"postgresql_partition_by": "RANGE (started_at)"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    started_at: Mapped[datetime] = mapped_column(primary_key=True, default=now, server_default=func.now())
    workspace_id: Mapped[UUID]
    scheduled_post_id: Mapped[UUID]  # it goes with that, by a trigger: keys to check would cost at each try
    account_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(default=1)
    key: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(12), default="sending")
    message: Mapped[str | None] = mapped_column(Text)
    text_digest: Mapped[bytes | None] = mapped_column(
        LargeBinary
    )  # of what readers see; the guard compares it
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    handles: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    remote_id: Mapped[str | None] = mapped_column(Text)
    remote_url: Mapped[str | None] = mapped_column(Text)
    finished_at: Mapped[datetime | None]
    worker: Mapped[str | None] = mapped_column(String(120))

    account: Mapped[Account] = relationship(
        lazy="joined", innerjoin=True, primaryjoin=lambda: foreign(Attempt.account_id) == Account.id
    )

    @classmethod
    def of_post(cls, scheduled_post_id: UUID) -> list["Attempt"]:
        """Every try of one scheduled post, oldest first."""
        tries = select(cls).where(cls.scheduled_post_id == scheduled_post_id)
        return list(session.scalars(tries.order_by(cls.started_at, cls.id)))

    @classmethod
    def last_of(cls, scheduled_post_id: UUID) -> "Attempt | None":
        """The latest try of one scheduled post."""
        tries = select(cls).where(cls.scheduled_post_id == scheduled_post_id)
        return session.scalar(tries.order_by(cls.started_at.desc(), cls.id.desc()).limit(1))

    def keep(self, handles: dict[str, Any]) -> None:
        """Commit what the platform has given so far, before the next call leaves."""
        self.handles = dict(handles)
        session.commit()

    def finish(
        self, at: datetime, outcome: str, message: str | None = None, receipt: Receipt | None = None
    ) -> None:
        """Write down what came of it; `message` is a sentence for people, without secrets.

        `at` is the lease's time, as that of the beginning is; between two leases it may differ by an answer's
        way from the database, and nothing ends before it began.
        """
        self.outcome, self.message, self.finished_at = outcome, message, max(at, self.started_at)
        if receipt is not None:
            self.remote_id, self.remote_url = receipt.remote_id, receipt.url

    @property
    def text(self) -> str:
        """The text as it was sent."""
        return str(self.payload.get("post", {}).get("text", ""))

    def card(self) -> dict[str, Any]:
        """What programs read. The payload holds no secret; what the platform gave in between stays inside."""
        return {
            "id": str(self.id), "scheduled_post_id": str(self.scheduled_post_id), "number": self.number,
            "platform": self.account.platform.name, "account": self.account.name, "outcome": self.outcome,
            "message": self.message, "remote_id": self.remote_id, "url": self.remote_url,
            "started_at": self.started_at.isoformat(),
            "finished_at": self.finished_at.isoformat() if self.finished_at else None,
        }  # fmt: skip


class OutboxItem(Owned):
    """What would have been sent, had the account been connected: readable, and never counted as sent."""

    __tablename__ = "outbox_items"
    __table_args__ = (
        UniqueConstraint("scheduled_post_id"),
        Index("ix_outbox_items_recent", "workspace_id", "created_at", "id"),
    )
    noun = "outbox item"

    scheduled_post_id: Mapped[UUID] = mapped_column(ForeignKey("scheduled_posts.id", ondelete="CASCADE"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    platform_name: Mapped[str] = mapped_column(String(50))
    channel_name: Mapped[str] = mapped_column(String(50))
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)

    account: Mapped[Account] = relationship(lazy="joined")

    def card(self) -> dict[str, Any]:
        """What programs read."""
        return {
            "id": str(self.id), "scheduled_post_id": str(self.scheduled_post_id),
            "platform": self.platform_name,
            "channel": self.channel_name, "account": self.account.name, "payload": self.payload,
            "findings": self.findings, "created_at": self.created_at.isoformat(),
        }  # fmt: skip


class PracticePost(Owned):
    """A post on the practice network, the small fake platform inside Slogan."""

    __tablename__ = "practice_posts"
    __table_args__ = (
        UniqueConstraint("account_id", "key"),
        Index("ix_practice_posts_recent", "workspace_id", "created_at", "id"),
        Index("ix_practice_posts_parent", "parent_id", "id", postgresql_where=text("parent_id IS NOT NULL")),
    )
    noun = "practice post"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(64))
    channel_name: Mapped[str] = mapped_column(String(50))
    text: Mapped[str] = mapped_column(Text)
    link: Mapped[str | None] = mapped_column(Text)
    media: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("practice_posts.id", ondelete="CASCADE"))
    is_removed: Mapped[bool] = mapped_column(default=False)

    answers: Mapped[list["PracticePost"]] = relationship(order_by="PracticePost.id", viewonly=True)
