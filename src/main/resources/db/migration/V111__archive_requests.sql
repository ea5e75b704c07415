-- Requests to archive what there is now, once; standing wishes are replication rules.

CREATE TABLE archive_request (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site      text COLLATE "C" NOT NULL,
  -- The query whose files were taken when it was made.
  query     text NOT NULL,
  who       text NOT NULL,
  made      timestamptz NOT NULL DEFAULT now(),
  cancelled timestamptz
);

CREATE TABLE archive_request_file (
  request bigint NOT NULL REFERENCES archive_request,
  file_id bigint NOT NULL,
  site    text COLLATE "C" NOT NULL,
  size    bigint NOT NULL,
  state   text COLLATE "C" NOT NULL DEFAULT 'waiting'
          CHECK (state IN ('waiting', 'bundled', 'refused', 'cancelled')),
  bundle  uuid REFERENCES bundle,
  reason  text,
  PRIMARY KEY (request, file_id),
  CHECK ((state = 'bundled') = (bundle IS NOT NULL))
);
-- A file goes to a site once, whoever asks.
CREATE UNIQUE INDEX archive_request_file_once ON archive_request_file (file_id, site)
  WHERE state IN ('waiting', 'bundled');
CREATE INDEX archive_request_file_waiting ON archive_request_file (site, request, file_id)
  WHERE state = 'waiting';
CREATE INDEX archive_request_file_bundle ON archive_request_file (bundle) WHERE bundle IS NOT NULL;

-- What an operator said of an archive: no new bundles while it is drained.
CREATE TABLE archive_site (
  site    text COLLATE "C" PRIMARY KEY,
  drained boolean NOT NULL,
  why     text NOT NULL,
  set_by  text NOT NULL,
  set_at  timestamptz NOT NULL DEFAULT now()
);
