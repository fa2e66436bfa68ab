-- Documents that were issued to a client under a number of ours. Numbers of a series count from 1 in each year, without a
-- gap; a row is never changed and never deleted, so that no number is used twice.
CREATE TABLE issued_documents (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    series     text   NOT NULL,             -- gateway.documents.letterhead.SERIES
    year       integer NOT NULL,            -- of its day, China time
    number     integer NOT NULL,
    account    text   NOT NULL,             -- or the channel whose carrier it is about
    subject    text   NOT NULL,             -- what it is a document of: a statement's id, its own id
    dated      date   NOT NULL,
    document   text   NOT NULL DEFAULT '',  -- JSON as it was issued; empty: it stands where subject says
    created_ms bigint NOT NULL,
    actor      text   NOT NULL,
    UNIQUE (series, year, number),
    UNIQUE (series, subject)
);
CREATE INDEX issued_documents_of ON issued_documents (account, id);

INSERT INTO issued_documents (series, year, number, account, subject, dated, created_ms, actor)
SELECT 'statement', extract(year FROM dated), row_number() OVER (PARTITION BY extract(year FROM dated) ORDER BY id),
       account, id::text, dated, sent_ms, sent_by
FROM (SELECT *, (to_timestamp(sent_ms / 1000.0) AT TIME ZONE 'Asia/Shanghai')::date AS dated FROM statements) AS sent;

-- Files that prove an answer: what a client sent with its confirmation or objection. Bounded; never changed.
CREATE TABLE evidence_files (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account    text   NOT NULL,
    subject    text   NOT NULL,             -- such as "statement 2026-10"
    name       text   NOT NULL,
    media_type text   NOT NULL,
    digest     text   NOT NULL,             -- SHA-256 of octets
    octets     bytea  NOT NULL,
    created_ms bigint NOT NULL,
    actor      text   NOT NULL
);
CREATE INDEX evidence_files_of ON evidence_files (account, subject);
