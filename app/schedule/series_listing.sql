-- name: coming
-- Series whose times within a span are not all laid out yet, and how many there are. What lies beyond is computed
-- from the rule.
SELECT id, name, rule, starts_at, zone, ends_at, laid_until, count(*) OVER () AS number FROM series
WHERE workspace_id = :workspace AND state = 'active'
  AND (laid_until IS NULL OR laid_until < CAST(:end AS timestamptz))
  AND starts_at < CAST(:end AS timestamptz) AT TIME ZONE 'UTC' + interval '1 day'
  AND (ends_at IS NULL OR ends_at > CAST(:begin AS timestamptz) AT TIME ZONE 'UTC' - interval '1 day')
  AND (CAST(:account AS uuid) IS NULL OR account_id = :account)
  AND (CAST(:platform AS uuid) IS NULL OR platform_id = :platform)
ORDER BY id LIMIT :most

-- name: gaps
-- Times of series within a span that were skipped or could not be planned.
SELECT gap.series_id, series.name, series.zone, gap.occurrence, gap.kind, gap.reason
FROM series_gaps gap JOIN series ON series.id = gap.series_id
WHERE gap.workspace_id = :workspace
  AND gap.occurrence > CAST(:begin AS timestamptz) AT TIME ZONE 'UTC' - interval '1 day'
  AND gap.occurrence < CAST(:end AS timestamptz) AT TIME ZONE 'UTC' + interval '1 day'
  AND series.state = 'active'
  AND (CAST(:account AS uuid) IS NULL OR series.account_id = :account)
  AND (CAST(:platform AS uuid) IS NULL OR series.platform_id = :platform)
ORDER BY gap.occurrence LIMIT 500
