-- name: catalog
SELECT kind, document FROM catalog;

-- name: save_item
INSERT INTO catalog (kind, id, document) VALUES (?, ?, ?)
ON CONFLICT (kind, id) DO UPDATE SET document = excluded.document;

-- name: note_item
INSERT INTO catalog_history (kind, id, document, revision, at_ms)
SELECT ?1, ?2, ?3, ?4, ?5
WHERE ?4 = 1 OR EXISTS (SELECT 1 FROM catalog_history WHERE kind = ?1 AND id = ?2 AND revision = ?4 - 1);

-- name: item_at
SELECT document FROM catalog_history WHERE kind = ? AND id = ? AND revision = ?;
