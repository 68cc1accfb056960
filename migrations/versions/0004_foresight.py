"""foresight: what is going to fail, what a product was, and whether a post is still there"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("posts", sa.Column("product_was", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("scheduled_posts", sa.Column("accepted_facts", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("scheduled_posts", sa.Column("look_planned_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("scheduled_posts", sa.Column("vanished_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_scheduled_posts_unlooked",
        "scheduled_posts",
        ["published_at"],
        postgresql_where=sa.text("state = 'published' AND look_planned_at IS NULL"),
    )
    _preflight()
    _looks()


def _owned(*columns: sa.Column, table: str) -> list:
    """The columns and keys that every table of a workspace has."""
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        *columns,
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f(f"fk_{table}_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id"], ["accounts.id"], name=op.f(f"fk_{table}_account_id"), ondelete="CASCADE"
    )


def _post(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["scheduled_post_id"],
        ["scheduled_posts.id"],
        name=op.f(f"fk_{table}_scheduled_post_id"),
        ondelete="CASCADE",
    )


def _preflight() -> None:
    op.create_table(
        "preflight_findings",
        *_owned(
            sa.Column("scheduled_post_id", sa.Uuid(), nullable=False),
            sa.Column("account_id", sa.Uuid(), nullable=False),
            sa.Column("kind", sa.String(length=20), nullable=False),
            sa.Column("weight", sa.String(length=5), nullable=False),
            sa.Column("sentence", sa.Text(), nullable=False),
            sa.Column("remedy", sa.String(length=60), nullable=False),
            sa.Column("href", sa.Text(), nullable=False),
            sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("solved_at", sa.DateTime(timezone=True), nullable=True),
            table="preflight_findings",
        ),
        _post("preflight_findings"),
        _account("preflight_findings"),
        sa.CheckConstraint("weight IN ('will', 'might')", name=op.f("ck_preflight_findings_weight")),
        sa.UniqueConstraint(
            "scheduled_post_id", "kind", name=op.f("uq_preflight_findings_scheduled_post_id_kind")
        ),
    )
    op.create_index(
        "ix_preflight_findings_open",
        "preflight_findings",
        ["workspace_id", "account_id", "kind"],
        postgresql_where=sa.text("solved_at IS NULL"),
    )
    op.create_table(
        "preflight_runs",
        *_owned(
            sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("posts", sa.Integer(), nullable=False),
            sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
            table="preflight_runs",
        ),
        sa.UniqueConstraint("workspace_id", name=op.f("uq_preflight_runs_workspace_id")),
    )
    op.create_table(
        "connection_checks",
        *_owned(
            sa.Column("account_id", sa.Uuid(), nullable=False),
            sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("outcome", sa.String(length=8), nullable=False),
            sa.Column("message", sa.Text(), nullable=False),
            sa.Column("since", sa.DateTime(timezone=True), nullable=False),
            sa.Column("lacks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
            table="connection_checks",
        ),
        _account("connection_checks"),
        sa.CheckConstraint("outcome IN ('works', 'refused', 'down')", name=op.f("ck_connection_checks_outcome")),
        sa.UniqueConstraint("account_id", name=op.f("uq_connection_checks_account_id")),
    )


def _looks() -> None:
    op.create_table(
        "post_looks",
        *_owned(
            sa.Column("scheduled_post_id", sa.Uuid(), nullable=False),
            sa.Column("account_id", sa.Uuid(), nullable=False),
            sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
            sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
            sa.Column("looks", sa.Integer(), nullable=False),
            sa.Column("outcome", sa.String(length=10), nullable=False),
            sa.Column("says", sa.Text(), nullable=False),
            sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
            table="post_looks",
        ),
        _post("post_looks"),
        _account("post_looks"),
        sa.CheckConstraint(
            "outcome IN ('waiting', 'there', 'doubt', 'vanished', 'unknown', 'settled')",
            name=op.f("ck_post_looks_outcome"),
        ),
        sa.UniqueConstraint("scheduled_post_id", name=op.f("uq_post_looks_scheduled_post_id")),
    )
    op.create_index("ix_post_looks_due", "post_looks", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL"))
    op.create_index(
        "ix_post_looks_leased", "post_looks", ["account_id"], postgresql_where=sa.text("lease_until IS NOT NULL")
    )
    op.create_index(
        "ix_post_looks_vanished",
        "post_looks",
        ["workspace_id", "looked_at"],
        postgresql_where=sa.text("outcome = 'vanished'"),
    )
