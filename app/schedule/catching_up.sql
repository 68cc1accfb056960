-- name: mark
-- Of what was here before a copy was started, it is known until the backup what became of it. What was out by then
-- went out once; a follow-up of what has just gone out may be unknown.
UPDATE scheduled_posts SET known_until = least(known_until, CAST(:since AS timestamptz))
WHERE created_at < :started AND (state <> 'published' OR published_at > CAST(:since AS timestamptz) - interval '1 hour')

-- name: doubt
-- What is planned and may have gone out since is looked for before anything else; where nothing is connected, nothing
-- has gone out and nothing will.
WITH doubted AS (
    UPDATE scheduled_posts post SET state = 'unsure', problem_kind = 'restored', due_at = :now, updated_at = :now,
        last_error = CAST(:sentence AS text)
    FROM accounts
    WHERE accounts.id = post.account_id AND accounts.state <> 'new'
      AND post.state = 'scheduled' AND post.known_until IS NOT NULL
    RETURNING post.id, post.workspace_id)
INSERT INTO post_history (id, workspace_id, scheduled_post_id, verb, sentence, who, details, created_at)
SELECT gen_random_uuid(), workspace_id, id, 'lose', CAST(:sentence AS text), 'Slogan', '{}', :now FROM doubted

-- name: take
-- Accounts that work and have posts to be looked for; nobody else looks for a while.
WITH next AS MATERIALIZED (
    SELECT post.id FROM scheduled_posts post
    JOIN accounts ON accounts.id = post.account_id AND accounts.state = 'connected'
    WHERE post.problem_kind = 'restored' AND post.due_at <= :now AND post.state IN ('unsure', 'held')
      AND post.known_until IS NOT NULL
    FOR UPDATE OF post SKIP LOCKED),
taken AS (
    UPDATE scheduled_posts post SET due_at = :again FROM next WHERE post.id = next.id
    RETURNING post.workspace_id, post.account_id, post.known_until)
SELECT workspace_id, account_id, min(known_until) AS since
FROM taken GROUP BY workspace_id, account_id

-- name: known
-- Which of these are posts of an account that are known to be out.
SELECT remote_id FROM scheduled_posts
WHERE account_id = :account AND remote_id = ANY(CAST(:ids AS text[])) AND state = 'published'

-- name: free
-- What has surely not gone out is on the plan again, for its own time; what waits for a person may be sent by them.
WITH free AS (
    UPDATE scheduled_posts SET known_until = NULL, due_at = scheduled_time, updated_at = :now,
        state = CASE state WHEN 'unsure' THEN 'scheduled' ELSE state END,
        problem_kind = CASE state WHEN 'held' THEN problem_kind END,
        last_error = CASE state WHEN 'held' THEN last_error END
    WHERE id = ANY(CAST(:ids AS uuid[])) AND problem_kind = 'restored' AND state IN ('unsure', 'held')
    RETURNING id, workspace_id)
INSERT INTO post_history (id, workspace_id, scheduled_post_id, verb, sentence, who, details, created_at)
SELECT gen_random_uuid(), workspace_id, id, 'look', CAST(:sentence AS text), 'Slogan', '{}', :now FROM free

-- name: ask
-- Nobody but a person can say of these whether they are out.
WITH held AS (
    UPDATE scheduled_posts SET state = 'held', due_at = :never, updated_at = :now, last_error = CAST(:sentence AS text)
    WHERE id = ANY(CAST(:ids AS uuid[])) AND problem_kind = 'restored' AND state IN ('unsure', 'held')
    RETURNING id, workspace_id)
INSERT INTO post_history (id, workspace_id, scheduled_post_id, verb, sentence, who, details, created_at)
SELECT gen_random_uuid(), workspace_id, id, 'hold', CAST(:sentence AS text), 'Slogan', '{}', :now FROM held
