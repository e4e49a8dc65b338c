-- name: insert_lead
INSERT INTO leads (seq, id, source_id, request_id, request_digest, vertical, state, status, reason, submitted_ms,
    decided_ms, redirect_url, profile, sealed, wrapped_key, trace)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: decide_lead
UPDATE leads SET seq = ?, status = ?, reason = ?, decided_ms = ?, redirect_url = ?, trace = ? WHERE id = ? AND status = 1;

-- name: note_post
UPDATE leads SET trace = ? WHERE id = ? AND status = 1;

-- name: insert_sale
INSERT INTO sales (id, lead_id, slot, campaign_id, buyer_id, price_micros, payout_micros, sold_ms, reference, shared)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: insert_posting
INSERT INTO postings (transaction_id, account, amount_micros, at_ms) VALUES (?, ?, ?, ?);

-- name: insert_offer
INSERT INTO offers (auction_id, source_id, request_id, made_ms, offer) VALUES (?, ?, ?, ?, ?);

-- name: insert_consumer
INSERT OR IGNORE INTO consumers (key, at_ms, lead_id, vertical) VALUES (?, ?, ?, ?);

-- name: add_suppression
INSERT OR IGNORE INTO suppressions (key, owner_id) VALUES (?, ?);

-- name: remove_suppression
DELETE FROM suppressions WHERE key = ? AND owner_id = ?;

-- name: insert_adjustment
INSERT INTO adjustments (request_id, transaction_id, adjustment) VALUES (?, ?, ?);

-- name: adjustment_by_request
SELECT adjustment FROM adjustments WHERE request_id = ?;

-- name: balances
SELECT account, sum(amount_micros) FROM postings GROUP BY account;

-- name: balance
SELECT coalesce(sum(amount_micros), 0) FROM postings WHERE account = ?;

-- name: consumer_seen
SELECT c.vertical, c.at_ms, s.buyer_id FROM json_each(?) AS wanted
JOIN consumers AS c ON c.key = wanted.value AND c.at_ms >= ?
LEFT JOIN sales AS s ON s.lead_id = c.lead_id;

-- name: consumer_suppressed
SELECT DISTINCT s.owner_id FROM json_each(?) AS wanted JOIN suppressions AS s ON s.key = wanted.value;

-- name: consumer_keys
SELECT key FROM consumers UNION ALL SELECT key FROM suppressions;

-- name: settings
SELECT name, value FROM settings;

-- name: setting
SELECT value FROM settings WHERE name = ?;

-- name: save_setting
INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING;

-- name: save_key
INSERT INTO api_keys (id, document) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET document = excluded.document;

-- name: leads_by_id
SELECT seq, id, request_id, request_digest, status, reason, submitted_ms, decided_ms, redirect_url, profile, sealed,
    wrapped_key, trace
FROM leads WHERE id IN (SELECT value FROM json_each(?));

-- name: leads_pending
SELECT seq, id, request_id, request_digest, status, reason, submitted_ms, decided_ms, redirect_url, profile, sealed,
    wrapped_key, trace
FROM leads WHERE status = 1 ORDER BY seq;

-- name: leads_by_request
SELECT l.seq, l.id, l.request_id, l.request_digest, l.status, l.reason, l.submitted_ms, l.decided_ms, l.redirect_url,
    l.profile, l.sealed, l.wrapped_key, l.trace, l.source_id
FROM json_each(?) AS wanted
JOIN leads AS l ON l.source_id = wanted.value ->> 0 AND l.request_id = wanted.value ->> 1;

-- name: offers_by_request
SELECT o.source_id, o.request_id, o.offer
FROM json_each(?) AS wanted
JOIN offers AS o ON o.source_id = wanted.value ->> 0 AND o.request_id = wanted.value ->> 1;

-- name: requests_of_leads
SELECT source_id, request_id FROM leads WHERE request_id IS NOT NULL;

-- name: requests_of_offers
SELECT source_id, request_id FROM offers WHERE request_id IS NOT NULL;

-- name: offer_by_id
SELECT o.offer, EXISTS (SELECT 1 FROM leads WHERE leads.id = ?) FROM offers AS o WHERE o.auction_id = ?;

-- name: sales_by_leads
SELECT id, lead_id, campaign_id, buyer_id, price_micros, payout_micros, sold_ms, reference, shared
FROM sales WHERE lead_id IN (SELECT value FROM json_each(?)) ORDER BY lead_id, slot;

-- name: spent_since
SELECT s.campaign_id, l.submitted_ms / 900000 * 900000, count(*), sum(s.price_micros), max(s.sold_ms)
FROM sales AS s JOIN leads AS l ON l.id = s.lead_id
WHERE l.submitted_ms >= ?
    AND NOT EXISTS (SELECT 1 FROM returns AS r WHERE r.sale_id = s.id AND r.replaced = 1)
GROUP BY s.campaign_id, l.submitted_ms / 900000;

-- name: keys
SELECT document FROM api_keys;

-- name: last_lead
SELECT coalesce(max(seq), 0) FROM leads;
