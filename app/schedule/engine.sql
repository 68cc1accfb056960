-- name: claim_turn
-- Claims take turns, so that each sees which accounts the one before it has taken.
SELECT pg_advisory_xact_lock(5106414)

-- name: claim
-- The next due posts, by their time, of workspaces that may send and accounts that nobody is sending for.
WITH due AS MATERIALIZED (
    SELECT post.id
    FROM scheduled_posts post
    JOIN workspaces ON workspaces.id = post.workspace_id AND workspaces.sending_on
    WHERE post.state = 'scheduled' AND post.due_at <= :now
      AND NOT EXISTS (SELECT 1 FROM scheduled_posts busy
                      WHERE busy.account_id = post.account_id AND busy.state = 'publishing')
    ORDER BY post.due_at, post.scheduled_time, post.id
    LIMIT :batch
    FOR UPDATE OF post SKIP LOCKED)
UPDATE scheduled_posts post SET state = 'publishing', lease_key = :key, lease_until = :lease, updated_at = :now
FROM due WHERE post.id = due.id
RETURNING post.id, post.workspace_id, post.account_id, post.due_at, post.scheduled_time

-- name: put_off_blocked
-- Due posts of accounts that a platform asked to wait: again when the wait is over.
WITH due AS MATERIALIZED (
    SELECT waiting.id, blocked.blocked_until, blocked.name
    FROM scheduled_posts waiting
    JOIN accounts blocked ON blocked.id = waiting.account_id AND blocked.blocked_until > :now
    WHERE waiting.state = 'scheduled' AND waiting.due_at <= :now
    LIMIT 1000
    FOR UPDATE OF waiting SKIP LOCKED)
UPDATE scheduled_posts post SET due_at = due.blocked_until, problem_kind = 'rate_limited', updated_at = :now,
    last_error = due.name || ' was asked to slow down.'
FROM due WHERE post.id = due.id
RETURNING post.id, post.workspace_id, post.zone, due.blocked_until AS until

-- name: renew
-- A worker that lives keeps what it has claimed.
UPDATE scheduled_posts SET lease_until = :lease WHERE state = 'publishing' AND lease_key = :key

-- name: begin
-- The try begins, if the lease is still ours.
UPDATE scheduled_posts SET tries = tries + 1, begun_at = coalesce(begun_at, :begun),
    lease_until = :lease, updated_at = :now
WHERE id = :id AND state = 'publishing' AND lease_key = :key
RETURNING tries

-- name: let_go
-- Posts whose worker is gone: unsure where a try had begun and nobody wrote how it ended, else due again.
WITH lost AS MATERIALIZED (
    SELECT post.id, EXISTS (SELECT 1 FROM attempts
                            WHERE attempts.scheduled_post_id = post.id AND attempts.outcome = 'sending') AS begun
    FROM scheduled_posts post
    WHERE post.state = 'publishing' AND post.lease_until < :now
    LIMIT 500
    FOR UPDATE OF post SKIP LOCKED)
UPDATE scheduled_posts post SET
    state = CASE WHEN lost.begun THEN 'unsure' ELSE 'scheduled' END,
    due_at = CASE WHEN lost.begun THEN :look ELSE post.due_at END,
    problem_kind = CASE WHEN lost.begun THEN 'unsure' END,
    last_error = CASE WHEN lost.begun THEN 'The worker stopped before the answer came, so it may be out.' END,
    lease_key = NULL, lease_until = NULL, updated_at = :now
FROM lost WHERE post.id = lost.id
RETURNING post.id, post.workspace_id, post.state

-- name: end_lost_attempts
-- The tries of posts that have just become unsure.
UPDATE attempts SET outcome = 'unsure', finished_at = :now,
    message = 'The worker stopped before the answer came, so it may be out.'
WHERE scheduled_post_id = ANY(:ids) AND outcome = 'sending'

-- name: release
-- Held posts whose account works again.
WITH free AS MATERIALIZED (
    SELECT held.id
    FROM scheduled_posts held
    JOIN accounts ON accounts.id = held.account_id AND accounts.state = 'connected'
    WHERE held.state = 'held' AND held.problem_kind = 'account'
    LIMIT 500
    FOR UPDATE OF held SKIP LOCKED)
UPDATE scheduled_posts post SET state = 'scheduled', due_at = greatest(post.scheduled_time, :now),
    problem_kind = NULL, last_error = NULL, updated_at = :now
FROM free WHERE post.id = free.id
RETURNING post.id, post.workspace_id

-- name: take_to_look
-- Unsure posts whose next look is due. Until it is done, nobody else looks.
WITH next AS MATERIALIZED (
    SELECT id FROM scheduled_posts
    WHERE state = 'unsure' AND due_at <= :now
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
