-- A list is walked in its own order along an index that holds what it is filtered by. `{…}` is filled from below: the
-- index, the join where leads themselves must be looked at, and a `where_…` for each thing that the query asks for.

-- name: list_leads
SELECT l.seq, l.id FROM leads AS l INDEXED BY {index}
WHERE l.seq > :after AND l.seq <= :last AND l.status <> 1{where}
ORDER BY l.seq LIMIT :limit;

-- name: list_sales
SELECT s.seq, s.lead_id FROM sales AS s INDEXED BY {index}{join}
WHERE s.buyer_id = :buyer_id AND s.seq > :after AND s.seq <= :last{where}
ORDER BY s.seq LIMIT :limit;

-- name: join_leads
CROSS JOIN leads AS l ON l.id = s.lead_id

-- name: where_source_id
l.source_id = :source_id

-- name: where_vertical
l.vertical = :vertical

-- name: where_state
l.state = :state

-- name: where_zip_prefix
substr(l.zip, 1, length(:zip_prefix)) = :zip_prefix

-- name: where_status
l.status = :status

-- name: where_submitted_from_ms
l.submitted_ms >= :submitted_from_ms

-- name: where_submitted_until_ms
l.submitted_ms < :submitted_until_ms

-- name: where_campaign_id
s.campaign_id = :campaign_id

-- name: where_given
s.acknowledged_ms > 0

-- name: where_missing
s.acknowledged_ms = 0

-- name: where_unclaimed
s.claimed_until_ms <= :now_ms

-- name: looked_at_leads
SELECT l.seq FROM leads AS l INDEXED BY {index} WHERE l.seq > :after{where} ORDER BY l.seq LIMIT 1 OFFSET :most;

-- name: looked_at_sales
SELECT s.seq FROM sales AS s INDEXED BY {index}
WHERE s.buyer_id = :buyer_id AND s.seq > :after{where} ORDER BY s.seq LIMIT 1 OFFSET :most;

-- name: first_submitted
SELECT min(seq) FROM (
    SELECT seq FROM leads INDEXED BY leads_submitted WHERE submitted_ms >= :from_ms ORDER BY submitted_ms LIMIT :open
);

-- name: first_sold
SELECT min(seq) FROM (
    SELECT seq FROM sales INDEXED BY sales_sold WHERE sold_ms >= :from_ms ORDER BY sold_ms LIMIT :open
);

-- name: last_submitted
SELECT count(*), max(seq) FROM (
    SELECT seq FROM leads INDEXED BY leads_submitted WHERE submitted_ms >= :from_ms AND submitted_ms < :until_ms
    LIMIT :most
);

-- name: place_of_lead
SELECT seq FROM leads WHERE id = :lead_id AND status <> 1 AND (:source_id = '' OR source_id = :source_id);

-- name: place_of_sale
SELECT max(seq) FROM sales WHERE lead_id = :lead_id AND buyer_id = :buyer_id;

-- name: arrivals
SELECT decided_ms FROM leads WHERE status <> 1 ORDER BY seq DESC LIMIT :limit;

-- name: arrivals_of_source
SELECT decided_ms FROM leads INDEXED BY leads_source WHERE source_id = :source_id AND status <> 1
ORDER BY seq DESC LIMIT :limit;

-- name: arrivals_of_buyer
SELECT sold_ms FROM sales INDEXED BY sales_buyer WHERE buyer_id = :buyer_id ORDER BY seq DESC LIMIT :limit;

-- name: sale_states
SELECT s.id, s.acknowledged_ms, EXISTS (SELECT 1 FROM returns AS r WHERE r.sale_id = s.id AND r.state = 2),
    s.acknowledged_ms = 0 AND EXISTS (
        SELECT 1 FROM deliveries AS d JOIN events AS e ON e.seq = d.event_seq
        WHERE d.lead_id = s.lead_id AND d.lead_id <> '' AND d.state = 5 AND e.campaign_id = s.campaign_id
    )
FROM sales AS s WHERE s.lead_id IN (SELECT value FROM json_each(?));

-- name: acknowledge
UPDATE sales SET acknowledged_ms = ? WHERE lead_id = ? AND buyer_id = ? AND acknowledged_ms = 0;

-- name: bought_of
SELECT lead_id FROM sales WHERE buyer_id = ? AND lead_id IN (SELECT value FROM json_each(?));

-- name: claim_sale
UPDATE sales SET claimed_until_ms = ? WHERE seq = ?;
