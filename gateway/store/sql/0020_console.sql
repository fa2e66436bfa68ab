-- People who sign in to the console, and their sessions. A password is a hash, a session the digest of its token, the
-- secret of a second factor is sealed (gateway.domain.secret_box) and recovery codes are digests.
CREATE TABLE users (
    name             text    PRIMARY KEY,
    role             text    NOT NULL,
    account          text    NOT NULL DEFAULT '',  -- of a client; empty for everybody else
    password_hash    text    NOT NULL,
    must_change      boolean NOT NULL,             -- the password was given by somebody else
    second_factor    bytea,                        -- sealed; null: none yet
    factor_step      bigint  NOT NULL DEFAULT 0,   -- of the last code that was used: none is good twice
    recovery_digests bytea[] NOT NULL DEFAULT '{}',
    is_disabled      boolean NOT NULL DEFAULT false,
    created_ms       bigint  NOT NULL,
    created_by       text    NOT NULL,
    password_ms      bigint  NOT NULL,
    CHECK ((role = 'client') = (account <> ''))
);

CREATE TABLE user_sessions (
    digest     bytea   PRIMARY KEY,
    user_name  text    NOT NULL REFERENCES users (name),
    address    text    NOT NULL,
    created_ms bigint  NOT NULL,
    seen_ms    bigint  NOT NULL,
    ends_ms    bigint  NOT NULL,
    has_factor boolean NOT NULL  -- the second factor was shown
);
CREATE INDEX user_sessions_by_user ON user_sessions (user_name);
CREATE INDEX user_sessions_by_end ON user_sessions (ends_ms);
