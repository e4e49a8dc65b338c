-- What is used of caps in their windows, and of credit (period 0), with what is held for posts under way. A row is made
-- when a purchase first counts against it, from the sales and postings there are; from then on it says what they would.
-- `place` grows in commit order, so that the cores find what has changed. Rows change with most commits.
CREATE SEQUENCE usage_seq;
CREATE TABLE usage (
    owner text COLLATE "C" NOT NULL,
    period smallint NOT NULL,
    from_ms bigint NOT NULL,
    until_ms bigint NOT NULL,
    leads bigint NOT NULL,
    micros bigint NOT NULL,
    held_leads bigint NOT NULL,
    held_micros bigint NOT NULL,
    place bigint NOT NULL DEFAULT nextval('usage_seq'),
    PRIMARY KEY (owner, period, from_ms, until_ms)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX usage_place ON usage (place);

-- What pending leads may still sell, by the posts that have left: each document a purchase.
CREATE TABLE holds (
    lead_id text COLLATE "C" NOT NULL,
    campaign_id text COLLATE "C" NOT NULL,
    document bytea NOT NULL,
    PRIMARY KEY (lead_id, campaign_id)
) WITH (autovacuum_vacuum_scale_factor = 0.02);
