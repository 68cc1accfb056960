-- name: counters
-- The numbers on the four cards.
SELECT
    (SELECT count(*) FROM scheduled_posts WHERE workspace_id = :workspace AND state = 'scheduled'
        AND scheduled_time >= :start AND scheduled_time < :end) AS scheduled_today,
    (SELECT count(*) FROM scheduled_posts WHERE workspace_id = :workspace AND state = 'published'
        AND scheduled_time >= :start AND scheduled_time < :end) AS published_today,
    (SELECT count(DISTINCT platform_id) FROM accounts WHERE workspace_id = :workspace
        AND archived_at IS NULL) AS platforms,
    (SELECT count(*) FROM (SELECT 1 FROM scheduled_posts WHERE workspace_id = :workspace AND state = 'scheduled'
        AND scheduled_time >= now() AND scheduled_time < now() + interval '7 days' LIMIT 1000) AS soon) AS waiting_week

-- name: waiting_for_people
-- How many things of each kind wait for a person. What failed or was missed is looked at for 30 days, unless a person
-- said so themselves; what is held for an account that needs reconnecting is told of with the account.
SELECT CASE WHEN state = 'held' AND problem_kind = 'person' THEN 'paused' ELSE state END AS state, count(*)
FROM scheduled_posts
WHERE workspace_id = :workspace AND state IN ('unsure', 'failed', 'held', 'missed')
  AND scheduled_time > now() - interval '30 days'
  AND (state NOT IN ('failed', 'missed') OR problem_kind IS DISTINCT FROM 'person')
  AND NOT (state = 'held' AND problem_kind = 'account' AND account_id = ANY(CAST(:lost AS uuid[])))
GROUP BY 1
UNION ALL
SELECT 'review', count(*) FROM posts WHERE workspace_id = :workspace AND state = 'review'

-- name: platforms
-- Each platform that has accounts: how many, how many of them need reconnecting, and its last post.
SELECT p.name, p.display_name, p.status, count(a.id) AS accounts,
       count(a.id) FILTER (WHERE a.state = 'reconnect') AS lost,
       count(a.id) FILTER (WHERE a.state = 'connected') AS connected,
       max(a.last_post_at) AS last_post_at
FROM platforms p JOIN accounts a ON a.platform_id = p.id AND a.archived_at IS NULL
WHERE p.workspace_id = :workspace
GROUP BY p.id ORDER BY p.priority, p.name

-- name: by_state
-- How many scheduled posts are in each state.
SELECT state, count(*) FROM scheduled_posts WHERE workspace_id = :workspace GROUP BY state
