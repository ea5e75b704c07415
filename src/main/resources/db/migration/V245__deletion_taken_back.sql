-- A deletion whose file has no other verified copy left is taken back: the state `kept`.
--
-- asked: when the site was last asked to remove the bytes; null when it never was. What came of
-- attempts before this column is not known: they count as made now.

ALTER TABLE deletion DROP CONSTRAINT deletion_state_check;
ALTER TABLE deletion ADD CONSTRAINT deletion_state_check
  CHECK (state IN ('deleting', 'gone', 'kept'));
ALTER TABLE deletion ADD COLUMN asked timestamptz;
UPDATE deletion SET asked = now() WHERE state = 'deleting' AND attempts > 0;
