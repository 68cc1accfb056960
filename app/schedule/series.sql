-- name: clear
-- The coming posts of a series that nobody touched leave the calendar. One that a worker claims at this very
-- moment is no longer `scheduled`, and stays.
DELETE FROM scheduled_posts
WHERE series_id = :series AND state = 'scheduled' AND NOT detached AND tries = 0
  AND scheduled_time > CAST(:since AS timestamptz) AND id <> ALL(CAST(:keep AS uuid[]))
RETURNING id

-- name: forget_refusals
-- What could not be planned is thought about anew.
DELETE FROM series_gaps WHERE series_id = :series AND kind = 'refused'
