-- name: posts
-- Posts that went out, evenly over the days.
INSERT INTO scheduled_posts (id, workspace_id, post_id, account_id, platform_id, channel_type_id, scheduled_time, zone,
    state, late_policy, late_minutes, due_at, tries, published_at, remote_id)
SELECT gen_random_uuid(), :workspace, p.id, a.id, a.platform_id, c.channel_type_id, t.at, 'Europe/London',
    'published', 'ask', 180, t.at, 1, t.at, n::text
FROM generate_series(1, :posts) n
CROSS JOIN LATERAL (SELECT now() - interval '2 hours' - (n::float / :posts) * make_interval(days => :days) AS at) t
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS many FROM posts WHERE workspace_id = :workspace) p
  ON p.place = 1 + n % p.many
JOIN (SELECT id, platform_id, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS many FROM accounts WHERE workspace_id = :workspace) a
  ON a.place = 1 + n % a.many
JOIN LATERAL (SELECT channel_type_id FROM channel_support s WHERE s.platform_id = a.platform_id ORDER BY s.id LIMIT 1) c ON true

-- name: latest_numbers
-- The latest numbers of each: made up from its id.
INSERT INTO post_metrics (id, workspace_id, scheduled_post_id, post_id, product_id, platform_id, account_id, published_at,
    recorded_at, fetches, likes, shares, comments, clicks, views, reach, impressions, engagement_rate)
SELECT gen_random_uuid(), s.workspace_id, s.id, s.post_id, p.product_id, s.platform_id, s.account_id, s.published_at,
    least(now(), s.published_at + interval '30 days'), :looks, x.n / 20, x.n / 200, x.n / 150, x.n / 60, x.n * 2, x.n, x.n * 2,
    round((x.n / 20 + x.n / 200 + x.n / 150 + x.n / 60)::numeric / x.n, 4)
FROM scheduled_posts s JOIN posts p ON p.id = s.post_id
CROSS JOIN LATERAL (SELECT 100 + abs(hashtext(s.id::text)) % 3000 AS n) x WHERE s.workspace_id = :workspace

-- name: samples
-- The samples behind them, denser at the beginning.
INSERT INTO metric_samples (id, recorded_at, workspace_id, scheduled_post_id, platform_id, likes, shares, comments, clicks, reach)
SELECT gen_random_uuid(), least(now(), m.published_at + (n * n::float / :looks / :looks) * interval '30 days'), m.workspace_id,
    m.scheduled_post_id, m.platform_id, m.likes * n / :looks, m.shares * n / :looks, m.comments * n / :looks,
    m.clicks * n / :looks, m.reach * n / :looks
FROM post_metrics m CROSS JOIN generate_series(1, :looks) n WHERE m.workspace_id = :workspace

-- name: days
-- What the collector would have summed up.
INSERT INTO daily_metrics (id, workspace_id, day, platform_id, posts, likes, shares, comments, clicks, views, reach, impressions)
SELECT gen_random_uuid(), workspace_id, (published_at AT TIME ZONE 'Europe/London')::date, platform_id, count(*), sum(likes),
    sum(shares), sum(comments), sum(clicks), sum(views), sum(reach), sum(impressions)
FROM post_metrics WHERE workspace_id = :workspace GROUP BY 2, 3, 4
