-- name: endangered
-- How many waiting posts will fail, and how many others might.
SELECT count(*) FILTER (WHERE will) AS will, count(*) FILTER (WHERE NOT will) AS might
FROM (SELECT bool_or(found.weight = 'will') AS will
      FROM preflight_findings found
      JOIN scheduled_posts one ON one.id = found.scheduled_post_id AND one.state = 'scheduled'
      WHERE found.workspace_id = :workspace AND found.solved_at IS NULL
      GROUP BY found.scheduled_post_id) posts

-- name: groups
-- What stands in the way, by account and cause: how many posts each concerns, and the first few of them.
SELECT * FROM (
    SELECT found.account_id, accounts.name AS account, platforms.name AS platform,
           platforms.display_name AS platform_label, found.kind, found.weight, found.remedy, found.sentence, found.href,
           found.scheduled_post_id, one.scheduled_time,
           left(coalesce(nullif(posts.title, ''), posts.text), 160) AS title,
           count(*) OVER cause AS total,
           row_number() OVER (PARTITION BY found.account_id, found.kind, found.weight
                              ORDER BY one.scheduled_time, one.id) AS place
    FROM preflight_findings found
    JOIN scheduled_posts one ON one.id = found.scheduled_post_id AND one.state = 'scheduled'
    JOIN posts ON posts.id = one.post_id
    JOIN accounts ON accounts.id = found.account_id
    JOIN platforms ON platforms.id = accounts.platform_id
    WHERE found.workspace_id = :workspace AND found.solved_at IS NULL
    WINDOW cause AS (PARTITION BY found.account_id, found.kind, found.weight)) groups
WHERE place <= :few
ORDER BY weight DESC, scheduled_time, account_id, kind
LIMIT :most
