-- name: by_account
-- Overdue posts of each account of a workspace, and what their late policies would do with them now, as
-- `lateness.verdict` says it of each: a wait for a platform (due_at) is no lateness for a while.
SELECT accounts.id, accounts.name AS account, platforms.name AS platform, platforms.display_name AS platform_label,
       count(*) AS total, min(one.scheduled_time) AS oldest,
       count(*) FILTER (WHERE fate.goes) AS sent,
       count(*) FILTER (WHERE NOT fate.goes AND one.late_policy = 'ask') AS asked
FROM scheduled_posts one
CROSS JOIN LATERAL (
    SELECT one.scheduled_time >= :now - CAST(:grace AS interval)
        OR CASE WHEN one.late_policy = 'send' THEN one.scheduled_time >= :now - make_interval(mins => one.late_minutes)
           ELSE one.due_at >= :now - CAST(:grace AS interval)
               AND one.scheduled_time >= :now - CAST(:patience AS interval) END AS goes) fate
JOIN accounts ON accounts.id = one.account_id
JOIN platforms ON platforms.id = one.platform_id
WHERE one.workspace_id = :workspace AND one.state = 'scheduled' AND one.due_at <= :now
GROUP BY accounts.id, platforms.id ORDER BY total DESC, accounts.name

-- name: in_all
-- How many posts are overdue in the whole installation, and in how many workspaces.
SELECT count(*) AS posts, count(DISTINCT workspace_id) AS workspaces
FROM scheduled_posts WHERE state = 'scheduled' AND due_at <= :now

-- name: later
-- What is planned for later, from before this copy was started, on accounts that something may have gone out on.
SELECT planned.workspace_id, planned.account_id, count(*) AS posts
FROM scheduled_posts planned
JOIN accounts ON accounts.id = planned.account_id AND accounts.state <> 'new'
WHERE planned.state = 'scheduled' AND planned.due_at > :now AND planned.created_at < :started
GROUP BY planned.workspace_id, planned.account_id

-- name: hold
-- Every overdue post waits for a person, and says why; also one that a worker had taken up and not begun when the
-- backup was made, since that worker went on. One that it had begun is looked for, as ever.
WITH held AS (
    UPDATE scheduled_posts SET state = 'held', problem_kind = 'restored', last_error = CAST(:sentence AS text),
        lease_key = NULL, lease_until = NULL, updated_at = :now
    WHERE (state = 'scheduled' AND due_at <= :now) OR (state = 'publishing' AND NOT EXISTS (
        SELECT 1 FROM attempts WHERE attempts.scheduled_post_id = scheduled_posts.id AND outcome = 'sending'))
    RETURNING id, workspace_id)
INSERT INTO post_history (id, workspace_id, scheduled_post_id, verb, sentence, who, details, created_at)
SELECT gen_random_uuid(), workspace_id, id, 'hold', CAST(:sentence AS text), CAST(:who AS text), '{}', :now FROM held
RETURNING 1

-- name: sent_elsewhere
-- Every overdue post has gone out at its time, by the installation that this one is a copy of.
WITH out AS (
    UPDATE scheduled_posts SET state = 'published', published_at = scheduled_time, problem_kind = NULL,
        last_error = NULL, lease_key = NULL, lease_until = NULL, updated_at = :now
    WHERE (state = 'scheduled' AND due_at <= :now) OR (state = 'publishing' AND NOT EXISTS (
        SELECT 1 FROM attempts WHERE attempts.scheduled_post_id = scheduled_posts.id AND outcome = 'sending'))
    RETURNING id, workspace_id)
INSERT INTO post_history (id, workspace_id, scheduled_post_id, verb, sentence, who, details, created_at)
SELECT gen_random_uuid(), workspace_id, id, 'mark_published', CAST(:sentence AS text), CAST(:who AS text), '{}', :now
FROM out
RETURNING 1
