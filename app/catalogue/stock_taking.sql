-- name: take_products
-- Add or change a batch; returns the rows that are new or have changed, and which of the two.
INSERT INTO products (id, workspace_id, external_id, sku, name, description, price, currency, stock, image_url, url,
                      is_active, source_ref, shop_updated_at, imported_at)
SELECT found.id, :workspace, found.external_id, found.sku, found.name, found.description, found.price, found.currency,
       found.stock, found.image_url, found.url, found.is_active, found.source_ref, found.shop_updated_at, now()
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS found (
    id uuid, external_id text, sku text, name text, description text, price numeric, currency text, stock int,
    image_url text, url text, is_active bool, source_ref text, shop_updated_at timestamptz)
ON CONFLICT (workspace_id, external_id) DO UPDATE SET
    sku = excluded.sku, name = excluded.name, description = excluded.description,
    price = excluded.price, currency = excluded.currency, stock = excluded.stock, image_url = excluded.image_url,
    url = excluded.url, is_active = excluded.is_active, source_ref = excluded.source_ref,
    shop_updated_at = excluded.shop_updated_at, updated_at = now()
WHERE (products.sku, products.name, products.description, products.price, products.currency, products.stock,
       products.image_url, products.url, products.is_active)
   IS DISTINCT FROM
      (excluded.sku, excluded.name, excluded.description, excluded.price, excluded.currency, excluded.stock,
       excluded.image_url, excluded.url, excluded.is_active)
RETURNING id, (xmax = 0) AS is_new

-- name: ids_of_products
SELECT external_id, id FROM products WHERE workspace_id = :workspace AND external_id = ANY(:external_ids)

-- name: seen_products
-- The copy is as fresh as now, also where nothing changed.
UPDATE products SET imported_at = now() WHERE workspace_id = :workspace AND id = ANY(:ids)

-- name: back_on_sale
-- The shop lists them, although it would not tell more.
UPDATE products SET is_active = true, updated_at = now()
WHERE workspace_id = :workspace AND id = ANY(:ids) AND NOT is_active

-- name: take_categories
-- Add or rename; the parents follow, since they must be there first.
INSERT INTO product_categories (id, workspace_id, external_id, name, description, level)
SELECT found.id, :workspace, found.external_id, found.name, '', found.level
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS found (id uuid, external_id text, name text, level int)
ON CONFLICT (workspace_id, external_id) DO UPDATE SET name = excluded.name, level = excluded.level
WHERE (product_categories.name, product_categories.level) IS DISTINCT FROM (excluded.name, excluded.level)

-- name: set_parents
UPDATE product_categories child SET parent_id = parent.id
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS found (external_id text, parent_external_id text)
LEFT JOIN product_categories parent
       ON parent.workspace_id = :workspace AND parent.external_id = found.parent_external_id
WHERE child.workspace_id = :workspace AND child.external_id = found.external_id
  AND child.parent_id IS DISTINCT FROM parent.id

-- name: drop_links
-- Remove the links of these products that the source no longer has.
DELETE FROM product_category_links link
WHERE link.workspace_id = :workspace AND link.product_id = ANY(:products)
  AND (link.product_id, link.category_id) NOT IN (
      SELECT product, category FROM unnest(CAST(:linked AS uuid[]), CAST(:categories AS uuid[])) AS kept (product, category))
RETURNING product_id

-- name: take_links
INSERT INTO product_category_links (product_id, category_id, workspace_id)
SELECT product, category, :workspace
FROM unnest(CAST(:linked AS uuid[]), CAST(:categories AS uuid[])) AS kept (product, category)
ON CONFLICT DO NOTHING
RETURNING product_id

-- name: vanish
-- Products of the shop that its complete list no longer has.
UPDATE products SET is_active = false, updated_at = now()
WHERE workspace_id = :workspace AND is_active AND source_ref LIKE :from_shop AND NOT (sku = ANY(:skus))
RETURNING id

-- name: active_of_shop
SELECT count(*) FROM products WHERE workspace_id = :workspace AND is_active AND source_ref LIKE :from_shop

-- name: known_categories
SELECT external_id, id FROM product_categories WHERE workspace_id = :workspace
