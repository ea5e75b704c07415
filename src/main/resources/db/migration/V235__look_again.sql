-- A rule that is on its way through all files when a dataset changes goes on to the end, and then
-- looks at all of them again: one that began anew each time would never come to the end.
ALTER TABLE replication_rule ADD COLUMN look_again boolean NOT NULL DEFAULT false;
