-- name: add_figures
INSERT INTO rollups AS r (day, vertical, source_id, sub_source, campaign_id, buyer_id, leads, sold, pings, bids,
    timeouts, bid_micros, posts, accepted, rejected, sales, revenue_micros, payout_micros, returns, refund_micros,
    conversions, conversion_micros, contacted)
SELECT * FROM unnest(:day::text[], :vertical::text[], :source_id::text[], :sub_source::text[], :campaign_id::text[],
    :buyer_id::text[], :leads::bigint[], :sold::bigint[], :pings::bigint[], :bids::bigint[], :timeouts::bigint[],
    :bid_micros::bigint[], :posts::bigint[], :accepted::bigint[], :rejected::bigint[], :sales::bigint[],
    :revenue_micros::bigint[], :payout_micros::bigint[], :returns::bigint[], :refund_micros::bigint[],
    :conversions::bigint[], :conversion_micros::bigint[], :contacted::bigint[])
ON CONFLICT (day, vertical, source_id, sub_source, campaign_id, buyer_id) DO UPDATE SET
    leads = r.leads + excluded.leads,
    sold = r.sold + excluded.sold,
    pings = r.pings + excluded.pings,
    bids = r.bids + excluded.bids,
    timeouts = r.timeouts + excluded.timeouts,
    bid_micros = r.bid_micros + excluded.bid_micros,
    posts = r.posts + excluded.posts,
    accepted = r.accepted + excluded.accepted,
    rejected = r.rejected + excluded.rejected,
    sales = r.sales + excluded.sales,
    revenue_micros = r.revenue_micros + excluded.revenue_micros,
    payout_micros = r.payout_micros + excluded.payout_micros,
    returns = r.returns + excluded.returns,
    refund_micros = r.refund_micros + excluded.refund_micros,
    conversions = r.conversions + excluded.conversions,
    conversion_micros = r.conversion_micros + excluded.conversion_micros,
    contacted = r.contacted + excluded.contacted;

-- name: figures_of
SELECT
    CASE :first::int WHEN 1 THEN day WHEN 2 THEN vertical WHEN 3 THEN source_id WHEN 4 THEN sub WHEN 5 THEN campaign_id
        WHEN 6 THEN buyer_id ELSE '' END AS one,
    CASE :second::int WHEN 1 THEN day WHEN 2 THEN vertical WHEN 3 THEN source_id WHEN 4 THEN sub WHEN 5 THEN campaign_id
        WHEN 6 THEN buyer_id ELSE '' END AS two,
    CASE :third::int WHEN 1 THEN day WHEN 2 THEN vertical WHEN 3 THEN source_id WHEN 4 THEN sub WHEN 5 THEN campaign_id
        WHEN 6 THEN buyer_id ELSE '' END AS three,
    sum(leads)::bigint, sum(sold)::bigint, sum(pings)::bigint, sum(bids)::bigint, sum(timeouts)::bigint,
    sum(bid_micros)::bigint, sum(posts)::bigint, sum(accepted)::bigint, sum(rejected)::bigint, sum(sales)::bigint,
    sum(revenue_micros)::bigint, sum(payout_micros)::bigint, sum(returns)::bigint, sum(refund_micros)::bigint,
    sum(conversions)::bigint, sum(conversion_micros)::bigint, sum(contacted)::bigint
FROM (SELECT *, source_id || CASE sub_source WHEN '' THEN '' ELSE '/' || sub_source END AS sub FROM rollups) AS r
WHERE day >= :from_day AND day <= :until_day{where}
GROUP BY one, two, three ORDER BY one, two, three LIMIT :limit;

-- name: report_where_of_campaigns
campaign_id <> ''

-- name: report_where_vertical
vertical = :vertical

-- name: report_where_source_id
source_id = :source_id

-- name: report_where_campaign_id
campaign_id = :campaign_id

-- name: report_where_buyer_id
buyer_id = :buyer_id

-- name: last_decided
SELECT coalesce((SELECT seq FROM leads WHERE status <> 1 ORDER BY seq DESC LIMIT 1), 0);

-- name: decided_between
SELECT l.seq, l.submitted_ms, l.profile, l.trace, ARRAY (
    SELECT ROW (s.campaign_id, s.buyer_id, s.price_micros, s.payout_micros) FROM sales AS s WHERE s.lead_id = l.id
)
FROM leads AS l WHERE l.seq > :after AND l.seq <= :last AND l.status <> 1 ORDER BY l.seq LIMIT :limit;

-- name: counted
SELECT counted FROM rollup_state;

-- name: count_on
UPDATE rollup_state SET counted = :to WHERE counted = :after;

-- name: rollups
SELECT day, vertical, source_id, sub_source, campaign_id, buyer_id, leads, sold, pings, bids, timeouts, bid_micros,
    posts, accepted, rejected, sales, revenue_micros, payout_micros, returns, refund_micros, conversions,
    conversion_micros, contacted
FROM rollups;
