-- name: spans
-- Of each span of time (a day, an hour): how many posts it has, and the first few of them. The cost
-- follows the spans, not the posts: ix_scheduled_posts_calendar is entered once for each.
WITH spans AS (
    SELECT * FROM unnest(CAST(:begins AS timestamptz[]), CAST(:ends AS timestamptz[]))
        WITH ORDINALITY AS span(begins, ends, number)),
counted AS MATERIALIZED (
    SELECT span.number, found.total FROM spans span
    CROSS JOIN LATERAL (
        SELECT count(*) AS total FROM scheduled_posts one
        WHERE one.workspace_id = :workspace AND one.scheduled_time >= span.begins AND one.scheduled_time < span.ends
          AND one.state = ANY(CAST(:states AS text[]))
          AND (CAST(:platform AS uuid) IS NULL OR one.platform_id = :platform)
          AND (CAST(:account AS uuid) IS NULL OR one.account_id = :account)
          AND (CAST(:late AS text) IS NULL OR one.late_policy = :late)
          AND (CAST(:campaign AS uuid) IS NULL OR EXISTS (
              SELECT 1 FROM posts WHERE posts.id = one.post_id AND posts.campaign_id = :campaign))
          AND (CAST(:kind AS text) IS NULL OR EXISTS (
              SELECT 1 FROM posts WHERE posts.id = one.post_id AND posts.content_type = :kind))) found
    WHERE found.total > 0)
SELECT counted.number, counted.total, few.id
FROM counted JOIN spans span ON span.number = counted.number
CROSS JOIN LATERAL (
    SELECT one.id, one.scheduled_time FROM scheduled_posts one
    WHERE one.workspace_id = :workspace AND one.scheduled_time >= span.begins AND one.scheduled_time < span.ends
      AND one.state = ANY(CAST(:states AS text[]))
      AND (CAST(:platform AS uuid) IS NULL OR one.platform_id = :platform)
      AND (CAST(:account AS uuid) IS NULL OR one.account_id = :account)
      AND (CAST(:late AS text) IS NULL OR one.late_policy = :late)
      AND (CAST(:campaign AS uuid) IS NULL OR EXISTS (
          SELECT 1 FROM posts WHERE posts.id = one.post_id AND posts.campaign_id = :campaign))
      AND (CAST(:kind AS text) IS NULL OR EXISTS (
          SELECT 1 FROM posts WHERE posts.id = one.post_id AND posts.content_type = :kind))
    ORDER BY one.scheduled_time, one.id LIMIT :few) few
ORDER BY counted.number, few.scheduled_time, few.id

-- name: page
-- The next posts of the list after a place in time, in order.
SELECT one.id FROM scheduled_posts one
WHERE one.workspace_id = :workspace
  AND (one.scheduled_time, one.id) > (CAST(:time AS timestamptz), CAST(:id AS uuid))
  AND one.state = ANY(CAST(:states AS text[]))
  AND (CAST(:platform AS uuid) IS NULL OR one.platform_id = :platform)
  AND (CAST(:account AS uuid) IS NULL OR one.account_id = :account)
  AND (CAST(:late AS text) IS NULL OR one.late_policy = :late)
  AND (CAST(:campaign AS uuid) IS NULL OR EXISTS (
      SELECT 1 FROM posts WHERE posts.id = one.post_id AND posts.campaign_id = :campaign))
  AND (CAST(:kind AS text) IS NULL OR EXISTS (
      SELECT 1 FROM posts WHERE posts.id = one.post_id AND posts.content_type = :kind))
ORDER BY one.scheduled_time, one.id LIMIT :few

-- name: cards
-- What is shown of some scheduled posts, and what clashes with each: another post of the same account
-- within a quarter of an hour, or the same post again on the same channel of that account, unless one series
-- has both: that is what it is for. Each is fetched by its key, and IS NOT DISTINCT FROM keeps the planner from
-- reading an account's whole index.
SELECT one.id, one.post_id, one.series_id, one.scheduled_time AS at, one.state, one.last_error AS problem, one.account_id,
       written.kind, written.title, written.digest, written.ai_generated,
       accounts.name AS account, platforms.name AS platform, platforms.display_name AS platform_label,
       channel_types.display_name AS channel, one.late_policy, one.late_minutes, one.late_own,
       campaigns.name AS campaign, campaigns.late_policy AS campaign_late,
       CASE WHEN one.state IN ('scheduled', 'held') THEN (
           SELECT near.scheduled_time FROM scheduled_posts near
           WHERE near.account_id = one.account_id AND near.id <> one.id AND near.state NOT IN ('cancelled', 'missed')
             AND near.scheduled_time > one.scheduled_time - interval '15 minutes'
             AND near.scheduled_time < one.scheduled_time + interval '15 minutes'
           LIMIT 1) END AS near,
       CASE WHEN one.state IN ('scheduled', 'held') AND one.parent_id IS NULL THEN (
           SELECT again.scheduled_time FROM scheduled_posts again
           WHERE again.parent_id IS NULL AND again.post_id = one.post_id AND again.id <> one.id
             AND again.account_id IS NOT DISTINCT FROM one.account_id
             AND again.channel_type_id = one.channel_type_id AND again.state NOT IN ('cancelled', 'missed', 'failed')
             AND NOT EXISTS (SELECT 1 FROM series other WHERE other.id = again.series_id AND other.chain_id = mine.chain_id)
           LIMIT 1) END AS again, coalesce(mine.chain_id, one.id) AS source,
       CASE WHEN one.state = 'scheduled' THEN (
           SELECT found.sentence FROM preflight_findings found
           WHERE found.scheduled_post_id = one.id AND found.solved_at IS NULL AND found.kind <> 'outbox'
           ORDER BY found.weight DESC, found.kind LIMIT 1) END AS danger,
       one.vanished_at
FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS wanted(id, place)
CROSS JOIN LATERAL (
    SELECT * FROM scheduled_posts WHERE scheduled_posts.id = wanted.id
        AND scheduled_posts.workspace_id IS NOT DISTINCT FROM CAST(:workspace AS uuid) LIMIT 1) one
CROSS JOIN LATERAL (
    SELECT content_type AS kind, md5(coalesce(part.text, posts.text)) AS digest, ai_generated, campaign_id,
           left(coalesce('↳ ' || part.text, nullif(title, ''), posts.text), 160) AS title
    FROM posts LEFT JOIN post_parts part ON part.id = one.part_id
    WHERE posts.id = one.post_id LIMIT 1) written
JOIN accounts ON accounts.id = one.account_id
JOIN platforms ON platforms.id = one.platform_id
JOIN channel_types ON channel_types.id = one.channel_type_id
LEFT JOIN campaigns ON campaigns.id = written.campaign_id
LEFT JOIN series mine ON mine.id = one.series_id
ORDER BY wanted.place

-- name: unscheduled
-- Drafts and approved posts that no living plan has, the latest first.
SELECT posts.id, left(coalesce(nullif(posts.title, ''), posts.text), 160) AS title, posts.state,
       posts.content_type AS kind, posts.ai_generated, posts.updated_at
FROM posts
WHERE posts.workspace_id = :workspace AND posts.state IN ('draft', 'review', 'approved')
  AND NOT EXISTS (SELECT 1 FROM scheduled_posts planned
                  WHERE planned.post_id = posts.id AND planned.state <> 'cancelled')
ORDER BY posts.updated_at DESC, posts.id DESC LIMIT :few

-- name: choices
-- The accounts that posts may stand on, with their platforms, for the filters.
SELECT accounts.id, accounts.name, platforms.id AS platform_id, platforms.name AS platform,
       platforms.display_name AS platform_label
FROM accounts JOIN platforms ON platforms.id = accounts.platform_id
WHERE accounts.workspace_id = :workspace
ORDER BY platforms.priority, platforms.display_name, accounts.name

-- name: campaigns
-- The campaigns of a workspace for the filters, the open ones first.
SELECT id, name, state FROM campaigns WHERE workspace_id = :workspace
ORDER BY state DESC, name LIMIT 200
