-- A restart asks of each account whether one of its messages says where it is to be called: one step down this index.
CREATE INDEX asked_with_callback ON asked_with (account, message_id) WHERE callback <> '';
