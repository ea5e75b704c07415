-- A newer version of a name takes the place of an older one at a site: which one a transfer
-- replaces, so that it can be told.
ALTER TABLE transfer ADD COLUMN replaces bigint;

-- Who asks for a version whatever its name means by now is looked up by the version.
CREATE INDEX filecatalog_snapshot_file_of ON filecatalog_snapshot_file (file_id);
