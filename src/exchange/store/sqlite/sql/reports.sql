-- name: add_figures
INSERT INTO rollups (day, vertical, source_id, sub_source, campaign_id, buyer_id, leads, sold, pings, bids, timeouts,
    bid_micros, posts, accepted, rejected, sales, revenue_micros, payout_micros, returns, refund_micros, conversions,
    conversion_micros, contacted)
VALUES {cells}
ON CONFLICT (day, vertical, source_id, sub_source, campaign_id, buyer_id) DO UPDATE SET
    leads = leads + excluded.leads,
    sold = sold + excluded.sold,
    pings = pings + excluded.pings,
    bids = bids + excluded.bids,
    timeouts = timeouts + excluded.timeouts,
    bid_micros = bid_micros + excluded.bid_micros,
    posts = posts + excluded.posts,
    accepted = accepted + excluded.accepted,
    rejected = rejected + excluded.rejected,
    sales = sales + excluded.sales,
    revenue_micros = revenue_micros + excluded.revenue_micros,
    payout_micros = payout_micros + excluded.payout_micros,
    returns = returns + excluded.returns,
    refund_micros = refund_micros + excluded.refund_micros,
    conversions = conversions + excluded.conversions,
    conversion_micros = conversion_micros + excluded.conversion_micros,
    contacted = contacted + excluded.contacted;

-- name: one_cell
(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: figures_of
SELECT
    CASE :first WHEN 1 THEN day WHEN 2 THEN vertical WHEN 3 THEN source_id WHEN 4 THEN sub WHEN 5 THEN campaign_id
        WHEN 6 THEN buyer_id ELSE '' END AS one,
    CASE :second WHEN 1 THEN day WHEN 2 THEN vertical WHEN 3 THEN source_id WHEN 4 THEN sub WHEN 5 THEN campaign_id
        WHEN 6 THEN buyer_id ELSE '' END AS two,
    CASE :third WHEN 1 THEN day WHEN 2 THEN vertical WHEN 3 THEN source_id WHEN 4 THEN sub WHEN 5 THEN campaign_id
        WHEN 6 THEN buyer_id ELSE '' END AS three,
    sum(leads), sum(sold), sum(pings), sum(bids), sum(timeouts), sum(bid_micros), sum(posts), sum(accepted),
    sum(rejected), sum(sales), sum(revenue_micros), sum(payout_micros), sum(returns), sum(refund_micros),
    sum(conversions), sum(conversion_micros), sum(contacted)
FROM (SELECT *, source_id || iif(sub_source = '', '', '/' || sub_source) AS sub FROM rollups)
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
SELECT l.submitted_ms, l.profile, l.trace, (
    SELECT json_group_array(json_array(s.campaign_id, s.buyer_id, s.price_micros, s.payout_micros))
    FROM sales AS s WHERE s.lead_id = l.id
)
FROM leads AS l WHERE l.seq > ? AND l.seq <= ? AND l.status <> 1 ORDER BY l.seq;

-- name: rollup_state
SELECT counted, target, done FROM rollup_state;

-- name: save_rollup_state
UPDATE rollup_state SET counted = ?, target = ?, done = ?;

-- name: rollups
SELECT day, vertical, source_id, sub_source, campaign_id, buyer_id, leads, sold, pings, bids, timeouts, bid_micros,
    posts, accepted, rejected, sales, revenue_micros, payout_micros, returns, refund_micros, conversions,
    conversion_micros, contacted
FROM rollups;
