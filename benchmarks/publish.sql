-- name: posts
-- So many posts with words of their own.
INSERT INTO posts (id, workspace_id, title, text, content_type, format, state, ai_generated, version)
SELECT uuidv7(), :workspace, '', 'Tartan number ' || n || ', woven in Lochcarron for the autumn, in nine colours '
    || 'that the dyers of the glen have made since 1892, from bracken, heather and the lichen of the hill.',
    'text', 'social_post', 'approved', false, 1
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n

-- name: plan
-- Each of them on the calendar of one of the accounts in turn, from a moment on, so many a second (0: all at once).
INSERT INTO scheduled_posts (id, workspace_id, post_id, account_id, platform_id, channel_type_id, scheduled_time, due_at,
    zone, state, late_policy, late_minutes, tries)
SELECT uuidv7(), :workspace, numbered.id, (CAST(:accounts AS uuid[]))[1 + numbered.n % :number], :platform,
    :channel_type, moment.at, moment.at, 'Europe/London', 'scheduled', 'send', 600, 0
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM posts
      WHERE NOT EXISTS (SELECT 1 FROM scheduled_posts WHERE scheduled_posts.post_id = posts.id)) numbered
CROSS JOIN LATERAL (
    SELECT CAST(:at AS timestamptz)
        + make_interval(secs => CASE WHEN :rate > 0 THEN numbered.n / CAST(:rate AS float8) ELSE 0 END) AS at) moment

-- name: left
-- Whether any of them waits or is under way. Asked every two seconds: counting them would cost the workers time.
SELECT EXISTS (SELECT FROM scheduled_posts WHERE state IN ('scheduled', 'publishing') AND scheduled_time >= :at)

-- name: lateness
-- How late they went out, in seconds: the median, the 95th percentile, the last; and how many there are.
SELECT percentile_cont(ARRAY[0.5, 0.95, 1]) WITHIN GROUP (ORDER BY extract(epoch FROM published_at - scheduled_time)),
    count(*), max(published_at)
FROM scheduled_posts WHERE state = 'published' AND scheduled_time >= :at
