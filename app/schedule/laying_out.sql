-- name: due
-- The series that want more of their times on the calendar, the longest waiting first.
SELECT id, workspace_id FROM series
WHERE state = 'active' AND fill_at <= CAST(:now AS timestamptz)
ORDER BY fill_at, id LIMIT :batch

-- name: made
-- Which wall times of a series have been made or skipped already; a refused one is tried again.
SELECT occurrence FROM scheduled_posts
WHERE series_id = :series AND occurrence >= CAST(:begin AS timestamp) AND occurrence <= CAST(:end AS timestamp)
UNION ALL
SELECT occurrence FROM series_gaps
WHERE series_id = :series AND kind = 'skipped'
  AND occurrence >= CAST(:begin AS timestamp) AND occurrence <= CAST(:end AS timestamp)

-- name: uses
-- How often each post has been used by a series and those it was cut from or into, and when.
SELECT planned.post_id, count(*) AS times, array_agg(planned.scheduled_time) AS moments
FROM series one
JOIN scheduled_posts planned ON planned.series_id = one.id AND planned.state NOT IN ('cancelled', 'missed')
WHERE one.chain_id = :chain
GROUP BY planned.post_id

-- name: refuse
-- A time that could not be planned, with the reason.
INSERT INTO series_gaps (id, workspace_id, series_id, occurrence, kind, reason)
VALUES (:id, :workspace, :series, CAST(:occurrence AS timestamp), 'refused', :reason)
ON CONFLICT (series_id, occurrence) DO UPDATE SET reason = excluded.reason, updated_at = now()
WHERE series_gaps.kind = 'refused'

-- name: later
-- A series that broke is left alone for a while.
UPDATE series SET fill_at = CAST(:moment AS timestamptz) WHERE id = :series

-- name: busy
-- When some posts stand on the plan of an account's channel already, within a span of time.
SELECT post_id, scheduled_time FROM scheduled_posts
WHERE post_id = ANY(CAST(:posts AS uuid[])) AND account_id = :account AND channel_type_id = :channel
  AND state NOT IN ('cancelled', 'missed', 'failed')
  AND scheduled_time BETWEEN CAST(:begin AS timestamptz) AND CAST(:end AS timestamptz)
