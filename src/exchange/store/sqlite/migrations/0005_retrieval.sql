-- A buyer takes a lead by acknowledging it; until then one reader at a time may claim it.
ALTER TABLE sales ADD COLUMN acknowledged_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sales ADD COLUMN claimed_until_ms INTEGER NOT NULL DEFAULT 0;

-- What lists of leads are filtered by stands in indexes, in the order of the list: a page is found without reading the
-- leads that it leaves out. All grow at their end only, or at each owner's, so that they cost little to keep.
ALTER TABLE leads ADD COLUMN zip TEXT GENERATED ALWAYS AS (CAST(profile AS TEXT) ->> '$.attributes.zip') VIRTUAL;
CREATE INDEX leads_listed ON leads (seq, status, vertical, state, zip, submitted_ms);
DROP INDEX IF EXISTS leads_source;
CREATE INDEX leads_source ON leads (source_id, seq, status, vertical, state, zip, submitted_ms);
CREATE INDEX leads_submitted ON leads (submitted_ms);

CREATE INDEX sales_untaken ON sales (buyer_id, seq) WHERE acknowledged_ms = 0;
CREATE INDEX sales_sold ON sales (sold_ms);

-- Every state that an item of the catalogue was in, its secrets sealed.
CREATE TABLE catalog_history (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    document BLOB NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (kind, id, revision)
) STRICT, WITHOUT ROWID;
INSERT INTO catalog_history (kind, id, revision, document, at_ms)
SELECT kind, id, coalesce(CAST(document AS TEXT) ->> '$.revision', 0), document, 0 FROM catalog;
