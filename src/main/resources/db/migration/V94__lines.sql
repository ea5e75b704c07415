-- A queued transfer that waits for its next attempt stands in no line until a planning pass finds
-- that its time has come: lines are read from their heads, and a hundred thousand that failed a
-- minute ago are not to be stepped over each time.
ALTER TABLE transfer ADD COLUMN due boolean NOT NULL DEFAULT true;
UPDATE transfer SET due = false WHERE state = 'queued' AND not_before > now();
DROP INDEX transfer_queue;
CREATE INDEX transfer_queue ON transfer (source, destination, activity, priority DESC, id)
  INCLUDE (size) WHERE state = 'queued' AND due;
CREATE INDEX transfer_late ON transfer (source, destination, activity, not_before)
  WHERE state = 'queued' AND NOT due;
