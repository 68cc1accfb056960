-- name: by_account
-- Overdue posts of each account of a workspace, and what their late policies would do with them now.
SELECT accounts.id, accounts.name AS account, platforms.name AS platform, platforms.display_name AS platform_label,
       count(*) AS total, min(one.scheduled_time) AS oldest,
       count(*) FILTER (WHERE one.scheduled_time > :now - interval '5 minutes' OR (one.late_policy = 'send'
           AND one.scheduled_time >= :now - make_interval(mins => one.late_minutes))) AS sent,
       count(*) FILTER (WHERE one.scheduled_time <= :now - interval '5 minutes' AND one.late_policy = 'ask') AS asked
FROM scheduled_posts one
JOIN accounts ON accounts.id = one.account_id
JOIN platforms ON platforms.id = one.platform_id
WHERE one.workspace_id = :workspace AND one.state = 'scheduled' AND one.due_at <= :now
GROUP BY accounts.id, platforms.id ORDER BY total DESC, accounts.name

-- name: in_all
-- How many posts are overdue in the whole installation, and in how many workspaces.
SELECT count(*) AS posts, count(DISTINCT workspace_id) AS workspaces
FROM scheduled_posts WHERE state = 'scheduled' AND due_at <= :now

-- name: hold
-- Every overdue post waits for a person, and says why.
WITH held AS (
    UPDATE scheduled_posts SET state = 'held', problem_kind = 'restored', last_error = CAST(:sentence AS text),
        updated_at = :now
    WHERE state = 'scheduled' AND due_at <= :now
    RETURNING id, workspace_id)
INSERT INTO post_history (id, workspace_id, scheduled_post_id, verb, sentence, who, details, created_at)
SELECT gen_random_uuid(), workspace_id, id, 'hold', CAST(:sentence AS text), CAST(:who AS text), '{}', :now FROM held
RETURNING 1

-- name: sent_elsewhere
-- Every overdue post has gone out at its time, by the installation that this one is a copy of.
WITH out AS (
    UPDATE scheduled_posts SET state = 'published', published_at = scheduled_time, problem_kind = NULL,
        last_error = NULL, updated_at = :now
    WHERE state = 'scheduled' AND due_at <= :now
    RETURNING id, workspace_id)
INSERT INTO post_history (id, workspace_id, scheduled_post_id, verb, sentence, who, details, created_at)
SELECT gen_random_uuid(), workspace_id, id, 'mark_published', CAST(:sentence AS text), CAST(:who AS text), '{}', :now
FROM out
RETURNING 1
