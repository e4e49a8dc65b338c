-- name: columns_of
SELECT column_name, data_type FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name = :name;

-- name: go_on_numbering
SELECT setval('leads_seq', (SELECT coalesce(max(seq), 0) + 1 FROM leads), false),
    setval('sales_seq', (SELECT coalesce(max(seq), 0) + 1 FROM sales), false),
    setval('postings_seq', (SELECT coalesce(max(seq), 0) + 1 FROM postings), false),
    setval('events_seq', (SELECT coalesce(max(seq), 0) + 1 FROM events), false),
    setval('dispositions_seq', (SELECT coalesce(max(seq), 0) + 1 FROM dispositions), false),
    setval('returns_seq', (SELECT coalesce(max(seq), 0) + 1 FROM returns), false),
    setval('catalog_seq',
        greatest((SELECT max(place) FROM catalog), (SELECT max(place) FROM api_keys), 0) + 1, false);
