-- Rows that the database would not take for a fault of their own (SQLSTATE classes 22 and 23, 54000), as they were, in
-- the transaction of the batch that they belonged to. Nothing reads them but people: docs/operations/runbooks.md says
-- what to do, and who has dealt with one deletes it.

CREATE TABLE rows_set_aside (
    number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    node     integer NOT NULL,
    batch    bigint  NOT NULL,
    place    text    NOT NULL,          -- the table that would not take it
    id       text    NOT NULL,          -- the first column of the row
    sqlstate text    NOT NULL,          -- empty where it could not be written out
    problem  text    NOT NULL,
    record   text    NOT NULL,          -- JSON by column, octets in hex
    at_ms    bigint  NOT NULL
);
CREATE INDEX rows_set_aside_time ON rows_set_aside (at_ms);
