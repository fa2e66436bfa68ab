-- The message history: append-only facts, one table a kind of fact, partitioned by the day of the message's id.
-- Nothing here is updated or deleted by the gateway; a state is derived from the facts about an id.

CREATE TABLE messages (
    id             bigint   NOT NULL,   -- gateway.domain.ids: seconds, node, sequence
    accepted_ms    bigint   NOT NULL,
    account        text     NOT NULL,
    protocol       text     NOT NULL,
    source         text     NOT NULL,
    destination    text     NOT NULL,
    service_id     text     NOT NULL,
    message_class  text     NOT NULL,
    encoding       text     NOT NULL,   -- protocols.text.codings.Encoding
    text           text,                -- the final text, signature included; null for octets
    octets         bytea,               -- binary content, or text that PostgreSQL cannot hold
    udh            bytea,               -- header elements other than concatenation
    cuts           smallint[],          -- octets of each wire segment without header; null: one segment
    has_udh        boolean  NOT NULL DEFAULT false,
    signature      text,                -- what the gateway added in front, if anything
    flash          boolean  NOT NULL DEFAULT false,
    data_coding    smallint NOT NULL,
    priority       smallint NOT NULL DEFAULT 0,
    protocol_id    smallint NOT NULL DEFAULT 0,
    segment_ids    bigint[],            -- ids of the client's segments; null: one, equal to id
    wishes         smallint[],          -- receipt wish of each; null: one, in wish
    wish           smallint NOT NULL,
    user_reference integer,
    answer_id      bigint,              -- the id answered, where it is not the segment's own (submit_multi)
    billed         smallint NOT NULL,
    price_hao      integer  NOT NULL,
    amount_hao     bigint   NOT NULL,   -- held
    profile        text     NOT NULL,
    price_version  text     NOT NULL,
    not_before_ms  bigint,
    expires_ms     bigint,
    clauses        text,                -- decisions that changed it, "stage clause" a line
    channel        text     NOT NULL,
    link           text,                -- claimed in the accept transaction; null: it waits
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX messages_waiting ON messages (channel, id) WHERE link IS NULL;

CREATE TABLE claims (
    message_id bigint NOT NULL,
    channel    text   NOT NULL,
    link       text   NOT NULL,
    at_ms      bigint NOT NULL
) PARTITION BY RANGE (message_id);
CREATE INDEX claims_message ON claims (message_id);

CREATE TABLE answers (
    message_id         bigint   NOT NULL,
    index              smallint NOT NULL,
    channel            text     NOT NULL,
    link               text     NOT NULL,
    answer             smallint NOT NULL,  -- gateway.domain.outcome.Answer
    carrier_message_id text,
    status             bigint   NOT NULL,
    at_ms              bigint   NOT NULL
) PARTITION BY RANGE (message_id);
CREATE INDEX answers_message ON answers (message_id);
CREATE INDEX answers_carrier ON answers (carrier_message_id) WHERE carrier_message_id IS NOT NULL;

-- Of a message of one wire segment only what is not final: its outcome is its receipt as well.
CREATE TABLE receipts (
    message_id bigint   NOT NULL,
    index      smallint NOT NULL,
    channel    text     NOT NULL,
    state      smallint NOT NULL,
    error      text     NOT NULL,
    done_ms    bigint   NOT NULL,
    at_ms      bigint   NOT NULL
) PARTITION BY RANGE (message_id);
CREATE INDEX receipts_message ON receipts (message_id);

-- One row for each client segment: its one final state. The primary key is the promise. The row whose segment has the
-- id of the message resolves its hold: kind and amounts are null elsewhere, and where pools are given back (movements).
CREATE TABLE outcomes (
    segment_id bigint   NOT NULL,
    message_id bigint   NOT NULL,
    account    text     NOT NULL,
    seq        bigint   NOT NULL,
    state      smallint NOT NULL,
    error      text     NOT NULL,
    done_ms    bigint   NOT NULL,
    is_owed    boolean  NOT NULL,
    at_ms      bigint   NOT NULL,
    kind       smallint,             -- gateway.domain.entry.EntryKind
    charged_hao  bigint,
    returned_hao bigint,
    PRIMARY KEY (segment_id)
) PARTITION BY RANGE (segment_id);
CREATE INDEX outcomes_owed ON outcomes (account, seq) WHERE is_owed;

-- Ledger entries that no other row implies: top-ups, fees, credits; holds that draw from pools, and their resolutions.
-- phase 0: a hold, or an entry of its own; 1: the one resolution of the hold with this id; 2: what follows from that.
CREATE TABLE movements (
    id           bigint   NOT NULL,
    phase        smallint NOT NULL,
    kind         smallint NOT NULL,  -- gateway.domain.entry.EntryKind
    account      text     NOT NULL,
    amount_hao   bigint   NOT NULL,
    returned_hao bigint   NOT NULL,
    at_ms        bigint   NOT NULL,
    note         text,
    PRIMARY KEY (id, phase)
) PARTITION BY RANGE (id);

-- The ledger whole. A message is its own hold and its outcome the resolution, so that no row says what another does;
-- a price version in brackets names pools, and the hold stands in movements.
CREATE VIEW entries AS
SELECT id, 0::smallint AS phase, 2::smallint AS kind, account, amount_hao,
       0::bigint AS returned_hao, accepted_ms AS at_ms, NULL::text AS note
FROM messages WHERE price_version NOT LIKE '%*%'
UNION ALL
SELECT segment_id, 1::smallint, kind, account, charged_hao, returned_hao, at_ms, NULL
FROM outcomes WHERE kind IS NOT NULL
UNION ALL
SELECT id, phase, kind, account, amount_hao, returned_hao, at_ms, note FROM movements;

CREATE TABLE refusals (
    segment_id  bigint NOT NULL,
    at_ms       bigint NOT NULL,
    account     text   NOT NULL,
    protocol    text   NOT NULL,
    source      text   NOT NULL,
    destination text   NOT NULL,
    octets      bytea  NOT NULL,
    encoding    text     NOT NULL,
    stage       text   NOT NULL,
    key         text   NOT NULL,
    clause      text   NOT NULL,
    detail      text   NOT NULL,
    PRIMARY KEY (segment_id)
) PARTITION BY RANGE (segment_id);

CREATE TABLE amendments (
    message_id bigint NOT NULL,
    what       text   NOT NULL,  -- cancelled, replaced, rerouted
    text       text,
    octets     bytea,
    encoding   text   NOT NULL,
    cuts       smallint[],
    has_udh    boolean NOT NULL,
    wish       smallint NOT NULL,  -- receipt wish of its one client segment, or of the first
    at_ms      bigint NOT NULL
) PARTITION BY RANGE (message_id);
CREATE INDEX amendments_message ON amendments (message_id);

CREATE TABLE inbound (
    seq         bigint   NOT NULL,
    account     text     NOT NULL,   -- empty: no service code matched
    channel     text     NOT NULL,
    source      text     NOT NULL,
    destination text     NOT NULL,
    encoding    text     NOT NULL,
    data_coding smallint NOT NULL,
    octets      bytea    NOT NULL,
    udh         bytea    NOT NULL,
    text        text,
    service_id  text     NOT NULL,
    received_ms bigint   NOT NULL,
    PRIMARY KEY (seq)
) PARTITION BY RANGE (seq);
CREATE INDEX inbound_account ON inbound (account, seq);
