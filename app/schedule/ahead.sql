-- name: due_ahead
-- The posts that are to go out before a moment, soonest first, after a place in that order; each with the words
-- that its channel gets; a follow-up says its own, without the post's link and title.
SELECT one.id, one.post_id, one.account_id, one.platform_id, one.channel_type_id, one.scheduled_time, one.due_at, one.zone,
       one.allowed, one.series_id, CASE WHEN one.part_id IS NULL THEN posts.link END AS link,
       CASE WHEN one.part_id IS NOT NULL THEN coalesce(part.text, '')
            ELSE coalesce(CASE WHEN btrim(variant.text) <> '' THEN variant.text END, posts.text) END AS words,
       posts.state AS post_state, CASE WHEN one.part_id IS NULL THEN posts.title ELSE '' END AS title, one.part_id
FROM scheduled_posts one
JOIN posts ON posts.id = one.post_id
LEFT JOIN post_parts part ON part.id = one.part_id
LEFT JOIN post_variants variant ON variant.post_id = one.post_id AND variant.platform_id = one.platform_id
     AND variant.channel_type_id = one.channel_type_id
WHERE one.workspace_id = :workspace AND one.state = 'scheduled' AND one.scheduled_time < :until
  AND (CAST(:platform AS uuid) IS NULL OR one.platform_id = :platform)
  AND (one.scheduled_time, one.id) > (CAST(:time AS timestamptz), CAST(:id AS uuid))
ORDER BY one.scheduled_time, one.id LIMIT :batch

-- name: accounts_ahead
-- The accounts that something is planned for before a moment.
SELECT DISTINCT account_id FROM scheduled_posts
WHERE workspace_id = :workspace AND state = 'scheduled' AND scheduled_time < :until

-- name: sent_lately
-- When some accounts have sent since a moment, or may have, oldest first.
SELECT account_id, started_at FROM attempts
WHERE account_id = ANY(CAST(:accounts AS uuid[])) AND started_at > :since
  AND outcome IN ('sending', 'accepted', 'unsure', 'found', 'duplicate')
ORDER BY started_at LIMIT 20000

-- name: said_before
-- When its account last said the same as each of some posts: another post of it, or this very post once it was accepted.
SELECT wanted.post, earlier.started_at
FROM unnest(CAST(:posts AS uuid[]), CAST(:accounts AS uuid[]), CAST(:digests AS bytea[]),
            CAST(:since AS timestamptz[]), CAST(:channels AS uuid[])) AS wanted(post, account, digest, since, channel)
CROSS JOIN LATERAL (
    SELECT started_at FROM attempts
    WHERE account_id = wanted.account AND text_digest = wanted.digest AND started_at > wanted.since
      AND started_at > :earliest
      AND (outcome IN ('accepted', 'found')
           OR (scheduled_post_id <> wanted.post AND outcome IN ('sending', 'unsure', 'duplicate')))
      AND (SELECT channel_type_id FROM scheduled_posts WHERE scheduled_posts.id = attempts.scheduled_post_id)
          = wanted.channel
    ORDER BY started_at DESC LIMIT 1) earlier
