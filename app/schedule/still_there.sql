-- name: take_up
-- Posts that were published a while ago and have no looks yet: each that the platform has a name for gets them.
WITH fresh AS MATERIALIZED (
    SELECT id FROM scheduled_posts
    WHERE state = 'published' AND look_planned_at IS NULL AND published_at > :since AND published_at <= :until
    ORDER BY published_at LIMIT :batch
    FOR UPDATE SKIP LOCKED),
marked AS (
    UPDATE scheduled_posts post SET look_planned_at = :now FROM fresh WHERE post.id = fresh.id
    RETURNING post.id, post.workspace_id, post.account_id, post.published_at, post.remote_id),
entered AS (
    INSERT INTO post_looks (id, workspace_id, scheduled_post_id, account_id, published_at, due_at, looks, outcome, says)
    SELECT gen_random_uuid(), workspace_id, id, account_id, published_at, CAST(:now AS timestamptz),
           CASE WHEN published_at < :now - interval '1 day' THEN 1 ELSE 0 END, 'waiting', ''
    FROM marked WHERE remote_id IS NOT NULL
    ON CONFLICT (scheduled_post_id) DO NOTHING)
SELECT id FROM marked

-- name: claim_turn
-- Claims take turns, so that each sees which accounts the one before it has taken.
SELECT pg_advisory_xact_lock(5106415)

-- name: claim
-- Looks that are due, of accounts that nobody is looking at. A lease that ran out is as good as none.
WITH due AS MATERIALIZED (
    SELECT id FROM post_looks look
    WHERE due_at <= :now AND (lease_until IS NULL OR lease_until < :now)
      AND NOT EXISTS (SELECT 1 FROM post_looks busy
                      WHERE busy.account_id = look.account_id AND busy.lease_until > :now)
    ORDER BY due_at LIMIT :batch
    FOR UPDATE SKIP LOCKED)
UPDATE post_looks look SET lease_until = :lease, updated_at = :now
FROM due JOIN post_looks mine ON mine.id = due.id
JOIN scheduled_posts post ON post.id = mine.scheduled_post_id
WHERE look.id = due.id
RETURNING look.id, look.scheduled_post_id, look.account_id, look.workspace_id, coalesce(post.remote_id, '') AS remote_id,
          look.published_at, look.looks, look.outcome

-- name: put_off
-- Looks that got no answer: later, or never where nobody has answered for days.
UPDATE post_looks SET lease_until = NULL, says = :why, updated_at = :now,
    due_at = CASE WHEN id = ANY(CAST(:late AS uuid[])) THEN NULL ELSE CAST(:until AS timestamptz) END,
    outcome = CASE WHEN id = ANY(CAST(:late AS uuid[])) AND outcome <> 'vanished' THEN 'unknown' ELSE outcome END
WHERE id = ANY(CAST(:ids AS uuid[])) AND outcome <> 'settled'

-- name: end_all
-- Looks that nobody can make: they end, and say why.
UPDATE post_looks SET lease_until = NULL, due_at = NULL, outcome = 'unknown', says = :why, looked_at = :now, updated_at = :now
WHERE id = ANY(CAST(:ids AS uuid[])) AND outcome <> 'settled'
