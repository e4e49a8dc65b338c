-- Text is compared byte by byte, whatever the database's own collation: lists and reports are in the order of bytes.
-- Places in lists are numbered under one lock, which is held until the commit: they grow in commit order.
CREATE SEQUENCE leads_seq;
CREATE SEQUENCE sales_seq;
CREATE SEQUENCE postings_seq;
CREATE SEQUENCE events_seq;
CREATE SEQUENCE dispositions_seq;
CREATE SEQUENCE returns_seq;
CREATE SEQUENCE catalog_seq;

-- Leads as they were decided, or pending while a post is under way. The person is in `sealed`, under `wrapped_key`.
-- What lists are filtered by stands in the indexes that they are walked along.
CREATE TABLE leads (
    seq bigint NOT NULL DEFAULT nextval('leads_seq'),
    id text COLLATE "C" NOT NULL UNIQUE,
    source_id text COLLATE "C" NOT NULL,
    request_id text COLLATE "C",
    request_digest bytea NOT NULL,
    vertical text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    zip text COLLATE "C" NOT NULL,
    test boolean NOT NULL,
    status smallint NOT NULL,
    reason smallint NOT NULL,
    submitted_ms bigint NOT NULL,
    decided_ms bigint NOT NULL,
    redirect_url text NOT NULL,
    profile bytea NOT NULL,
    sealed bytea NOT NULL,
    wrapped_key bytea NOT NULL,
    trace bytea NOT NULL,
    PRIMARY KEY (seq) INCLUDE (status, vertical, state, zip, submitted_ms, id)
);
ALTER TABLE leads ALTER sealed SET STORAGE EXTERNAL;  -- what is encrypted does not shrink
CREATE UNIQUE INDEX leads_request ON leads (source_id, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX leads_source ON leads (source_id, seq) INCLUDE (status, vertical, state, zip, submitted_ms, id);
CREATE INDEX leads_submitted ON leads (submitted_ms);
CREATE INDEX leads_pending ON leads (seq) WHERE status = 1;

-- Whom a lead was about, as keyed hashes; kept while somebody looks for duplicates.
CREATE TABLE consumers (
    key text COLLATE "C" NOT NULL,
    at_ms bigint NOT NULL,
    lead_id text COLLATE "C" NOT NULL,
    vertical text COLLATE "C" NOT NULL,
    PRIMARY KEY (key, at_ms, lead_id)
);

-- Consumers who are not to be sold: to one buyer, or with the owner "exchange" to any.
CREATE TABLE suppressions (
    key text COLLATE "C" NOT NULL,
    owner_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (key, owner_id)
);

-- Answers to pings. One is used when a lead of the same ULID exists.
CREATE TABLE offers (
    auction_id text COLLATE "C" PRIMARY KEY,
    source_id text COLLATE "C" NOT NULL,
    request_id text COLLATE "C",
    made_ms bigint NOT NULL,
    offer bytea NOT NULL
);
CREATE UNIQUE INDEX offers_request ON offers (source_id, request_id) WHERE request_id IS NOT NULL;

-- Slot 0 is the exclusive sale: a lead has at most one sale a slot. A buyer takes a lead by acknowledging it; until then
-- one reader at a time may claim it.
CREATE TABLE sales (
    seq bigint PRIMARY KEY DEFAULT nextval('sales_seq'),
    id text COLLATE "C" NOT NULL UNIQUE,
    lead_id text COLLATE "C" NOT NULL,
    slot smallint NOT NULL,
    campaign_id text COLLATE "C" NOT NULL,
    buyer_id text COLLATE "C" NOT NULL,
    price_micros bigint NOT NULL,
    payout_micros bigint NOT NULL,
    sold_ms bigint NOT NULL,
    reference text NOT NULL,
    shared boolean NOT NULL,
    acknowledged_ms bigint NOT NULL DEFAULT 0,
    claimed_until_ms bigint NOT NULL DEFAULT 0,
    UNIQUE (lead_id, slot)
);
CREATE INDEX sales_buyer ON sales (buyer_id, seq) INCLUDE (campaign_id, acknowledged_ms, lead_id);
CREATE INDEX sales_untaken ON sales (buyer_id, seq) INCLUDE (campaign_id, lead_id) WHERE acknowledged_ms = 0;
CREATE INDEX sales_sold ON sales (sold_ms);

-- The ledger: the postings of a transaction sum to zero.
CREATE TABLE postings (
    seq bigint PRIMARY KEY DEFAULT nextval('postings_seq'),
    transaction_id text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    amount_micros bigint NOT NULL,
    at_ms bigint NOT NULL
);
CREATE INDEX postings_account ON postings (account, seq) INCLUDE (at_ms, amount_micros);

-- Payments, payouts and corrections; each is a transaction of the ledger.
CREATE TABLE adjustments (
    request_id text COLLATE "C" PRIMARY KEY,
    transaction_id text COLLATE "C" NOT NULL,
    adjustment bytea NOT NULL
);
CREATE INDEX adjustments_transaction ON adjustments (transaction_id);

CREATE TABLE events (
    seq bigint PRIMARY KEY,
    id text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    owner_id text COLLATE "C" NOT NULL,
    lead_id text COLLATE "C" NOT NULL,
    campaign_id text COLLATE "C" NOT NULL,
    occurred_ms bigint NOT NULL,
    data bytea NOT NULL,
    vertical text COLLATE "C" NOT NULL,
    source_id text COLLATE "C" NOT NULL
);
CREATE INDEX events_owner ON events (owner_id, seq);

-- The outbox. A lease moves `due_ms` to its own end, so that a lease that lapses is simply due again. Its rows change
-- several times in a short life: room in the page and frequent cleaning keep it small.
CREATE TABLE deliveries (
    id text COLLATE "C" PRIMARY KEY,
    event_seq bigint NOT NULL,
    endpoint_id text COLLATE "C" NOT NULL,
    state smallint NOT NULL,
    attempts integer NOT NULL,
    due_ms bigint NOT NULL,
    lease_id text COLLATE "C" NOT NULL,
    lead_id text COLLATE "C" NOT NULL,
    lane smallint NOT NULL DEFAULT 0,
    fallback boolean NOT NULL DEFAULT false,
    reason text NOT NULL DEFAULT '',
    ended_ms bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);
CREATE INDEX deliveries_due ON deliveries (lane, due_ms, event_seq) WHERE state = 1;
CREATE INDEX deliveries_order ON deliveries (endpoint_id, lead_id, event_seq) WHERE state = 1;
CREATE INDEX deliveries_endpoint ON deliveries (endpoint_id, id);
CREATE INDEX deliveries_lead ON deliveries (lead_id, id) WHERE lead_id <> '';
CREATE INDEX deliveries_dead ON deliveries (endpoint_id, id) WHERE state = 3;

-- Each attempt; its texts are bounded and hold no contact data.
CREATE TABLE attempts (
    delivery_id text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    endpoint_id text COLLATE "C" NOT NULL,
    at_ms bigint NOT NULL,
    status integer NOT NULL,
    error text NOT NULL,
    latency_ms bigint NOT NULL,
    request text NOT NULL,
    answer_headers text NOT NULL,
    answer_body text NOT NULL,
    PRIMARY KEY (delivery_id, number)
);
CREATE INDEX attempts_endpoint ON attempts (endpoint_id, at_ms);

-- How endpoints fare, where they do not fare well.
CREATE TABLE endpoint_healths (
    endpoint_id text COLLATE "C" PRIMARY KEY,
    document bytea NOT NULL
);

-- What became of sales, as their buyers say; the newest of a sale is how it stands.
CREATE TABLE dispositions (
    seq bigint PRIMARY KEY DEFAULT nextval('dispositions_seq'),
    sale_id text COLLATE "C" NOT NULL,
    lead_id text COLLATE "C" NOT NULL,
    campaign_id text COLLATE "C" NOT NULL,
    buyer_id text COLLATE "C" NOT NULL,
    source_id text COLLATE "C" NOT NULL,
    kind smallint NOT NULL,
    occurred_ms bigint NOT NULL,
    recorded_ms bigint NOT NULL,
    value_micros bigint NOT NULL,
    code text NOT NULL,
    quality smallint NOT NULL
);
CREATE INDEX dispositions_sale ON dispositions (sale_id, seq);
CREATE INDEX dispositions_lead ON dispositions (lead_id, seq);
CREATE INDEX dispositions_buyer ON dispositions (buyer_id, seq);
CREATE INDEX dispositions_source ON dispositions (source_id, seq);

-- Returns: at most one a sale. `resale` is 1 while the lead is still to be offered again.
CREATE TABLE returns (
    seq bigint PRIMARY KEY DEFAULT nextval('returns_seq'),
    id text COLLATE "C" NOT NULL UNIQUE,
    sale_id text COLLATE "C" NOT NULL UNIQUE,
    lead_id text COLLATE "C" NOT NULL,
    campaign_id text COLLATE "C" NOT NULL,
    buyer_id text COLLATE "C" NOT NULL,
    source_id text COLLATE "C" NOT NULL,
    reason smallint NOT NULL,
    refund_micros bigint NOT NULL,
    requested_ms bigint NOT NULL,
    note text NOT NULL,
    state smallint NOT NULL,
    decided_ms bigint NOT NULL,
    decided_by text NOT NULL,
    decision_note text NOT NULL,
    replaced boolean NOT NULL,
    resale smallint NOT NULL
);
CREATE INDEX returns_lead ON returns (lead_id, seq);
CREATE INDEX returns_buyer ON returns (buyer_id, seq);
CREATE INDEX returns_source ON returns (source_id, seq);
CREATE INDEX returns_campaign ON returns (campaign_id, requested_ms, state);
CREATE INDEX returns_open ON returns (seq) WHERE state = 1;
CREATE INDEX returns_resale ON returns (seq) WHERE resale = 1;

-- Figures by cell. Those of leads have no campaign. Leads decided up to `counted` are in them.
CREATE TABLE rollups (
    day text COLLATE "C" NOT NULL,
    vertical text COLLATE "C" NOT NULL,
    source_id text COLLATE "C" NOT NULL,
    sub_source text COLLATE "C" NOT NULL,
    campaign_id text COLLATE "C" NOT NULL,
    buyer_id text COLLATE "C" NOT NULL,
    leads bigint NOT NULL,
    sold bigint NOT NULL,
    pings bigint NOT NULL,
    bids bigint NOT NULL,
    timeouts bigint NOT NULL,
    bid_micros bigint NOT NULL,
    posts bigint NOT NULL,
    accepted bigint NOT NULL,
    rejected bigint NOT NULL,
    sales bigint NOT NULL,
    revenue_micros bigint NOT NULL,
    payout_micros bigint NOT NULL,
    returns bigint NOT NULL,
    refund_micros bigint NOT NULL,
    conversions bigint NOT NULL,
    conversion_micros bigint NOT NULL,
    contacted bigint NOT NULL,
    PRIMARY KEY (day, vertical, source_id, sub_source, campaign_id, buyer_id)
) WITH (fillfactor = 80);
CREATE INDEX rollups_buyer ON rollups (buyer_id, day);
CREATE TABLE rollup_state (
    one smallint PRIMARY KEY CHECK (one = 1),
    counted bigint NOT NULL
);
INSERT INTO rollup_state (one, counted) VALUES (1, 0);

-- Sources, buyers, campaigns, endpoints and the like, each as one document with its secrets sealed; `place` grows in
-- commit order, so that the other cores find what has changed.
CREATE TABLE catalog (
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    document bytea NOT NULL,
    place bigint NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX catalog_place ON catalog (place);

-- Every state that an item of the catalogue was in.
CREATE TABLE catalog_history (
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    document bytea NOT NULL,
    at_ms bigint NOT NULL,
    PRIMARY KEY (kind, id, revision)
);

CREATE TABLE api_keys (
    id text COLLATE "C" PRIMARY KEY,
    document bytea NOT NULL,
    place bigint NOT NULL
);
CREATE INDEX api_keys_place ON api_keys (place);

-- What the core keeps for itself, such as proof of the master key.
CREATE TABLE settings (
    name text COLLATE "C" PRIMARY KEY,
    value bytea NOT NULL
);

-- The writers of the cores that have the store open, and how much each has committed.
CREATE TABLE writers (
    id text COLLATE "C" PRIMARY KEY,
    commits bigint NOT NULL
) WITH (fillfactor = 20);
