-- name: lost
-- Posts whose worker is gone. A lease that ends later than any worker asks for comes from a clock that was put back.
SELECT id FROM scheduled_posts
WHERE state = 'publishing'
  AND (lease_until < :now OR lease_until > CAST(:now AS timestamptz) + make_interval(secs => :longest))
LIMIT 500
FOR UPDATE SKIP LOCKED

-- name: let_go
-- Unsure where a try had begun and nobody wrote how it ended, else due again. The rows are locked by now, and the
-- tries of those that held them before can be seen.
WITH lost AS MATERIALIZED (
    SELECT post.id, begun.started_at
    FROM scheduled_posts post
    LEFT JOIN LATERAL (
        SELECT min(attempts.started_at) AS started_at FROM attempts
        WHERE attempts.scheduled_post_id = post.id AND attempts.outcome = 'sending') begun ON true
    WHERE post.id = ANY(CAST(:ids AS uuid[])))
UPDATE scheduled_posts post SET
    state = CASE WHEN lost.started_at IS NULL THEN 'scheduled' ELSE 'unsure' END,
    due_at = CASE WHEN lost.started_at IS NULL THEN post.due_at ELSE :look END,
    begun_at = coalesce(post.begun_at, lost.started_at),
    tries = post.tries + CASE WHEN lost.started_at IS NULL THEN 0 ELSE 1 END,
    problem_kind = CASE WHEN lost.started_at IS NOT NULL THEN 'unsure' END,
    last_error = CASE WHEN lost.started_at IS NOT NULL
        THEN 'The worker stopped before the answer came, so it may be out.' END,
    lease_key = NULL, lease_until = NULL, updated_at = :now
FROM lost WHERE post.id = lost.id
RETURNING post.id, post.workspace_id, post.state

-- name: end_lost_attempts
-- The tries of posts that have just become unsure.
UPDATE attempts SET outcome = 'unsure', finished_at = :now,
    message = 'The worker stopped before the answer came, so it may be out.'
WHERE scheduled_post_id = ANY(CAST(:ids AS uuid[])) AND outcome = 'sending'

-- name: release
-- Held posts whose account works again. When they were due stays, so that their late policy sees the wait.
WITH free AS MATERIALIZED (
    SELECT held.id
    FROM scheduled_posts held
    JOIN accounts ON accounts.id = held.account_id AND accounts.state = 'connected'
    WHERE held.state = 'held' AND held.problem_kind = 'account'
    LIMIT 500
    FOR UPDATE OF held SKIP LOCKED)
UPDATE scheduled_posts post SET state = 'scheduled', problem_kind = NULL, last_error = NULL, updated_at = :now
FROM free WHERE post.id = free.id
RETURNING post.id, post.workspace_id

-- name: take_to_look
-- Unsure posts whose next look is due. Until it is done, nobody else looks. Those of a restored copy are looked for
-- by `catching_up`.
WITH next AS MATERIALIZED (
    SELECT id FROM scheduled_posts
    WHERE state = 'unsure' AND due_at <= :now AND problem_kind IS DISTINCT FROM 'restored'
    ORDER BY due_at LIMIT :batch
    FOR UPDATE SKIP LOCKED)
UPDATE scheduled_posts post SET lease_key = :key, due_at = :again, updated_at = :now
FROM next WHERE post.id = next.id
RETURNING post.id, post.workspace_id, post.account_id, post.due_at, post.scheduled_time

-- name: looks
-- How often Slogan has looked for a post since it was last lost sight of.
SELECT count(*) FROM post_history
WHERE scheduled_post_id = :id AND verb = 'look'
  AND created_at > coalesce((SELECT max(created_at) FROM post_history
                             WHERE scheduled_post_id = :id AND verb = 'lose'), '-infinity')
