"""series"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

WALL = sa.DateTime(timezone=False)
AWARE = sa.DateTime(timezone=True)


def common(table: str) -> list:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", AWARE, server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", AWARE, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        to(table, "workspace_id", "workspaces"),
    ]


def to(table: str, column: str, other: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete)


def upgrade() -> None:
    op.create_table(
        "series",
        *common("series"),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("platform_id", sa.Uuid(), nullable=False),
        sa.Column("channel_type_id", sa.Uuid(), nullable=False),
        sa.Column("chain_id", sa.Uuid(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("starts_at", WALL, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("ends_at", WALL, nullable=True),
        sa.Column("cool_down", sa.Integer(), nullable=False),
        sa.Column("max_repeats", sa.Integer(), nullable=True),
        sa.Column("late_policy", sa.String(length=8), nullable=True),
        sa.Column("late_minutes", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("laid_until", AWARE, nullable=True),
        sa.Column("fill_at", AWARE, nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("state IN ('active', 'paused', 'ended')", name=op.f("ck_series_state")),
        sa.CheckConstraint(
            "late_policy IS NULL OR late_policy IN ('skip', 'send', 'ask')", name=op.f("ck_series_late_policy")
        ),
        sa.CheckConstraint("max_repeats IS NULL OR max_repeats > 0", name=op.f("ck_series_max_repeats")),
        sa.CheckConstraint("cool_down >= 0", name=op.f("ck_series_cool_down")),
        to("series", "account_id", "accounts"),
        to("series", "platform_id", "platforms"),
        to("series", "channel_type_id", "channel_types"),
        to("series", "created_by_id", "members", "SET NULL"),
    )
    op.create_index("ix_series_recent", "series", ["workspace_id", "id"])
    op.create_index("ix_series_state", "series", ["workspace_id", "state", "id"])
    op.create_index("ix_series_account", "series", ["account_id"])
    op.create_index("ix_series_chain", "series", ["chain_id"])
    op.create_index("ix_series_fill", "series", ["fill_at", "id"], postgresql_where=sa.text("state = 'active'"))
    op.create_table(
        "series_posts",
        *common("series_posts"),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        to("series_posts", "series_id", "series"),
        to("series_posts", "post_id", "posts"),
        sa.UniqueConstraint("series_id", "post_id", name=op.f("uq_series_posts_series_id_post_id")),
    )
    op.create_index("ix_series_posts_post", "series_posts", ["post_id"])
    op.create_table(
        "series_gaps",
        *common("series_gaps"),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("occurrence", WALL, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('skipped', 'refused')", name=op.f("ck_series_gaps_kind")),
        to("series_gaps", "series_id", "series"),
        sa.UniqueConstraint("series_id", "occurrence", name=op.f("uq_series_gaps_series_id_occurrence")),
    )
    op.create_index("ix_series_gaps_calendar", "series_gaps", ["workspace_id", "occurrence"])
    op.add_column("scheduled_posts", sa.Column("series_id", sa.Uuid(), nullable=True))
    op.add_column("scheduled_posts", sa.Column("occurrence", WALL, nullable=True))
    op.add_column(
        "scheduled_posts", sa.Column("detached", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_foreign_key(
        op.f("fk_scheduled_posts_series_id"), "scheduled_posts", "series", ["series_id"], ["id"], ondelete="SET NULL"
    )
    op.create_index(
        "uq_scheduled_posts_occurrence", "scheduled_posts", ["series_id", "occurrence"], unique=True,
        postgresql_where=sa.text("series_id IS NOT NULL"),
    )
