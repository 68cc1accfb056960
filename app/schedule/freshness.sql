-- name: changed_products
-- Of some scheduled posts those whose product has gone, can no longer be bought, or has another price than it
-- had when the post was written; with the words in which the old price may stand.
SELECT one.id, one.accepted_facts, posts.product_was, posts.title, posts.text, (SELECT string_agg(post_parts.text, ' ') FROM post_parts WHERE post_parts.post_id = posts.id) AS parts,
       product.id AS product_id, product.name, product.price, product.currency, product.stock, product.is_active,
       (SELECT nullif(btrim(variant.text), '') FROM post_variants variant
        WHERE variant.post_id = posts.id AND variant.platform_id = one.platform_id
          AND variant.channel_type_id = one.channel_type_id) AS own,
       (SELECT string_agg(part.text, E'\n') FROM post_parts part
        WHERE part.post_id = posts.id AND (part.platform_id IS NULL OR (part.platform_id = one.platform_id
              AND part.channel_type_id = one.channel_type_id))) AS parts
FROM scheduled_posts one
JOIN posts ON posts.id = one.post_id AND (posts.product_id IS NOT NULL OR posts.product_was IS NOT NULL)
LEFT JOIN products product ON product.id = posts.product_id
WHERE one.id = ANY(CAST(:ids AS uuid[]))
  AND (product.id IS NULL OR NOT product.is_active OR product.stock <= 0
       OR (posts.product_was IS NOT NULL
           AND (product.price, product.currency)
               IS DISTINCT FROM (CAST(posts.product_was ->> 'price' AS numeric), posts.product_was ->> 'currency')))

-- name: product_of
-- What the catalogue says now of the product of one scheduled post.
SELECT product.id AS product_id, product.name, product.price, product.currency, product.stock, product.is_active
FROM scheduled_posts one JOIN posts ON posts.id = one.post_id LEFT JOIN products product ON product.id = posts.product_id
WHERE one.id = :id
