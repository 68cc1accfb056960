-- name: clashes
-- Of posts that are to go to some moments: which account has another post within a quarter of an hour.
SELECT wanted.id, min(near.scheduled_time) AS near
FROM unnest(CAST(:ids AS uuid[]), CAST(:accounts AS uuid[]), CAST(:times AS timestamptz[])) AS wanted(id, account, moment)
JOIN scheduled_posts near ON near.account_id = wanted.account AND near.workspace_id = :workspace
    AND near.scheduled_time > wanted.moment - interval '15 minutes'
    AND near.scheduled_time < wanted.moment + interval '15 minutes'
    AND near.state NOT IN ('cancelled', 'missed') AND near.id <> ALL(CAST(:ids AS uuid[]))
GROUP BY wanted.id
