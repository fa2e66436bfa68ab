-- Tokens of the HTTP API. Small current state: a token is revoked or ends earlier, and is never deleted.
CREATE TABLE api_tokens (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account    text   NOT NULL,
    digest     bytea  NOT NULL UNIQUE CHECK (octet_length(digest) = 32),  -- SHA-256 of the token's text
    scopes     text[] NOT NULL,   -- submit, read, receive
    ending     text   NOT NULL,   -- last characters of the text, to tell tokens apart
    note       text   NOT NULL,
    created_ms bigint NOT NULL,
    expires_ms bigint NOT NULL,
    revoked_ms bigint,
    replaced_by bigint REFERENCES api_tokens (id)  -- the one that took its place
);
CREATE INDEX api_tokens_account ON api_tokens (account, id);
