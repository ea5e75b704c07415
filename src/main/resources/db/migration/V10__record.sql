-- What the record gained: times and livetime, owner and working group, loads, what a file was made
-- from by name. The choices and their cost: docs/decisions/0002-catalog-schema.md.

CREATE TABLE owner (
  id   smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE
);
CREATE TABLE working_group (
  id   smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE
);

-- load: the bulk registration a file came with; its one entry of history stands for the file's own.
ALTER TABLE file
  ADD COLUMN starts        timestamptz,
  ADD COLUMN ends          timestamptz,
  ADD COLUMN livetime      double precision,        -- seconds
  ADD COLUMN load          int,
  ADD COLUMN owner         smallint NOT NULL DEFAULT 0,
  ADD COLUMN working_group smallint NOT NULL DEFAULT 0;
CREATE SEQUENCE load_number AS int OWNED BY file.load;

-- Words and directories are never changed and never removed, and their numbers come from nowhere
-- but their tables: a check at each row protects from nothing and costs every bulk load something.
ALTER TABLE file DROP CONSTRAINT file_dir_id_fkey;
ALTER TABLE replica DROP CONSTRAINT replica_site_fkey;
ALTER TABLE replica DROP CONSTRAINT replica_verified_how_fkey;

-- Parents that were named and are not registered yet, so that files may come in any order.
CREATE TABLE provenance_awaited (
  directory text COLLATE "C" NOT NULL,
  name      text COLLATE "C" NOT NULL,
  child     bigint NOT NULL REFERENCES file,
  PRIMARY KEY (directory, name, child)
);
CREATE INDEX provenance_awaited_child ON provenance_awaited (child);

-- Totals by owner and working group as well.
ALTER TABLE volume
  ADD COLUMN owner smallint NOT NULL DEFAULT 0,
  ADD COLUMN working_group smallint NOT NULL DEFAULT 0,
  DROP CONSTRAINT volume_pkey;
ALTER TABLE volume
  ADD PRIMARY KEY (site, state, verified, season, level, data_type, owner, working_group);
ALTER TABLE volume_delta
  ADD COLUMN owner smallint NOT NULL DEFAULT 0,
  ADD COLUMN working_group smallint NOT NULL DEFAULT 0;

CREATE OR REPLACE FUNCTION volume_file_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO volume_delta
    SELECT 0, state, false, coalesce(season, 0), level, data_type, count(*), sum(size), owner, working_group
    FROM new_rows GROUP BY 2, 4, 5, 6, 9, 10;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION volume_file_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO volume_delta
    SELECT 0, state, false, coalesce(season, 0), level, data_type, -count(*), -sum(size), owner, working_group
    FROM old_rows GROUP BY 2, 4, 5, 6, 9, 10;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION volume_file_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO volume_delta
    SELECT site, state, verified, season, level, data_type, sum(files), sum(bytes), owner, working_group FROM (
      SELECT 0::smallint AS site, state, false AS verified, coalesce(season, 0::smallint) AS season,
             level, data_type, owner, working_group, 1 AS files, size AS bytes FROM new_rows
      UNION ALL
      SELECT 0, state, false, coalesce(season, 0::smallint), level, data_type, owner, working_group, -1, -size
      FROM old_rows
      UNION ALL
      SELECT r.site, r.state, r.verified IS NOT NULL, coalesce(v.season, 0::smallint), v.level,
             v.data_type, v.owner, v.working_group, v.sign, v.sign * v.size
      FROM (SELECT n.id, w.* FROM new_rows n JOIN old_rows o USING (id),
              LATERAL (VALUES
                  (n.season, n.level, n.data_type, n.owner, n.working_group, n.size, 1),
                  (o.season, o.level, o.data_type, o.owner, o.working_group, o.size, -1))
                AS w(season, level, data_type, owner, working_group, size, sign)
            WHERE (n.season, n.level, n.data_type, n.owner, n.working_group, n.size)
                  IS DISTINCT FROM (o.season, o.level, o.data_type, o.owner, o.working_group, o.size)) v
        JOIN replica r ON r.file_id = v.id
    ) change
    GROUP BY 1, 2, 3, 4, 5, 6, 9, 10 HAVING sum(files) <> 0 OR sum(bytes) <> 0;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION volume_replica_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO volume_delta
    SELECT r.site, r.state, r.verified IS NOT NULL, coalesce(f.season, 0), f.level, f.data_type,
           count(*), sum(f.size), f.owner, f.working_group
    FROM new_rows r JOIN file f ON f.id = r.file_id GROUP BY 1, 2, 3, 4, 5, 6, 9, 10;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION volume_replica_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO volume_delta
    SELECT r.site, r.state, r.verified IS NOT NULL, coalesce(f.season, 0), f.level, f.data_type,
           -count(*), -sum(f.size), f.owner, f.working_group
    FROM old_rows r JOIN file f ON f.id = r.file_id GROUP BY 1, 2, 3, 4, 5, 6, 9, 10;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION volume_replica_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO volume_delta
    SELECT r.site, r.state, r.verified, coalesce(f.season, 0), f.level, f.data_type,
           sum(r.sign), sum(r.sign * f.size), f.owner, f.working_group
    FROM (SELECT file_id, site, state, verified IS NOT NULL AS verified, 1 AS sign FROM new_rows
          UNION ALL
          SELECT file_id, site, state, verified IS NOT NULL, -1 FROM old_rows) r
      JOIN file f ON f.id = r.file_id
    GROUP BY 1, 2, 3, 4, 5, 6, 9, 10 HAVING sum(r.sign) <> 0 OR sum(r.sign * f.size) <> 0;
  RETURN NULL;
END $$;

-- What the totals were at the end of each day: accounting over time.
CREATE TABLE volume_day (
  day date NOT NULL,
  site smallint NOT NULL, season smallint NOT NULL, level smallint NOT NULL,
  owner smallint NOT NULL, working_group smallint NOT NULL,
  files bigint NOT NULL, bytes bigint NOT NULL,
  PRIMARY KEY (day, site, season, level, owner, working_group)
);

-- How much somebody may have; kind 'owner' or 'group'. What is over is reported, never refused here.
CREATE TABLE quota (
  kind  text COLLATE "C" NOT NULL CHECK (kind IN ('owner', 'group')),
  name  text COLLATE "C" NOT NULL,
  bytes bigint NOT NULL CHECK (bytes >= 0),
  PRIMARY KEY (kind, name)
);
