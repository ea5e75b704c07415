-- The attempts that count towards giving up are those after this one: the last before somebody had
-- the transfer tried again. All stay on record.
ALTER TABLE transfer ADD COLUMN counted_from bigint NOT NULL DEFAULT 0;
