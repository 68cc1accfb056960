-- name: published_without_numbers
-- Published posts that the collector does not know yet. It walks each workspace's index by state and time.
SELECT s.id AS scheduled_post_id, s.workspace_id, s.post_id, p.product_id, s.platform_id, s.account_id,
       s.published_at, s.remote_id, w.zone
FROM workspaces w
JOIN scheduled_posts s ON s.workspace_id = w.id
JOIN posts p ON p.id = s.post_id
WHERE s.state = 'published' AND s.scheduled_time > :since AND s.published_at > :since
  AND NOT EXISTS (SELECT 1 FROM post_metrics m WHERE m.scheduled_post_id = s.id)
LIMIT :batch

-- name: claim
-- Posts whose numbers are due, taken for a while by setting their next look ahead. Two collectors never share one.
WITH due AS (
    SELECT id FROM post_metrics WHERE next_at <= :now
    ORDER BY next_at LIMIT :batch FOR UPDATE SKIP LOCKED
)
UPDATE post_metrics m SET next_at = :lease, updated_at = :now FROM due WHERE m.id = due.id
RETURNING m.id, m.account_id

-- name: asked_for
-- The claimed posts of one account with what the platform calls them.
SELECT m.id, s.remote_id FROM post_metrics m JOIN scheduled_posts s ON s.id = m.scheduled_post_id
WHERE m.id = ANY(:ids) ORDER BY m.id

-- name: put_off
-- Ask for these again later, and say why.
UPDATE post_metrics SET next_at = greatest(:now + interval '10 minutes', CAST(:until AS timestamptz)),
    last_error = :reason, updated_at = :now
WHERE id = ANY(:ids)

-- name: give_up
-- Never ask for these again: the platform tells no numbers, or the post was published by hand.
UPDATE post_metrics SET next_at = NULL, last_error = :reason, updated_at = :now WHERE id = ANY(:ids)

-- name: add_to_day
-- What a look has brought, added to the day on which it was seen. An unknown counter stays unknown.
INSERT INTO daily_metrics AS d (id, workspace_id, day, platform_id, posts,
    likes, shares, comments, clicks, views, reach, impressions, saves)
VALUES (:id, :workspace, :day, :platform, :posts,
    :likes, :shares, :comments, :clicks, :views, :reach, :impressions, :saves)
ON CONFLICT (workspace_id, day, platform_id) DO UPDATE SET
    posts = d.posts + excluded.posts,
    likes = coalesce(d.likes + excluded.likes, d.likes, excluded.likes),
    shares = coalesce(d.shares + excluded.shares, d.shares, excluded.shares),
    comments = coalesce(d.comments + excluded.comments, d.comments, excluded.comments),
    clicks = coalesce(d.clicks + excluded.clicks, d.clicks, excluded.clicks),
    views = coalesce(d.views + excluded.views, d.views, excluded.views),
    reach = coalesce(d.reach + excluded.reach, d.reach, excluded.reach),
    impressions = coalesce(d.impressions + excluded.impressions, d.impressions, excluded.impressions),
    saves = coalesce(d.saves + excluded.saves, d.saves, excluded.saves),
    updated_at = now()
