-- name: load
-- Claimed posts with what speaks for or against sending them.
SELECT post.id, post.workspace_id, post.post_id, post.account_id, post.platform_id, post.channel_type_id,
    post.scheduled_time, post.due_at, post.zone, post.late_policy, post.late_minutes, post.tries, post.begun_at,
    post.remote_id, post.allowed, post.series_id,
    post.part_id, part.text AS part_text, parent.remote_id AS answers,
    channel_types.name AS channel, platforms.display_name AS platform,
    accounts.name AS account, accounts.state AS account_state, accounts.blocked_until,
    workspaces.name AS workspace, workspaces.sending_on, workspaces.approval_required,
    last.number AS last_number, last.handles
FROM scheduled_posts post
JOIN accounts ON accounts.id = post.account_id
JOIN workspaces ON workspaces.id = post.workspace_id
JOIN platforms ON platforms.id = post.platform_id
JOIN channel_types ON channel_types.id = post.channel_type_id
LEFT JOIN scheduled_posts parent ON parent.id = post.parent_id
LEFT JOIN post_parts part ON part.id = post.part_id
LEFT JOIN LATERAL (
    SELECT attempts.number, attempts.handles FROM attempts
    WHERE attempts.scheduled_post_id = post.id AND attempts.started_at >= post.begun_at
    ORDER BY attempts.started_at DESC, attempts.id DESC LIMIT 1) last ON post.begun_at IS NOT NULL
WHERE post.id = ANY(CAST(:ids AS uuid[])) AND post.state = 'publishing' AND post.lease_key = :key
ORDER BY post.account_id, post.due_at, post.scheduled_time, post.id

-- name: rich
-- Which of these posts have more than their text: variants, pictures, parts.
SELECT id FROM unnest(CAST(:ids AS uuid[])) AS wanted (id)
WHERE EXISTS (SELECT 1 FROM post_variants WHERE post_id = wanted.id)
   OR EXISTS (SELECT 1 FROM post_media WHERE post_id = wanted.id)
   OR EXISTS (SELECT 1 FROM post_parts WHERE post_id = wanted.id)
