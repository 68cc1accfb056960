"""What Slogan knows ahead and afterwards: what is going to fail, how connections are, where a post was seen last."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Owned

WEIGHTS = ("will", "might")
OUTBOX = "outbox"  # a kind of finding that fails nothing: its account was never connected, so its posts are kept


class PreflightFinding(Owned):
    """One reason why one scheduled post will or might not go out as planned, and where that is mended."""

    __tablename__ = "preflight_findings"
    __table_args__ = (
        CheckConstraint(f"weight IN {WEIGHTS}", name="weight"),
        UniqueConstraint("scheduled_post_id", "kind"),
        Index(
            "ix_preflight_findings_open", "workspace_id", "account_id", "kind",
            postgresql_where=text("solved_at IS NULL"),
        ),
    )  # fmt: skip
    noun = "finding"

    scheduled_post_id: Mapped[UUID] = mapped_column(ForeignKey("scheduled_posts.id", ondelete="CASCADE"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    weight: Mapped[str] = mapped_column(String(5))
    sentence: Mapped[str] = mapped_column(Text)
    remedy: Mapped[str] = mapped_column(String(60))
    href: Mapped[str] = mapped_column(Text)
    found_at: Mapped[datetime]
    solved_at: Mapped[datetime | None]

    @property
    def is_calm(self) -> bool:
        """Whether nothing fails: the post is kept in the outbox, as it is meant to be."""
        return self.kind == OUTBOX


class PreflightRun(Owned):
    """When a workspace's next three days were last looked at, and when its people were last told."""

    __tablename__ = "preflight_runs"
    __table_args__ = (UniqueConstraint("workspace_id"),)
    noun = "look ahead"

    looked_at: Mapped[datetime]
    posts: Mapped[int]
    told_at: Mapped[datetime | None]


class ConnectionCheck(Owned):
    """What came of the last live look at an account's connection; `since` is when that began to be so.

    `lacks` maps a permission that is missing to the posts that need it: all, or those with pictures.
    """

    __tablename__ = "connection_checks"
    __table_args__ = (
        CheckConstraint("outcome IN ('works', 'refused', 'down')", name="outcome"),
        UniqueConstraint("account_id"),
    )
    noun = "connection check"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    checked_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(8))
    message: Mapped[str] = mapped_column(Text, default="")
    since: Mapped[datetime]
    lacks: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class PostLook(Owned):
    """Whether a published post can still be seen: when Slogan looks next, and what the last look said."""

    __tablename__ = "post_looks"
    __table_args__ = (
        CheckConstraint(
            "outcome IN ('waiting', 'there', 'doubt', 'vanished', 'unknown', 'settled')", name="outcome"
        ),
        UniqueConstraint("scheduled_post_id"),
        Index("ix_post_looks_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_post_looks_leased", "account_id", postgresql_where=text("lease_until IS NOT NULL")),
        Index(
            "ix_post_looks_vanished", "workspace_id", "looked_at", postgresql_where=text("outcome = 'vanished'")
        ),
    )
    noun = "look"

    scheduled_post_id: Mapped[UUID] = mapped_column(ForeignKey("scheduled_posts.id", ondelete="CASCADE"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    published_at: Mapped[datetime]
    due_at: Mapped[datetime | None]  # none: no look is to come
    lease_until: Mapped[datetime | None]
    looks: Mapped[int] = mapped_column(default=0)  # looks that were answered
    outcome: Mapped[str] = mapped_column(String(10), default="waiting")
    says: Mapped[str] = mapped_column(Text, default="")
    looked_at: Mapped[datetime | None]
