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
-- What stands in the way, by account and cause: how many posts each concerns, and the first few of them.
SELECT * FROM (
    SELECT found.account_id, accounts.name AS account, platforms.name AS platform,
           platforms.display_name AS platform_label, found.kind, found.remedy, found.sentence, found.href,
           CASE WHEN found.kind = 'outbox' THEN 'kept' ELSE found.weight END AS weight,
           found.scheduled_post_id, one.scheduled_time,
           left(coalesce('↳ ' || part.text, nullif(posts.title, ''), posts.text), 160) AS title,
           count(*) OVER cause AS total,
           row_number() OVER (PARTITION BY found.account_id, found.kind, found.weight
                              ORDER BY one.scheduled_time, one.id) AS place
    FROM preflight_findings found
    JOIN scheduled_posts one ON one.id = found.scheduled_post_id AND one.state = 'scheduled'
    JOIN posts ON posts.id = one.post_id
    LEFT JOIN post_parts part ON part.id = one.part_id
    JOIN accounts ON accounts.id = found.account_id
    JOIN platforms ON platforms.id = accounts.platform_id
    WHERE found.workspace_id = :workspace AND found.solved_at IS NULL
    WINDOW cause AS (PARTITION BY found.account_id, found.kind, found.weight)) groups
WHERE place <= :few
ORDER BY weight DESC, scheduled_time, account_id, kind
LIMIT :most
