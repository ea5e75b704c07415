-- name: the logical name as its client wrote it, where that is not how Firn writes it.
ALTER TABLE filecatalog_record ADD COLUMN name text;
CREATE INDEX filecatalog_record_name ON filecatalog_record (name) WHERE name IS NOT NULL;

-- As in the old catalog, what differs in the flag is another location.
DROP INDEX filecatalog_location_place;
CREATE UNIQUE INDEX filecatalog_location_place
  ON filecatalog_location (md5(path), site, coalesce(flags ->> 'archive', ''));
