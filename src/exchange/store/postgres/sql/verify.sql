-- name: verify_indexes
SELECT indexrelid::regclass::text FROM pg_index WHERE NOT (indisvalid AND indisready);

-- name: verify_decided
SELECT id, status, reason FROM leads
WHERE status NOT IN (1, 2, 3, 4, 5, 6) OR (status = 3 AND reason = 0) OR (status <> 1 AND decided_ms = 0);

-- name: verify_sold_once
SELECT l.id, count(s.seq) FROM leads AS l LEFT JOIN sales AS s ON s.lead_id = l.id
WHERE l.status IN (2, 5) GROUP BY l.id
HAVING count(s.seq) = 0 OR (count(s.seq) > 1 AND NOT bool_and(s.shared)) OR count(DISTINCT s.buyer_id) <> count(s.seq);

-- name: verify_sales_known
SELECT s.id, s.lead_id FROM sales AS s LEFT JOIN leads AS l ON l.id = s.lead_id
WHERE l.id IS NULL OR l.status NOT IN (2, 5, 6);

-- name: verify_balanced
SELECT transaction_id, sum(amount_micros) FROM postings GROUP BY transaction_id HAVING sum(amount_micros) <> 0;

-- name: verify_booked
SELECT s.id, s.price_micros, s.payout_micros, debit.amount_micros, credit.amount_micros FROM sales AS s
JOIN leads AS l ON l.id = s.lead_id
LEFT JOIN postings AS debit ON debit.transaction_id = s.id AND debit.account = 'buyer:' || s.buyer_id
LEFT JOIN postings AS credit ON credit.transaction_id = s.id AND credit.account = 'source:' || l.source_id
WHERE coalesce(debit.amount_micros, 0) <> CASE WHEN l.test THEN 0 ELSE s.price_micros END
    OR coalesce(credit.amount_micros, 0) <> CASE WHEN l.test THEN 0 ELSE -s.payout_micros END;

-- name: verify_evented_leads
SELECT id FROM leads WHERE status <> 1 EXCEPT SELECT lead_id FROM events WHERE type = 'lead.decided';

-- name: verify_evented_sales
SELECT lead_id, campaign_id FROM sales EXCEPT SELECT lead_id, campaign_id FROM events WHERE type = 'lead.sold';

-- name: verify_events_known
SELECT e.id, e.lead_id FROM events AS e LEFT JOIN leads AS l ON l.id = e.lead_id WHERE e.lead_id <> '' AND l.id IS NULL;

-- name: verify_delivered
SELECT d.id FROM deliveries AS d LEFT JOIN events AS e ON e.seq = d.event_seq WHERE e.seq IS NULL;

-- name: verify_refunded
SELECT r.id, s.id, s.price_micros, back.amount_micros, s.payout_micros, taken.amount_micros FROM returns AS r
LEFT JOIN sales AS s ON s.id = r.sale_id
LEFT JOIN leads AS l ON l.id = r.lead_id
LEFT JOIN postings AS back ON back.transaction_id = r.id AND back.account = 'buyer:' || r.buyer_id
LEFT JOIN postings AS taken ON taken.transaction_id = r.id AND taken.account = 'source:' || r.source_id
WHERE s.id IS NULL
    OR coalesce(back.amount_micros, 0) <> CASE WHEN r.state = 2 AND NOT l.test THEN -s.price_micros ELSE 0 END
    OR coalesce(taken.amount_micros, 0) <> CASE WHEN r.state = 2 AND NOT l.test THEN s.payout_micros ELSE 0 END;

-- name: verify_refunds_known
SELECT p.transaction_id, count(*) FROM postings AS p
LEFT JOIN returns AS r ON r.id = p.transaction_id AND r.state = 2
WHERE p.transaction_id >= 'ret_' AND p.transaction_id < 'ret`'
GROUP BY p.transaction_id HAVING count(r.seq) < count(*) OR count(DISTINCT p.account) < count(*);

-- name: verify_returned
SELECT l.id, l.status, count(*), count(r.seq) FROM leads AS l
JOIN sales AS s ON s.lead_id = l.id
LEFT JOIN returns AS r ON r.sale_id = s.id AND r.state = 2
WHERE l.status IN (2, 5)
GROUP BY l.id, l.status HAVING (count(*) = count(r.seq)) <> (l.status = 5);

-- name: verify_evented_feedback
SELECT * FROM (
    SELECT lead_id, campaign_id, CASE state WHEN 2 THEN 'return.approved' ELSE 'return.denied' END AS type
    FROM returns WHERE state <> 1
    UNION SELECT lead_id, campaign_id, 'return.requested' FROM returns
    UNION SELECT lead_id, campaign_id, 'lead.disposition' FROM dispositions
) AS told
EXCEPT SELECT lead_id, campaign_id, type FROM events;

-- name: verify_bought_by_campaign
SELECT l.submitted_ms, s.price_micros FROM sales AS s JOIN leads AS l ON l.id = s.lead_id
WHERE s.campaign_id = :id AND l.submitted_ms >= :changed_ms
    AND NOT EXISTS (SELECT 1 FROM returns AS r WHERE r.sale_id = s.id AND r.replaced);

-- name: verify_bought_by_buyer
SELECT l.submitted_ms, s.price_micros FROM sales AS s JOIN leads AS l ON l.id = s.lead_id
WHERE s.buyer_id = :id AND l.submitted_ms >= :changed_ms AND NOT l.test
    AND NOT EXISTS (SELECT 1 FROM returns AS r WHERE r.sale_id = s.id AND r.replaced);
