-- What makes history hard to rewrite: it refuses edits, its blocks are sealed into one chain of hashes, and who touched
-- or saw it is written down (S1-5(5), S0-5.2, S4-7.3).

-- One link of the chain: a block of rows, a closed day, a purged day, a piece of the audit. gateway.archive.chain
CREATE TABLE seals (
    number       bigint  PRIMARY KEY,   -- 1, 2, 3 … without a gap
    kind         text    NOT NULL,      -- block, day, purge, audit
    day          date    NOT NULL,      -- in China time
    low          bigint  NOT NULL,      -- keys of the rows: [low, high)
    high         bigint  NOT NULL,
    from_ms      bigint  NOT NULL,      -- recorded in [from_ms, until_ms)
    until_ms     bigint  NOT NULL,
    layout       text    NOT NULL,      -- which columns of which tables; empty: none
    counts       text    NOT NULL,      -- rows of each table, as JSON
    rows         bigint  NOT NULL,
    root         bytea   NOT NULL,      -- of the rows, by table and key
    subjects     bigint  NOT NULL,
    subject_root bytea   NOT NULL,      -- of the rows that name a number or an account, by that
    sealed_ms    bigint  NOT NULL,
    note         text    NOT NULL,
    previous     bytea   NOT NULL,      -- hash of the link before
    hash         bytea   NOT NULL,      -- of all of the above but the marks
    marks        bytea   NOT NULL       -- four octets of each row's hash, in order: they tell which row differs
);
CREATE INDEX seals_range ON seals (low, high) WHERE kind = 'block';

CREATE TABLE seal_layouts (
    layout  text PRIMARY KEY,           -- hash of columns
    columns text NOT NULL               -- {"messages": ["id", …], …} as JSON
);

-- Which block is to be looked at again for rows that came late. Not history: it follows from the seals.
CREATE TABLE seal_agenda (
    low      bigint PRIMARY KEY,
    high     bigint NOT NULL,
    until_ms bigint NOT NULL,
    due_ms   bigint NOT NULL
);
CREATE INDEX seal_agenda_due ON seal_agenda (due_ms);

-- Who did, tried or saw what, and why. Operators' changes, views of content, refused purges and edits, disclosures.
CREATE TABLE audit (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at_ms   bigint NOT NULL,
    actor   text   NOT NULL,            -- the operating system's user behind the command or the socket
    source  text   NOT NULL,            -- control socket with process id, command with terminal or address, database
    action  text   NOT NULL,
    subject text   NOT NULL,
    result  text   NOT NULL,            -- done, refused: why
    reason  text   NOT NULL,
    detail  text   NOT NULL
);

-- An exception undoes what its transaction wrote, except for sequences: they remember that an edit was tried.
CREATE SEQUENCE history_refused MINVALUE 0 START 0;
CREATE SEQUENCE history_refused_ms MINVALUE 0 START 0;
CREATE SEQUENCE history_refused_table MINVALUE 0 START 0;

CREATE FUNCTION refuse_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM setval('history_refused', (SELECT last_value FROM history_refused) + 1);
    PERFORM setval('history_refused_ms', (extract(epoch FROM clock_timestamp()) * 1000)::bigint);
    PERFORM setval('history_refused_table', TG_RELID::bigint);
    RAISE EXCEPTION 'history is append-only (S1-5(5)): % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['messages', 'claims', 'answers', 'receipts', 'outcomes', 'movements', 'refusals',
                                'amendments', 'inbound', 'audit', 'seals', 'seal_layouts'] LOOP
        IF to_regclass(name) IS NOT NULL THEN
            EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I'
                           ' FOR EACH ROW EXECUTE FUNCTION refuse_edit()', name);
            EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON %I'
                           ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_edit()', name);
        END IF;
    END LOOP;
END $$;
