-- Data staged for training elsewhere: what was chosen, from which data files, and what became of it.
CREATE TABLE stage (
  name         text COLLATE "C" PRIMARY KEY,
  destination  text COLLATE "C" NOT NULL,
  plan         jsonb NOT NULL,                       -- what the shards are made by
  events_files text[] NOT NULL,                      -- logical names: the snapshot
  state        text COLLATE "C" NOT NULL
               CHECK (state IN ('planned', 'ready', 'verified', 'evicted')),
  manifest     text COLLATE "C",                     -- sha256 of manifest.json; null before it is there
  bytes        bigint NOT NULL DEFAULT 0,            -- of shards that are there
  created      timestamptz NOT NULL DEFAULT now(),
  changed      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX stage_destination ON stage (destination) WHERE state <> 'evicted';

CREATE TABLE stage_shard (
  stage   text COLLATE "C" NOT NULL REFERENCES stage,
  split   text COLLATE "C" NOT NULL,
  number  int NOT NULL,
  events  bigint NOT NULL,
  files   jsonb NOT NULL,                            -- path, bytes and sha256 of each
  PRIMARY KEY (stage, split, number)
);

CREATE TABLE stage_receipt (
  stage    text COLLATE "C" NOT NULL REFERENCES stage,
  received timestamptz NOT NULL DEFAULT now(),
  who      text NOT NULL,
  good     boolean NOT NULL,
  receipt  text NOT NULL
);
CREATE INDEX stage_receipt_stage ON stage_receipt (stage, received);
