"""publishing at speed: each account's posts in their order, and who is being sent for"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_index(
        "ix_scheduled_posts_turn",
        "scheduled_posts",
        ["account_id", "due_at", "scheduled_time", "id"],
        postgresql_where=sa.text("state = 'scheduled'"),
    )
    op.create_index(
        "ix_scheduled_posts_busy",
        "scheduled_posts",
        ["account_id", "lease_until"],
        postgresql_where=sa.text("state = 'publishing'"),
    )
    op.create_index(
        "ix_scheduled_posts_away",
        "scheduled_posts",
        ["account_id"],
        postgresql_where=sa.text("state = 'held' AND problem_kind = 'account'"),
    )
    op.drop_index("ix_scheduled_posts_lease", table_name="scheduled_posts")
    # What hangs on a scheduled post goes with it; a second and third key to check cost a tenth of each publish.
    op.drop_constraint("fk_attempts_workspace_id", "attempts", type_="foreignkey")
    op.drop_constraint("fk_attempts_account_id", "attempts", type_="foreignkey")
    op.drop_constraint("fk_post_history_workspace_id", "post_history", type_="foreignkey")
