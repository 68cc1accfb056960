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
SELECT m.*, coalesce(nullif(p.title, ''), left(p.text, 160)) AS title, p.content_type
FROM (
    SELECT scheduled_post_id, post_id, platform_id, published_at, recorded_at,
           likes, shares, comments, clicks, views, reach, impressions, engagement_rate,
           coalesce(likes, 0) + coalesce(shares, 0) + coalesce(comments, 0) + coalesce(clicks, 0) AS engagement,
           CASE WHEN :by_rate THEN engagement_rate END AS rank
    FROM post_metrics
    WHERE workspace_id = :workspace AND published_at >= :start AND published_at < :end
      AND platform_id = ANY(:platforms) AND coalesce(likes, shares, comments, clicks) IS NOT NULL
      AND (NOT :by_rate OR (engagement_rate IS NOT NULL AND coalesce(reach, impressions) >= :minimum))
    ORDER BY rank DESC NULLS LAST, engagement DESC, published_at DESC
    LIMIT :number
) m JOIN posts p ON p.id = m.post_id
ORDER BY m.rank DESC NULLS LAST, m.engagement DESC, m.published_at DESC

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
SELECT m.*, pr.name AS product, pr.sku, pr.image_url
FROM (
    SELECT product_id, count(*) AS posts,
           sum(likes) AS likes, sum(shares) AS shares, sum(comments) AS comments, sum(clicks) AS clicks, sum(reach) AS reach,
           sum(coalesce(likes, 0) + coalesce(shares, 0) + coalesce(comments, 0) + coalesce(clicks, 0)) AS engagement,
           sum(coalesce(likes, 0) + coalesce(shares, 0) + coalesce(comments, 0) + coalesce(clicks, 0))
               FILTER (WHERE coalesce(reach, impressions) IS NOT NULL) AS engaged,
           sum(coalesce(reach, impressions)) AS audience
    FROM post_metrics
    WHERE workspace_id = :workspace AND published_at >= :start AND published_at < :end AND product_id IS NOT NULL
      AND platform_id = ANY(:platforms) AND coalesce(likes, shares, comments, clicks) IS NOT NULL
    GROUP BY product_id ORDER BY engagement DESC, product_id LIMIT :number
) m JOIN products pr ON pr.id = m.product_id
ORDER BY m.engagement DESC, pr.name

-- name: best_times
-- How posts did by weekday (1 is Monday) and hour. The youngest are left out: their numbers still grow.
-- The zone is asked once a quarter of an hour, not once a post: no zone is shifted by less.
SELECT extract(isodow FROM local)::int AS weekday, extract(hour FROM local)::int AS hour, sum(posts)::int AS posts,
       (sum(engagement) / sum(posts))::float AS engagement
FROM (
    SELECT quarter AT TIME ZONE :zone AS local, posts, engagement
    FROM (
        SELECT date_bin('15 minutes', published_at, '2000-01-01Z') AS quarter, count(*) AS posts,
               sum(coalesce(likes, 0) + coalesce(shares, 0) + coalesce(comments, 0) + coalesce(clicks, 0)) AS engagement
        FROM post_metrics
        WHERE workspace_id = :workspace AND published_at >= :start AND published_at < :grown
          AND platform_id = ANY(:platforms) AND coalesce(likes, shares, comments, clicks) IS NOT NULL
        GROUP BY 1
    ) q
) l
GROUP BY 1, 2

-- name: growth
-- The numbers of one post as they grew.
SELECT recorded_at, likes, shares, comments, clicks, views, reach, impressions, engagement_rate
FROM metric_samples WHERE scheduled_post_id = :post AND recorded_at >= :since
ORDER BY recorded_at
