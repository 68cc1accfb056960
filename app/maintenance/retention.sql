-- name: expired
-- The months of a table that ended so many months ago.
SELECT month.name, month.begins, month.ends
FROM (
    SELECT part.relname AS name,
           CAST((regexp_match(pg_get_expr(part.relpartbound, part.oid), 'FROM \(''([^'']+)'))[1] AS timestamptz) AS begins,
           CAST((regexp_match(pg_get_expr(part.relpartbound, part.oid), 'TO \(''([^'']+)'))[1] AS timestamptz) AS ends
    FROM pg_inherits JOIN pg_class part ON part.oid = pg_inherits.inhrelid
    WHERE pg_inherits.inhparent = to_regclass('public.' || CAST(:table AS text))) month
WHERE month.ends <= now() - make_interval(months => :months)
ORDER BY month.begins

-- name: tries_of_living_posts
-- How many tries of a month belong to posts that may still be sent: their handles say what of them is out.
SELECT count(*) FROM attempts JOIN scheduled_posts post ON post.id = attempts.scheduled_post_id
WHERE attempts.started_at >= :begins AND attempts.started_at < :ends
  AND (post.state <> 'published' OR post.problem_kind IS NOT NULL)

-- name: tries_of_posts_that_are_done
-- The other tries of that month: their posts are out, wholly, and are never sent again.
DELETE FROM attempts USING scheduled_posts post
WHERE attempts.started_at >= :begins AND attempts.started_at < :ends AND post.id = attempts.scheduled_post_id
  AND post.state = 'published' AND post.problem_kind IS NULL

-- name: notices
-- Notices that were closed long ago, with who read them and the mails about them. What is open stays.
DELETE FROM notices WHERE id IN (
    SELECT id FROM notices WHERE closed_at < now() - make_interval(days => :days) LIMIT :batch)

-- name: notice_deliveries
-- Mails and messages that have ended long ago, however they ended; also those of notices that are still open, since
-- a round of telling is never begun twice.
DELETE FROM notice_deliveries WHERE id IN (
    SELECT id FROM notice_deliveries
    WHERE created_at < now() - make_interval(days => :days) AND state NOT IN ('waiting', 'sending') LIMIT :batch)

-- name: activities
-- Long work that ended long ago.
DELETE FROM activities WHERE id IN (
    SELECT id FROM activities WHERE finished_at < now() - make_interval(days => :days) LIMIT :batch)

-- name: outages
-- Times away that nobody asks for any more: what was missed is listed for a month.
DELETE FROM outages WHERE id IN (
    SELECT id FROM outages WHERE ended_at < now() - make_interval(days => :days) LIMIT :batch)

-- name: post_looks
-- What was looked at for the last time long ago; what vanished stays until a person has seen to it.
DELETE FROM post_looks WHERE id IN (
    SELECT id FROM post_looks
    WHERE due_at IS NULL AND outcome <> 'vanished' AND published_at < now() - make_interval(days => :days) LIMIT :batch)

-- name: rate_budgets
-- Budgets of which nothing was heard for long, and that have run out.
DELETE FROM rate_budgets WHERE id IN (
    SELECT id FROM rate_budgets
    WHERE learnt_at < now() - make_interval(days => :days) AND coalesce(resets_at, learnt_at) < now() LIMIT :batch)

-- name: sizes
-- The space that tables take, with all their months and indexes.
SELECT parent.relname AS name, sum(pg_total_relation_size(coalesce(month.inhrelid, parent.oid))) AS bytes
FROM pg_class parent LEFT JOIN pg_inherits month ON month.inhparent = parent.oid AND parent.relkind = 'p'
WHERE parent.relnamespace = CAST('public' AS regnamespace) AND parent.relname = ANY(CAST(:tables AS text[]))
GROUP BY parent.relname
