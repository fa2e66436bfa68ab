-- Documents and duties: rare facts, a row each, written by an operation of their own. Statements, their events,
-- adjustments, notices and reports are append-only; a task and a termination are closed once.

CREATE TABLE tasks (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key        text   NOT NULL UNIQUE,      -- what makes it the same duty: made again from the facts it is not added twice
    kind       text   NOT NULL,             -- gateway.documents.tasks.KINDS
    clause     text   NOT NULL,
    account    text   NOT NULL DEFAULT '',
    subject    text   NOT NULL,
    details    text   NOT NULL DEFAULT '',
    remind_ms  bigint NOT NULL,             -- from then on it is told as due
    due_ms     bigint NOT NULL,             -- the last instant in time
    created_ms bigint NOT NULL,
    told       smallint NOT NULL DEFAULT 0, -- 1: told as due, 2: told as overdue
    done_ms    bigint,
    done_by    text,
    evidence   text
);
CREATE INDEX tasks_open ON tasks (due_ms) WHERE done_ms IS NULL;

-- A statement that was sent: never changed; a later one of the same month has the next version.
CREATE TABLE statements (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account         text   NOT NULL,
    month           date   NOT NULL,        -- first day of the month it is about
    version         integer NOT NULL,
    profile         text   NOT NULL,
    document        text   NOT NULL,        -- JSON as it was sent
    digest          text   NOT NULL,        -- SHA-256 of document
    total_hao       bigint NOT NULL,
    sent_ms         bigint NOT NULL,
    sent_by         text   NOT NULL,
    evidence        text   NOT NULL,
    confirm_by      date,
    auto_confirm_ms bigint,                 -- the instant at which silence confirms; null: it does not
    UNIQUE (account, month, version)
);
CREATE TABLE statement_events (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    statement_id bigint NOT NULL REFERENCES statements,
    event        text   NOT NULL,           -- confirmed, auto_confirmed, disputed, invoiced, paid, rechecked, superseded
    at_ms        bigint NOT NULL,           -- when it happened
    noted_ms     bigint NOT NULL,           -- when it was written down
    actor        text   NOT NULL,
    evidence     text   NOT NULL,
    amount_hao   bigint,
    note         text   NOT NULL DEFAULT ''
);
CREATE INDEX statement_events_of ON statement_events (statement_id);

-- Lines that a later statement shows: the error found by a re-check, a late fee.
CREATE TABLE adjustments (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account    text   NOT NULL,
    month      date   NOT NULL,             -- first day of the month whose statement shows it
    kind       text   NOT NULL,             -- recheck, late_fee, correction
    clause     text   NOT NULL,
    amount_hao bigint NOT NULL,             -- above 0: the client owes more
    entry_id   bigint,                      -- the ledger entry that moved the money; null: none moved
    reason     text   NOT NULL,
    created_ms bigint NOT NULL,
    actor      text   NOT NULL,
    evidence   text   NOT NULL
);
CREATE INDEX adjustments_month ON adjustments (account, month);
CREATE UNIQUE INDEX adjustments_entry ON adjustments (entry_id);

-- Two figures of one month held against each other, and what the contract said of them.
CREATE TABLE reconciliations (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    side       text   NOT NULL,             -- account or channel
    name       text   NOT NULL,
    month      date   NOT NULL,
    document   text   NOT NULL,             -- JSON as it was shown
    created_ms bigint NOT NULL,
    actor      text   NOT NULL
);

CREATE TABLE notices (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account    text   NOT NULL,
    kind       text   NOT NULL,
    clause     text   NOT NULL,
    means      text   NOT NULL,             -- gateway.contracts.deadlines: email, courier_city …
    sent_on    date   NOT NULL,
    served_on  date   NOT NULL,             -- the day it counts as delivered
    reference  text   NOT NULL,
    details    text   NOT NULL,
    created_ms bigint NOT NULL,
    actor      text   NOT NULL
);

CREATE TABLE batch_reports (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account    text   NOT NULL,
    label      text   NOT NULL,
    stage      text   NOT NULL,             -- first or final
    document   text   NOT NULL,
    at_ms      bigint NOT NULL,
    UNIQUE (account, label, stage)
);
CREATE TABLE batches (
    account    text   NOT NULL,
    label      text   NOT NULL,
    since_ms   bigint NOT NULL,
    until_ms   bigint NOT NULL,
    service_id text,                        -- null: any
    text_like  text,                        -- prefix of the final text; null: any
    message_class text,                     -- null: any
    noted_ms   bigint NOT NULL,
    final_ms   bigint NOT NULL,             -- when it is final even without all receipts
    PRIMARY KEY (account, label)
);

-- Runs of batch messages that are not over yet, of accounts whose contract has each reported by itself, and up to which
-- second messages were looked at for that.
CREATE TABLE batch_runs (
    account    text   NOT NULL,
    service_id text   NOT NULL,
    since_ms   bigint NOT NULL,
    last_ms    bigint NOT NULL,
    PRIMARY KEY (account, service_id)
);
CREATE TABLE batch_scans (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    upto_s  bigint NOT NULL
);

CREATE TABLE terminations (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account      text   NOT NULL,
    asked_ms     bigint NOT NULL,
    ends_ms      bigint NOT NULL,
    clause       text   NOT NULL,
    actor        text   NOT NULL,
    evidence     text   NOT NULL,
    noted_ms     bigint NOT NULL,
    ended_ms     bigint,
    dropped      integer,
    released_hao bigint
);
CREATE UNIQUE INDEX terminations_open ON terminations (account) WHERE ended_ms IS NULL;
