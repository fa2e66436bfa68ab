-- How many messages a test account had accepted, up to an id: written now and then, never once a message.

CREATE TABLE test_counts (
    account  text   PRIMARY KEY,
    from_id  bigint NOT NULL,   -- first id of the test period
    counted  bigint NOT NULL,
    up_to_id bigint NOT NULL
);
