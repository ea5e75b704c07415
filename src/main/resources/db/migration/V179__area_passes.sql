-- Comparisons of a hub's own area with the record, which go on beside its work.

-- The last start of a site, which the site has written beside its area too: where the two differ, one of them is not
-- what it was, and all is compared before anything is answered.
CREATE TABLE area_start (
  site    text COLLATE "C" PRIMARY KEY,
  start   uuid NOT NULL
);

CREATE TABLE area_pass (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site        text COLLATE "C" NOT NULL,
  began       timestamptz NOT NULL DEFAULT now(),
  updated     timestamptz NOT NULL DEFAULT now(),
  ended       timestamptz,
  reached     text COLLATE "C",             -- the directories up to this one were compared, each before those in it
  directories bigint NOT NULL DEFAULT 0,
  files       bigint NOT NULL DEFAULT 0,    -- seen in the area
  records     bigint NOT NULL,              -- copies on record when it began
  differing   bigint NOT NULL DEFAULT 0,
  repaired    bigint NOT NULL DEFAULT 0,
  still_open  bigint NOT NULL DEFAULT 0,    -- what differs and cannot be repaired for certain
  lost        bigint NOT NULL DEFAULT 0,
  doubted     text[] NOT NULL DEFAULT '{}'  -- directories that lost so much that nothing was concluded yet
);
CREATE UNIQUE INDEX area_pass_open ON area_pass (site) WHERE ended IS NULL;

-- Copies at a path of their own, by that path.
CREATE INDEX replica_placed ON replica (site, path) WHERE path IS NOT NULL AND bundle IS NULL;
