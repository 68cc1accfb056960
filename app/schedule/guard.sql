-- name: policies
-- What each account may send in an hour and how soon again, its own word before its workspace's; and what its
-- platform takes (rows such as 50 "posts per day").
SELECT account.id, account.name, account.workspace_id, workspace.zone, platform.display_name AS platform,
    coalesce(account.hourly_cap, workspace.hourly_cap) AS hourly_cap,
    coalesce(account.same_text_days, workspace.same_text_days) AS same_text_days,
    coalesce(account.surplus, workspace.surplus) AS surplus,
    (SELECT array_agg(ARRAY[max_value::text, unit] ORDER BY max_value) FROM platform_capabilities
     WHERE platform_id = account.platform_id AND is_active AND max_value > 0 AND unit LIKE '% per %') AS limits
FROM accounts account
JOIN workspaces workspace ON workspace.id = account.workspace_id
JOIN platforms platform ON platform.id = account.platform_id
WHERE account.id = ANY(CAST(:accounts AS uuid[]))

-- name: sent
-- Of each limit (so many in so many seconds): how many went out, or may have, and when the earliest of them did.
SELECT wanted.number, recent.sent, recent.earliest
FROM unnest(CAST(:accounts AS uuid[]), CAST(:most AS int[]), CAST(:seconds AS float8[]))
    WITH ORDINALITY AS wanted(account, most, seconds, number)
CROSS JOIN LATERAL (
    SELECT count(*) AS sent, min(started_at) AS earliest
    FROM (SELECT started_at FROM attempts
          WHERE account_id = wanted.account AND started_at > :since AND started_at < :soon
            AND started_at > :now - make_interval(secs => wanted.seconds)
            AND outcome IN ('sending', 'accepted', 'unsure', 'found', 'duplicate')
          ORDER BY started_at DESC LIMIT wanted.most) latest) recent
WHERE recent.sent > 0

-- name: said
-- Which texts went out on their account and channel before, or may have: another post's, or this very post once it
-- was accepted. A feed post and a story may say the same.
SELECT wanted.post, earlier.scheduled_post_id = wanted.post AS itself, earlier.started_at
FROM unnest(CAST(:posts AS uuid[]), CAST(:accounts AS uuid[]), CAST(:digests AS bytea[]),
            CAST(:since AS timestamptz[]), CAST(:channels AS uuid[])) AS wanted(post, account, digest, since, channel)
CROSS JOIN LATERAL (
    SELECT scheduled_post_id, started_at FROM attempts
    WHERE account_id = wanted.account AND text_digest = wanted.digest AND started_at > wanted.since
      AND started_at > :earliest AND started_at < :soon
      AND (outcome IN ('accepted', 'found')
           OR (scheduled_post_id <> wanted.post AND outcome IN ('sending', 'unsure', 'duplicate')))
      AND (SELECT channel_type_id FROM scheduled_posts WHERE scheduled_posts.id = attempts.scheduled_post_id)
          = wanted.channel
    ORDER BY started_at DESC LIMIT 1) earlier

-- name: tail
-- When the last post is due that its account's cap, or its platform's, put off.
SELECT max(due_at) FROM scheduled_posts
WHERE workspace_id = :workspace AND account_id = :account AND problem_kind = :kind AND state = 'scheduled'
  AND problem_kind IN ('burst', 'same_text', 'pace')
