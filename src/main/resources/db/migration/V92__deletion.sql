-- Copies that are deleted because nobody asks for them any more, and how much of that at a time.

-- How a site is freed; a site without a row has the usual policy.
CREATE TABLE reap_policy (
  site       text COLLATE "C" PRIMARY KEY,
  enabled    boolean NOT NULL,
  grace_s    bigint NOT NULL CHECK (grace_s >= 0),
  copies     smallint NOT NULL CHECK (copies >= 1),
  capacity   bigint NOT NULL CHECK (capacity >= 0),
  high       double precision NOT NULL,
  low        double precision NOT NULL,
  most_files bigint NOT NULL CHECK (most_files >= 0),
  most_bytes bigint NOT NULL CHECK (most_bytes >= 0),
  set_by     text NOT NULL,
  set_at     timestamptz NOT NULL DEFAULT now(),
  CHECK (low >= 0 AND low <= high AND high <= 1)
);

-- Tombstones. deleting: decided, and done again until the site says that nothing is there.
CREATE TABLE deletion (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  file_id    bigint NOT NULL,
  site       text COLLATE "C" NOT NULL,
  path       text COLLATE "C" NOT NULL,
  size       bigint NOT NULL,
  state      text COLLATE "C" NOT NULL DEFAULT 'deleting' CHECK (state IN ('deleting', 'gone')),
  why        text NOT NULL,
  began      timestamptz NOT NULL DEFAULT now(),
  ended      timestamptz,
  attempts   integer NOT NULL DEFAULT 0,
  not_before timestamptz NOT NULL DEFAULT now(),
  trouble    text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX deletion_once ON deletion (file_id, site) WHERE state = 'deleting';
CREATE INDEX deletion_due ON deletion (not_before, id) WHERE state = 'deleting';
CREATE INDEX deletion_spent ON deletion (site, began);
CREATE INDEX deletion_file ON deletion (file_id);
