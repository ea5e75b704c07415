-- What links may do, how much they carry, and when sites rest.

-- A link shares its transfers among activities.
ALTER TABLE transfer ADD COLUMN activity text COLLATE "C" NOT NULL DEFAULT 'default';
DROP INDEX transfer_queue;
CREATE INDEX transfer_queue ON transfer (source, destination, activity, priority DESC, id)
  INCLUDE (not_before) WHERE state = 'queued';
CREATE TABLE transfer_activity (
  name text COLLATE "C" PRIMARY KEY
);
INSERT INTO transfer_activity VALUES ('default');

-- How links fare is counted from the attempts of the last minutes.
CREATE INDEX transfer_attempt_ended ON transfer_attempt (ended);

-- What an operator said of a link; '*' stands for any site, and the more exact word counts.
CREATE TABLE link_policy (
  source           text COLLATE "C" NOT NULL,
  destination      text COLLATE "C" NOT NULL,
  blocked          boolean NOT NULL DEFAULT false,
  start_transfers  integer NOT NULL CHECK (start_transfers >= 1),
  most_transfers   integer NOT NULL CHECK (most_transfers >= start_transfers),
  bytes_per_second bigint NOT NULL DEFAULT 0 CHECK (bytes_per_second >= 0),
  files_per_second double precision NOT NULL DEFAULT 0 CHECK (files_per_second >= 0),
  shares           text NOT NULL DEFAULT '',
  calendar         text NOT NULL DEFAULT '',
  set_by           text NOT NULL,
  set_at           timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (source, destination)
);

-- How many transfers at a time a link has been found to carry; each change is in the history.
CREATE TABLE link_level (
  source      text COLLATE "C" NOT NULL,
  destination text COLLATE "C" NOT NULL,
  allowed     integer NOT NULL,
  rate        double precision NOT NULL,
  decided     timestamptz NOT NULL,
  looked      timestamptz NOT NULL DEFAULT now(),
  rationale   text NOT NULL,
  PRIMARY KEY (source, destination)
);

CREATE TABLE site_downtime (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site       text COLLATE "C" NOT NULL,
  begins     timestamptz NOT NULL,
  ends       timestamptz NOT NULL CHECK (ends > begins),
  why        text NOT NULL,
  created_by text NOT NULL,
  removed    timestamptz
);
CREATE INDEX site_downtime_ends ON site_downtime (ends) WHERE removed IS NULL;
