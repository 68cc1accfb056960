-- name: taken
-- Which of some moments of an account's channel have a post already: of this schedule, or of anything else.
SELECT DISTINCT scheduled_time FROM scheduled_posts
WHERE workspace_id = :workspace AND account_id = :account AND channel_type_id = :channel
  AND scheduled_time = ANY(CAST(:moments AS timestamptz[])) AND state NOT IN ('cancelled', 'missed')

-- name: fills
-- The posts that stand at some moments on an account's channel.
SELECT scheduled.scheduled_time, scheduled.id, scheduled.state,
       left(coalesce(nullif(posts.title, ''), posts.text), 160) AS title, posts.content_type AS kind
FROM scheduled_posts scheduled
JOIN posts ON posts.id = scheduled.post_id
WHERE scheduled.workspace_id = :workspace AND scheduled.account_id = :account
  AND scheduled.channel_type_id = :channel
  AND scheduled.scheduled_time = ANY(CAST(:moments AS timestamptz[]))
  AND scheduled.state NOT IN ('cancelled', 'missed')
ORDER BY scheduled.scheduled_time, scheduled.id

-- name: strangers
-- Posts of an account that stand at some moments without belonging to this schedule.
SELECT scheduled_time FROM scheduled_posts
WHERE workspace_id = :workspace AND account_id = :account
  AND scheduled_time = ANY(CAST(:moments AS timestamptz[]))
  AND posting_schedule_id IS DISTINCT FROM :schedule
  AND state NOT IN ('cancelled', 'missed', 'published')
ORDER BY scheduled_time LIMIT 1

-- name: counts
-- For every posting schedule: its posts from now on, and those of a week.
SELECT posting_schedule_id AS id, count(*) AS planned,
       count(*) FILTER (WHERE scheduled_time >= :monday AND scheduled_time < :next_monday) AS week
FROM scheduled_posts
WHERE workspace_id = :workspace AND posting_schedule_id = ANY(CAST(:schedules AS uuid[]))
  AND scheduled_time >= least(CAST(:monday AS timestamptz), CAST(:now AS timestamptz))
  AND state NOT IN ('cancelled', 'missed')
GROUP BY posting_schedule_id
