-- What exists, and where. The choices and their cost: docs/decisions/0002-catalog-schema.md.

-- Number of this catalog, so that the uuids made from its ids are unlike those of any other.
CREATE TABLE catalog_identity (
  one      boolean PRIMARY KEY DEFAULT true CHECK (one),
  instance bigint NOT NULL CHECK (instance BETWEEN 0 AND (1::bigint << 48) - 1)
);
INSERT INTO catalog_identity(instance)
  VALUES (('x' || left(replace(gen_random_uuid()::text, '-', ''), 12))::bit(48)::bigint);

-- Words that repeat in every row are numbers there. 0 means unknown.
CREATE TABLE site (
  id   smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE
);
CREATE TABLE level (
  id   smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE
);
CREATE TABLE data_type (
  id   smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE
);
-- By what a copy was verified: "read back: adler32, sha512".
CREATE TABLE verification (
  id   smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE
);

-- Directories. A row never changes and never goes: whoever knows its id may keep it.
-- The root has the empty path, so that path || '/' || name is every name.
CREATE TABLE dir (
  id        int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  parent_id int REFERENCES dir,
  path      text COLLATE "C" NOT NULL UNIQUE
);
CREATE INDEX dir_parent ON dir (parent_id, path);
INSERT INTO dir(parent_id, path) VALUES (NULL, '');

-- File versions. state: 1 live, 2 superseded by another content under its name, 3 gone (no copies).
CREATE SEQUENCE file_id;
CREATE TABLE file (
  id           bigint PRIMARY KEY DEFAULT nextval('file_id'),
  size         bigint NOT NULL CHECK (size >= 0),
  checksum_key bigint NOT NULL,                      -- the first 8 bytes of sha512
  created      timestamptz NOT NULL DEFAULT now(),
  event_count  bigint,
  first_event  bigint,
  last_event   bigint,
  dir_id       int NOT NULL REFERENCES dir,
  adler32      int,
  crc32c       int,
  run          int,
  subrun       int,
  part         int,
  season       smallint,
  level        smallint NOT NULL DEFAULT 0,
  data_type    smallint NOT NULL DEFAULT 0,
  state        smallint NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 3),
  name         text COLLATE "C" NOT NULL,
  sha512       bytea NOT NULL CHECK (length(sha512) = 64),
  sha256       bytea,
  md5          bytea,
  metadata     jsonb,
  uuid         uuid                                  -- only where one was brought along
);
ALTER SEQUENCE file_id OWNED BY file.id;
CREATE UNIQUE INDEX file_name ON file (dir_id, name) WHERE state = 1;
CREATE INDEX file_checksum ON file (checksum_key);
CREATE INDEX file_run ON file (run, level) WHERE run IS NOT NULL;
CREATE INDEX file_season ON file (season, level, id) WHERE season IS NOT NULL;
CREATE INDEX file_metadata ON file USING gin (metadata jsonb_path_ops);
CREATE UNIQUE INDEX file_uuid ON file (uuid) WHERE uuid IS NOT NULL;

-- Copies. state: 1 copying, 2 available, 3 suspect, 4 bad, 5 deleting. path NULL: the logical name.
-- bundle: the copy is a member of that bundle at the site, path its name inside.
CREATE TABLE replica (
  file_id      bigint NOT NULL REFERENCES file,
  verified     timestamptz,
  bundle       uuid,
  site         smallint NOT NULL REFERENCES site,
  state        smallint NOT NULL CHECK (state BETWEEN 1 AND 5),
  verified_how smallint REFERENCES verification,
  path         text COLLATE "C",
  PRIMARY KEY (file_id, site),
  CHECK ((verified IS NULL) = (verified_how IS NULL))
);
CREATE INDEX replica_unsettled ON replica (site, state, file_id) WHERE state <> 2;
CREATE INDEX replica_bundle ON replica (bundle, site) WHERE bundle IS NOT NULL;

CREATE TABLE provenance (
  child  bigint NOT NULL REFERENCES file,
  parent bigint NOT NULL REFERENCES file,
  PRIMARY KEY (child, parent),
  CHECK (child <> parent)
);
CREATE INDEX provenance_parent ON provenance (parent, child);

-- Totals that are never counted again. Statement triggers append differences; folding adds them up.
-- site 0 counts file versions, the others copies at that site.
CREATE TABLE volume (
  site smallint NOT NULL, state smallint NOT NULL, verified boolean NOT NULL,
  season smallint NOT NULL, level smallint NOT NULL, data_type smallint NOT NULL,
  files bigint NOT NULL, bytes bigint NOT NULL,
  PRIMARY KEY (site, state, verified, season, level, data_type)
);
CREATE TABLE volume_delta (
  site smallint NOT NULL, state smallint NOT NULL, verified boolean NOT NULL,
  season smallint NOT NULL, level smallint NOT NULL, data_type smallint NOT NULL,
  files bigint NOT NULL, bytes bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

CREATE FUNCTION volume_file_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO volume_delta
    SELECT 0, state, false, coalesce(season, 0), level, data_type, count(*), sum(size)
    FROM new_rows GROUP BY 2, 4, 5, 6;
  RETURN NULL;
END $$;
CREATE FUNCTION volume_file_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO volume_delta
    SELECT 0, state, false, coalesce(season, 0), level, data_type, -count(*), -sum(size)
    FROM old_rows GROUP BY 2, 4, 5, 6;
  RETURN NULL;
END $$;
CREATE FUNCTION volume_file_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO volume_delta
    SELECT site, state, verified, season, level, data_type, sum(files), sum(bytes) FROM (
      SELECT 0::smallint AS site, state, false AS verified, coalesce(season, 0::smallint) AS season,
             level, data_type, 1 AS files, size AS bytes FROM new_rows
      UNION ALL
      SELECT 0, state, false, coalesce(season, 0::smallint), level, data_type, -1, -size FROM old_rows
      UNION ALL
      SELECT r.site, r.state, r.verified IS NOT NULL, coalesce(v.season, 0::smallint), v.level,
             v.data_type, v.sign, v.sign * v.size
      FROM (SELECT n.id, w.* FROM new_rows n JOIN old_rows o USING (id),
              LATERAL (VALUES (n.season, n.level, n.data_type, n.size, 1),
                              (o.season, o.level, o.data_type, o.size, -1))
                AS w(season, level, data_type, size, sign)
            WHERE (n.season, n.level, n.data_type, n.size)
                  IS DISTINCT FROM (o.season, o.level, o.data_type, o.size)) v
        JOIN replica r ON r.file_id = v.id
    ) change
    GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(files) <> 0 OR sum(bytes) <> 0;
  RETURN NULL;
END $$;
CREATE FUNCTION volume_replica_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO volume_delta
    SELECT r.site, r.state, r.verified IS NOT NULL, coalesce(f.season, 0), f.level, f.data_type,
           count(*), sum(f.size)
    FROM new_rows r JOIN file f ON f.id = r.file_id GROUP BY 1, 2, 3, 4, 5, 6;
  RETURN NULL;
END $$;
CREATE FUNCTION volume_replica_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO volume_delta
    SELECT r.site, r.state, r.verified IS NOT NULL, coalesce(f.season, 0), f.level, f.data_type,
           -count(*), -sum(f.size)
    FROM old_rows r JOIN file f ON f.id = r.file_id GROUP BY 1, 2, 3, 4, 5, 6;
  RETURN NULL;
END $$;
CREATE FUNCTION volume_replica_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO volume_delta
    SELECT r.site, r.state, r.verified, coalesce(f.season, 0), f.level, f.data_type,
           sum(r.sign), sum(r.sign * f.size)
    FROM (SELECT file_id, site, state, verified IS NOT NULL AS verified, 1 AS sign FROM new_rows
          UNION ALL
          SELECT file_id, site, state, verified IS NOT NULL, -1 FROM old_rows) r
      JOIN file f ON f.id = r.file_id
    GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(r.sign) <> 0 OR sum(r.sign * f.size) <> 0;
  RETURN NULL;
END $$;

CREATE TRIGGER volume_insert AFTER INSERT ON file REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION volume_file_insert();
CREATE TRIGGER volume_update AFTER UPDATE ON file
  REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION volume_file_update();
CREATE TRIGGER volume_delete AFTER DELETE ON file REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION volume_file_delete();
CREATE TRIGGER volume_insert AFTER INSERT ON replica REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION volume_replica_insert();
CREATE TRIGGER volume_update AFTER UPDATE ON replica
  REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION volume_replica_update();
CREATE TRIGGER volume_delete AFTER DELETE ON replica REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION volume_replica_delete();
