-- Models that came back: made from what a stage held, and kept as files of the catalog.
CREATE TABLE stage_model (
  stage  text COLLATE "C" NOT NULL REFERENCES stage,
  model  text COLLATE "C" NOT NULL,                  -- logical name
  file   bigint NOT NULL,                            -- the version of it that came back
  who    text NOT NULL,
  came   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (stage, file)
);
