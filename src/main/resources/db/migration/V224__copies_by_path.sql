-- The File Catalog's clients ask which file a path belongs to, and for all whose path begins so.
-- Paths are long: they are compared by their hash, and found by their directory, which many share.
CREATE FUNCTION filecatalog_directory(path text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN regexp_replace(path, '/[^/]*$', '');
CREATE INDEX replica_path ON replica USING hash (path) WHERE path IS NOT NULL;
CREATE INDEX replica_directory ON replica (filecatalog_directory(path))
  WHERE path IS NOT NULL;
CREATE INDEX filecatalog_location_directory
  ON filecatalog_location (filecatalog_directory(path));
