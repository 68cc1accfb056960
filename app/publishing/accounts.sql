-- name: on_its_way
-- Whether a post of an account is being sent, or may be out.
SELECT 1 FROM scheduled_posts WHERE account_id = :account AND state IN ('publishing', 'unsure') LIMIT 1

-- name: cancel_posts
-- Everything that was still to go out to an account is cancelled, with a line in its history.
WITH gone AS (
    UPDATE scheduled_posts SET state = 'cancelled', lease_until = NULL, lease_key = NULL, updated_at = :now
    WHERE workspace_id = :workspace AND account_id = :account
      AND state IN ('scheduled', 'held', 'failed', 'missed', 'outbox')
    RETURNING id, workspace_id),
told AS (
    INSERT INTO post_history (id, workspace_id, scheduled_post_id, verb, sentence, who, details, created_at)
    SELECT gen_random_uuid(), workspace_id, id, 'cancel', :sentence, :who, '{}', :now FROM gone)
SELECT count(*) FROM gone

-- name: stop_schedules
-- Rules that fill slots of an account offer none any more.
UPDATE posting_schedules SET is_active = false, updated_at = :now
WHERE workspace_id = :workspace AND account_id = :account AND is_active

-- name: end_series
-- Series that post to an account end.
UPDATE series SET state = 'ended', trouble = :sentence, updated_at = :now
WHERE workspace_id = :workspace AND account_id = :account AND state IN ('active', 'paused')
