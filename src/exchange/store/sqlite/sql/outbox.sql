-- name: insert_event
INSERT INTO events (seq, id, type, owner_id, lead_id, campaign_id, occurred_ms, data, vertical, source_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: insert_delivery
INSERT INTO deliveries (id, event_seq, endpoint_id, state, attempts, due_ms, lease_id, lead_id)
VALUES (?, ?, ?, 1, 0, ?, '', ?);

-- name: events_after
SELECT seq, id, type, owner_id, lead_id, campaign_id, occurred_ms, data, vertical, source_id FROM events
WHERE seq > :after AND occurred_ms >= :from_ms AND (:owner = '' OR owner_id = :owner)
    AND (:types = '[]' OR type IN (SELECT value FROM json_each(:types)))
    AND (:verticals = '[]' OR vertical IN (SELECT value FROM json_each(:verticals)))
    AND (:campaigns = '[]' OR campaign_id IN (SELECT value FROM json_each(:campaigns)))
    AND (:sources = '[]' OR source_id IN (SELECT value FROM json_each(:sources)))
ORDER BY seq LIMIT :limit;

-- name: events_by_sequence
SELECT seq, id, type, owner_id, lead_id, campaign_id, occurred_ms, data, vertical, source_id FROM events
WHERE seq IN (SELECT value FROM json_each(?));

-- name: event_at_or_before
SELECT seq, occurred_ms FROM events WHERE seq <= ? ORDER BY seq DESC LIMIT 1;

-- name: last_event
SELECT coalesce(max(seq), 0) FROM events;

-- name: due_deliveries
SELECT d.id, d.event_seq, d.endpoint_id, d.lead_id, d.attempts, d.fallback, (
    SELECT b.due_ms FROM deliveries AS b
    WHERE b.state = 1 AND b.endpoint_id = d.endpoint_id AND b.lead_id = d.lead_id AND b.event_seq < d.event_seq
        AND d.lead_id <> ''
    LIMIT 1
)
FROM deliveries AS d
WHERE d.state = 1 AND d.lane = ? AND d.due_ms <= ? ORDER BY d.due_ms, d.event_seq LIMIT ?;

-- name: lease_delivery
UPDATE deliveries SET due_ms = ?, lease_id = ? WHERE id = ?;

-- name: put_off_delivery
UPDATE deliveries SET due_ms = ?, lease_id = '' WHERE id = ?;

-- name: report_delivery
UPDATE deliveries
SET state = ?, due_ms = ?, attempts = ?, lane = min(?, 1), lease_id = '', reason = ?, fallback = ?, ended_ms = ?
WHERE id = ? AND lease_id = ? AND state = 1
RETURNING endpoint_id, lead_id;

-- name: insert_attempt
INSERT INTO attempts (delivery_id, number, endpoint_id, at_ms, status, error, latency_ms, request, answer_headers,
    answer_body)
SELECT :delivery_id, coalesce(max(number), 0) + 1, :endpoint_id, :at_ms, :status, :error, :latency_ms, :request,
    :answer_headers, :answer_body
FROM attempts WHERE delivery_id = :delivery_id;

-- name: wake_next_of_lead
UPDATE deliveries SET due_ms = ?
WHERE state = 1 AND endpoint_id = ? AND lead_id = ? AND lease_id = '' AND attempts = 0 AND due_ms > ?;

-- name: wake_endpoint
UPDATE deliveries SET due_ms = :now_ms WHERE id IN (
    SELECT id FROM deliveries
    WHERE state = 1 AND endpoint_id = :endpoint_id AND lease_id = '' AND due_ms > :now_ms
    ORDER BY event_seq LIMIT :limit
);

-- name: save_health
INSERT INTO endpoint_healths (endpoint_id, document) VALUES (?, ?)
ON CONFLICT (endpoint_id) DO UPDATE SET document = excluded.document;

-- name: healths
SELECT document FROM endpoint_healths;

-- name: deliveries_by_id
SELECT d.id, d.event_seq, d.endpoint_id, d.due_ms, d.attempts, d.state, d.lease_id, d.lead_id, d.fallback, d.reason,
    d.ended_ms
FROM deliveries AS d WHERE d.id IN (SELECT value FROM json_each(?));

-- name: delivery_page
SELECT d.id, d.event_seq, d.endpoint_id, d.due_ms, d.attempts, d.state, d.lease_id, d.lead_id, d.fallback, d.reason,
    d.ended_ms
FROM deliveries AS d JOIN events AS e ON e.seq = d.event_seq WHERE

-- name: redrive_deliveries
UPDATE deliveries
SET state = 1, attempts = 0, lane = 1, due_ms = :now_ms, lease_id = '', reason = '', fallback = 0, ended_ms = 0
WHERE state <> 1 AND id IN (SELECT value FROM json_each(:ids));

-- name: discard_deliveries
UPDATE deliveries SET state = 4, reason = :reason, ended_ms = :now_ms
WHERE state = 3 AND id IN (SELECT value FROM json_each(:ids));

-- name: attempts
SELECT delivery_id, '', status, latency_ms, error, 0, at_ms, request, answer_headers, answer_body
FROM attempts WHERE delivery_id = ? ORDER BY number;

-- name: figured_attempts
SELECT status, error, latency_ms FROM attempts WHERE endpoint_id = ? AND at_ms >= ? ORDER BY at_ms DESC LIMIT ?;

-- name: figured_deliveries
SELECT (SELECT count(*) FROM deliveries WHERE state = 1 AND endpoint_id = :endpoint_id),
    (SELECT count(*) FROM deliveries WHERE state = 3 AND endpoint_id = :endpoint_id);

-- name: next_due
SELECT min(due_ms) FROM (
    SELECT min(due_ms) AS due_ms FROM deliveries WHERE state = 1 AND lane = 0
    UNION ALL SELECT min(due_ms) FROM deliveries WHERE state = 1 AND lane = 1
);
