-- name: endangered
-- How many waiting posts will fail, how many others might, and how many more are only kept in the outbox, since their
-- account was never connected. The three words sort as they weigh.
SELECT count(*) FILTER (WHERE weight = 'will') AS will, count(*) FILTER (WHERE weight = 'might') AS might,
       count(*) FILTER (WHERE weight = 'kept') AS kept
FROM (SELECT max(CASE WHEN found.kind = 'outbox' THEN 'kept' ELSE found.weight END) AS weight
      FROM preflight_findings found
      JOIN scheduled_posts one ON one.id = found.scheduled_post_id AND one.state = 'scheduled'
      WHERE found.workspace_id = :workspace AND found.solved_at IS NULL
      GROUP BY found.scheduled_post_id) posts

-- name: groups
-- What stands in the way, by account and cause: how many posts each concerns, and the first few of them. Thousands are
-- put in order by their ids alone; what is told is read of the few.
SELECT found.account_id, accounts.name AS account, platforms.name AS platform,
       platforms.display_name AS platform_label, found.kind, found.remedy, found.sentence, found.href,
       CASE WHEN found.kind = 'outbox' THEN 'kept' ELSE found.weight END AS weight,
       found.scheduled_post_id, groups.scheduled_time,
       left(coalesce('↳ ' || part.text, nullif(posts.title, ''), posts.text), 160) AS title, groups.total, groups.place
FROM (
    SELECT found.id, one.scheduled_time, one.post_id, one.part_id, count(*) OVER cause AS total,
           row_number() OVER (cause ORDER BY one.scheduled_time, one.id) AS place
    FROM preflight_findings found
    JOIN scheduled_posts one ON one.id = found.scheduled_post_id AND one.state = 'scheduled'
    WHERE found.workspace_id = :workspace AND found.solved_at IS NULL
    WINDOW cause AS (PARTITION BY found.account_id, found.kind, found.weight)) groups
JOIN preflight_findings found ON found.id = groups.id
JOIN posts ON posts.id = groups.post_id
LEFT JOIN post_parts part ON part.id = groups.part_id
JOIN accounts ON accounts.id = found.account_id
JOIN platforms ON platforms.id = accounts.platform_id
WHERE groups.place <= :few
ORDER BY weight DESC, groups.scheduled_time, found.account_id, found.kind, groups.place
LIMIT :most
