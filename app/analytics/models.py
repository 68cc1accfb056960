"""What came of the posts: samples over time, the latest of each post, and a rollup by day."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Date, ForeignKey, Index, Numeric, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from app.core.database import Owned, db
from app.core.time import now

COUNTERS = ("likes", "shares", "comments", "clicks", "views", "reach", "impressions", "saves")


class MetricSample(db.Model):  # type: ignore[name-defined]
    """A post's counters at one moment, as the platform told them. None is what it does not tell."""

    __tablename__ = "metric_samples"
    __table_args__ = (
        Index("ix_metric_samples_post", "scheduled_post_id", "recorded_at"),
        Index("ix_metric_samples_recent", "workspace_id", "recorded_at"),
        {"postgresql_partition_by": "RANGE (recorded_at)"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    recorded_at: Mapped[datetime] = mapped_column(primary_key=True, default=now, server_default=func.now())
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    scheduled_post_id: Mapped[UUID] = mapped_column(ForeignKey("scheduled_posts.id", ondelete="CASCADE"))
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"))
    likes: Mapped[int | None] = mapped_column(BigInteger)
    shares: Mapped[int | None] = mapped_column(BigInteger)
    comments: Mapped[int | None] = mapped_column(BigInteger)
    clicks: Mapped[int | None] = mapped_column(BigInteger)
    views: Mapped[int | None] = mapped_column(BigInteger)
    reach: Mapped[int | None] = mapped_column(BigInteger)
    impressions: Mapped[int | None] = mapped_column(BigInteger)
    saves: Mapped[int | None] = mapped_column(BigInteger)
    engagement_rate: Mapped[Decimal | None] = mapped_column(Numeric(9, 4))


class PostMetrics(Owned):
    """The latest counters of a published post, and when to ask again."""

    __tablename__ = "post_metrics"
    __table_args__ = (
        UniqueConstraint("scheduled_post_id"),
        Index("ix_post_metrics_next", "next_at", postgresql_where=text("next_at IS NOT NULL")),
        Index("ix_post_metrics_published", "workspace_id", "published_at"),
        Index("ix_post_metrics_recorded", "workspace_id", "recorded_at"),
    )
    noun = "result"

    scheduled_post_id: Mapped[UUID] = mapped_column(ForeignKey("scheduled_posts.id", ondelete="CASCADE"))
    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    product_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("products.id", ondelete="SET NULL"), index=True
    )
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    published_at: Mapped[datetime]
    recorded_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    fetches: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    likes: Mapped[int | None] = mapped_column(BigInteger)
    shares: Mapped[int | None] = mapped_column(BigInteger)
    comments: Mapped[int | None] = mapped_column(BigInteger)
    clicks: Mapped[int | None] = mapped_column(BigInteger)
    views: Mapped[int | None] = mapped_column(BigInteger)
    reach: Mapped[int | None] = mapped_column(BigInteger)
    impressions: Mapped[int | None] = mapped_column(BigInteger)
    saves: Mapped[int | None] = mapped_column(BigInteger)
    engagement_rate: Mapped[Decimal | None] = mapped_column(Numeric(9, 4))


class DailyMetrics(Owned):
    """What each day brought on each platform: posts out and counters gained, kept by upserts.

    A day is one of the workspace's zone. None is a counter that the platform does not tell; a gain can be
    negative when likes are taken back.
    """

    __tablename__ = "daily_metrics"
    __table_args__ = (UniqueConstraint("workspace_id", "day", "platform_id"),)
    noun = "day"

    day: Mapped[date] = mapped_column(Date)
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"))
    posts: Mapped[int] = mapped_column(default=0)
    likes: Mapped[int | None] = mapped_column(BigInteger)
    shares: Mapped[int | None] = mapped_column(BigInteger)
    comments: Mapped[int | None] = mapped_column(BigInteger)
    clicks: Mapped[int | None] = mapped_column(BigInteger)
    views: Mapped[int | None] = mapped_column(BigInteger)
    reach: Mapped[int | None] = mapped_column(BigInteger)
    impressions: Mapped[int | None] = mapped_column(BigInteger)
    saves: Mapped[int | None] = mapped_column(BigInteger)
