-- name: sales_to_judge
SELECT s.id, s.lead_id, s.campaign_id, s.buyer_id, s.price_micros, s.payout_micros, s.sold_ms, s.reference, s.shared,
    l.profile, l.submitted_ms,
    EXISTS (
        SELECT 1 FROM sales AS o LEFT JOIN returns AS r ON r.sale_id = o.id AND r.state = 2
        WHERE o.lead_id = s.lead_id AND o.id <> s.id AND r.seq IS NULL
    )
FROM sales AS s JOIN leads AS l ON l.id = s.lead_id
WHERE s.lead_id = :lead_id AND (:sale_id = '' OR s.id = :sale_id) AND (:buyer_id = '' OR s.buyer_id = :buyer_id)
ORDER BY s.slot;

-- name: return_by_id
SELECT seq, id, sale_id, lead_id, campaign_id, buyer_id, source_id, reason, refund_micros, requested_ms, note, state,
    decided_ms, decided_by, decision_note, replaced, resale
FROM returns WHERE id = ?;

-- name: return_of_sale
SELECT seq, id, sale_id, lead_id, campaign_id, buyer_id, source_id, reason, refund_micros, requested_ms, note, state,
    decided_ms, decided_by, decision_note, replaced, resale
FROM returns WHERE sale_id = ?;

-- name: dispositions_of_sale
SELECT seq, sale_id, lead_id, campaign_id, buyer_id, source_id, kind, occurred_ms, recorded_ms, value_micros, code,
    quality
FROM dispositions WHERE sale_id = ? ORDER BY seq;

-- name: campaign_sales
SELECT coalesce(sum(sales), 0) FROM rollups WHERE buyer_id = ? AND campaign_id = ? AND day >= ?;

-- name: campaign_returns
SELECT count(*) FROM returns WHERE campaign_id = ? AND requested_ms >= ? AND state <> 3;

-- name: insert_disposition
INSERT INTO dispositions (sale_id, lead_id, campaign_id, buyer_id, source_id, kind, occurred_ms, recorded_ms,
    value_micros, code, quality)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq;

-- name: save_return
INSERT INTO returns (id, sale_id, lead_id, campaign_id, buyer_id, source_id, reason, refund_micros, requested_ms, note,
    state, decided_ms, decided_by, decision_note, replaced, resale)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, decided_ms = excluded.decided_ms,
    decided_by = excluded.decided_by, decision_note = excluded.decision_note, replaced = excluded.replaced,
    resale = excluded.resale
RETURNING seq;

-- name: lead_returned
UPDATE leads SET status = 5 WHERE id = ? AND status = 2;

-- name: note_resale
UPDATE returns SET resale = ? WHERE id = ? AND resale = 1;

-- Lists, newest first; `{where}` is filled from below.

-- name: list_dispositions
SELECT seq, sale_id, lead_id, campaign_id, buyer_id, source_id, kind, occurred_ms, recorded_ms, value_micros, code,
    quality
FROM dispositions WHERE seq < :before{where} ORDER BY seq DESC LIMIT :limit;

-- name: list_returns
SELECT seq, id, sale_id, lead_id, campaign_id, buyer_id, source_id, reason, refund_micros, requested_ms, note, state,
    decided_ms, decided_by, decision_note, replaced, resale
FROM returns WHERE seq < :before{where} ORDER BY seq DESC LIMIT :limit;

-- name: feedback_where_buyer_id
buyer_id = :buyer_id

-- name: feedback_where_source_id
source_id = :source_id

-- name: feedback_where_lead_id
lead_id = :lead_id

-- name: feedback_where_campaign_id
campaign_id = :campaign_id

-- name: feedback_where_kind
kind = :kind

-- name: feedback_where_state
state = :state

-- name: feedback_where_resale_due
resale = 1

-- name: feedback_where_recorded_from_ms
recorded_ms >= :recorded_from_ms

-- name: feedback_where_recorded_until_ms
recorded_ms < :recorded_until_ms
