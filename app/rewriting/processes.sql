-- name: keep_processes
-- One process for each channel that has none of that name; one that is there stays as people made it.
INSERT INTO content_processes
       (id, workspace_id, platform_id, channel_type_id, process_name, display_name, description,
        development_status, priority, is_active)
SELECT id, :workspace, platform, kind, name, display_name, description, status, 0, true
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told
       (id uuid, platform uuid, kind uuid, name text, display_name text, description text, status text)
ON CONFLICT (platform_id, channel_type_id, process_name) DO NOTHING

-- name: keep_settings
-- Settings of those processes. A newer file corrects a setting unless a person has touched it.
INSERT INTO process_configurations AS held
       (id, workspace_id, process_id, config_category, config_key, config_value, description, display_order, is_active)
SELECT told.id, :workspace, p.id, told.category, told.key, told.value, told.description, told.display_order, true
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told
       (id uuid, platform uuid, kind uuid, name text, category text, key text, value text, description text,
        display_order int)
  JOIN content_processes p ON p.workspace_id = :workspace AND p.platform_id = told.platform
   AND p.channel_type_id = told.kind AND p.process_name = told.name
ON CONFLICT (process_id, config_category, config_key) DO UPDATE
   SET config_value = excluded.config_value, description = excluded.description, updated_at = now()
 WHERE held.changed_at IS NULL
   AND (held.config_value, held.description) IS DISTINCT FROM (excluded.config_value, excluded.description)
