"""known until: posts of a restored copy of which nobody knows what became of them after the backup"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("scheduled_posts", sa.Column("known_until", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_scheduled_posts_restored", "scheduled_posts", ["due_at"],
        postgresql_where=sa.text("problem_kind = 'restored'"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_scheduled_posts_restored", "scheduled_posts")
    op.drop_column("scheduled_posts", "known_until")
