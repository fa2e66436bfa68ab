-- Where accounts are called over HTTP, and passwords that clients set themselves. Small current state.

-- Secrets are sealed with the key of the state folder (gateway.domain.secret_box), each for its own row.
CREATE TABLE callbacks (
    id           bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account      text     NOT NULL,
    url          text     NOT NULL,
    kinds        text[]   NOT NULL,   -- receipts, inbound; none: only for messages that name it
    batch_max    smallint NOT NULL,   -- events in one call
    state        text     NOT NULL,   -- ready, paused, disabled
    why          text     NOT NULL,   -- it is disabled
    since_ms     bigint   NOT NULL,   -- it is in this state
    created_ms   bigint   NOT NULL,
    secret       bytea    NOT NULL,
    old_secret   bytea,               -- signs beside it…
    old_until_ms bigint               -- …until then
);
CREATE INDEX callbacks_account ON callbacks (account, id);

-- In place of the configured password of an account.
CREATE TABLE account_passwords (
    account text   PRIMARY KEY,
    secret  bytea  NOT NULL,
    set_ms  bigint NOT NULL,
    set_by  text   NOT NULL
);
