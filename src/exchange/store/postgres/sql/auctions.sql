-- name: decide_leads
UPDATE leads AS l
SET seq = nextval('leads_seq'), status = d.status, reason = d.reason, decided_ms = d.decided_ms,
    redirect_url = d.redirect_url, trace = d.trace
FROM unnest(:id::text[], :status::smallint[], :reason::smallint[], :decided_ms::bigint[], :redirect_url::text[],
    :trace::bytea[]) AS d (id, status, reason, decided_ms, redirect_url, trace)
WHERE l.id = d.id AND l.status = 1;

-- name: note_post
UPDATE leads SET trace = :trace WHERE id = :id AND status = 1;

-- name: insert_consumers
INSERT INTO consumers (key, at_ms, lead_id, vertical)
SELECT * FROM unnest(:key::text[], :at_ms::bigint[], :lead_id::text[], :vertical::text[]) ON CONFLICT DO NOTHING;

-- name: consumers_seen
SELECT c.key, c.vertical, c.at_ms, s.buyer_id FROM consumers AS c LEFT JOIN sales AS s ON s.lead_id = c.lead_id
WHERE c.key = ANY (:keys::text[]) AND c.at_ms >= :since_ms;

-- name: consumers_suppressed
SELECT key, owner_id FROM suppressions WHERE key = ANY (:keys::text[]);

-- name: add_suppressions
INSERT INTO suppressions (key, owner_id) SELECT DISTINCT key, :owner_id FROM unnest(:keys::text[]) AS key
ON CONFLICT DO NOTHING;

-- name: remove_suppressions
DELETE FROM suppressions WHERE owner_id = :owner_id AND key = ANY (:keys::text[]);

-- name: leads_by_id
SELECT seq, id, request_id, request_digest, status, reason, submitted_ms, decided_ms, redirect_url, profile, sealed,
    wrapped_key, trace
FROM leads WHERE id = ANY (:ids::text[]);

-- name: leads_by_request
SELECT l.seq, l.id, l.request_id, l.request_digest, l.status, l.reason, l.submitted_ms, l.decided_ms, l.redirect_url,
    l.profile, l.sealed, l.wrapped_key, l.trace, l.source_id
FROM unnest(:sources::text[], :requests::text[]) AS w (source_id, request_id)
JOIN leads AS l ON l.source_id = w.source_id AND l.request_id = w.request_id;

-- name: offers_by_request
SELECT o.source_id, o.request_id, o.offer FROM unnest(:sources::text[], :requests::text[]) AS w (source_id, request_id)
JOIN offers AS o ON o.source_id = w.source_id AND o.request_id = w.request_id;

-- name: offers_by_id
SELECT o.auction_id, o.offer, l.id IS NOT NULL
FROM unnest(:auction_ids::text[], :lead_ids::text[]) AS w (auction_id, lead_id)
JOIN offers AS o ON o.auction_id = w.auction_id LEFT JOIN leads AS l ON l.id = w.lead_id;

-- name: sales_by_leads
SELECT id, lead_id, campaign_id, buyer_id, price_micros, payout_micros, sold_ms, reference, shared
FROM sales WHERE lead_id = ANY (:ids::text[]) ORDER BY lead_id, slot;

-- name: spent_since
SELECT s.campaign_id, l.submitted_ms / 900000 * 900000 AS quarter_ms, count(*), sum(s.price_micros)::bigint,
    max(s.sold_ms)
FROM leads AS l JOIN sales AS s ON s.lead_id = l.id
WHERE l.submitted_ms >= :since_ms
    AND NOT EXISTS (SELECT 1 FROM returns AS r WHERE r.sale_id = s.id AND r.replaced)
GROUP BY 1, 2;
