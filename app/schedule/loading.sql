-- name: load
-- Claimed posts, each account's in their order, with what they say where nothing stands beside a post's own text.
SELECT one.id, one.post_id, one.account_id, one.platform_id, one.channel_type_id, one.scheduled_time, one.due_at,
    one.zone, one.allowed, one.series_id,
    CASE WHEN one.part_id IS NULL THEN posts.link END AS link,
    CASE WHEN one.part_id IS NULL THEN posts.text ELSE coalesce(part.text, '') END AS words,
    one.workspace_id, one.late_policy, one.late_minutes, one.tries, one.begun_at, one.remote_id, one.known_until,
    one.part_id, part.text AS part_text, parent.remote_id AS answers, parent.vanished_at IS NOT NULL AS unseen,
    last.number, last.handles,
    posts.product_id IS NOT NULL OR posts.product_was IS NOT NULL AS sells,
    posts.title, posts.text, posts.link AS address, posts.state
FROM scheduled_posts one
JOIN posts ON posts.id = one.post_id
LEFT JOIN scheduled_posts parent ON parent.id = one.parent_id
LEFT JOIN post_parts part ON part.id = one.part_id
LEFT JOIN LATERAL (
    SELECT attempts.number, attempts.handles FROM attempts
    WHERE attempts.scheduled_post_id = one.id AND attempts.started_at >= one.begun_at
    ORDER BY attempts.started_at DESC, attempts.id DESC LIMIT 1) last ON one.begun_at IS NOT NULL
WHERE one.id = ANY(CAST(:ids AS uuid[])) AND one.state = 'publishing' AND one.lease_key = :key
ORDER BY one.account_id, one.due_at, one.scheduled_time, one.id

-- name: rich
-- Which of these posts have more than their text: variants, pictures, parts.
SELECT post_id FROM post_variants WHERE post_id = ANY(CAST(:ids AS uuid[]))
UNION SELECT post_id FROM post_media WHERE post_id = ANY(CAST(:ids AS uuid[]))
UNION SELECT post_id FROM post_parts WHERE post_id = ANY(CAST(:ids AS uuid[]))

-- name: senders
-- Accounts as those need them who send for them: whose they are, what holds them up, and what opens them.
SELECT account.id, account.name, account.state, account.blocked_until,
    platform.name AS platform, platform.display_name AS platform_name,
    workspace.name AS home, workspace.sending_on, workspace.approval_required,
    (SELECT json_agg(json_build_array(credential_type, credential_key, credential_value,
        is_active AND (expires_at IS NULL OR expires_at > now())) ORDER BY credential_key)
     FROM platform_credentials WHERE account_id = account.id) AS credentials
FROM accounts account
JOIN workspaces workspace ON workspace.id = account.workspace_id
JOIN platforms platform ON platform.id = account.platform_id
WHERE account.id = ANY(CAST(:ids AS uuid[]))
