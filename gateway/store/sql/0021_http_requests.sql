-- Requests over the HTTP API.

-- How a request with an Idempotency-Key was answered. A row is committed with the messages that it accepted, so there is
-- one where they are and none where they are not. Kept for a day at least, then purged.
CREATE TABLE request_keys (
    account     text     NOT NULL,
    key_digest  text     NOT NULL,  -- SHA-256 of the key
    body_digest text     NOT NULL,  -- SHA-256 of what was asked
    at_ms       bigint   NOT NULL,
    status      smallint NOT NULL,  -- of HTTP
    answer      text     NOT NULL,  -- the body, JSON
    PRIMARY KEY (account, key_digest)
);
CREATE INDEX request_keys_time ON request_keys (at_ms);

-- What else was asked with a message; a row only where something was. It goes with the day of its message.
CREATE TABLE asked_with (
    message_id   bigint   PRIMARY KEY,
    account      text     NOT NULL,
    reference    text     NOT NULL,  -- the client's own
    callback     text     NOT NULL,  -- id or URL to which its receipts go; empty: by the account
    receipt_mask smallint NOT NULL   -- which receipts, of Kannel's bits; 0: by the account
);
