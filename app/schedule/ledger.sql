-- name: begin
-- Tries begin, where the lease is still ours: its key stands on posts that are being published alone. The row is locked, so that whoever settles lost leases sees the try.
-- A try that is written a second time, since nobody knows whether the first writing was kept, is the same try.
-- What would be sent comes beside the rest, a line each: it is the most of it, and is read but once.
WITH wanted AS (
    SELECT * FROM ROWS FROM (
        json_to_recordset(CAST(:rows AS json)) AS (
            id uuid, at timestamptz, post uuid, number int, handles jsonb, digest text),
        unnest(string_to_array(:payloads, chr(10)))) AS row (id, at, post, number, handles, digest, payload)),
ours AS MATERIALIZED (
    SELECT post.id, post.workspace_id, post.account_id FROM scheduled_posts post JOIN wanted ON wanted.post = post.id
    WHERE post.lease_key = :key
    FOR NO KEY UPDATE OF post)
INSERT INTO attempts (id, started_at, workspace_id, scheduled_post_id, account_id, number, key, outcome, payload,
    handles, text_digest, worker)
SELECT wanted.id, wanted.at, ours.workspace_id, ours.id, ours.account_id, wanted.number, ours.id::text,
    'sending', CAST(wanted.payload AS jsonb), wanted.handles, decode(wanted.digest, 'hex'), :worker
FROM wanted JOIN ours ON ours.id = wanted.post
ON CONFLICT (id, started_at) DO UPDATE SET worker = excluded.worker
RETURNING scheduled_post_id

-- name: take_back
-- A try that will not be made, while its post is ours: whoever settles a lost lease may have seen it.
DELETE FROM attempts USING scheduled_posts post
WHERE attempts.id = :id AND attempts.started_at = :at AND attempts.outcome = 'sending'
  AND post.id = attempts.scheduled_post_id AND post.lease_key = :key

-- name: let_go
-- A lease that runs out now, and that its worker does not make longer.
UPDATE scheduled_posts SET lease_until = :now, lease_key = NULL WHERE id = :post AND lease_key = :key

-- name: accept
-- Tries that were accepted: how they ended, the posts that are out now with a line for each in its history, the
-- contents of which something is out for the first time (by their ids in order: two workers may share one), and when
-- each account last had a post go out. The tries are named twice, so that no partition is read through for them.
-- What is recorded of a content has its id, since making up another takes a call to the system for each.
WITH said AS (
    SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS row (
        attempt uuid, started timestamptz, post uuid, at timestamptz, remote_id text, url text,
        text text, tries int, line uuid, sentence text)),
ended AS (
    UPDATE attempts SET outcome = 'accepted', finished_at = said.at, remote_id = said.remote_id,
        remote_url = said.url
    FROM said
    WHERE attempts.id = ANY(CAST(:tries AS uuid[])) AND attempts.started_at BETWEEN :first AND :last
      AND attempts.id = said.attempt AND attempts.started_at = said.started),
gone AS (
    UPDATE scheduled_posts post SET state = 'published', published_at = said.at, published_text = said.text,
        remote_id = said.remote_id, remote_url = said.url, tries = said.tries,
        begun_at = coalesce(post.begun_at, said.started), problem_kind = NULL, last_error = NULL,
        lease_until = NULL, lease_key = NULL, updated_at = said.at
    FROM said WHERE post.id = said.post AND post.lease_key = :key
    RETURNING post.id, post.workspace_id, said.at, said.line, said.sentence),
told AS (
    INSERT INTO post_history (id, workspace_id, scheduled_post_id, verb, sentence, who, details, created_at)
    SELECT gone.line, gone.workspace_id, gone.id, 'publish', gone.sentence, 'Slogan', '{}', gone.at FROM gone),
out AS (
    UPDATE posts SET state = 'published', updated_at = :now
    WHERE id = ANY(CAST(:contents AS uuid[])) AND state IN ('draft', 'review', 'approved')
    RETURNING posts.id, posts.workspace_id),
recorded AS (
    INSERT INTO audit_entries (id, at, workspace_id, who, what, kind, row_id, old_values, new_values)
    SELECT id, :now, workspace_id, 'Slogan', 'published', 'posts', id, '{}', '{}' FROM out),
noted AS (
    UPDATE accounts SET last_post_at = greatest(last_post_at, :now) WHERE id = ANY(CAST(:accounts AS uuid[])))
SELECT id FROM gone

-- name: stop
-- Posts against which something speaks: put off, held or missed, with the reason in their history.
WITH said AS (
    SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS row (
        post uuid, verb text, state text, kind text, reason text, line uuid, sentence text, until timestamptz)),
stopped AS (
    UPDATE scheduled_posts post SET state = said.state, problem_kind = said.kind, last_error = said.reason,
        due_at = coalesce(said.until, post.due_at),
        late_at = CASE WHEN said.kind = 'late' THEN :now ELSE post.late_at END, lease_until = NULL, lease_key = NULL, updated_at = :now
    FROM said WHERE post.id = said.post AND post.lease_key = :key
    RETURNING post.id, post.workspace_id, said.verb, said.line, said.sentence)
INSERT INTO post_history (id, workspace_id, scheduled_post_id, verb, sentence, who, details, created_at)
SELECT line, workspace_id, id, verb, sentence, 'Slogan', '{}', :now FROM stopped
