-- A client asks for a message by its own reference.
CREATE INDEX asked_with_reference ON asked_with (reference) WHERE reference <> '';
