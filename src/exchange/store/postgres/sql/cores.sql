-- name: enter_core
INSERT INTO cores (id, started_ms, seen_ms, steady_ms, address)
SELECT :id, now_ms, now_ms, now_ms, :address
FROM (SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms) AS clock;

-- name: enter_writers
INSERT INTO writers (id, core_id, commits) SELECT id, :core_id, 0 FROM unnest(:ids::text[]) AS id;

-- name: keep_place
WITH clock AS (SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms)
UPDATE cores
SET steady_ms = CASE WHEN abs(clock.now_ms - seen_ms) < :lease_ms::bigint THEN steady_ms ELSE clock.now_ms END,
    seen_ms = clock.now_ms
FROM clock WHERE id = :id
RETURNING seen_ms, seen_ms - steady_ms >= :lease_ms;

-- name: cores
SELECT id, abs(:now_ms::bigint - seen_ms) >= :lease_ms::bigint FROM cores ORDER BY started_ms, id;

-- name: anything_left_behind
SELECT EXISTS (SELECT 1 FROM writers WHERE core_id NOT IN (SELECT id FROM cores))
    OR EXISTS (SELECT 1 FROM leads WHERE status = 1 AND core_id NOT IN (SELECT id FROM cores));

-- name: end_sessions
SELECT count(pg_terminate_backend(a.pid))
FROM writers AS w JOIN pg_stat_activity AS a ON a.application_name = w.id AND a.datname = current_database()
WHERE w.core_id = ANY (:ids::text[]);

-- name: remove_cores
DELETE FROM cores WHERE id = ANY (:ids::text[]) AND abs(:now_ms::bigint - seen_ms) >= :lease_ms::bigint;

-- name: remove_writers
DELETE FROM writers WHERE core_id NOT IN (SELECT id FROM cores);

-- name: inherit
UPDATE leads SET core_id = :id
WHERE id IN (
    SELECT id FROM leads WHERE status = 1 AND core_id NOT IN (SELECT id FROM cores) ORDER BY seq LIMIT :limit
)
RETURNING seq, id, request_id, request_digest, status, reason, submitted_ms, decided_ms, redirect_url, profile, sealed,
    wrapped_key, trace;

-- name: leave
DELETE FROM cores WHERE id = :id;

-- name: leave_writers
DELETE FROM writers WHERE core_id = :id;
