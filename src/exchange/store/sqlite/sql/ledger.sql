-- name: statement
SELECT w.seq, p.transaction_id, coalesce(s.lead_id, r.lead_id, ''), w.at_ms, w.amount_micros, w.running_micros,
    coalesce(CAST(a.adjustment AS TEXT) ->> 'note', '')
FROM (
    SELECT seq, at_ms, amount_micros, sum(amount_micros) OVER (ORDER BY seq) AS running_micros
    FROM postings WHERE account = :account AND seq > :after
) AS w
JOIN postings AS p ON p.seq = w.seq
LEFT JOIN sales AS s ON s.id = p.transaction_id
LEFT JOIN returns AS r ON r.id = p.transaction_id
LEFT JOIN adjustments AS a ON a.transaction_id = p.transaction_id
WHERE w.at_ms >= :from_ms AND (:until_ms = 0 OR w.at_ms < :until_ms)
ORDER BY w.seq LIMIT :limit;

-- name: stood_at
SELECT coalesce(sum(amount_micros), 0) FROM postings WHERE account = :account AND seq <= :after;

-- name: stood_before
SELECT coalesce(sum(amount_micros), 0) FROM postings
WHERE account = :account AND (seq <= :after OR at_ms < :from_ms);
