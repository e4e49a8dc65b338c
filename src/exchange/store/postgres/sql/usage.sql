-- name: usage_of
SELECT owner, period, from_ms, until_ms, leads, micros, held_leads, held_micros
FROM usage WHERE owner = ANY (:owners::text[]);

-- name: save_usage
INSERT INTO usage (owner, period, from_ms, until_ms, leads, micros, held_leads, held_micros)
SELECT * FROM unnest(:owner::text[], :period::smallint[], :from_ms::bigint[], :until_ms::bigint[], :leads::bigint[],
    :micros::bigint[], :held_leads::bigint[], :held_micros::bigint[])
ON CONFLICT (owner, period, from_ms, until_ms) DO UPDATE SET leads = excluded.leads, micros = excluded.micros,
    held_leads = excluded.held_leads, held_micros = excluded.held_micros, place = excluded.place;

-- name: usage_after
SELECT owner, period, from_ms, leads, micros, held_leads, held_micros, place
FROM usage WHERE place > :after ORDER BY place LIMIT :limit;

-- name: take_holds
DELETE FROM holds WHERE lead_id = ANY (:lead_ids::text[]) RETURNING lead_id, document;

-- name: leads_still_pending
SELECT id FROM leads WHERE id = ANY (:lead_ids::text[]) AND status = 1;

-- name: forget_usage
DELETE FROM usage AS u
USING unnest(:owner::text[], :period::smallint[], :from_ms::bigint[], :until_ms::bigint[])
    AS w (owner, period, from_ms, until_ms)
WHERE u.owner = w.owner AND u.period = w.period AND u.from_ms < w.from_ms - 2 * (w.until_ms - w.from_ms)
    AND u.held_leads = 0;

-- Sales are found by when they were made: by another core's clock, perhaps, than the one by which their leads came.
-- name: bought_in_windows
WITH bought AS (
    SELECT s.campaign_id, s.buyer_id, s.price_micros, l.submitted_ms, l.test
    FROM sales AS s JOIN leads AS l ON l.id = s.lead_id
    WHERE s.sold_ms >= :since_ms
        AND ('campaign:' || s.campaign_id = ANY (:owner::text[]) OR 'buyer:' || s.buyer_id = ANY (:owner::text[]))
        AND NOT EXISTS (SELECT 1 FROM returns AS r WHERE r.sale_id = s.id AND r.replaced)
), counted AS (
    SELECT 'campaign:' || campaign_id AS owner, price_micros, submitted_ms FROM bought
    UNION ALL SELECT 'buyer:' || buyer_id, price_micros, submitted_ms FROM bought WHERE NOT test
)
SELECT w.owner, w.period, w.from_ms, w.until_ms, count(c.price_micros), coalesce(sum(c.price_micros), 0)::bigint
FROM unnest(:owner::text[], :period::smallint[], :from_ms::bigint[], :until_ms::bigint[])
    AS w (owner, period, from_ms, until_ms)
LEFT JOIN counted AS c ON c.owner = w.owner AND c.submitted_ms >= w.from_ms AND c.submitted_ms < w.until_ms
GROUP BY w.owner, w.period, w.from_ms, w.until_ms;

-- name: owed
SELECT a.account, coalesce(sum(p.amount_micros), 0)::bigint
FROM unnest(:accounts::text[]) AS a (account) LEFT JOIN postings AS p ON p.account = a.account GROUP BY a.account;

-- A credit that nobody has bought on yet is counted from here on: the other cores must hear of what was paid in.
-- name: book_usage
WITH booked AS (
    SELECT * FROM unnest(:owner::text[], :micros::bigint[]) AS b (owner, micros)
), counted AS (
    UPDATE usage AS u SET micros = u.micros + b.micros, place = nextval('usage_seq')
    FROM booked AS b WHERE u.owner = b.owner AND u.period = 0 RETURNING u.owner
)
INSERT INTO usage (owner, period, from_ms, until_ms, leads, micros, held_leads, held_micros)
SELECT b.owner, 0, 0, 0, 0, (SELECT sum(p.amount_micros) FROM postings AS p WHERE p.account = b.owner), 0, 0
FROM booked AS b WHERE b.owner NOT IN (SELECT owner FROM counted);

-- name: take_back_usage
UPDATE usage SET leads = leads - 1, micros = micros - :price_micros::bigint, place = nextval('usage_seq')
WHERE owner = ANY (:owners::text[]) AND period <> 0 AND from_ms <= :submitted_ms AND until_ms > :submitted_ms;

-- name: last_seen
SELECT key, vertical, max(at_ms) FROM consumers
WHERE key = ANY (:keys::text[]) AND at_ms >= :since_ms AND lead_id <> ALL (:lead_ids::text[])
GROUP BY key, vertical;

-- name: usages
SELECT owner, period, from_ms, until_ms, leads, micros, held_leads, held_micros FROM usage;

-- name: holds
SELECT document FROM holds;
