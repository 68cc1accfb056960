CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- The workspace of this transaction as an id, or nothing.
CREATE OR REPLACE FUNCTION slogan_workspace() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT nullif(nullif(current_setting('slogan.workspace', true), ''), '*')::uuid
$$;

-- Row-level security for every workspace-owned table, and the rights of the application's role.
-- Partitions get no rights of their own: they are reached through their parent, and its policy.
CREATE OR REPLACE FUNCTION slogan_secure(app_role text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    item record;
    owns text;
BEGIN
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), app_role);
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', app_role);
    EXECUTE 'REVOKE CREATE ON SCHEMA public FROM PUBLIC';
    FOR item IN
        SELECT c.oid, c.relname,
               EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'workspace_id') AS owned,
               EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenancy') AS has_policy
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    LOOP
        IF item.relname = 'alembic_version' THEN
            EXECUTE format('GRANT SELECT ON %I TO %I', item.relname, app_role);
            CONTINUE;
        END IF;
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO %I', item.relname, app_role);
        IF item.relname = 'audit_entries' THEN
            EXECUTE format('REVOKE UPDATE, DELETE ON %I FROM %I', item.relname, app_role);
        END IF;
        IF item.owned OR item.relname = 'workspaces' THEN
            owns := CASE WHEN item.owned THEN 'workspace_id' ELSE 'id' END;
            EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', item.relname);
            IF NOT item.has_policy THEN
                EXECUTE format(
                    'CREATE POLICY tenancy ON %I USING (%I = (SELECT slogan_workspace())'
                    ' OR (SELECT current_setting(''slogan.workspace'', true)) = ''*'')',
                    item.relname, owns);
            END IF;
        END IF;
    END LOOP;
END $$;

-- Monthly partitions of every partitioned table: three months back, so that older times have a home, and some ahead.
CREATE OR REPLACE FUNCTION slogan_make_partitions(months_ahead int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    parent record;
    first date;
    made int := 0;
    part text;
BEGIN
    FOR parent IN
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind = 'p'
    LOOP
        FOR step IN -3 .. months_ahead LOOP
            first := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => step))::date;
            part := parent.relname || to_char(first, '_YYYYMM');
            IF to_regclass(part) IS NULL THEN
                EXECUTE format(
                    'CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', part, parent.relname,
                    first::timestamp AT TIME ZONE 'UTC', (first + interval '1 month')::timestamp AT TIME ZONE 'UTC');
                made := made + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN made;
END $$;
