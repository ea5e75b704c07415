-- What was taken in, from where, and what was refused.

CREATE TABLE ingest_job (
  id          uuid PRIMARY KEY,
  directory   text NOT NULL,
  who         text NOT NULL,
  state       text COLLATE "C" NOT NULL CHECK (state IN ('running', 'done', 'failed')),
  started     timestamptz NOT NULL,
  finished    timestamptz,
  taken       bigint NOT NULL DEFAULT 0,
  already     bigint NOT NULL DEFAULT 0,
  quarantined bigint NOT NULL DEFAULT 0,
  conflicts   bigint NOT NULL DEFAULT 0,
  skipped     bigint NOT NULL DEFAULT 0,
  bytes       bigint NOT NULL DEFAULT 0,
  reason      text
);
CREATE INDEX ingest_job_started ON ingest_job (started);
CREATE INDEX ingest_job_running ON ingest_job (state) WHERE state = 'running';

-- A source file as it was when it was looked at; the same path, size and time of modification is
-- not read again. The key is made of the path, which may be longer than an index entry.
CREATE TABLE ingest_source (
  key       uuid PRIMARY KEY,
  path      text NOT NULL,
  size      bigint NOT NULL,
  -- Nanoseconds since 1970.
  modified  numeric(20) NOT NULL,
  outcome   text COLLATE "C" NOT NULL CHECK (outcome IN ('taken', 'quarantined', 'conflict')),
  name      text COLLATE "C",
  sha512    text COLLATE "C",
  reason    text,
  at        timestamptz NOT NULL
);

-- Files that were refused. Their bytes lie in the hub's quarantine folder, under `kept`.
CREATE TABLE quarantine (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source      text NOT NULL,
  name        text COLLATE "C" NOT NULL,
  size        bigint NOT NULL,
  adler32     text COLLATE "C" NOT NULL,
  sha512      text COLLATE "C" NOT NULL,
  reason      text NOT NULL,
  -- Where the damage is: frame number from 0 and its offset in the uncompressed stream.
  frame       bigint NOT NULL,
  byte_offset bigint NOT NULL,
  kept        text NOT NULL,
  at          timestamptz NOT NULL
);
CREATE UNIQUE INDEX quarantine_bytes ON quarantine (sha512, md5(source));
