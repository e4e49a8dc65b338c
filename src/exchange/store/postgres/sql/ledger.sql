-- name: balances
SELECT account, sum(amount_micros)::bigint FROM postings GROUP BY account;

-- name: balance
SELECT coalesce(sum(amount_micros), 0)::bigint FROM postings WHERE account = :account;

-- name: adjustment_by_request
SELECT adjustment FROM adjustments WHERE request_id = :request_id;

-- name: insert_adjustment
INSERT INTO adjustments (request_id, transaction_id, adjustment) VALUES (:request_id, :transaction_id, :adjustment);

-- name: statement
SELECT p.seq, p.transaction_id, coalesce(s.lead_id, r.lead_id, ''), p.at_ms, p.amount_micros, a.adjustment
FROM (
    SELECT seq FROM postings
    WHERE account = :account AND seq > :after AND at_ms >= :from_ms
        AND (:until_ms::bigint = 0 OR at_ms < :until_ms)
    ORDER BY seq LIMIT :limit
) AS page
JOIN postings AS p ON p.seq = page.seq
LEFT JOIN sales AS s ON s.id = p.transaction_id
LEFT JOIN returns AS r ON r.id = p.transaction_id
LEFT JOIN adjustments AS a ON a.transaction_id = p.transaction_id
ORDER BY p.seq;

-- name: stood_before
SELECT coalesce(sum(amount_micros), 0)::bigint FROM postings WHERE account = :account AND seq < :first;

-- name: stood_between
SELECT seq, (sum(amount_micros) OVER (ORDER BY seq))::bigint FROM postings
WHERE account = :account AND seq >= :first AND seq <= :last;

-- name: stood_at_time
SELECT coalesce(sum(amount_micros), 0)::bigint FROM postings
WHERE account = :account AND (seq <= :after OR at_ms < :from_ms);
