"""budgets"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

SURPLUS = "surplus IN ('hold', 'smooth')"


def upgrade() -> None:
    op.add_column("workspaces", sa.Column("hourly_cap", sa.Integer(), server_default=sa.text("25"), nullable=False))
    op.add_column("workspaces", sa.Column("same_text_days", sa.Integer(), server_default=sa.text("7"), nullable=False))
    op.add_column(
        "workspaces", sa.Column("surplus", sa.String(length=8), server_default=sa.text("'hold'"), nullable=False)
    )
    op.create_check_constraint(op.f("ck_workspaces_surplus"), "workspaces", SURPLUS)

    op.add_column("accounts", sa.Column("hourly_cap", sa.Integer(), nullable=True))
    op.add_column("accounts", sa.Column("same_text_days", sa.Integer(), nullable=True))
    op.add_column("accounts", sa.Column("surplus", sa.String(length=8), nullable=True))
    op.add_column("accounts", sa.Column("application", sa.String(length=200), nullable=True))
    op.create_check_constraint(op.f("ck_accounts_surplus"), "accounts", SURPLUS)
    op.create_index(
        "ix_accounts_application",
        "accounts",
        ["application"],
        unique=False,
        postgresql_where=sa.text("application IS NOT NULL"),
    )

    op.add_column(
        "scheduled_posts", sa.Column("allowed", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_index(
        "ix_scheduled_posts_guarded",
        "scheduled_posts",
        ["workspace_id", "account_id", "problem_kind", "due_at"],
        unique=False,
        postgresql_where=sa.text("problem_kind IN ('burst', 'same_text', 'pace')"),
    )

    op.add_column("attempts", sa.Column("text_digest", sa.LargeBinary(), nullable=True))
    op.create_index("ix_attempts_account", "attempts", ["account_id", "started_at"], unique=False)
    op.create_index(
        "ix_attempts_text",
        "attempts",
        ["account_id", "text_digest", "started_at"],
        unique=False,
        postgresql_where=sa.text("text_digest IS NOT NULL"),
    )

    op.create_table(
        "rate_budgets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.Column("resets_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("learnt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("application", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_rate_budgets_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_rate_budgets_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rate_budgets")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_rate_budgets_account_id_name")),
    )
