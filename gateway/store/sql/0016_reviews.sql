-- Whether a message waits for an operator's word (gateway.flows.compliance.reviews) from when it was accepted.
-- Until now two of its times said so by being equal. History is not edited: rows of before have null here, and what is
-- read of them is what they meant then: equal times, and the note of the stage that lets a doubtful text wait.
ALTER TABLE messages ADD COLUMN is_under_review boolean;
ALTER TABLE messages ALTER COLUMN is_under_review SET DEFAULT false;
CREATE INDEX messages_under_review ON messages (id) WHERE is_under_review;
