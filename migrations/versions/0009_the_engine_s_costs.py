"""the engine's costs: what each publish writes beyond what somebody reads"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

# As before, but a partition of a table whose rows change once, soon after they are written, is half empty: the
# change stays on its page, and no index hears of it.
PARTITIONS = """
CREATE OR REPLACE FUNCTION slogan_make_partitions(months_ahead int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    parent record;
    first date;
    made int := 0;
    part text;
BEGIN
    FOR parent IN
        SELECT c.relname, CASE WHEN c.relname = 'attempts' THEN 'WITH (fillfactor = 50)' ELSE '' END AS room
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind = 'p'
    LOOP
        FOR step IN -3 .. months_ahead LOOP
            first := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => step))::date;
            part := parent.relname || to_char(first, '_YYYYMM');
            IF to_regclass(part) IS NULL THEN
                EXECUTE format(
                    'CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L) %s', part, parent.relname,
                    first::timestamp AT TIME ZONE 'UTC', (first + interval '1 month')::timestamp AT TIME ZONE 'UTC',
                    parent.room);
                made := made + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN made;
END $$
"""
ROOM_FOR_OUTCOMES = """
DO $$
DECLARE
    part regclass;
BEGIN
    FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'attempts'::regclass LOOP
        EXECUTE format('ALTER TABLE %s SET (fillfactor = 50)', part);
    END LOOP;
END $$
"""
# What hangs on a scheduled post, or on a workspace, goes with it, in the same step. As keys they would be checked
# with each line that is written, of a row that is locked anyway: a tenth of what a publish costs.
GOES_WITH = """
CREATE FUNCTION slogan_goes_with() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'workspaces' THEN
        DELETE FROM audit_entries USING gone WHERE audit_entries.workspace_id = gone.id;
    ELSE
        DELETE FROM attempts USING gone WHERE attempts.scheduled_post_id = gone.id;
        DELETE FROM post_history USING gone WHERE post_history.scheduled_post_id = gone.id;
    END IF;
    RETURN NULL;
END $$
"""
TRIGGER = """
CREATE TRIGGER goes_with AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION slogan_goes_with()
"""
KEYS = (("attempts", "scheduled_post_id"), ("post_history", "scheduled_post_id"), ("audit_entries", "workspace_id"))


def upgrade() -> None:
    for column in ("article_section_id", "product_id", "campaign_id"):  # most posts have none of them
        op.drop_index(op.f(f"ix_posts_{column}"), table_name="posts")
        op.create_index(
            op.f(f"ix_posts_{column}"), "posts", [column], postgresql_where=sa.text(f"{column} IS NOT NULL")
        )
    op.drop_index("ix_scheduled_posts_state", table_name="scheduled_posts")  # what is out is found by its time
    op.create_index(
        "ix_scheduled_posts_state",
        "scheduled_posts",
        ["workspace_id", "state", "scheduled_time", "id"],
        postgresql_where=sa.text("state NOT IN ('publishing', 'published')"),
    )
    op.drop_index("ix_post_history_post", table_name="post_history")
    op.drop_constraint("pk_post_history", "post_history", type_="primary")
    op.create_primary_key(op.f("pk_post_history"), "post_history", ["scheduled_post_id", "id"])
    for table, column in KEYS:
        op.drop_constraint(f"fk_{table}_{column}", table, type_="foreignkey")
    triggers = (TRIGGER.format(table=table) for table in ("scheduled_posts", "workspaces"))
    for statement in (PARTITIONS, ROOM_FOR_OUTCOMES, GOES_WITH, *triggers):
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))
