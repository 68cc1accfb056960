-- name: standing
-- Every platform, how many of its posts went out, and whether it has ever told a number.
SELECT p.id, p.name, p.display_name, coalesce(d.posts, 0) AS posts, coalesce(d.has_numbers, false) AS has_numbers
FROM platforms p LEFT JOIN (
    SELECT platform_id, sum(posts) AS posts,
           bool_or(coalesce(likes, shares, comments, clicks, views, reach, impressions) IS NOT NULL) AS has_numbers
    FROM daily_metrics WHERE workspace_id = :workspace GROUP BY platform_id
) d ON d.platform_id = p.id
WHERE p.workspace_id = :workspace
ORDER BY p.priority, p.display_name

-- name: as_of
-- When the newest number came.
SELECT max(recorded_at) FROM post_metrics WHERE workspace_id = :workspace

-- name: by_day
-- What each day brought.
SELECT day, sum(posts) AS posts,
       sum(likes) AS likes, sum(shares) AS shares, sum(comments) AS comments, sum(clicks) AS clicks,
       sum(views) AS views, sum(reach) AS reach, sum(impressions) AS impressions,
       sum(coalesce(likes, 0) + coalesce(shares, 0) + coalesce(comments, 0) + coalesce(clicks, 0))
           FILTER (WHERE coalesce(likes, shares, comments, clicks) IS NOT NULL) AS engagement,
       sum(coalesce(likes, 0) + coalesce(shares, 0) + coalesce(comments, 0) + coalesce(clicks, 0))
           FILTER (WHERE coalesce(reach, impressions) IS NOT NULL) AS engaged,
       sum(coalesce(reach, impressions)) AS audience
FROM daily_metrics
WHERE workspace_id = :workspace AND day BETWEEN :first AND :last AND platform_id = ANY(:platforms)
GROUP BY day ORDER BY day

-- name: by_platform
-- What each platform brought in a period. The rate of a platform counts only what has an audience.
SELECT platform_id, sum(posts) AS posts,
       sum(likes) AS likes, sum(shares) AS shares, sum(comments) AS comments, sum(clicks) AS clicks,
       sum(views) AS views, sum(reach) AS reach, sum(impressions) AS impressions,
       sum(coalesce(likes, 0) + coalesce(shares, 0) + coalesce(comments, 0) + coalesce(clicks, 0))
           FILTER (WHERE coalesce(likes, shares, comments, clicks) IS NOT NULL) AS engagement,
       sum(coalesce(likes, 0) + coalesce(shares, 0) + coalesce(comments, 0) + coalesce(clicks, 0))
           FILTER (WHERE coalesce(reach, impressions) IS NOT NULL) AS engaged,
       sum(coalesce(reach, impressions)) AS audience
FROM daily_metrics
WHERE workspace_id = :workspace AND day BETWEEN :first AND :last AND platform_id = ANY(:platforms)
GROUP BY platform_id

-- name: best_posts
-- The posts of a period that did best: by their rate, if enough people saw them, or by their engagement.
SELECT m.scheduled_post_id, m.post_id, m.platform_id, m.published_at, m.recorded_at,
       m.likes, m.shares, m.comments, m.clicks, m.views, m.reach, m.impressions, m.engagement_rate,
       coalesce(m.likes, 0) + coalesce(m.shares, 0) + coalesce(m.comments, 0) + coalesce(m.clicks, 0) AS engagement,
       coalesce(nullif(p.title, ''), left(p.text, 160)) AS title, p.content_type
FROM post_metrics m JOIN posts p ON p.id = m.post_id
WHERE m.workspace_id = :workspace AND m.published_at >= :start AND m.published_at < :end
  AND m.platform_id = ANY(:platforms) AND coalesce(m.likes, m.shares, m.comments, m.clicks) IS NOT NULL
  AND (NOT :by_rate OR (m.engagement_rate IS NOT NULL AND coalesce(m.reach, m.impressions) >= :minimum))
ORDER BY CASE WHEN :by_rate THEN m.engagement_rate END DESC NULLS LAST, engagement DESC, m.published_at DESC
LIMIT :number

-- name: product_post_performance
-- How posts about products did: a line for each product, platform and day on which posts went out.
SELECT m.product_id, m.platform_id, (m.published_at AT TIME ZONE :zone)::date AS post_date, count(*) AS posts,
       sum(m.likes) AS likes, sum(m.shares) AS shares, sum(m.comments) AS comments, sum(m.clicks) AS clicks,
       sum(m.reach) AS reach, sum(m.impressions) AS impressions,
       sum(coalesce(m.likes, 0) + coalesce(m.shares, 0) + coalesce(m.comments, 0) + coalesce(m.clicks, 0))
           FILTER (WHERE coalesce(m.reach, m.impressions) IS NOT NULL) AS engaged,
       sum(coalesce(m.reach, m.impressions)) AS audience,
       pr.name AS product, pr.sku
FROM post_metrics m JOIN products pr ON pr.id = m.product_id
WHERE m.workspace_id = :workspace AND m.published_at >= :start AND m.published_at < :end
  AND m.platform_id = ANY(:platforms)
GROUP BY m.product_id, m.platform_id, post_date, pr.name, pr.sku
ORDER BY post_date DESC, pr.name

-- name: best_products
-- The products whose posts brought the most, over all their posts of a period.
SELECT m.product_id, pr.name AS product, pr.sku, pr.image_url, count(*) AS posts,
       sum(m.likes) AS likes, sum(m.shares) AS shares, sum(m.comments) AS comments, sum(m.clicks) AS clicks,
       sum(m.reach) AS reach,
       sum(coalesce(m.likes, 0) + coalesce(m.shares, 0) + coalesce(m.comments, 0) + coalesce(m.clicks, 0)) AS engagement,
       sum(coalesce(m.likes, 0) + coalesce(m.shares, 0) + coalesce(m.comments, 0) + coalesce(m.clicks, 0))
           FILTER (WHERE coalesce(m.reach, m.impressions) IS NOT NULL) AS engaged,
       sum(coalesce(m.reach, m.impressions)) AS audience
FROM post_metrics m JOIN products pr ON pr.id = m.product_id
WHERE m.workspace_id = :workspace AND m.published_at >= :start AND m.published_at < :end
  AND m.platform_id = ANY(:platforms) AND coalesce(m.likes, m.shares, m.comments, m.clicks) IS NOT NULL
GROUP BY m.product_id, pr.name, pr.sku, pr.image_url
ORDER BY engagement DESC, pr.name LIMIT :number

-- name: best_times
-- How posts did by weekday (1 is Monday) and hour. The youngest are left out: their numbers still grow.
SELECT extract(isodow FROM m.published_at AT TIME ZONE :zone)::int AS weekday,
       extract(hour FROM m.published_at AT TIME ZONE :zone)::int AS hour, count(*) AS posts,
       avg(coalesce(m.likes, 0) + coalesce(m.shares, 0) + coalesce(m.comments, 0) + coalesce(m.clicks, 0))::float AS engagement
FROM post_metrics m
WHERE m.workspace_id = :workspace AND m.published_at >= :start AND m.published_at < :grown
  AND m.platform_id = ANY(:platforms) AND coalesce(m.likes, m.shares, m.comments, m.clicks) IS NOT NULL
GROUP BY 1, 2

-- name: growth
-- The numbers of one post as they grew.
SELECT recorded_at, likes, shares, comments, clicks, views, reach, impressions, engagement_rate
FROM metric_samples WHERE scheduled_post_id = :post AND recorded_at >= :since
ORDER BY recorded_at
