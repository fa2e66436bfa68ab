-- Decisions about contents: rare facts, each in a transaction of its own, read whole at every start.

-- Contents that were stopped (S1-5(6)). Removed ones stay, with who removed them.
CREATE TABLE kills (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text   NOT NULL,   -- text, phrase, template
    value      text   NOT NULL,
    account    text   NOT NULL,   -- empty: all accounts
    reason     text   NOT NULL,
    at_ms      bigint NOT NULL,
    actor      text   NOT NULL,
    report     text,              -- JSON: what ended when it was stopped
    removed_ms bigint,
    removed_by text
);

-- Accounts that may not send because of a violation (S1-6), until an operator lifts it.
CREATE TABLE bars (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account   text   NOT NULL,
    clause    text   NOT NULL,
    reason    text   NOT NULL,
    at_ms     bigint NOT NULL,
    lifted_ms bigint,
    lifted_by text,
    note      text
);
CREATE UNIQUE INDEX bars_in_force ON bars (account) WHERE lifted_ms IS NULL;

-- Signatures and their filing (S4-3.9b): the last state; the audit has the way there.
CREATE TABLE filings (
    account   text   NOT NULL,
    signature text   NOT NULL,    -- without brackets
    kind      text   NOT NULL,    -- gateway.contracts.filing.PAPERS
    state     text   NOT NULL,    -- PENDING, FILED, REJECTED
    papers    text   NOT NULL,    -- JSON: kind of paper to its reference
    note      text   NOT NULL,
    at_ms     bigint NOT NULL,
    actor     text   NOT NULL,
    added_ms  bigint NOT NULL,
    PRIMARY KEY (account, signature)
);

-- When a message may leave and until when, as they stood with the amendment: an operator's word moves both.
ALTER TABLE amendments ADD COLUMN not_before_ms bigint, ADD COLUMN expires_ms bigint;

-- Messages that wait for an operator's word: nothing else makes these two equal.
CREATE INDEX messages_doubtful ON messages (id) WHERE expires_ms = not_before_ms;
