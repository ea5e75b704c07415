-- Campaigns: what is expected of a pass, who works at which events, what is done, excluded, missing.
-- The rules and their reasons: docs/decisions/0160-campaigns-are-a-ledger.md.

CREATE TABLE campaign (
  id            int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name          text COLLATE "C" NOT NULL UNIQUE,
  -- planned: nothing is leased yet; running; folding: all units are settled; folded: rows of the
  -- pass; stopped: nothing is leased any more.
  state         text COLLATE "C" NOT NULL
                CHECK (state IN ('planned', 'running', 'folding', 'folded', 'stopped')),
  pass          int NOT NULL REFERENCES event_pass,
  query         text NOT NULL,
  snapshot      int NOT NULL REFERENCES dataset,
  good_runs     text NOT NULL,                    -- name of the list; empty for all runs
  gcd           text NOT NULL,                    -- version of geometry, calibration, status
  command       text NOT NULL,
  unit_events   int NOT NULL,
  lease_seconds int NOT NULL,
  limit_seconds int NOT NULL,                     -- of one run of the command
  expected      bigint NOT NULL,                  -- events of the snapshot, counted when planned
  who           text NOT NULL,
  created       timestamptz NOT NULL DEFAULT now(),
  changed       timestamptz NOT NULL DEFAULT now(),
  trouble       text NOT NULL DEFAULT ''          -- why it does not go on
);

-- Every file of the snapshot: in it, or excluded and why.
CREATE TABLE campaign_input (
  campaign int NOT NULL REFERENCES campaign ON DELETE CASCADE,
  file_id  bigint NOT NULL,
  run      int,
  events   bigint NOT NULL,
  gcd_file bigint,
  excluded text,
  PRIMARY KEY (campaign, file_id),
  CHECK ((excluded IS NULL) = (gcd_file IS NOT NULL))
);

-- What good runs lack of which nobody can say how many events it has.
CREATE TABLE campaign_lack (
  campaign int NOT NULL REFERENCES campaign ON DELETE CASCADE,
  run      int NOT NULL,
  what     text NOT NULL,
  PRIMARY KEY (campaign, run, what)
);

-- Events first .. first + events - 1 of a file, by position. A unit that was cut in two ('split')
-- stands for nothing any more: its halves do.
CREATE TABLE campaign_unit (
  id         uuid PRIMARY KEY,
  campaign   int NOT NULL REFERENCES campaign ON DELETE CASCADE,
  seq        bigint NOT NULL,
  file_id    bigint NOT NULL,
  first      bigint NOT NULL CHECK (first >= 0),
  events     bigint NOT NULL CHECK (events > 0),
  state      text COLLATE "C" NOT NULL
             CHECK (state IN ('ready', 'leased', 'done', 'quarantined', 'split')),
  attempt    int NOT NULL DEFAULT 0,              -- the fence: only the newest may commit
  failed     int NOT NULL DEFAULT 0,              -- attempts that failed by what is in it
  lost       int NOT NULL DEFAULT 0,              -- attempts nobody heard of again
  hindered   int NOT NULL DEFAULT 0,              -- attempts that failed by what is around it
  not_before timestamptz NOT NULL DEFAULT now(),
  lease      uuid,
  expires    timestamptz,
  parent     uuid,
  output     bigint,                              -- catalog file
  sha512     bytea,
  names      bytea,                               -- sha256 of the events' names
  worker     text,
  folded     boolean NOT NULL DEFAULT false,
  class      text COLLATE "C",                    -- of the last failure
  reason     text,
  changed    timestamptz NOT NULL DEFAULT now(),
  CHECK ((state = 'leased') = (lease IS NOT NULL)),
  CHECK ((state = 'done') = (output IS NOT NULL))
);
CREATE INDEX campaign_unit_ready ON campaign_unit (campaign, seq, first) WHERE state = 'ready';
CREATE INDEX campaign_unit_leased ON campaign_unit (expires) WHERE state = 'leased';
CREATE INDEX campaign_unit_lease ON campaign_unit (lease) WHERE lease IS NOT NULL;
CREATE UNIQUE INDEX campaign_unit_output ON campaign_unit (output) WHERE output IS NOT NULL;
CREATE INDEX campaign_unit_done ON campaign_unit (campaign, seq) WHERE state = 'done' AND NOT folded;
CREATE INDEX campaign_unit_sums ON campaign_unit (campaign, state) INCLUDE (events, folded);

CREATE TABLE campaign_lease (
  id       uuid PRIMARY KEY,
  campaign int NOT NULL REFERENCES campaign ON DELETE CASCADE,
  worker   text NOT NULL,
  prefix   text COLLATE "C" NOT NULL,             -- directory that its results go to
  files    bigint[] NOT NULL,                     -- what it may read
  created  timestamptz NOT NULL DEFAULT now(),
  heard    timestamptz NOT NULL DEFAULT now(),
  -- When its last token ends: what lies at the prefix and belongs to no unit is swept after that.
  tokens   timestamptz NOT NULL,
  swept    boolean NOT NULL DEFAULT false
);
CREATE INDEX campaign_lease_sweep ON campaign_lease (tokens) WHERE NOT swept;
CREATE INDEX campaign_lease_campaign ON campaign_lease (campaign, heard);

-- How many attempts of a worker failed since one succeeded: a machine that breaks everything.
CREATE TABLE campaign_worker (
  campaign int NOT NULL REFERENCES campaign ON DELETE CASCADE,
  name     text COLLATE "C" NOT NULL,
  done     bigint NOT NULL DEFAULT 0,
  failed   bigint NOT NULL DEFAULT 0,
  in_a_row int NOT NULL DEFAULT 0,
  heard    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (campaign, name)
);
