-- Receipts and MO that a client does not take (docs/decisions/0026).

-- History: the client's last word on an item, and every order to deliver it again. An item with a row here is never
-- again read behind the cursor.
CREATE TABLE refused_delivers (
    seq      bigint NOT NULL,   -- of an outcome or an MO
    account  text   NOT NULL,
    what     text   NOT NULL,   -- refused, replayed
    protocol text   NOT NULL,   -- of the session that refused it
    status   bigint NOT NULL,   -- command_status or Result
    at_ms    bigint NOT NULL
) PARTITION BY RANGE (seq);
CREATE INDEX refused_delivers_item ON refused_delivers (account, seq);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON refused_delivers FOR EACH ROW EXECUTE FUNCTION refuse_edit();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON refused_delivers FOR EACH STATEMENT EXECUTE FUNCTION refuse_edit();

-- Small current state: items that are owed and wait alone, so that the cursor passes them; a bounded number an account.
CREATE TABLE outbox_aside (
    account text     NOT NULL,
    seq     bigint   NOT NULL,
    tries   smallint NOT NULL,
    status  bigint   NOT NULL,  -- the last answer; 0: there was none
    at_ms   bigint   NOT NULL,
    PRIMARY KEY (account, seq)
) WITH (fillfactor = 50);
