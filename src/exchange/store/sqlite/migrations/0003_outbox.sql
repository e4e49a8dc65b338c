-- Events can be asked for by what their lead is.
ALTER TABLE events ADD COLUMN vertical TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN source_id TEXT NOT NULL DEFAULT '';

-- Order per lead, first attempts before repeats, dead letters, the e-mail fallback.
ALTER TABLE deliveries ADD COLUMN lead_id TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN lane INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN fallback INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN ended_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries DROP COLUMN last_status;
ALTER TABLE deliveries DROP COLUMN last_error;
ALTER TABLE deliveries DROP COLUMN last_latency_ms;
UPDATE deliveries SET lane = attempts > 0,
    lead_id = coalesce((SELECT lead_id FROM events WHERE events.seq = deliveries.event_seq), '');
DROP INDEX deliveries_due;
CREATE INDEX deliveries_due ON deliveries (lane, due_ms) WHERE state = 1;
CREATE INDEX deliveries_order ON deliveries (endpoint_id, lead_id, event_seq) WHERE state = 1;
CREATE INDEX deliveries_endpoint ON deliveries (endpoint_id, id);
CREATE INDEX deliveries_lead ON deliveries (lead_id, id) WHERE lead_id <> '';
CREATE INDEX deliveries_resold ON deliveries (id) WHERE state = 6;
CREATE INDEX deliveries_dead ON deliveries (endpoint_id, id) WHERE state = 3;

-- Each attempt; its texts are bounded and hold no contact data.
CREATE TABLE attempts (
    delivery_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    endpoint_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    status INTEGER NOT NULL,
    error TEXT NOT NULL,
    latency_ms INTEGER NOT NULL,
    request TEXT NOT NULL,
    answer_headers TEXT NOT NULL,
    answer_body TEXT NOT NULL,
    PRIMARY KEY (delivery_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_endpoint ON attempts (endpoint_id, at_ms);

-- How endpoints fare, where they do not fare well.
CREATE TABLE endpoint_healths (
    endpoint_id TEXT PRIMARY KEY,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;
