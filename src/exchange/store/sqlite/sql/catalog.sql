-- name: catalog
SELECT kind, document FROM catalog;

-- name: save_item
INSERT INTO catalog (kind, id, document) VALUES (?, ?, ?)
ON CONFLICT (kind, id) DO UPDATE SET document = excluded.document;

-- name: note_item
INSERT OR REPLACE INTO catalog_history (kind, id, revision, document, at_ms) VALUES (?, ?, ?, ?, ?);

-- name: item_at
SELECT document FROM catalog_history WHERE kind = ? AND id = ? AND revision = ?;
