-- What breaks an invariant, in what is new since a store was proved: `:leads`, `:sales` and so on are the places up to
-- which it was, 0 where it never was. What was written in one transaction is new as a whole or not at all. `:open_returns`
-- are the returns that were not decided then, in JSON.

-- name: verify_marks
SELECT coalesce((SELECT lower(hex(value)) FROM settings WHERE name = 'master_key_proof'), ''),
    (SELECT coalesce(max(seq), 0) FROM leads),
    (SELECT coalesce(max(seq), 0) FROM sales),
    (SELECT coalesce(max(seq), 0) FROM postings),
    (SELECT coalesce(max(seq), 0) FROM events),
    (SELECT coalesce(max(seq), 0) FROM dispositions),
    (SELECT coalesce(max(seq), 0) FROM returns),
    (SELECT json_group_array(id) FROM leads WHERE status = 1),
    (SELECT json_group_array(seq) FROM returns WHERE state = 1),
    (SELECT counted FROM rollup_state);

-- name: verify_kept
SELECT 'lead', value FROM json_each(:pending) WHERE value NOT IN (SELECT id FROM leads)
UNION ALL SELECT 'return', value FROM json_each(:open_returns) WHERE value NOT IN (SELECT seq FROM returns);

-- name: verify_decided
SELECT id, status, reason FROM leads
WHERE seq > :leads
    AND (status NOT IN (1, 2, 3, 4, 5, 6) OR (status = 3 AND reason = 0) OR (status <> 1 AND decided_ms = 0));

-- name: verify_sold_once
SELECT l.id, count(s.seq) FROM leads AS l LEFT JOIN sales AS s ON s.lead_id = l.id
WHERE l.status IN (2, 5)
    AND l.id IN (SELECT id FROM leads WHERE seq > :leads UNION SELECT lead_id FROM sales WHERE seq > :sales)
GROUP BY l.id
HAVING count(s.seq) = 0 OR (count(s.seq) > 1 AND min(s.shared) = 0)
    OR count(DISTINCT s.buyer_id) <> count(s.seq);

-- name: verify_sales_known
SELECT s.id, s.lead_id FROM sales AS s LEFT JOIN leads AS l ON l.id = s.lead_id
WHERE s.seq > :sales AND (l.id IS NULL OR l.status NOT IN (2, 5, 6));

-- name: verify_balanced
SELECT transaction_id, sum(amount_micros) FROM postings WHERE seq > :postings
GROUP BY transaction_id HAVING sum(amount_micros) <> 0;

-- name: verify_booked
WITH booked AS MATERIALIZED (SELECT transaction_id, account, amount_micros FROM postings WHERE seq > :postings)
SELECT s.id, s.price_micros, s.payout_micros, debit.amount_micros, credit.amount_micros FROM sales AS s
JOIN leads AS l ON l.id = s.lead_id
LEFT JOIN booked AS debit ON debit.transaction_id = s.id AND debit.account = 'buyer:' || s.buyer_id
LEFT JOIN booked AS credit ON credit.transaction_id = s.id AND credit.account = 'source:' || l.source_id
WHERE s.seq > :sales
    AND (coalesce(debit.amount_micros, 0) <> iif(l.profile ->> 'test' IS 1, 0, s.price_micros)
        OR coalesce(credit.amount_micros, 0) <> iif(l.profile ->> 'test' IS 1, 0, -s.payout_micros));

-- name: verify_evented_leads
SELECT id FROM leads WHERE seq > :leads AND status <> 1
EXCEPT SELECT lead_id FROM events WHERE seq > :events AND type = 'lead.decided';

-- name: verify_evented_sales
SELECT lead_id, campaign_id FROM sales WHERE seq > :sales
EXCEPT SELECT lead_id, campaign_id FROM events WHERE seq > :events AND type = 'lead.sold';

-- name: verify_events_known
SELECT e.id, e.lead_id FROM events AS e LEFT JOIN leads AS l ON l.id = e.lead_id
WHERE e.seq > :events AND e.lead_id <> '' AND l.id IS NULL;

-- name: verify_delivered
-- Those that are still to be delivered, and those of leads that something new was told of.
SELECT d.id FROM (
    SELECT id, event_seq FROM deliveries WHERE :events = 0
    UNION ALL SELECT id, event_seq FROM deliveries WHERE :events > 0 AND state = 1
    UNION SELECT id, event_seq FROM deliveries
    WHERE :events > 0 AND lead_id IN (SELECT lead_id FROM events WHERE seq > :events) AND lead_id <> ''
) AS d
LEFT JOIN events AS e ON e.seq = d.event_seq WHERE e.seq IS NULL;

-- name: verify_refunded
WITH booked AS MATERIALIZED (SELECT transaction_id, account, amount_micros FROM postings WHERE seq > :postings)
SELECT r.id, s.id, s.price_micros, back.amount_micros, s.payout_micros, taken.amount_micros FROM returns AS r
LEFT JOIN sales AS s ON s.id = r.sale_id
LEFT JOIN leads AS l ON l.id = r.lead_id
LEFT JOIN booked AS back ON back.transaction_id = r.id AND back.account = 'buyer:' || r.buyer_id
LEFT JOIN booked AS taken ON taken.transaction_id = r.id AND taken.account = 'source:' || r.source_id
WHERE (r.seq > :returns OR r.seq IN (SELECT value FROM json_each(:open_returns)))
    AND (s.id IS NULL
        OR coalesce(back.amount_micros, 0) <> iif(r.state = 2 AND l.profile ->> 'test' IS NOT 1, -s.price_micros, 0)
        OR coalesce(taken.amount_micros, 0) <> iif(r.state = 2 AND l.profile ->> 'test' IS NOT 1, s.payout_micros, 0));

-- name: verify_refunds_known
SELECT p.transaction_id, count(*) FROM postings AS p
LEFT JOIN returns AS r ON r.id = p.transaction_id AND r.state = 2
    AND (r.seq > :returns OR r.seq IN (SELECT value FROM json_each(:open_returns)))
WHERE p.seq > :postings AND p.transaction_id >= 'ret_' AND p.transaction_id < 'ret`'
GROUP BY p.transaction_id HAVING count(r.seq) < count(*) OR count(DISTINCT p.account) < count(*);

-- name: verify_returned
SELECT l.id, l.status, count(*), count(r.seq) FROM leads AS l
JOIN sales AS s ON s.lead_id = l.id
LEFT JOIN returns AS r ON r.sale_id = s.id AND r.state = 2
WHERE l.status IN (2, 5) AND l.id IN (
    SELECT lead_id FROM sales WHERE seq > :sales
    UNION SELECT lead_id FROM returns WHERE seq > :returns OR seq IN (SELECT value FROM json_each(:open_returns))
)
GROUP BY l.id HAVING (count(*) = count(r.seq)) <> (l.status = 5);

-- name: verify_evented_feedback
SELECT * FROM (
    SELECT lead_id, campaign_id, iif(state = 2, 'return.approved', 'return.denied') FROM returns
    WHERE state <> 1 AND (seq > :returns OR seq IN (SELECT value FROM json_each(:open_returns)))
    UNION SELECT lead_id, campaign_id, 'return.requested' FROM returns WHERE seq > :returns
    UNION SELECT lead_id, campaign_id, 'lead.disposition' FROM dispositions WHERE seq > :dispositions
)
EXCEPT SELECT lead_id, campaign_id, type FROM events WHERE seq > :events;

-- name: verify_bought
-- Sales as caps count them: new ones, and those that were counted before and no longer are.
SELECT s.campaign_id, s.buyer_id, l.profile ->> 'test' IS 1, l.submitted_ms, s.price_micros
FROM sales AS s JOIN leads AS l ON l.id = s.lead_id
WHERE s.seq > :sales AND NOT EXISTS (SELECT 1 FROM returns AS r WHERE r.sale_id = s.id AND r.replaced = 1);

-- name: verify_replaced
SELECT s.campaign_id, s.buyer_id, l.profile ->> 'test' IS 1, l.submitted_ms, s.price_micros
FROM returns AS r JOIN sales AS s ON s.id = r.sale_id JOIN leads AS l ON l.id = s.lead_id
WHERE r.replaced = 1 AND s.seq <= :sales
    AND (r.seq > :returns OR r.seq IN (SELECT value FROM json_each(:open_returns)));

-- name: figures_of_feedback
SELECT l.submitted_ms, l.profile, s.campaign_id, s.buyer_id, s.id, r.refund_micros
FROM sales AS s JOIN leads AS l ON l.id = s.lead_id
LEFT JOIN returns AS r ON r.sale_id = s.id AND r.state = 2
    AND (r.seq > :returns OR r.seq IN (SELECT value FROM json_each(:open_returns)))
WHERE s.id IN (
    SELECT sale_id FROM dispositions WHERE seq > :dispositions
    UNION SELECT sale_id FROM returns
    WHERE state = 2 AND (seq > :returns OR seq IN (SELECT value FROM json_each(:open_returns)))
);
