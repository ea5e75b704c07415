-- Datasets and collections of files.
--
-- kind: 'set' is a fixed set whose members are added and removed; 'query' is a saved query, asked
-- anew each time; 'snapshot' is frozen: members, totals and digest never change; 'container' holds
-- other datasets.
CREATE TABLE dataset (
  id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        text COLLATE "C" NOT NULL UNIQUE,
  kind        text COLLATE "C" NOT NULL CHECK (kind IN ('set', 'query', 'snapshot', 'container')),
  query       text,
  of_dataset  int REFERENCES dataset,               -- what a snapshot was made of
  digest      text COLLATE "C",                     -- of a snapshot: sha256 over its members
  files       bigint,                               -- of a snapshot
  bytes       bigint,
  owner       text NOT NULL,
  description text NOT NULL DEFAULT '',
  metadata    jsonb,
  created     timestamptz NOT NULL DEFAULT now(),
  CHECK ((kind = 'query') = (query IS NOT NULL) OR kind = 'snapshot'),
  CHECK ((kind = 'snapshot') = (digest IS NOT NULL))
);
CREATE INDEX dataset_of ON dataset (of_dataset) WHERE of_dataset IS NOT NULL;

CREATE TABLE dataset_file (
  dataset_id int NOT NULL REFERENCES dataset ON DELETE CASCADE,
  file_id    bigint NOT NULL REFERENCES file,
  PRIMARY KEY (dataset_id, file_id)
);
CREATE INDEX dataset_file_of ON dataset_file (file_id, dataset_id);

CREATE TABLE dataset_part (
  container int NOT NULL REFERENCES dataset ON DELETE CASCADE,
  part      int NOT NULL REFERENCES dataset,
  PRIMARY KEY (container, part),
  CHECK (container <> part)
);
CREATE INDEX dataset_part_of ON dataset_part (part, container);

-- A snapshot is what it was: its members and its row are not changed by anybody.
CREATE FUNCTION snapshot_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM old_rows o JOIN dataset d ON d.id = o.dataset_id
             WHERE d.kind = 'snapshot' AND d.digest <> '') THEN
    RAISE EXCEPTION 'a snapshot does not change' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER frozen_update AFTER UPDATE ON dataset_file REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION snapshot_is_frozen();
CREATE TRIGGER frozen_delete AFTER DELETE ON dataset_file REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION snapshot_is_frozen();
