"""parts"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "post_parts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("delay_minutes", sa.Integer(), nullable=True),
        sa.Column("platform_id", sa.Uuid(), nullable=True),
        sa.Column("channel_type_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('thread', 'comment', 'follow_up')", name=op.f("ck_post_parts_kind")),
        sa.CheckConstraint("(kind = 'follow_up') = (delay_minutes IS NOT NULL)", name=op.f("ck_post_parts_delay")),
        sa.ForeignKeyConstraint(
            ["channel_type_id"], ["channel_types.id"], name=op.f("fk_post_parts_channel_type_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platforms.id"], name=op.f("fk_post_parts_platform_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_post_parts_post_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_post_parts_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_parts")),
    )
    op.create_index("ix_post_parts_post", "post_parts", ["post_id", "position"], unique=False)
    op.create_index(
        "ix_post_parts_follow_ups",
        "post_parts",
        ["workspace_id", "post_id"],
        unique=False,
        postgresql_where=sa.text("kind = 'follow_up'"),
    )
    # A first comment becomes a part of that kind.
    op.execute(
        """
        INSERT INTO post_parts (id, workspace_id, post_id, position, kind, text)
        SELECT gen_random_uuid(), workspace_id, id, 0, 'comment', first_comment FROM posts
        WHERE btrim(coalesce(first_comment, '')) <> ''
        """
    )
    op.drop_column("posts", "first_comment")

    # On the practice network a comment is a post that answers another.
    op.add_column("practice_posts", sa.Column("parent_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_practice_posts_parent_id"), "practice_posts", "practice_posts", ["parent_id"], ["id"], ondelete="CASCADE"
    )
    op.create_index(
        "ix_practice_posts_parent",
        "practice_posts",
        ["parent_id", "id"],
        unique=False,
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.execute(
        """
        INSERT INTO practice_posts (id, workspace_id, account_id, key, channel_name, text, media, is_removed,
                                    parent_id, created_at)
        SELECT gen_random_uuid(), workspace_id, account_id, gen_random_uuid()::text, channel_name, first_comment,
               '[]', is_removed, id, created_at
        FROM practice_posts WHERE btrim(coalesce(first_comment, '')) <> ''
        """
    )
    op.drop_column("practice_posts", "first_comment")

    # What is out but for some of its parts needs a person.
    op.create_index(
        "ix_scheduled_posts_rest",
        "scheduled_posts",
        ["id"],
        unique=False,
        postgresql_where=sa.text("problem_kind = 'parts' AND state = 'published' AND cause IS NULL"),
    )

    # A timed follow-up is a scheduled post under the one that it answers. `part_id` points at nothing: a part
    # that is taken off and put back must still be known to have gone out.
    op.add_column("scheduled_posts", sa.Column("parent_id", sa.Uuid(), nullable=True))
    op.add_column("scheduled_posts", sa.Column("part_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_scheduled_posts_parent_id"),
        "scheduled_posts",
        "scheduled_posts",
        ["parent_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_index(
        "uq_scheduled_posts_part",
        "scheduled_posts",
        ["parent_id", "part_id"],
        unique=True,
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
