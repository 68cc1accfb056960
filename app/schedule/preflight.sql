-- name: workspaces_to_look_at
-- Workspaces that have something planned before a moment, or something found that may be solved by now.
SELECT workspaces.id FROM workspaces
WHERE EXISTS (SELECT 1 FROM scheduled_posts one WHERE one.workspace_id = workspaces.id AND one.state = 'scheduled'
              AND one.scheduled_time < :until)
   OR EXISTS (SELECT 1 FROM preflight_findings found WHERE found.workspace_id = workspaces.id AND found.solved_at IS NULL)
ORDER BY workspaces.created_at

-- name: open_findings
-- What is known to stand in the way.
SELECT id, scheduled_post_id, kind, weight, sentence, remedy, href FROM preflight_findings
WHERE workspace_id = :workspace AND solved_at IS NULL

-- name: causes
-- The causes that most of the posts will fail for, with how many each.
SELECT found.kind, accounts.name AS account, count(*) AS posts
FROM preflight_findings found
JOIN scheduled_posts one ON one.id = found.scheduled_post_id AND one.state = 'scheduled'
JOIN accounts ON accounts.id = found.account_id
WHERE found.workspace_id = :workspace AND found.solved_at IS NULL AND found.weight = 'will'
GROUP BY found.kind, accounts.name ORDER BY count(*) DESC, accounts.name, found.kind LIMIT 5
