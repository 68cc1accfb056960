-- name: stopped_together
-- Posts whose late policy stopped them, in groups of what was found late at one go, the latest first.
WITH stopped AS (
    SELECT id, account_id, state, scheduled_time, coalesce(late_at, updated_at) AS at FROM scheduled_posts
    WHERE workspace_id = :workspace AND problem_kind = 'late' AND state IN ('held', 'missed')
      AND coalesce(late_at, updated_at) > :since),
marked AS (
    SELECT *, CASE WHEN at - lag(at) OVER (ORDER BY at, id) <= interval '30 minutes' THEN 0 ELSE 1 END AS fresh
    FROM stopped),
numbered AS (SELECT *, sum(fresh) OVER (ORDER BY at, id) AS number FROM marked)
SELECT count(*) FILTER (WHERE numbered.state = 'held') AS asked,
       count(*) FILTER (WHERE numbered.state = 'missed') AS skipped,
       min(scheduled_time) AS first_due, max(scheduled_time) AS last_due, min(at) AS found_at, max(at) AS until,
       count(DISTINCT account_id) AS accounts, min(accounts.name) AS account
FROM numbered JOIN accounts ON accounts.id = numbered.account_id
GROUP BY number ORDER BY found_at DESC LIMIT 20
