-- name: notify
-- One open notice for each cause: more of the same only counts.
INSERT INTO notices (id, workspace_id, cause, kind, severity, title, sentence, link, count, post_ids,
    opened_at, last_at, round, announced_count)
VALUES (CAST(:id AS uuid), CAST(:workspace AS uuid), :cause, :kind, :severity, :title, :sentence, :link, :count,
    CAST(:posts AS uuid[]), CAST(:moment AS timestamptz), CAST(:moment AS timestamptz), 0, 0)
ON CONFLICT (workspace_id, cause) WHERE closed_at IS NULL DO UPDATE SET
    count = excluded.count + CASE WHEN CAST(:adds AS boolean) THEN notices.count ELSE 0 END,
    last_at = CASE WHEN CAST(:adds AS boolean) OR excluded.count > notices.count THEN excluded.last_at
                   ELSE notices.last_at END,
    kind = excluded.kind, severity = excluded.severity, title = excluded.title, sentence = excluded.sentence,
    link = excluded.link, updated_at = excluded.opened_at,
    post_ids = CASE WHEN CAST(:adds AS boolean) THEN (excluded.post_ids || notices.post_ids)[1:100]
                    ELSE excluded.post_ids END
RETURNING id

-- name: unread
-- How many open notices a member has not read since they last grew.
SELECT count(*) AS number, bool_or(n.severity = 'urgent') AS urgent
FROM notices n
WHERE n.workspace_id = :workspace AND n.closed_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM notice_reads r
                  WHERE r.notice_id = n.id AND r.member_id = :member AND r.read_at >= n.last_at)

-- name: read_all
-- A member has seen every open notice.
INSERT INTO notice_reads (id, workspace_id, member_id, notice_id, read_at)
SELECT gen_random_uuid(), n.workspace_id, CAST(:member AS uuid), n.id, CAST(:moment AS timestamptz)
FROM notices n WHERE n.workspace_id = :workspace AND n.closed_at IS NULL
ON CONFLICT (member_id, notice_id) DO UPDATE SET read_at = excluded.read_at
