-- Notices that are planned and sent. What counts as served stays in `notices`; a row of it may name its sending.

-- What is told: one row, whoever it goes to. Never changed.
CREATE TABLE planned_notices (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key        text   NOT NULL UNIQUE,      -- planned again from the same facts it is not told twice
    kind       text   NOT NULL,             -- gateway.notices.notice_kinds
    account    text   NOT NULL,             -- empty: our own people
    clause     text   NOT NULL,
    subject    text   NOT NULL,
    data       text   NOT NULL,             -- JSON: what it says, in units
    task       text   NOT NULL,             -- key of the duty that it fulfils; empty: none
    planned_ms bigint NOT NULL,
    actor      text   NOT NULL
);
CREATE INDEX planned_notices_of ON planned_notices (account, id);

-- To one address by one means: small current state, a row each; its attempts are only added.
CREATE TABLE notice_sendings (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    notice     bigint  NOT NULL REFERENCES planned_notices,
    means      text    NOT NULL,            -- email, message, by_hand
    effect     text    NOT NULL,            -- notice, courtesy, information
    recipient  text    NOT NULL,            -- an address, a number; empty: by hand
    addressee  text    NOT NULL,            -- the contact's name
    language   text    NOT NULL,
    letter     text    NOT NULL,            -- JSON as it is written, links left out
    message_id text    NOT NULL,            -- Message-ID, the same over all attempts; of a short message its id
    state      text    NOT NULL,            -- gateway.documents.notice.SendingState
    attempts   integer NOT NULL DEFAULT 0,
    due_ms     bigint  NOT NULL,            -- since when it is owed
    next_ms    bigint  NOT NULL,            -- not tried before
    ended_ms   bigint,
    proof      text    NOT NULL DEFAULT ''  -- the relay's answer, the receipt, what a person wrote
);
CREATE INDEX notice_sendings_of ON notice_sendings (notice);
CREATE INDEX notice_sendings_due ON notice_sendings (means, next_ms) WHERE state = 'due';
CREATE INDEX notice_sendings_waiting ON notice_sendings (means, due_ms) WHERE state IN ('due', 'by_hand');
CREATE INDEX notice_sendings_awaited ON notice_sendings (ended_ms) WHERE state = 'sent' AND means = 'message';

CREATE TABLE notice_attempts (
    sending bigint NOT NULL REFERENCES notice_sendings,
    at_ms   bigint NOT NULL,
    outcome text   NOT NULL,                -- taken, later, unknown, refused, bounced, delivered, failed, given, again
    answer  text   NOT NULL
);
CREATE INDEX notice_attempts_of ON notice_attempts (sending, at_ms);

ALTER TABLE notices ADD COLUMN sending bigint REFERENCES notice_sendings;
