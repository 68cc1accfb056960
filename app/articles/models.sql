-- name: tags
-- The most used tags with the number of their articles.
SELECT tag, count(*) AS articles FROM articles, unnest(tags) AS tag
WHERE workspace_id = :workspace GROUP BY tag ORDER BY count(*) DESC, tag LIMIT 40

-- name: standing
-- Sections of articles, and posts made of them, by the writers or by hand.
SELECT section.article_id, count(*) AS sections,
       sum((SELECT count(*) FROM posts post WHERE post.article_section_id = section.id)) AS posts
FROM article_sections section WHERE section.article_id = ANY(:articles) GROUP BY section.article_id

-- name: posts_of_sections
-- The posts that were made of an article's sections, newest first.
SELECT post.id, post.article_section_id AS section_id, post.state,
       coalesce(nullif(post.title, ''), split_part(ltrim(post.text), E'\n', 1)) AS words
FROM posts post JOIN article_sections section ON section.id = post.article_section_id
WHERE section.article_id = :article ORDER BY post.created_at DESC LIMIT 200
