-- name: next_events
SELECT nextval('events_seq') FROM generate_series(1, :count);

-- name: events_after
SELECT seq, id, type, owner_id, lead_id, campaign_id, occurred_ms, data, vertical, source_id FROM events
WHERE seq > :after{where} ORDER BY seq LIMIT :limit;

-- name: event_where_owner_id
owner_id = :owner_id

-- name: event_where_types
type = ANY (:types::text[])

-- name: event_where_from_ms
occurred_ms >= :from_ms

-- name: event_where_verticals
vertical = ANY (:verticals::text[])

-- name: event_where_campaign_ids
campaign_id = ANY (:campaign_ids::text[])

-- name: event_where_source_ids
source_id = ANY (:source_ids::text[])

-- name: events_by_sequence
SELECT seq, id, type, owner_id, lead_id, campaign_id, occurred_ms, data, vertical, source_id FROM events
WHERE seq = ANY (:sequences::bigint[]);

-- name: event_at_or_before
SELECT seq, occurred_ms FROM events WHERE seq <= :seq ORDER BY seq DESC LIMIT 1;

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
WHERE d.state = 1 AND d.lane = :lane AND d.due_ms <= :now_ms ORDER BY d.due_ms, d.event_seq LIMIT :limit
FOR UPDATE OF d SKIP LOCKED;

-- name: lease_deliveries
UPDATE deliveries AS d SET due_ms = n.due_ms, lease_id = n.lease_id
FROM unnest(:id::text[], :due_ms::bigint[], :lease_id::text[]) AS n (id, due_ms, lease_id) WHERE d.id = n.id;

-- name: report_deliveries
UPDATE deliveries AS d
SET state = n.state, due_ms = n.due_ms, attempts = n.attempts, lane = least(n.attempts, 1), lease_id = '',
    reason = n.reason, fallback = n.fallback, ended_ms = CASE n.state WHEN 1 THEN 0 ELSE :now_ms::bigint END
FROM unnest(:id::text[], :lease_id::text[], :state::smallint[], :due_ms::bigint[], :attempts::integer[],
    :reason::text[], :fallback::boolean[]) AS n (id, lease_id, state, due_ms, attempts, reason, fallback)
WHERE d.id = n.id AND d.lease_id = n.lease_id AND d.state = 1
RETURNING d.id, d.endpoint_id, d.lead_id, d.state;

-- name: insert_attempt
INSERT INTO attempts (delivery_id, number, endpoint_id, at_ms, status, error, latency_ms, request, answer_headers,
    answer_body)
SELECT :delivery_id::text, coalesce(max(number), 0) + 1, :endpoint_id::text, :at_ms::bigint, :status::integer,
    :error::text, :latency_ms::bigint, :request::text, :answer_headers::text, :answer_body::text
FROM attempts WHERE delivery_id = :delivery_id;

-- name: wake_next_of_leads
UPDATE deliveries AS d SET due_ms = :now_ms::bigint
FROM (
    SELECT DISTINCT endpoint_id, lead_id FROM unnest(:endpoint_ids::text[], :lead_ids::text[]) AS e (endpoint_id, lead_id)
) AS ended
WHERE d.state = 1 AND d.endpoint_id = ended.endpoint_id AND d.lead_id = ended.lead_id AND d.lease_id = ''
    AND d.attempts = 0 AND d.due_ms > :now_ms;

-- name: wake_endpoint
UPDATE deliveries SET due_ms = :now_ms WHERE id IN (
    SELECT id FROM deliveries
    WHERE state = 1 AND endpoint_id = :endpoint_id AND lease_id = '' AND due_ms > :now_ms
    ORDER BY event_seq LIMIT :limit FOR UPDATE
);

-- name: save_health
INSERT INTO endpoint_healths (endpoint_id, document, place) VALUES (:endpoint_id, :document, nextval('healths_seq'))
ON CONFLICT (endpoint_id) DO UPDATE SET document = excluded.document, place = excluded.place;

-- name: healths
SELECT document FROM endpoint_healths ORDER BY endpoint_id;

-- name: deliveries_by_id
SELECT d.id, d.event_seq, d.endpoint_id, d.due_ms, d.attempts, d.state, d.lease_id, d.lead_id, d.fallback, d.reason,
    d.ended_ms
FROM deliveries AS d WHERE d.id = ANY (:ids::text[]);

-- name: delivery_page
SELECT d.id, d.event_seq, d.endpoint_id, d.due_ms, d.attempts, d.state, d.lease_id, d.lead_id, d.fallback, d.reason,
    d.ended_ms
FROM deliveries AS d JOIN events AS e ON e.seq = d.event_seq WHERE {where} ORDER BY d.id DESC LIMIT :limit;

-- name: delivery_where_before
d.id < :before

-- name: delivery_where_states
d.state = ANY (:states::smallint[])

-- name: delivery_where_dead
d.state = 3

-- name: delivery_where_endpoint_ids
d.endpoint_id = ANY (:endpoint_ids::text[])

-- name: delivery_where_lead_id
d.lead_id = :lead_id AND d.lead_id <> ''

-- name: delivery_where_event_type
e.type = :event_type

-- name: delivery_where_occurred_from_ms
e.occurred_ms >= :occurred_from_ms

-- name: delivery_where_occurred_until_ms
e.occurred_ms < :occurred_until_ms

-- name: redrive_deliveries
UPDATE deliveries
SET state = 1, attempts = 0, lane = 1, due_ms = :now_ms, lease_id = '', reason = '', fallback = false, ended_ms = 0
WHERE state <> 1 AND id = ANY (:ids::text[]);

-- name: discard_deliveries
UPDATE deliveries SET state = 4, reason = :reason, ended_ms = :now_ms WHERE state = 3 AND id = ANY (:ids::text[]);

-- name: attempts
SELECT delivery_id, '', status, latency_ms, error, 0, at_ms, request, answer_headers, answer_body
FROM attempts WHERE delivery_id = :delivery_id ORDER BY number;

-- name: figured_attempts
SELECT status, error, latency_ms FROM attempts WHERE endpoint_id = :endpoint_id AND at_ms >= :since_ms
ORDER BY at_ms DESC LIMIT :limit;

-- name: figured_deliveries
SELECT (SELECT count(*) FROM deliveries WHERE state = 1 AND endpoint_id = :endpoint_id),
    (SELECT count(*) FROM deliveries WHERE state = 3 AND endpoint_id = :endpoint_id);

-- name: next_due
SELECT least((SELECT min(due_ms) FROM deliveries WHERE state = 1 AND lane = 0),
    (SELECT min(due_ms) FROM deliveries WHERE state = 1 AND lane = 1));
