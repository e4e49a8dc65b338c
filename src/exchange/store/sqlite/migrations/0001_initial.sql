-- Leads as they were decided, or pending while a post is under way. The person is in `sealed`, under `wrapped_key`.
CREATE TABLE leads (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    source_id TEXT NOT NULL,
    request_id TEXT,
    request_digest BLOB NOT NULL,
    vertical TEXT NOT NULL,
    state TEXT NOT NULL,
    status INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    submitted_ms INTEGER NOT NULL,
    decided_ms INTEGER NOT NULL,
    redirect_url TEXT NOT NULL,
    profile BLOB NOT NULL,
    sealed BLOB NOT NULL,
    wrapped_key BLOB NOT NULL,
    trace BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX leads_request ON leads (source_id, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX leads_source ON leads (source_id, seq);
CREATE INDEX leads_pending ON leads (seq) WHERE status = 1;

-- Whom a lead was about, as keyed hashes; kept while somebody looks for duplicates.
CREATE TABLE consumers (
    key TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    lead_id TEXT NOT NULL,
    vertical TEXT NOT NULL,
    PRIMARY KEY (key, at_ms, lead_id)
) STRICT, WITHOUT ROWID;

-- Consumers who are not to be sold: to one buyer, or with the owner "exchange" to any.
CREATE TABLE suppressions (
    key TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    PRIMARY KEY (key, owner_id)
) STRICT, WITHOUT ROWID;

-- Answers to pings. One is used when a lead of the same ULID exists.
CREATE TABLE offers (
    auction_id TEXT PRIMARY KEY,
    source_id TEXT NOT NULL,
    request_id TEXT,
    made_ms INTEGER NOT NULL,
    offer BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX offers_request ON offers (source_id, request_id) WHERE request_id IS NOT NULL;

-- Slot 0 is the exclusive sale: a lead has at most one sale a slot.
CREATE TABLE sales (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    lead_id TEXT NOT NULL,
    slot INTEGER NOT NULL,
    campaign_id TEXT NOT NULL,
    buyer_id TEXT NOT NULL,
    price_micros INTEGER NOT NULL,
    payout_micros INTEGER NOT NULL,
    sold_ms INTEGER NOT NULL,
    reference TEXT NOT NULL,
    shared INTEGER NOT NULL,
    UNIQUE (lead_id, slot)
) STRICT;
CREATE INDEX sales_buyer ON sales (buyer_id, seq);

-- The ledger: the postings of a transaction sum to zero.
CREATE TABLE postings (
    seq INTEGER PRIMARY KEY,
    transaction_id TEXT NOT NULL,
    account TEXT NOT NULL,
    amount_micros INTEGER NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX postings_account ON postings (account, transaction_id);

-- Payments, payouts and corrections; each is a transaction of the ledger.
CREATE TABLE adjustments (
    request_id TEXT PRIMARY KEY,
    transaction_id TEXT NOT NULL,
    adjustment BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    lead_id TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    occurred_ms INTEGER NOT NULL,
    data BLOB NOT NULL
) STRICT;
CREATE INDEX events_owner ON events (owner_id, seq);

-- The outbox. A lease moves `due_ms` to its own end, so that a lease that lapses is simply due again.
CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    event_seq INTEGER NOT NULL REFERENCES events (seq),
    endpoint_id TEXT NOT NULL,
    state INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    lease_id TEXT NOT NULL,
    last_status INTEGER NOT NULL,
    last_error TEXT NOT NULL,
    last_latency_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries (due_ms) WHERE state = 1;

-- Sources, buyers, campaigns and endpoints, each as one document with its secrets sealed.
CREATE TABLE catalog (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What the core keeps for itself, such as proof of the master key.
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
