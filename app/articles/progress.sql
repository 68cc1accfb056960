-- name: take_section
-- The row is made or moved in one statement, so that of two workers one gets nothing.
INSERT INTO syndication_progress (id, workspace_id, article_id, section_id, platform_id, channel_type_id, state)
VALUES (:id, :workspace, :article, :section, :platform, :kind, 'processing')
ON CONFLICT (section_id, platform_id, channel_type_id) DO UPDATE
SET state = 'processing', error_message = NULL, updated_at = now()
WHERE syndication_progress.state IN ('pending', 'failed')
   OR (syndication_progress.state = 'processing' AND syndication_progress.updated_at < now() - interval '30 minutes')
RETURNING id
