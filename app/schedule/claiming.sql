-- name: moment
-- What time the database has: one clock for all machines.
SELECT clock_timestamp()

-- name: in_turn
-- For this transaction: read each account by the index that has its posts in order. The planner, which takes the few
-- that are due for fewer than they are, would rather read all that is due for each account, and sort it.
SELECT set_config('enable_sort', 'off', true), set_config('enable_incremental_sort', 'off', true)

-- name: accounts_due
-- Accounts with posts due that nobody is sending for: of each platform those that are overdue the longest, so that
-- one platform's many do not hide the others'. One look into the index an account.
SELECT id, platform_id, due_at FROM (
    SELECT accounts.id, accounts.platform_id, head.due_at,
        row_number() OVER (PARTITION BY accounts.platform_id ORDER BY head.due_at) AS place
    FROM accounts
    JOIN workspaces ON workspaces.id = accounts.workspace_id AND workspaces.sending_on
    CROSS JOIN LATERAL (
        SELECT post.due_at FROM scheduled_posts post
        WHERE post.account_id = accounts.id AND post.state = 'scheduled' AND post.due_at <= :now
        ORDER BY post.due_at LIMIT 1) head
    WHERE (accounts.blocked_until IS NULL OR accounts.blocked_until <= :now)
      AND (SELECT slogan_may_send(:mark))
      AND (SELECT true FROM scheduled_posts busy
           WHERE busy.account_id = accounts.id AND busy.state = 'publishing'
           ORDER BY busy.lease_until DESC LIMIT 1) IS NULL) waiting
WHERE place <= :limit
ORDER BY due_at

-- name: take_accounts
-- One claim at a time for each account. The claim itself comes after, so that it sees what the last one took.
SELECT id FROM accounts WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED

-- name: claim
-- The next due posts of each account, in their order, are ours, unless somebody is sending for it. Found first, by
-- one look an account (as NOT EXISTS the planner would read all that is being published), then taken by their ids:
-- joined, a planner that does not know how few they are would read the whole table.
UPDATE scheduled_posts SET state = 'publishing', lease_key = :key, updated_at = :now,
    lease_until = CAST(:now AS timestamptz) + make_interval(secs => :seconds)
WHERE id = ANY(ARRAY(
    SELECT post.id FROM unnest(CAST(:accounts AS uuid[])) AS mine (account_id)
    CROSS JOIN LATERAL (
        SELECT waiting.id FROM scheduled_posts waiting
        WHERE waiting.account_id = mine.account_id AND waiting.state = 'scheduled' AND waiting.due_at <= :now
        ORDER BY waiting.due_at, waiting.scheduled_time, waiting.id
        LIMIT :run
        FOR UPDATE SKIP LOCKED) post
    WHERE (SELECT slogan_may_send(:mark))
      AND (SELECT true FROM scheduled_posts busy
           WHERE busy.account_id = mine.account_id AND busy.state = 'publishing'
           ORDER BY busy.lease_until DESC LIMIT 1) IS NULL))
RETURNING account_id, id

-- name: put_off_blocked
-- Due posts of accounts that a platform asked to wait: again when the wait is over, in the order that they had.
WITH due AS MATERIALIZED (
    SELECT waiting.id, blocked.blocked_until, blocked.name
    FROM accounts blocked
    JOIN scheduled_posts waiting ON waiting.account_id = blocked.id
    WHERE blocked.blocked_until > :now AND waiting.state = 'scheduled' AND waiting.due_at <= :now
    LIMIT 1000
    FOR UPDATE OF waiting SKIP LOCKED)
UPDATE scheduled_posts post SET due_at = due.blocked_until, problem_kind = 'rate_limited', updated_at = :now,
    last_error = due.name || ' was asked to slow down.'
FROM due WHERE post.id = due.id
RETURNING post.id, post.workspace_id, post.zone, due.blocked_until AS until

-- name: give_back
-- Claimed posts that were not begun: due again as they were.
UPDATE scheduled_posts SET state = 'scheduled', lease_key = NULL, lease_until = NULL, updated_at = :now
WHERE id = ANY(CAST(:ids AS uuid[])) AND state = 'publishing' AND lease_key = :key

-- name: next_due
-- When the next post is due, if that is soon.
SELECT min(due_at) FROM scheduled_posts WHERE state = 'scheduled' AND due_at > :now AND due_at <= :soon

-- name: renew
-- A worker that lives keeps what it has claimed. What is being written this moment can wait for the next time.
UPDATE scheduled_posts SET lease_until = CAST(:now AS timestamptz) + make_interval(secs => :seconds)
WHERE id IN (SELECT id FROM scheduled_posts WHERE state = 'publishing' AND lease_key = :key
             FOR NO KEY UPDATE SKIP LOCKED)
