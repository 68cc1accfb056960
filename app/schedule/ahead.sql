-- name: due_ahead
-- The posts that are to go out before a moment, soonest first, after a place in that order; each with the words
-- that its channel gets, and what they have in common with others that say the same.
SELECT one.id, one.post_id, one.account_id, one.platform_id, one.channel_type_id, one.scheduled_time, one.due_at, one.zone,
       posts.state AS post_state, posts.title, posts.link, said.words,
       md5(lower(regexp_replace(btrim(said.words), '\s+', ' ', 'g'))) AS mark
FROM scheduled_posts one
JOIN posts ON posts.id = one.post_id
LEFT JOIN post_variants variant ON variant.post_id = one.post_id AND variant.platform_id = one.platform_id
     AND variant.channel_type_id = one.channel_type_id
CROSS JOIN LATERAL (SELECT coalesce(CASE WHEN btrim(variant.text) <> '' THEN variant.text END, posts.text) AS words) said
WHERE one.workspace_id = :workspace AND one.state = 'scheduled' AND one.scheduled_time < :until
  AND (one.scheduled_time, one.id) > (CAST(:time AS timestamptz), CAST(:id AS uuid))
ORDER BY one.scheduled_time, one.id LIMIT :batch

-- name: accounts_ahead
-- The accounts that something is planned for before a moment.
SELECT DISTINCT account_id FROM scheduled_posts
WHERE workspace_id = :workspace AND state = 'scheduled' AND scheduled_time < :until

-- name: sent_lately
-- When some accounts have sent since a moment, oldest first.
SELECT account_id, published_at FROM scheduled_posts
WHERE account_id = ANY(CAST(:accounts AS uuid[])) AND scheduled_time > CAST(:since AS timestamptz) - interval '1 day'
  AND state = 'published' AND published_at > :since
ORDER BY published_at LIMIT 20000
