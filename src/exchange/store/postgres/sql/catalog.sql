-- name: catalog
SELECT kind, document FROM catalog;

-- name: save_item
INSERT INTO catalog (kind, id, document, place) VALUES (:kind, :id, :document, nextval('catalog_seq'))
ON CONFLICT (kind, id) DO UPDATE SET document = excluded.document, place = excluded.place;

-- name: note_item
INSERT INTO catalog_history (kind, id, revision, document, at_ms) VALUES (:kind, :id, :revision, :document, :at_ms)
ON CONFLICT (kind, id, revision) DO UPDATE SET document = excluded.document, at_ms = excluded.at_ms;

-- name: item_at
SELECT document FROM catalog_history WHERE kind = :kind AND id = :id AND revision = :revision;

-- name: keys
SELECT document FROM api_keys;

-- name: save_key
INSERT INTO api_keys (id, document, place) VALUES (:id, :document, nextval('catalog_seq'))
ON CONFLICT (id) DO UPDATE SET document = excluded.document, place = excluded.place;

-- name: settings
SELECT name, value FROM settings;

-- name: save_setting
INSERT INTO settings (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: last_place
SELECT greatest((SELECT max(place) FROM catalog), (SELECT max(place) FROM api_keys), 0);

-- name: catalog_after
SELECT place, kind, document FROM catalog WHERE place > :after
UNION ALL SELECT place, 'key', document FROM api_keys WHERE place > :after
ORDER BY place LIMIT :limit;
