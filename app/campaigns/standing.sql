-- name: numbers
-- Of some campaigns: their posts, what is planned and out of them, what needs a person, and how they did.
SELECT posts.campaign_id AS id, count(DISTINCT posts.id) AS posts,
       count(planned.id) FILTER (WHERE planned.state IN ('scheduled', 'publishing')) AS scheduled,
       count(planned.id) FILTER (WHERE planned.state = 'published') AS published,
       count(planned.id) FILTER (WHERE planned.state IN ('held', 'failed', 'missed', 'unsure')) AS waiting,
       min(planned.scheduled_time) FILTER (WHERE planned.state = 'scheduled') AS next_at
FROM posts LEFT JOIN scheduled_posts planned ON planned.post_id = posts.id
WHERE posts.campaign_id = ANY(CAST(:ids AS uuid[]))
GROUP BY posts.campaign_id

-- name: did
-- How the published posts of a campaign did, by their latest figures.
SELECT count(*) AS measured, sum(views) AS views, sum(likes) AS likes, sum(comments) AS comments,
       sum(shares) AS shares, sum(clicks) AS clicks
FROM post_metrics
WHERE workspace_id = :workspace AND recorded_at IS NOT NULL
  AND post_id IN (SELECT id FROM posts WHERE campaign_id = :campaign)

-- name: planned
-- The next and the latest plans of each of some posts: when, where, and how it stands.
SELECT one.post_id, one.id, one.scheduled_time AS at, one.state, one.late_policy, one.late_minutes, one.late_own,
       platforms.name AS platform, platforms.display_name AS platform_label, accounts.name AS account,
       metrics.views, metrics.likes, metrics.comments, metrics.shares
FROM scheduled_posts one
JOIN platforms ON platforms.id = one.platform_id
JOIN accounts ON accounts.id = one.account_id
LEFT JOIN post_metrics metrics ON metrics.scheduled_post_id = one.id
WHERE one.post_id = ANY(CAST(:ids AS uuid[])) AND one.state <> 'cancelled'
ORDER BY one.scheduled_time, one.id LIMIT 500
