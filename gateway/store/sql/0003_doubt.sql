-- Segments whose outcome became unknown: a restart takes them up wherever they lie. Few rows, so a small index.
CREATE INDEX answers_unknown ON answers (message_id) WHERE answer = 4;
