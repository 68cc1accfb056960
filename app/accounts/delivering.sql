-- name: announce
-- Notices that people are to be told of now: new ones, and such as have grown since the last letter an hour ago.
UPDATE notices told SET announced_at = :now, announced_count = told.count, round = told.round + 1
WHERE told.id IN (
    SELECT fresh.id FROM notices fresh
    WHERE fresh.closed_at IS NULL AND fresh.opened_at <= :before
      AND (fresh.announced_at IS NULL OR (fresh.last_at > fresh.announced_at AND fresh.announced_at <= :quiet))
      AND NOT EXISTS (SELECT 1 FROM notices earlier
                      WHERE earlier.workspace_id = fresh.workspace_id AND earlier.cause = fresh.cause
                        AND earlier.id <> fresh.id AND earlier.announced_at > :quiet)
    ORDER BY fresh.opened_at LIMIT 500
    FOR UPDATE SKIP LOCKED)
RETURNING told.id

-- name: plan_mails
-- A line of the ledger for each member who wants to know: what they chose, or what is usual for their role.
-- What will fail is told by its own digest, which names each repair.
INSERT INTO notice_deliveries (id, workspace_id, notice_id, member_id, channel, round, count, state, kind, title,
    lines, tries, due_at)
SELECT gen_random_uuid(), told.workspace_id, told.id, member.id, 'email', told.round, told.count, 'waiting',
    told.kind, told.title, '[]', 0, :now
FROM notices told
JOIN members member ON member.workspace_id = told.workspace_id AND member.is_active
JOIN users ON users.id = member.user_id AND users.active
WHERE told.id = ANY(CAST(:ids AS uuid[])) AND told.cause <> 'delivery-email' AND told.kind <> 'preflight'
  AND CASE WHEN member.mail_kinds IS NULL THEN member.role IN ('admin', 'manager') AND told.severity = 'urgent'
           ELSE told.kind = ANY(member.mail_kinds) END
ON CONFLICT DO NOTHING

-- name: plan_chats
-- A line of the ledger for the chat of each workspace that wants to know.
INSERT INTO notice_deliveries (id, workspace_id, notice_id, channel, round, count, state, kind, title, lines,
    tries, due_at)
SELECT gen_random_uuid(), told.workspace_id, told.id, 'chat', told.round, told.count, 'waiting', told.kind,
    told.title, '[]', 0, :now
FROM notices told
JOIN chat_rooms room ON room.workspace_id = told.workspace_id AND told.kind = ANY(room.kinds)
WHERE told.id = ANY(CAST(:ids AS uuid[])) AND told.cause <> 'delivery-chat' AND told.kind <> 'preflight'
ON CONFLICT DO NOTHING

-- name: plan_digest
-- A line of the ledger for everybody who wants this kind of list, once for each digest.
INSERT INTO notice_deliveries (id, workspace_id, member_id, channel, round, count, state, kind, digest, title,
    lines, tries, due_at)
SELECT gen_random_uuid(), wanted.workspace_id, wanted.member_id, wanted.channel, 1, 1, 'waiting', :kind, :digest,
    :title, '[]', 0, :now
FROM (
    SELECT member.workspace_id, member.id AS member_id, 'email' AS channel
    FROM members member JOIN users ON users.id = member.user_id AND users.active
    WHERE member.is_active
      AND CASE WHEN member.mail_kinds IS NULL THEN member.role IN ('admin', 'manager')
               ELSE CAST(:kind AS text) = ANY(member.mail_kinds) END
    UNION ALL
    SELECT room.workspace_id, NULL, 'chat' FROM chat_rooms room WHERE CAST(:kind AS text) = ANY(room.kinds)
) AS wanted
WHERE wanted.workspace_id = :workspace
ON CONFLICT DO NOTHING
RETURNING id

-- name: next_address
-- For whom the next letter is, of the channels that are not away.
SELECT workspace_id, channel, member_id, digest FROM notice_deliveries
WHERE state = 'waiting' AND due_at <= :now AND channel <> ALL(CAST(:away AS text[]))
ORDER BY due_at LIMIT 1
