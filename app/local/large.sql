-- name: count_posts
-- How many scheduled posts there are already.
SELECT count(*) FROM scheduled_posts WHERE workspace_id = :workspace

-- name: fill_categories
-- Eight fabrics, each with five things made of it.
WITH fabrics AS (
    INSERT INTO product_categories (id, workspace_id, external_id, name, description, level)
    SELECT gen_random_uuid(), :workspace, 'large/' || name, name, '', 0
    FROM unnest(ARRAY['Lambswool', 'Cashmere', 'Tweed', 'Tartan', 'Merino', 'Linen', 'Silk', 'Alpaca']) AS name
    RETURNING id, name)
INSERT INTO product_categories (id, workspace_id, external_id, name, description, level, parent_id)
SELECT gen_random_uuid(), :workspace, 'large/' || fabrics.name || '/' || thing, thing, '', 1, fabrics.id
FROM fabrics, unnest(ARRAY['Scarf', 'Throw', 'Cap', 'Shawl', 'Tie']) AS thing

-- name: fill_products
-- Products in these categories; one in fifty has no price and one in twenty says nothing of its stock.
WITH kinds AS MATERIALIZED (
    SELECT thing.id, fabric.name || ' ' || thing.name AS words, row_number() OVER (ORDER BY thing.external_id) - 1 AS place
    FROM product_categories thing JOIN product_categories fabric ON fabric.id = thing.parent_id
    WHERE thing.workspace_id = :workspace AND thing.external_id LIKE 'large/%'),
made AS MATERIALIZED (
    SELECT gen_random_uuid() AS id, n, kinds.id AS kind, kinds.words || ' No. ' || n AS name
    FROM generate_series(1, :products) n JOIN kinds ON kinds.place = n % (SELECT count(*) FROM kinds)),
stocked AS (
    INSERT INTO products (id, workspace_id, external_id, sku, name, description, price, currency, stock, is_active,
                          source_ref, imported_at)
    SELECT id, :workspace, 'large/' || n, 'LARGE-' || n, name,
           name || ', woven on an old loom and washed in soft water. Made to be worn for years.',
           CASE WHEN n % 50 > 0 THEN 9 + n % 240 + 0.95 END, 'GBP', CASE WHEN n % 20 > 0 THEN n % 40 END, n % 100 > 0,
           'the large demo', now()
    FROM made)
INSERT INTO product_category_links (product_id, category_id, workspace_id) SELECT id, kind, :workspace FROM made

-- name: fill_articles
-- Articles of four sections each, one every other day.
WITH made AS MATERIALIZED (
    SELECT gen_random_uuid() AS id, n, 'Letter ' || n || ' from the mill: '
           || (ARRAY['on warping', 'on dyeing', 'on washing', 'on mending', 'on old patterns'])[1 + n % 5] AS title
    FROM generate_series(1, :articles) n),
written AS (
    INSERT INTO articles (id, workspace_id, title, slug, author, summary, body, tags, source_ref, digest,
                          content_digest, published_at)
    SELECT id, :workspace, title, 'letter-' || n, 'Isla Munro', title || '.',
           title || E'.\n\n' || repeat('The loom stands by the window, and the yarn comes from two glens away. ', 40),
           ARRAY[(ARRAY['loom', 'dye', 'wash', 'mend', 'pattern'])[1 + n % 5], 'letter'], 'the large demo',
           md5('large' || n), md5(title), now() - n * interval '2 days'
    FROM made)
INSERT INTO article_sections (id, workspace_id, article_id, position, heading, text, word_count)
SELECT gen_random_uuid(), :workspace, made.id, position, 'The ' || (ARRAY['yarn', 'loom', 'cloth', 'wearing'])[position],
       repeat('The loom stands by the window, and the yarn comes from two glens away. ', 10), 140
FROM made, generate_series(1, 4) AS position

-- name: fill_posts
-- A span of the posts, with their place on the calendar: evenly from thirty days ago to thirty days ahead.
WITH goods AS MATERIALIZED (
    SELECT id, name, row_number() OVER (ORDER BY external_id) - 1 AS place
    FROM products WHERE workspace_id = :workspace AND external_id LIKE 'large/%'),
made AS MATERIALIZED (
    SELECT n, gen_random_uuid() AS id, gen_random_uuid() AS planned,
           date_trunc('minute', now() + (n - :posts / 2.0) / :posts * interval '60 days') AS moment
    FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n),
placed AS MATERIALIZED (
    SELECT made.*, goods.id AS product, goods.name, CASE
               WHEN n % 400 = 7 THEN 'cancelled'
               WHEN moment >= now() THEN CASE WHEN n % 400 = 9 THEN 'held' ELSE 'scheduled' END
               WHEN n % 400 = 9 THEN 'failed' WHEN n % 400 = 11 THEN 'missed' ELSE 'published' END AS state
    FROM made JOIN goods ON goods.place = n % (SELECT count(*) FROM goods)),
written AS (
    INSERT INTO posts (id, workspace_id, title, text, content_type, format, state, ai_generated, version, product_id,
                       created_at, updated_at)
    SELECT id, :workspace, '', name || (ARRAY[' is off the loom. Which colour is yours?',
               ' takes four hours to weave and lasts for years.', ' has been washed, pressed and folded for you.',
               ' was the first thing sold this morning.', ' is made from yarn spun two glens away.'])[1 + n / 7 % 5]
           || E'\nPost ' || n || ' of the large demo.',
           CASE WHEN n % 5 = 0 THEN 'text' ELSE 'product' END, 'social_post',
           CASE WHEN state = 'published' THEN 'published' ELSE 'approved' END, false, 1,
           CASE WHEN n % 5 > 0 THEN product END, least(moment, now()) - interval '2 days', least(moment, now())
    FROM placed),
worded AS (
    INSERT INTO post_variants (id, workspace_id, post_id, platform_id, channel_type_id, position)
    SELECT gen_random_uuid(), :workspace, id, :platform, :channel, 0 FROM placed),
noted AS (
    INSERT INTO post_history (id, workspace_id, scheduled_post_id, verb, sentence, who, details)
    SELECT gen_random_uuid(), :workspace, planned, 'plan', 'Put here by the large demo.', 'Slogan', '{}' FROM placed)
INSERT INTO scheduled_posts (id, workspace_id, post_id, account_id, platform_id, channel_type_id, scheduled_time, due_at,
                             zone, state, late_policy, late_minutes, tries, published_at, problem_kind, last_error)
SELECT planned, :workspace, id, :account, :platform, :channel, moment, moment, :zone, state, 'ask', 180, 0,
       CASE WHEN state = 'published' THEN moment END,
       CASE WHEN state IN ('held', 'failed') THEN 'person' END,
       CASE WHEN state IN ('held', 'failed', 'missed') THEN 'The large demo put it here in this state.' END
FROM placed

-- name: fill_drafts
-- Drafts that nobody has planned yet, some of which wait for approval.
INSERT INTO posts (id, workspace_id, title, text, content_type, format, state, ai_generated, version, updated_at)
SELECT gen_random_uuid(), :workspace, '', 'Draft ' || n || ' of the large demo: what shall we weave next?', 'text',
       'social_post', CASE WHEN n % 20 = 0 THEN 'review' ELSE 'draft' END, false, 1, now() - n * interval '7 minutes'
FROM generate_series(1, :drafts) n
