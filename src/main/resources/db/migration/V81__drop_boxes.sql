-- Files that came in by a drop box. Their bytes are published and registered before there is a row.

CREATE TABLE dropbox_file (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  box      text COLLATE "C" NOT NULL,
  path     text NOT NULL,                          -- below the box
  size     bigint NOT NULL,
  modified numeric(20) NOT NULL,                   -- nanoseconds since 1970
  origin   text COLLATE "C" NOT NULL,              -- what its sidecars said: md5:..., sha512:...
  name     text COLLATE "C",
  sha512   text COLLATE "C",
  -- taken: waits for its copies; purged: the source is gone; kept: it stays, as configured;
  -- refused: it was not taken, for the reason given; changed: the source became another file.
  state    text COLLATE "C" NOT NULL
    CHECK (state IN ('taken', 'purged', 'kept', 'refused', 'changed')),
  reason   text,
  at       timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX dropbox_file_source ON dropbox_file (box, md5(path), size, modified, md5(origin));
CREATE INDEX dropbox_file_waiting ON dropbox_file (box, id) WHERE state = 'taken';
CREATE INDEX dropbox_file_refused ON dropbox_file (box, id) WHERE state = 'refused';
