-- What became of sales, as their buyers say; the newest of a sale is how it stands.
CREATE TABLE dispositions (
    seq INTEGER PRIMARY KEY,
    sale_id TEXT NOT NULL,
    lead_id TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    buyer_id TEXT NOT NULL,
    source_id TEXT NOT NULL,
    kind INTEGER NOT NULL,
    occurred_ms INTEGER NOT NULL,
    recorded_ms INTEGER NOT NULL,
    value_micros INTEGER NOT NULL,
    code TEXT NOT NULL,
    quality INTEGER NOT NULL
) STRICT;
CREATE INDEX dispositions_sale ON dispositions (sale_id, seq);
CREATE INDEX dispositions_lead ON dispositions (lead_id, seq);
CREATE INDEX dispositions_buyer ON dispositions (buyer_id, seq);
CREATE INDEX dispositions_source ON dispositions (source_id, seq);

-- Returns: at most one a sale. `resale` is 1 while the lead is still to be offered again.
CREATE TABLE returns (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    sale_id TEXT NOT NULL UNIQUE,
    lead_id TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    buyer_id TEXT NOT NULL,
    source_id TEXT NOT NULL,
    reason INTEGER NOT NULL,
    refund_micros INTEGER NOT NULL,
    requested_ms INTEGER NOT NULL,
    note TEXT NOT NULL,
    state INTEGER NOT NULL,
    decided_ms INTEGER NOT NULL,
    decided_by TEXT NOT NULL,
    decision_note TEXT NOT NULL,
    replaced INTEGER NOT NULL,
    resale INTEGER NOT NULL
) STRICT;
CREATE INDEX returns_lead ON returns (lead_id, seq);
CREATE INDEX returns_buyer ON returns (buyer_id, seq);
CREATE INDEX returns_source ON returns (source_id, seq);
CREATE INDEX returns_campaign ON returns (campaign_id, requested_ms, state);
CREATE INDEX returns_open ON returns (seq) WHERE state = 1;
CREATE INDEX returns_resale ON returns (seq) WHERE resale = 1;

-- Figures by cell. Those of leads have no campaign. Dispositions and returns are added in their own transactions; what
-- auctions add follows them, and `rollup_state` says how far.
CREATE TABLE rollups (
    day TEXT NOT NULL,
    vertical TEXT NOT NULL,
    source_id TEXT NOT NULL,
    sub_source TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    buyer_id TEXT NOT NULL,
    leads INTEGER NOT NULL,
    sold INTEGER NOT NULL,
    pings INTEGER NOT NULL,
    bids INTEGER NOT NULL,
    timeouts INTEGER NOT NULL,
    bid_micros INTEGER NOT NULL,
    posts INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    sales INTEGER NOT NULL,
    revenue_micros INTEGER NOT NULL,
    payout_micros INTEGER NOT NULL,
    returns INTEGER NOT NULL,
    refund_micros INTEGER NOT NULL,
    conversions INTEGER NOT NULL,
    conversion_micros INTEGER NOT NULL,
    contacted INTEGER NOT NULL,
    PRIMARY KEY (day, vertical, source_id, sub_source, campaign_id, buyer_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX rollups_buyer ON rollups (buyer_id, day);

-- Leads decided up to `counted` are in the figures. Of those after it and up to `target`, summed by cell in the order
-- of cells, the first `done` are: figures are added in slices, so that no commit is long.
CREATE TABLE rollup_state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    counted INTEGER NOT NULL,
    target INTEGER NOT NULL,
    done INTEGER NOT NULL
) STRICT;
INSERT INTO rollup_state (one, counted, target, done) VALUES (1, 0, 0, 0);

-- Sales and adjustments are found by the transactions of statements; a statement and a balance are read from an index.
CREATE UNIQUE INDEX sales_id ON sales (id);
CREATE INDEX adjustments_transaction ON adjustments (transaction_id);
DROP INDEX postings_account;
CREATE INDEX postings_account ON postings (account, seq, at_ms, amount_micros);
