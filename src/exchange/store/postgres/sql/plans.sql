-- name: add_plan_counts
INSERT INTO plan_counts (party_id, span, from_ms, core_id, calls, changed_ms)
SELECT n.party_id, n.span, n.from_ms, :core_id, n.calls, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
FROM unnest(:party_id::text[], :span::text[], :from_ms::bigint[], :calls::bigint[])
    AS n (party_id, span, from_ms, calls)
ON CONFLICT (party_id, span, from_ms, core_id) DO UPDATE
SET calls = plan_counts.calls + excluded.calls, changed_ms = excluded.changed_ms;

-- name: forget_plan_counts
DELETE FROM plan_counts WHERE ctid IN (
    SELECT ctid FROM plan_counts
    WHERE span = :span AND changed_ms < floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint - :length_ms::bigint
    LIMIT :limit FOR UPDATE SKIP LOCKED
);

-- name: plan_counts_now
SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint;

-- name: plan_counts_since
SELECT party_id, span, from_ms, sum(calls)::bigint FROM plan_counts
WHERE core_id <> :core_id AND (party_id, span, from_ms) IN (
    SELECT party_id, span, from_ms FROM plan_counts
    WHERE span = ANY (:spans::text[]) AND changed_ms >= :since_ms AND core_id <> :core_id
)
GROUP BY party_id, span, from_ms ORDER BY from_ms;
