-- Scores of the events of passes: which file a table of scores belongs to, and which data files of
-- events have theirs. A batch is recorded by the commit that adds its rows, so it is scored once.
CREATE TABLE score_table (
  name    text COLLATE "C" PRIMARY KEY,              -- pass3.scores_mlp_v1
  model   text COLLATE "C" NOT NULL,
  version text COLLATE "C" NOT NULL,
  digest  text COLLATE "C" NOT NULL,                 -- sha256:... of model.onnx
  created timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE score_batch (
  name        text COLLATE "C" NOT NULL REFERENCES score_table,
  events_file text COLLATE "C" NOT NULL,             -- logical name of the data file
  rows        bigint NOT NULL,
  unscored    bigint NOT NULL,                       -- rows whose features are not known
  committed   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (name, events_file)
);
