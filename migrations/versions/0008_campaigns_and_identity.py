"""campaigns and identity"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

# The number of the server that a database lies on, or nothing where a host forbids to read it.
SYSTEM = """
CREATE FUNCTION slogan_system() RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT system_identifier FROM pg_control_system());
EXCEPTION WHEN insufficient_privilege OR undefined_function THEN
    RETURN NULL;
END $$
"""
# Whether posts may be sent from here: an admin has not switched it off, this is the server and the database
# where it was last, and it is not behind the mark that the asker has seen.
MAY_SEND = """
CREATE FUNCTION slogan_may_send(seen bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT sending AND mark >= coalesce(seen, 0)
            AND database_oid = (SELECT oid::bigint FROM pg_database WHERE datname = current_database())
            AND coalesce(system_identifier = slogan_system(), true)
        FROM instance), false)
$$
"""
# A late policy that is not a post's own follows its campaign, and the campaign's its workspace. The database
# does it, so that every door that changes one of the three reaches the posts that wait, in the same step.
INHERIT = """
CREATE FUNCTION slogan_inherit_late() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE scheduled_posts planned SET late_policy = says.policy, late_minutes = says.minutes
    FROM (SELECT posts.id, coalesce(campaigns.late_policy, workspaces.late_policy) AS policy,
                 CASE WHEN campaigns.late_policy IS NULL THEN workspaces.late_minutes
                      ELSE coalesce(campaigns.late_minutes, workspaces.late_minutes) END AS minutes
          FROM posts JOIN workspaces ON workspaces.id = posts.workspace_id
          LEFT JOIN campaigns ON campaigns.id = posts.campaign_id
          WHERE (TG_TABLE_NAME = 'posts' AND posts.id = NEW.id)
             OR (TG_TABLE_NAME = 'campaigns' AND posts.campaign_id = NEW.id)
             OR (TG_TABLE_NAME = 'workspaces' AND posts.workspace_id = NEW.id)) says
    WHERE planned.post_id = says.id AND NOT planned.late_own
      AND planned.state IN ('scheduled', 'held', 'unsure', 'failed', 'missed', 'cancelled', 'outbox')
      AND (planned.late_policy, planned.late_minutes) IS DISTINCT FROM (says.policy, says.minutes);
    RETURN NULL;
END $$
"""
TRIGGERS = (
    "CREATE TRIGGER inherit_late AFTER UPDATE OF campaign_id ON posts FOR EACH ROW"
    " WHEN (OLD.campaign_id IS DISTINCT FROM NEW.campaign_id) EXECUTE FUNCTION slogan_inherit_late()",
    "CREATE TRIGGER inherit_late AFTER UPDATE OF late_policy, late_minutes ON campaigns FOR EACH ROW"
    " EXECUTE FUNCTION slogan_inherit_late()",
    "CREATE TRIGGER inherit_late AFTER UPDATE OF late_policy, late_minutes ON workspaces FOR EACH ROW"
    " EXECUTE FUNCTION slogan_inherit_late()",
)


def upgrade() -> None:
    make_campaigns()
    op.add_column("posts", sa.Column("campaign_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_posts_campaign_id"), "posts", "campaigns", ["campaign_id"], ["id"], ondelete="SET NULL"
    )
    op.create_index(op.f("ix_posts_campaign_id"), "posts", ["campaign_id"])
    extend_scheduled_posts()
    make_instance()
    for statement in (SYSTEM, MAY_SEND, INHERIT, *TRIGGERS):
        op.execute(statement)
    op.execute(
        "INSERT INTO instance (database_oid, system_identifier)"
        " SELECT oid::bigint, slogan_system() FROM pg_database WHERE datname = current_database()"
    )


def make_campaigns() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("late_policy", sa.String(length=8), nullable=True),
        sa.Column("late_minutes", sa.Integer(), nullable=True),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_campaigns_state")),
        sa.CheckConstraint("late_policy IN ('skip', 'send', 'ask')", name=op.f("ck_campaigns_late_policy")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_campaigns_dates")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_campaigns_workspace_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["members.id"], name=op.f("fk_campaigns_created_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("workspace_id", "name", name=op.f("uq_campaigns_workspace_id_name")),
    )


def extend_scheduled_posts() -> None:
    op.add_column(
        "scheduled_posts", sa.Column("late_own", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("scheduled_posts", sa.Column("late_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_scheduled_posts_late", "scheduled_posts", ["workspace_id", "late_at"],
        postgresql_where=sa.text("problem_kind = 'late'"),
    )  # fmt: skip
    op.execute(
        "UPDATE scheduled_posts SET late_own = true FROM workspaces"
        " WHERE workspaces.id = scheduled_posts.workspace_id AND (scheduled_posts.late_policy,"
        " scheduled_posts.late_minutes) <> (workspaces.late_policy, workspaces.late_minutes)"
    )


def make_instance() -> None:
    op.create_table(
        "instance",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("identity", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("system_identifier", sa.BigInteger(), nullable=True),
        sa.Column("database_oid", sa.BigInteger(), nullable=False),
        sa.Column("machine", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("place_number", sa.BigInteger(), nullable=True),
        sa.Column("mark", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sending", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("off_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("noticed", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("decision", sa.String(length=8), nullable=True),
        sa.Column("decided_by", sa.String(length=120), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("one", name=op.f("ck_instance_one")),
        sa.CheckConstraint("decision IN ('real', 'copy')", name=op.f("ck_instance_decision")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_instance")),
    )
    op.create_table(
        "outages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outages")),
    )
    op.create_index("ix_outages_ended_at", "outages", ["ended_at"])
