-- name: categories
-- The tree with counts. A product counts once in each category that it, or a branch of it, is linked to.
WITH RECURSIVE tree AS (
    SELECT id, name, 0 AS depth, ARRAY[lower(name), id::text] AS place, id AS root
    FROM product_categories WHERE workspace_id = :workspace AND parent_id IS NULL
    UNION ALL
    SELECT child.id, child.name, tree.depth + 1, tree.place || ARRAY[lower(child.name), child.id::text], child.id
    FROM product_categories child JOIN tree ON child.parent_id = tree.id WHERE tree.depth < 20
), above (category_id, ancestor_id) AS (
    SELECT id, id FROM product_categories WHERE workspace_id = :workspace
    UNION ALL
    SELECT above.category_id, parent.parent_id FROM above
    JOIN product_categories parent ON parent.id = above.ancestor_id WHERE parent.parent_id IS NOT NULL
), off AS MATERIALIZED (
    SELECT id FROM products WHERE workspace_id = :workspace AND NOT is_active
), counts AS (
    SELECT above.ancestor_id, count(DISTINCT link.product_id) AS products
    FROM product_category_links link JOIN above ON above.category_id = link.category_id
    WHERE link.workspace_id = :workspace AND link.product_id NOT IN (SELECT id FROM off)
    GROUP BY above.ancestor_id
)
SELECT tree.id, tree.name, tree.depth, counts.products
FROM tree JOIN counts ON counts.ancestor_id = tree.id ORDER BY tree.place

-- name: branches
-- A category and everything below it.
WITH RECURSIVE tree AS (
    SELECT id FROM product_categories WHERE id = :category
    UNION
    SELECT child.id FROM product_categories child JOIN tree ON child.parent_id = tree.id
)
SELECT id FROM tree

-- name: posts_of_product
-- What was written about a product, and when the first of it went out.
SELECT post.id, coalesce(nullif(post.title, ''), split_part(ltrim(post.text), E'\n', 1)) AS words, post.state,
       post.updated_at, (SELECT min(published_at) FROM scheduled_posts sent WHERE sent.post_id = post.id) AS published_at
FROM posts post WHERE post.product_id = :product ORDER BY post.updated_at DESC LIMIT 20
