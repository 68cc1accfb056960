"""Scheduled posts and how they move, their history, and the posting schedules that offer slots."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, Text, Time, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Owned
from app.core.states import states_of
from app.platforms.models import Account, ChannelType, Platform
from app.posts.models import Post

LATE_POLICIES = ("skip", "send", "ask")


class ScheduledPost(Owned):
    """One post, for one channel of one account, at one moment."""

    MOVES: dict[str, Any] = {
        #  verb         from                                                         to
        "reschedule": (("scheduled", "held", "failed", "missed", "cancelled", "outbox"), "scheduled"),
        "claim":      (("scheduled",),                                               "publishing"),
        "publish":    (("publishing", "unsure"),                                     "published"),
        "put_off":    (("publishing",),                                              "scheduled"),
        "fail":       (("publishing", "unsure"),                                     "failed"),
        "hold":       (("publishing", "scheduled"),                                  "held"),
        "lose":       (("publishing",),                                              "unsure"),
        "keep":       (("publishing",),                                              "outbox"),
        "absent":     (("unsure",),                                                  "scheduled"),
        "miss":       (("scheduled", "publishing"),                                  "missed"),
        "retry":      (("failed", "held", "missed", "outbox"),                       "scheduled"),
        "cancel":     (("scheduled", "held", "failed", "missed", "outbox"),          "cancelled"),
        "restore":    (("cancelled",),                                               "scheduled"),
    }  # fmt: skip

    __tablename__ = "scheduled_posts"
    __table_args__ = (
        CheckConstraint(f"state IN {states_of(MOVES)}", name="state"),
        CheckConstraint(f"late_policy IN {LATE_POLICIES}", name="late_policy"),
        Index("ix_scheduled_posts_calendar", "workspace_id", "scheduled_time", "id"),
        Index("ix_scheduled_posts_state", "workspace_id", "state", "scheduled_time", "id"),
        Index("ix_scheduled_posts_account", "account_id", "scheduled_time"),
        Index("ix_scheduled_posts_due", "due_at", "id", postgresql_where=text("state = 'scheduled'")),
        Index("ix_scheduled_posts_lease", "lease_until", postgresql_where=text("state = 'publishing'")),
        Index("ix_scheduled_posts_unsure", "due_at", postgresql_where=text("state = 'unsure'")),
        Index(
            "uq_scheduled_posts_slot", "posting_schedule_id", "scheduled_time", unique=True,
            postgresql_where=text("posting_schedule_id IS NOT NULL AND state NOT IN ('cancelled', 'missed')"),
        ),
    )  # fmt: skip
    noun = "scheduled post"

    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"))
    channel_type_id: Mapped[UUID] = mapped_column(ForeignKey("channel_types.id", ondelete="CASCADE"))
    posting_schedule_id: Mapped[UUID | None] = mapped_column(ForeignKey("posting_schedules.id", ondelete="SET NULL"))
    scheduled_time: Mapped[datetime]
    zone: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(12), default="scheduled")
    late_policy: Mapped[str] = mapped_column(String(8), default="ask")
    late_minutes: Mapped[int] = mapped_column(default=180)
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    begun_at: Mapped[datetime | None]
    problem_kind: Mapped[str | None] = mapped_column(String(20))
    last_error: Mapped[str | None] = mapped_column(Text)
    published_at: Mapped[datetime | None]
    published_text: Mapped[str | None] = mapped_column(Text)
    remote_id: Mapped[str | None] = mapped_column(Text)
    remote_url: Mapped[str | None] = mapped_column(Text)
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))

    post: Mapped[Post] = relationship()
    account: Mapped[Account] = relationship()
    platform: Mapped[Platform] = relationship()
    channel_type: Mapped[ChannelType] = relationship()


class HistoryLine(Owned):
    """One line of a scheduled post's life, in words for a person."""

    __tablename__ = "post_history"
    __table_args__ = (Index("ix_post_history_post", "scheduled_post_id", "created_at"),)
    noun = "history line"

    scheduled_post_id: Mapped[UUID] = mapped_column(ForeignKey("scheduled_posts.id", ondelete="CASCADE"))
    verb: Mapped[str] = mapped_column(String(20))
    sentence: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(String(120), default="Slogan")
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class PostingSchedule(Owned):
    """Times of day on some weekdays, in a zone, that fill themselves with posts for one account and channel."""

    __tablename__ = "posting_schedules"
    __table_args__ = (
        CheckConstraint("cardinality(times) > 0", name="times"),
        CheckConstraint("cardinality(weekdays) > 0", name="weekdays"),
        Index("ix_posting_schedules_account", "workspace_id", "account_id"),
    )
    noun = "posting schedule"

    name: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text, default="")
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    channel_type_id: Mapped[UUID] = mapped_column(ForeignKey("channel_types.id", ondelete="CASCADE"))
    content_type: Mapped[str] = mapped_column(String(20), default="product")
    times: Mapped[list[time]] = mapped_column(ARRAY(Time))
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    zone: Mapped[str] = mapped_column(String(64))
    is_active: Mapped[bool] = mapped_column(default=True)

    account: Mapped[Account] = relationship()
    channel_type: Mapped[ChannelType] = relationship()
