"""notices"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"


def lives() -> list[sa.Column]:
    return [
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    ]


def owned(table: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f(f"fk_{table}_workspace_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def upgrade() -> None:
    notices()
    deliveries()
    causes()
    op.add_column("members", sa.Column("mail_kinds", postgresql.ARRAY(sa.String(length=20)), nullable=True))
    op.add_column("accounts", sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))


def notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("post_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Uuid(), nullable=True),
        sa.Column("ending", sa.String(length=200), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("announced_count", sa.Integer(), nullable=False),
        *lives(),
        sa.CheckConstraint("severity IN ('info', 'attention', 'urgent')", name=op.f("ck_notices_severity")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["members.id"], name=op.f("fk_notices_closed_by_id"), ondelete="SET NULL"),
        *owned("notices"),
    )
    op.create_index("uq_notices_open", "notices", ["workspace_id", "cause"], unique=True, postgresql_where=sa.text("closed_at IS NULL"))
    op.create_index("ix_notices_recent", "notices", ["workspace_id", "last_at", "id"], unique=False)
    op.create_index("ix_notices_news", "notices", ["opened_at"], unique=False, postgresql_where=sa.text("closed_at IS NULL"))
    op.create_table(
        "notice_reads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        *lives(),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_notice_reads_member_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_reads_notice_id"), ondelete="CASCADE"),
        *owned("notice_reads"),
        sa.UniqueConstraint("member_id", "notice_id", name=op.f("uq_notice_reads_member_id_notice_id")),
    )
    op.create_index(op.f("ix_notice_reads_notice_id"), "notice_reads", ["notice_id"], unique=False)


def deliveries() -> None:
    op.create_table(
        "chat_rooms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.String(length=20)), nullable=False),
        sa.Column("tested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        *lives(),
        *owned("chat_rooms"),
    )
    op.create_index("uq_chat_rooms_workspace_id", "chat_rooms", ["workspace_id"], unique=True)
    op.create_table(
        "notice_deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=200), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("letter", sa.Uuid(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        *lives(),
        sa.CheckConstraint("state IN ('waiting', 'sending', 'sent', 'kept', 'failed', 'unsure', 'dropped')", name=op.f("ck_notice_deliveries_state")),
        sa.CheckConstraint("channel IN ('email', 'chat')", name=op.f("ck_notice_deliveries_channel")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_notice_deliveries_member_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_deliveries_notice_id"), ondelete="CASCADE"),
        *owned("notice_deliveries"),
    )
    op.create_index("uq_notice_deliveries_once", "notice_deliveries", ["notice_id", "round", "channel", "member_id"], unique=True, postgresql_nulls_not_distinct=True, postgresql_where=sa.text("notice_id IS NOT NULL"))
    op.create_index("uq_notice_deliveries_digest", "notice_deliveries", ["workspace_id", "digest", "channel", "member_id"], unique=True, postgresql_nulls_not_distinct=True, postgresql_where=sa.text("digest IS NOT NULL"))
    op.create_index("ix_notice_deliveries_due", "notice_deliveries", ["due_at"], unique=False, postgresql_where=sa.text("state IN ('waiting', 'sending')"))
    op.create_index("ix_notice_deliveries_recent", "notice_deliveries", ["workspace_id", "created_at", "id"], unique=False)
    op.create_index(op.f("ix_notice_deliveries_member_id"), "notice_deliveries", ["member_id"], unique=False)


def causes() -> None:
    """What needs a person is grouped by cause; whoever moves a post on, the database forgets its cause."""
    op.add_column("scheduled_posts", sa.Column("cause", sa.String(length=40), nullable=True))
    op.create_index(
        "ix_scheduled_posts_unnoticed", "scheduled_posts", ["id"], unique=False,
        postgresql_where=sa.text("cause IS NULL AND state IN ('failed', 'held', 'missed', 'unsure') AND problem_kind IS DISTINCT FROM 'person'"),
    )
    op.create_index(
        "ix_scheduled_posts_cause", "scheduled_posts", ["workspace_id", "cause", "scheduled_time", "id"], unique=False,
        postgresql_where=sa.text("cause IS NOT NULL"),
    )
    op.execute("""
        CREATE FUNCTION slogan_forget_cause() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.cause := NULL;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER forget_cause BEFORE UPDATE OF state ON scheduled_posts FOR EACH ROW
        WHEN (OLD.cause IS NOT NULL AND NEW.state IS DISTINCT FROM OLD.state)
        EXECUTE FUNCTION slogan_forget_cause()
    """)
