-- name: keep_platforms
-- Platforms of the data files; one that is there stays as people made it.
INSERT INTO platforms
       (id, workspace_id, name, display_name, description, status, priority, website_url, api_documentation_url)
SELECT id, :workspace, name, display_name, description, status, priority, website_url, api_documentation_url
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told
       (id uuid, name text, display_name text, description text, status text, priority int,
        website_url text, api_documentation_url text)
ON CONFLICT (workspace_id, name) DO NOTHING

-- name: keep_channel_types
-- Kinds of post; one that is there stays as people made it.
INSERT INTO channel_types
       (id, workspace_id, name, display_name, description, content_type, media_support, display_order, is_active)
SELECT id, :workspace, name, display_name, description, content_type,
       ARRAY(SELECT jsonb_array_elements_text(media_support)), display_order, true
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told
       (id uuid, name text, display_name text, description text, content_type text, media_support jsonb,
        display_order int)
ON CONFLICT (workspace_id, name) DO NOTHING

-- name: keep_channels
-- Cells of the support matrix; one that is there stays as people made it, switched off or not.
INSERT INTO channel_support
       (id, workspace_id, platform_id, channel_type_id, is_supported, status, priority, notes)
SELECT told.id, :workspace, p.id, t.id, true, told.status, told.priority, told.notes
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told
       (id uuid, platform text, channel text, status text, priority int, notes text)
  JOIN platforms p ON p.workspace_id = :workspace AND p.name = told.platform
  JOIN channel_types t ON t.workspace_id = :workspace AND t.name = told.channel
ON CONFLICT (platform_id, channel_type_id) DO NOTHING

-- name: keep_capabilities
-- What whole platforms can do. A newer file corrects a row unless a person has touched it; is_active is never set.
INSERT INTO platform_capabilities AS held
       (id, workspace_id, platform_id, capability_type, capability_name, capability_value, unit,
        min_value, max_value, description, source, display_order, is_active)
SELECT told.id, :workspace, p.id, told.category, told.key, told.value, nullif(told.unit, ''),
       told.min_value, told.max_value, told.description, told.source, told.display_order, true
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told
       (id uuid, platform text, category text, key text, value text, unit text, min_value numeric,
        max_value numeric, description text, source text, display_order int)
  JOIN platforms p ON p.workspace_id = :workspace AND p.name = told.platform
ON CONFLICT (platform_id, capability_type, capability_name) DO UPDATE
   SET capability_value = excluded.capability_value, unit = excluded.unit, min_value = excluded.min_value,
       max_value = excluded.max_value, description = excluded.description, source = excluded.source,
       display_order = excluded.display_order, updated_at = now()
 WHERE held.changed_at IS NULL AND held.changed_by_id IS NULL
   AND (held.capability_value, held.unit, held.min_value, held.max_value, held.description, held.source, held.display_order)
       IS DISTINCT FROM
       (excluded.capability_value, excluded.unit, excluded.min_value, excluded.max_value, excluded.description,
        excluded.source, excluded.display_order)

-- name: keep_requirements
-- Rules of channels, in the same way.
INSERT INTO channel_requirements AS held
       (id, workspace_id, platform_id, channel_type_id, requirement_category, requirement_key, requirement_value, unit,
        min_value, max_value, is_mandatory, validation_rules, description, source, priority, display_order, is_active)
SELECT told.id, :workspace, p.id, t.id, told.category, told.key, told.value, nullif(told.unit, ''),
       told.min_value, told.max_value, told.is_mandatory, CAST('{}' AS jsonb), told.description, told.source, 0,
       told.display_order, true
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told
       (id uuid, platform text, channel text, category text, key text, value text, unit text, min_value numeric,
        max_value numeric, is_mandatory boolean, description text, source text, display_order int)
  JOIN platforms p ON p.workspace_id = :workspace AND p.name = told.platform
  JOIN channel_types t ON t.workspace_id = :workspace AND t.name = told.channel
ON CONFLICT (platform_id, channel_type_id, requirement_category, requirement_key) DO UPDATE
   SET requirement_value = excluded.requirement_value, unit = excluded.unit, min_value = excluded.min_value,
       max_value = excluded.max_value, is_mandatory = excluded.is_mandatory, description = excluded.description,
       source = excluded.source, display_order = excluded.display_order, updated_at = now()
 WHERE held.changed_at IS NULL AND held.changed_by_id IS NULL
   AND (held.requirement_value, held.unit, held.min_value, held.max_value, held.is_mandatory, held.description,
        held.source, held.display_order)
       IS DISTINCT FROM
       (excluded.requirement_value, excluded.unit, excluded.min_value, excluded.max_value, excluded.is_mandatory,
        excluded.description, excluded.source, excluded.display_order)
