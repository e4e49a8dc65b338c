-- name: catalog
SELECT kind, document FROM catalog;

-- name: save_item
INSERT INTO catalog (kind, id, document, place) VALUES (:kind, :id, :document, nextval('catalog_seq'))
ON CONFLICT (kind, id) DO UPDATE SET document = excluded.document, place = excluded.place;

-- A source and a buyer never have one id, though one core creates the one while another creates the other.
-- name: note_items
INSERT INTO catalog_history (kind, id, revision, document, at_ms)
SELECT n.kind, n.id, n.revision, n.document, :at_ms::bigint
FROM unnest(:kind::text[], :id::text[], :revision::bigint[], :document::bytea[]) AS n (kind, id, revision, document)
WHERE CASE WHEN n.revision = 1 THEN NOT EXISTS (
    SELECT 1 FROM catalog AS c
    WHERE (n.kind, c.kind) IN (('source', 'buyer'), ('buyer', 'source')) AND c.id = n.id
) ELSE EXISTS (
    SELECT 1 FROM catalog_history AS h WHERE h.kind = n.kind AND h.id = n.id AND h.revision = n.revision - 1
) END;

-- name: item_at
SELECT document FROM catalog_history WHERE kind = :kind AND id = :id AND revision = :revision;

-- name: keys
SELECT document FROM api_keys;

-- name: save_key
INSERT INTO api_keys (id, document, place) VALUES (:id, :document, nextval('catalog_seq'))
ON CONFLICT (id) DO UPDATE SET document = excluded.document, place = excluded.place;

-- name: settings
SELECT name, value FROM settings;

-- name: setting
SELECT value FROM settings WHERE name = :name;

-- name: save_setting
INSERT INTO settings (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING;

-- name: catalog_after
SELECT place, kind, document FROM catalog WHERE place > :after
UNION ALL SELECT place, 'key', document FROM api_keys WHERE place > :after
ORDER BY place LIMIT :limit;
