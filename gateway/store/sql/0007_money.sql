-- Money beside the balances. Every table only grows but pool_uses, which is small current state as balances are.
-- What an entry draws from pools stands in its note (gateway.ledger.draws), so pool_uses can be added up again.

-- Lots of credits that were bought, and makeups that were granted. How much of each is used stands in pool_uses.
CREATE TABLE lots (
    id         bigint  PRIMARY KEY,    -- the id of the entry that brought it, or of the allotment of money
    account    text    NOT NULL,
    kind       text    NOT NULL,       -- credits, makeup
    quantity   bigint  NOT NULL,       -- billed segments
    price_hao  integer NOT NULL,       -- each; 0 for a makeup
    opens_ms   bigint  NOT NULL,
    closes_ms  bigint,                 -- exclusive; null: does not lapse
    note       text    NOT NULL,       -- a payment's number, an incident
    at_ms      bigint  NOT NULL
);

-- Segments used of each pool: a lot, the segments that a month includes, those beyond, a trial.
CREATE TABLE pool_uses (
    account text   NOT NULL,
    pool    text   NOT NULL,
    used    bigint NOT NULL,
    PRIMARY KEY (account, pool)
) WITH (fillfactor = 50);

CREATE TABLE price_versions (
    account    text    NOT NULL,
    version    text    NOT NULL,
    price_hao  integer NOT NULL,
    valid_ms   bigint  NOT NULL,       -- from when it is meant to hold
    noticed_ms bigint,                 -- when the client was told
    note       text    NOT NULL,
    at_ms      bigint  NOT NULL,
    PRIMARY KEY (account, version)
);

-- The client's consent to a version; without one a contract of consent goes on with the price before.
CREATE TABLE price_consents (
    account      text   NOT NULL,
    version      text   NOT NULL,
    confirmed_ms bigint NOT NULL,
    evidence     text   NOT NULL,      -- mail, letter, message: where the consent can be read
    at_ms        bigint NOT NULL,
    PRIMARY KEY (account, version)
);

-- What was said about an account's money, once for each subject: low balance, arrears, top-up wanted, cap near, lots.
CREATE TABLE money_events (
    account text   NOT NULL,
    event   text   NOT NULL,
    subject text   NOT NULL,           -- what it is about, so that it is said once
    detail  text   NOT NULL,
    at_ms   bigint NOT NULL,
    PRIMARY KEY (account, event, subject)
);
