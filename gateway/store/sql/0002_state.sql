-- Small current state: what a restart must know without reading history. Updated once a batch, never once a message.

CREATE TABLE balances (
    book       text   PRIMARY KEY,     -- available:ACCOUNT, held:ACCOUNT, cash:ACCOUNT, revenue
    amount_hao bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE outbox_cursors (
    account       text   PRIMARY KEY,
    delivered_seq bigint NOT NULL      -- everything owed up to here was acknowledged
) WITH (fillfactor = 50);

-- The number of the last batch each node committed: after a lost connection it tells whether the batch in flight made it.
CREATE TABLE commits (
    node    integer PRIMARY KEY,
    batch   bigint  NOT NULL,
    last_id bigint  NOT NULL,          -- ids up to here were given out
    last_seq bigint NOT NULL,          -- likewise the seqs of outboxes
    floor   bigint  NOT NULL           -- no message below waits to leave
) WITH (fillfactor = 50);

-- Client segments of long messages that wait for the others.
CREATE TABLE parts (
    segment_id bigint PRIMARY KEY,
    submission bytea  NOT NULL,        -- gateway.store.packing
    account    text   NOT NULL,
    message_id bigint                  -- set when the whole was joined, or 0 when it was given up
);
CREATE INDEX parts_open ON parts (segment_id) WHERE message_id IS NULL;

-- Receipts for ids that no answer has named: early ones, foreign ones, damaged ones. They can be replayed.
CREATE TABLE unmatched_receipts (
    channel            text     NOT NULL,
    carrier_message_id text     NOT NULL,
    candidates         text[]   NOT NULL,
    state              smallint NOT NULL,
    error              text     NOT NULL,
    destination        text     NOT NULL,
    done_ms            bigint   NOT NULL,
    at_ms              bigint   NOT NULL,
    matched_ms         bigint
);
CREATE INDEX unmatched_open ON unmatched_receipts (channel, carrier_message_id) WHERE matched_ms IS NULL;

-- Accounts that a command suspended or whose opening balance was credited.
CREATE TABLE account_states (
    account         text PRIMARY KEY,
    opened_ms       bigint NOT NULL,
    suspended       boolean NOT NULL DEFAULT false
);
