-- Files that come back from archives.

-- What was ordered from tape at nearline sites, to be read there once it is on disk.
CREATE TABLE staging (
  site    text COLLATE "C" NOT NULL,
  name    text COLLATE "C" NOT NULL,
  request text COLLATE "C" NOT NULL,           -- the order's id at the site
  asked   timestamptz NOT NULL DEFAULT now(),
  looked  timestamptz NOT NULL DEFAULT now(),
  online  boolean NOT NULL DEFAULT false,
  trouble text,
  PRIMARY KEY (site, name)
);

-- An order to bring archived files back to the hub.
CREATE TABLE recall_order (
  id       uuid PRIMARY KEY,
  who      text NOT NULL,
  made     timestamptz NOT NULL DEFAULT now(),
  what     text NOT NULL,
  priority int NOT NULL,
  -- Whether files of other content may be replaced at the targets.
  replace  boolean NOT NULL
);
CREATE INDEX recall_order_made ON recall_order (made, id);

-- One file of an order. Work is claimed bundle by bundle.
CREATE TABLE recall_file (
  recall       uuid NOT NULL REFERENCES recall_order ON DELETE CASCADE,
  ordinal      int NOT NULL,
  file_id      bigint NOT NULL,
  name         text COLLATE "C" NOT NULL,
  target       text COLLATE "C" NOT NULL,
  size         bigint NOT NULL,
  site         text COLLATE "C",
  bundle       uuid,
  bundle_name  text COLLATE "C",
  priority     int NOT NULL,
  state        text COLLATE "C" NOT NULL DEFAULT 'waiting'
    CHECK (state IN ('waiting', 'done', 'failed', 'cancelled')),
  reason       text,
  attempts     int NOT NULL DEFAULT 0,
  started      timestamptz,
  finished     timestamptz,
  not_before   timestamptz NOT NULL DEFAULT '-infinity',
  lease_holder text,
  lease_until  timestamptz NOT NULL DEFAULT '-infinity',
  PRIMARY KEY (recall, ordinal),
  CHECK (state <> 'waiting' OR bundle IS NOT NULL)
);
CREATE INDEX recall_file_work ON recall_file (priority DESC, site, bundle) WHERE state = 'waiting';
CREATE INDEX recall_file_bundle ON recall_file (bundle) WHERE state = 'waiting';
