-- name: health
-- How each account has been doing: its latest tries, and the posts that wait for it or for a person. Figures end
-- at 500 tries and 1000 posts, so that an account of millions costs as much as a small one.
SELECT asked.id AS account_id, latest.tries, latest.good, latest.last_good, latest.trouble, latest.trouble_at,
    (SELECT min(expires_at) FROM platform_credentials WHERE account_id = asked.id AND is_active) AS ends_at,
    (SELECT count(*) FROM (
        SELECT 1 FROM scheduled_posts WHERE account_id = asked.id AND state = 'scheduled'
          AND scheduled_time > :yesterday LIMIT 1000) AS counted) AS waiting,
    (SELECT jsonb_agg(why ORDER BY why.posts DESC, why.kind, why.cause) FROM (
        SELECT problem_kind AS kind, cause, count(*) AS posts, min(scheduled_time) AS since FROM (
            SELECT problem_kind, cause, scheduled_time FROM scheduled_posts
            WHERE workspace_id = :workspace AND account_id = asked.id AND state = 'held' LIMIT 1000) AS counted
        GROUP BY problem_kind, cause) AS why) AS why
FROM unnest(CAST(:accounts AS uuid[])) AS asked (id)
CROSS JOIN LATERAL (
    SELECT count(*) AS tries,
        count(*) FILTER (WHERE outcome IN ('accepted', 'found')) AS good,
        max(started_at) FILTER (WHERE outcome IN ('accepted', 'found')) AS last_good,
        max(started_at) FILTER (WHERE is_trouble) AS trouble_at,
        (array_agg(message ORDER BY started_at DESC) FILTER (WHERE is_trouble))[1] AS trouble
    FROM (SELECT outcome, started_at, message,
              outcome IN ('transient', 'rate_limited', 'reconnect', 'refused', 'duplicate', 'unsure') AS is_trouble
          FROM attempts WHERE account_id = asked.id AND started_at > :since
          ORDER BY started_at DESC LIMIT 500) AS tried) AS latest
