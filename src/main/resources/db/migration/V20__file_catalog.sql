-- What the File Catalog's protocol shows that Firn's own record has no place for.

-- Locations as its clients wrote them: several at one site, with flags of their own. `mirror`: the
-- site at which Firn records this very copy; the location is shown as long as the copy is there.
CREATE TABLE filecatalog_location (
  file_id bigint NOT NULL REFERENCES file,
  mirror  text COLLATE "C",
  site    text COLLATE "C" NOT NULL,
  path    text COLLATE "C" NOT NULL,
  -- archive, hpss, online and whatever else came with it.
  flags   jsonb NOT NULL DEFAULT '{}'
);
-- One location belongs to one file. A path may be longer than an index entry.
CREATE UNIQUE INDEX filecatalog_location_place ON filecatalog_location (md5(path), site);
CREATE INDEX filecatalog_location_file ON filecatalog_location (file_id);

-- written: the uuid as its client wrote it, where that is not how a uuid is written.
CREATE TABLE filecatalog_record (
  file_id  bigint PRIMARY KEY REFERENCES file,
  modified timestamptz NOT NULL,
  written  text
);

-- All locations of a file: those written, and Firn's copies at other sites.
CREATE VIEW filecatalog_place AS
  SELECT l.file_id, l.site, l.path, l.flags FROM filecatalog_location l
  WHERE l.mirror IS NULL
    OR EXISTS (SELECT FROM replica r JOIN site s ON s.id = r.site
               WHERE r.file_id = l.file_id AND s.name = l.mirror)
  UNION ALL
  SELECT r.file_id, s.name, coalesce(r.path, d.path || '/' || f.name),
         CASE WHEN r.bundle IS NULL THEN '{}'::jsonb ELSE '{"archive": true}'::jsonb END
  FROM replica r JOIN site s ON s.id = r.site JOIN file f ON f.id = r.file_id
    JOIN dir d ON d.id = f.dir_id
  WHERE NOT EXISTS (SELECT FROM filecatalog_location l
                    WHERE l.file_id = r.file_id AND l.mirror = s.name);

-- A query with a name; and the files that one found, for ever.
CREATE TABLE filecatalog_collection (
  uuid     uuid PRIMARY KEY,
  name     text NOT NULL,
  document jsonb NOT NULL,
  at       bigint GENERATED ALWAYS AS IDENTITY
);
CREATE INDEX filecatalog_collection_name ON filecatalog_collection (md5(name));
CREATE INDEX filecatalog_collection_at ON filecatalog_collection (at);
CREATE TABLE filecatalog_snapshot (
  uuid       uuid PRIMARY KEY,
  collection uuid NOT NULL REFERENCES filecatalog_collection,
  document   jsonb NOT NULL,
  at         bigint GENERATED ALWAYS AS IDENTITY
);
CREATE INDEX filecatalog_snapshot_collection ON filecatalog_snapshot (collection, at);
CREATE TABLE filecatalog_snapshot_file (
  snapshot uuid NOT NULL REFERENCES filecatalog_snapshot,
  file_id  bigint NOT NULL REFERENCES file,
  PRIMARY KEY (snapshot, file_id)
);

-- Versions that another content replaced are still found by their name in that protocol.
CREATE INDEX file_superseded ON file (dir_id, name) WHERE state = 2;
