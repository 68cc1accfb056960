-- name: unnoticed
-- Posts that need a person and have no cause yet. What a person did needs no telling; an unsure post is told
-- of when no further look is planned.
SELECT post.id, post.workspace_id, post.account_id, post.platform_id, post.state, post.problem_kind, post.last_error,
       accounts.state AS account_state
FROM scheduled_posts post JOIN accounts ON accounts.id = post.account_id
WHERE post.cause IS NULL AND post.state IN ('failed', 'held', 'missed', 'unsure')
  AND post.problem_kind IS DISTINCT FROM 'person'
  AND (post.state <> 'unsure' OR post.due_at > '9000-01-01')
LIMIT :batch
FOR UPDATE OF post SKIP LOCKED

-- name: unnoticed_rest
-- Posts that are out while some of their parts are not, and of which nobody was told yet.
SELECT post.id, post.workspace_id, post.account_id, post.platform_id, post.state, post.problem_kind, post.last_error,
       accounts.state AS account_state
FROM scheduled_posts post JOIN accounts ON accounts.id = post.account_id
WHERE post.problem_kind = 'parts' AND post.state = 'published' AND post.cause IS NULL
LIMIT :batch
FOR UPDATE OF post SKIP LOCKED

-- name: give_causes
-- Each of these posts has its cause from now on, until it moves.
UPDATE scheduled_posts post SET cause = given.cause
FROM unnest(CAST(:ids AS uuid[]), CAST(:causes AS text[])) AS given (id, cause)
WHERE post.id = given.id

-- name: sizes
-- How many posts have each of these causes, and of which accounts they are.
SELECT asked.cause, count(*) AS size, array_agg(DISTINCT post.account_id) AS accounts
FROM unnest(CAST(:workspaces AS uuid[]), CAST(:causes AS text[])) AS asked (workspace_id, cause)
JOIN scheduled_posts post ON post.workspace_id = asked.workspace_id AND post.cause = asked.cause
GROUP BY asked.cause

-- name: drifted
-- Open notices of causes that have more or fewer posts than the notice says.
SELECT * FROM (
    SELECT told.id, told.workspace_id, told.cause, told.count,
           (SELECT count(*) FROM scheduled_posts post
            WHERE post.workspace_id = told.workspace_id AND post.cause = told.cause) AS size
    FROM notices told WHERE told.closed_at IS NULL AND left(told.cause, 6) = 'posts-') AS counted
WHERE size <> count

-- name: recount
-- So many posts have the cause now; that there are fewer is no news.
UPDATE notices SET count = :size WHERE id = :id AND closed_at IS NULL

-- name: states
-- The posts of a cause: their state and kind, which they have in common, and how many there are of each account.
SELECT state, problem_kind, account_id, count(*) AS size FROM scheduled_posts
WHERE workspace_id = :workspace AND cause = :cause
GROUP BY state, problem_kind, account_id ORDER BY size DESC, account_id

-- name: open_causes
-- The causes that posts of a workspace have now, the largest first, with how many there are of each account.
SELECT cause, state, problem_kind, sum(size) AS size, jsonb_object_agg(account_id, size) AS accounts
FROM (SELECT cause, state, problem_kind, account_id, count(*) AS size FROM scheduled_posts
      WHERE workspace_id = :workspace AND cause IS NOT NULL
      GROUP BY cause, state, problem_kind, account_id) AS counted
GROUP BY cause, state, problem_kind ORDER BY size DESC LIMIT 200

-- name: sentences
-- What is said of the posts of a cause, what most of them say first.
SELECT last_error FROM scheduled_posts
WHERE workspace_id = :workspace AND cause = :cause AND last_error IS NOT NULL
GROUP BY last_error ORDER BY count(*) DESC, last_error LIMIT :most
