-- Runs as data: good-run lists as they were read, and what gaps files say of parts.

-- rank orders lists of a season: production version and date as their names say, then by reading.
CREATE TABLE good_run_list (
  id     int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name   text COLLATE "C" NOT NULL,
  digest text COLLATE "C" NOT NULL,               -- sha256 of its text, hex
  season smallint,
  rank   text COLLATE "C" NOT NULL,
  runs   int NOT NULL,
  who    text NOT NULL,
  loaded timestamptz NOT NULL DEFAULT now(),
  UNIQUE (name, digest)
);

CREATE TABLE run_verdict (
  run            int NOT NULL,
  list           int NOT NULL REFERENCES good_run_list,
  good_in_ice    boolean NOT NULL,
  good_ice_top   boolean,
  livetime       double precision,                -- seconds
  active_strings int,
  active_doms    int,
  active_in_ice  int,
  directory      text,
  comment        text,
  PRIMARY KEY (run, list)
);
CREATE INDEX run_verdict_list ON run_verdict (list, run);

CREATE TABLE run_part (
  run         int NOT NULL,
  subrun      int NOT NULL,
  part        int NOT NULL,
  first_event bigint,
  last_event  bigint,
  starts      timestamptz,
  ends        timestamptz,
  livetime    double precision,                   -- seconds
  PRIMARY KEY (run, subrun, part)
);
CREATE TABLE run_gap (
  run      int NOT NULL,
  subrun   int NOT NULL,
  part     int NOT NULL,
  position smallint NOT NULL,
  seconds  double precision NOT NULL,
  before   bigint NOT NULL,                       -- the last event before it
  after    bigint NOT NULL,                       -- the first event after it
  PRIMARY KEY (run, subrun, part, position)
);

-- Passes of indexers over trees, as they report them: for people to look at.
CREATE TABLE index_pass (
  id           uuid PRIMARY KEY,
  site         text COLLATE "C" NOT NULL,
  root         text NOT NULL,
  who          text NOT NULL,
  state        text COLLATE "C" NOT NULL CHECK (state IN ('running', 'stopped', 'done')),
  started      timestamptz NOT NULL DEFAULT now(),
  updated      timestamptz NOT NULL DEFAULT now(),
  seen         bigint NOT NULL,
  seen_bytes   bigint NOT NULL,
  total        bigint,                            -- known once the tree was counted
  total_bytes  bigint,
  known        bigint NOT NULL,
  read         bigint NOT NULL,
  read_bytes   bigint NOT NULL,
  created      bigint NOT NULL,
  same         bigint NOT NULL,
  conflicts    bigint NOT NULL,
  damaged      bigint NOT NULL,
  unclassified bigint NOT NULL,
  passed       bigint NOT NULL
);
CREATE INDEX index_pass_updated ON index_pass (updated);
