-- name: wanted
-- Timed follow-ups of posts that went out lately, which are not on the calendar yet. One that was written after
-- its moment had passed stays away. Led by the follow-ups, so that posts without them cost nothing.
SELECT parent.id AS parent_id, part.id AS part_id, part.text, part.delay_minutes,
       parent.published_at + make_interval(mins => part.delay_minutes) AS at
FROM post_parts part
JOIN scheduled_posts parent ON parent.post_id = part.post_id
WHERE part.kind = 'follow_up' AND parent.state = 'published' AND parent.parent_id IS NULL
  AND parent.remote_id IS NOT NULL AND parent.vanished_at IS NULL AND parent.published_at > :since
  AND (CAST(:post AS uuid) IS NULL OR parent.id = :post)
  AND (part.platform_id IS NULL
       OR (part.platform_id = parent.platform_id AND part.channel_type_id = parent.channel_type_id))
  AND part.created_at <= parent.published_at + make_interval(mins => part.delay_minutes)
  AND NOT EXISTS (SELECT 1 FROM scheduled_posts child
                  WHERE child.parent_id = parent.id AND child.part_id = part.id)
ORDER BY parent.id, part.position
LIMIT :batch

-- name: orphaned
-- Follow-ups that wait while what they hang on is gone: the part was taken off, or the post was. The post is
-- locked too, so that one which is seen again at this moment finds what was cancelled (returned), or is left alone.
SELECT child.id, child.workspace_id, part.id IS NULL AS part_is_gone
FROM scheduled_posts child
JOIN scheduled_posts parent ON parent.id = child.parent_id
LEFT JOIN post_parts part ON part.id = child.part_id AND part.kind = 'follow_up'
WHERE child.parent_id IS NOT NULL AND child.state IN ('scheduled', 'held')
  AND (part.id IS NULL OR parent.vanished_at IS NOT NULL OR parent.state IN ('cancelled', 'missed', 'failed'))
LIMIT :batch
FOR UPDATE OF child SKIP LOCKED
FOR SHARE OF parent SKIP LOCKED

-- name: returned
-- Follow-ups that were cancelled for the one reason that their post was not to be seen, and now it is.
SELECT child.id FROM scheduled_posts child
JOIN scheduled_posts parent ON parent.id = child.parent_id
JOIN accounts account ON account.id = child.account_id
WHERE child.parent_id = :parent AND child.state = 'cancelled'
  AND child.problem_kind IN ('follow_up', 'person') AND child.last_error = :why
  AND parent.state = 'published' AND parent.vanished_at IS NULL AND account.archived_at IS NULL
  AND EXISTS (SELECT 1 FROM post_parts part WHERE part.id = child.part_id AND part.kind = 'follow_up')
ORDER BY child.scheduled_time
