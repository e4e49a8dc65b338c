-- The cores that share the store, by the database's clock. One that is not seen for a while is shut out: its row goes,
-- and with it those of its writers; its pending leads are then anybody's to finish.
CREATE TABLE cores (
    id text COLLATE "C" PRIMARY KEY,
    started_ms bigint NOT NULL,
    seen_ms bigint NOT NULL,
    steady_ms bigint NOT NULL,
    address text NOT NULL
) WITH (fillfactor = 20);

-- Whose writers they are. None of an earlier version's is open beside this one: that had the store alone.
ALTER TABLE writers ADD COLUMN core_id text COLLATE "C" NOT NULL DEFAULT '';

-- Whose auction a lead is in, while it is pending.
ALTER TABLE leads ADD COLUMN core_id text COLLATE "C" NOT NULL DEFAULT '';

-- Whatever becomes of a health, their sum grows: whoever looks at it sees that something changed.
CREATE SEQUENCE healths_seq;
ALTER TABLE endpoint_healths ADD COLUMN place bigint NOT NULL DEFAULT 0;

-- What each core counted of rate plans, by parts of their windows. Each core has its own in memory: none of it needs to
-- outlive a crash of the database. It is forgotten when the window is over.
CREATE UNLOGGED TABLE plan_counts (
    party_id text COLLATE "C" NOT NULL,
    span text COLLATE "C" NOT NULL,
    from_ms bigint NOT NULL,
    core_id text COLLATE "C" NOT NULL,
    calls bigint NOT NULL,
    changed_ms bigint NOT NULL,
    PRIMARY KEY (party_id, span, from_ms, core_id)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX plan_counts_changed ON plan_counts (span, changed_ms);
