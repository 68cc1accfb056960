-- name: crowded
-- Waiting posts that come when their account's cap is used up by the hour before, and where that hour began.
WITH waiting AS (
    SELECT post.account_id, post.scheduled_time, coalesce(account.hourly_cap, workspace.hourly_cap) AS cap
    FROM scheduled_posts post
    JOIN accounts account ON account.id = post.account_id
    JOIN workspaces workspace ON workspace.id = post.workspace_id
    WHERE post.workspace_id = :workspace AND post.state = 'scheduled' AND NOT post.allowed
      AND post.scheduled_time >= :start AND post.scheduled_time < :end
      AND (CAST(:account AS uuid) IS NULL OR post.account_id = :account)),
counted AS (
    SELECT account_id, scheduled_time, cap, count(*) OVER hour AS within, min(scheduled_time) OVER hour AS begins
    FROM waiting WHERE cap > 0
    WINDOW hour AS (PARTITION BY account_id ORDER BY scheduled_time
                    RANGE BETWEEN interval '59 minutes 59 seconds' PRECEDING AND CURRENT ROW))
SELECT DISTINCT account_id, begins, scheduled_time AS ends, cap FROM counted WHERE within > cap
ORDER BY account_id, ends
LIMIT 1000

-- name: plans
-- An account's waiting posts from a moment on, in their order.
SELECT id, scheduled_time FROM scheduled_posts
WHERE workspace_id = :workspace AND account_id = :account AND state = 'scheduled' AND NOT allowed
  AND scheduled_time >= :start AND scheduled_time <= :end
ORDER BY scheduled_time, id LIMIT :few

-- name: just_sent
-- When an account's latest posts went out, or may have.
SELECT started_at FROM attempts
WHERE account_id = :account AND started_at > :since AND started_at < :now
  AND outcome IN ('sending', 'accepted', 'unsure', 'found', 'duplicate')
ORDER BY started_at
