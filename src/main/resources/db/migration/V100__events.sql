-- Event tables: which metadata file each table is now, passes, and what became of each file.

CREATE TABLE iceberg_table (
  namespace text COLLATE "C" NOT NULL,
  name      text COLLATE "C" NOT NULL,
  metadata  text COLLATE "C" NOT NULL,
  changed   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (namespace, name)
);

CREATE TABLE event_pass (
  id       int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name     text COLLATE "C" NOT NULL UNIQUE,
  -- The key of the pulses in a frame.
  pulses   text NOT NULL,
  -- columns.toml as it was last given.
  columns  text NOT NULL,
  -- The query of the standing rule, and the newest file it has looked at; null without one.
  rule     text,
  looked   bigint NOT NULL DEFAULT 0,
  -- How often it was promoted; 0 while its rows are on the branch staging only.
  releases int NOT NULL DEFAULT 0,
  -- The pass that is meant when nobody names one.
  is_current boolean NOT NULL DEFAULT false,
  created  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX event_pass_current ON event_pass (is_current) WHERE is_current;

-- One commit to the tables of a pass.
CREATE TABLE event_batch (
  id           uuid PRIMARY KEY,
  pass         int NOT NULL REFERENCES event_pass,
  -- The data files: logical names.
  events_file  text COLLATE "C" NOT NULL,
  pulses_file  text COLLATE "C" NOT NULL,
  events       bigint NOT NULL,
  pulses       bigint NOT NULL,
  -- Where to look for an event; null when no event has a name.
  first_run    bigint,
  last_run     bigint,
  first_event  bigint,
  last_event   bigint,
  committed    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX event_batch_run ON event_batch (pass, first_run, last_run);
CREATE INDEX event_batch_file ON event_batch (events_file);

-- What is to become, or became, columns of a pass: catalog file by catalog file.
CREATE TABLE event_file (
  pass    int NOT NULL REFERENCES event_pass,
  file_id bigint NOT NULL,
  run     int,
  state   text COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'done', 'failed')),
  batch   uuid REFERENCES event_batch,
  events  bigint,
  pulses  bigint,
  -- Why it failed.
  reason  text,
  -- Who is at it, and until when that counts.
  owner   text,
  lease   timestamptz,
  changed timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (pass, file_id)
);
CREATE INDEX event_file_waiting ON event_file (pass, run, file_id) WHERE state = 'waiting';
CREATE INDEX event_file_batch ON event_file (batch);
CREATE INDEX event_file_file ON event_file (file_id);
