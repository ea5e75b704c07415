-- Rules, the copies they ask for, and the transfers that make them.

CREATE TABLE replication_rule (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  pattern     text COLLATE "C" NOT NULL,
  level       text COLLATE "C" NOT NULL DEFAULT '',
  site        text COLLATE "C" NOT NULL,
  bundled     boolean NOT NULL,
  priority    smallint NOT NULL DEFAULT 3 CHECK (priority BETWEEN 1 AND 5),
  created_by  text NOT NULL,
  created     timestamptz NOT NULL DEFAULT now(),
  removed     timestamptz,
  -- The files there were when the rule came are looked at in the order of their numbers.
  looked_at_to bigint NOT NULL DEFAULT 0,
  caught_up    boolean NOT NULL DEFAULT false
);
-- Adding a rule twice is one rule.
CREATE UNIQUE INDEX replication_rule_once
  ON replication_rule (pattern, level, site, bundled) WHERE removed IS NULL;

-- How far a reader has followed the history.
CREATE TABLE history_follower (
  name text PRIMARY KEY,
  tx   bigint NOT NULL,
  id   bigint NOT NULL
);

CREATE TABLE copy_request (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  file_id  bigint NOT NULL,
  rule_id  bigint NOT NULL REFERENCES replication_rule (id),
  site     text COLLATE "C" NOT NULL,
  bundled  boolean NOT NULL,
  state    text COLLATE "C" NOT NULL DEFAULT 'open'
           CHECK (state IN ('open', 'assigned', 'done', 'failed', 'cancelled')),
  why      text NOT NULL,
  since    timestamptz NOT NULL DEFAULT now(),
  bundle   uuid,
  transfer_id bigint
);
-- A site has a file once, as a file or in a bundle.
CREATE UNIQUE INDEX copy_request_once ON copy_request (file_id, site)
  WHERE state <> 'cancelled';
CREATE INDEX copy_request_open ON copy_request (bundled, site, id) WHERE state = 'open';
CREATE INDEX copy_request_state ON copy_request (state, id);
CREATE INDEX copy_request_bundle ON copy_request (bundle) WHERE bundle IS NOT NULL;
CREATE INDEX copy_request_transfer ON copy_request (transfer_id) WHERE transfer_id IS NOT NULL;
CREATE INDEX copy_request_rule ON copy_request (rule_id, state);

CREATE TABLE transfer (
  id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subject_kind     text COLLATE "C" NOT NULL CHECK (subject_kind IN ('file', 'bundle')),
  subject_id       text COLLATE "C" NOT NULL,
  source           text COLLATE "C" NOT NULL,
  source_path      text COLLATE "C" NOT NULL,
  destination      text COLLATE "C" NOT NULL,
  destination_path text COLLATE "C" NOT NULL,
  size             bigint NOT NULL CHECK (size >= 0),
  checksums        text COLLATE "C" NOT NULL,
  priority         smallint NOT NULL CHECK (priority BETWEEN 1 AND 5),
  overwrite        boolean NOT NULL,
  state            text COLLATE "C" NOT NULL DEFAULT 'queued'
                   CHECK (state IN ('queued', 'active', 'unknown', 'done', 'failed', 'cancelled')),
  why              text NOT NULL,
  queued           timestamptz NOT NULL DEFAULT now(),
  attempts         integer NOT NULL DEFAULT 0,
  not_before       timestamptz NOT NULL DEFAULT now(),
  -- A claim: whose, until when it is believed, and its number, without which nothing is settled.
  lease_owner      text,
  lease_until      timestamptz,
  claim            bigint NOT NULL DEFAULT 0,
  -- An attempt may have left bytes of ours at the destination.
  touched          boolean NOT NULL DEFAULT false,
  started          timestamptz,
  heard            timestamptz,
  bytes_done       bigint NOT NULL DEFAULT 0,
  bytes_per_second bigint NOT NULL DEFAULT 0,
  failure_class    text COLLATE "C" NOT NULL DEFAULT '',
  failure_reason   text NOT NULL DEFAULT '',
  finished         timestamptz,
  verified         timestamptz,
  verified_how     text,
  CHECK ((state = 'done') = (verified IS NOT NULL)),
  CHECK (state NOT IN ('queued', 'done', 'failed', 'cancelled') OR lease_owner IS NULL)
);
-- The same thing is not moved to the same place twice at a time.
CREATE UNIQUE INDEX transfer_once ON transfer (subject_kind, subject_id, destination, destination_path)
  WHERE state IN ('queued', 'active', 'unknown');
CREATE INDEX transfer_queue ON transfer (source, destination, priority DESC, id)
  INCLUDE (not_before) WHERE state = 'queued';
CREATE INDEX transfer_active ON transfer (source, destination) WHERE state = 'active';
CREATE INDEX transfer_unknown ON transfer (not_before) WHERE state = 'unknown';
CREATE INDEX transfer_state ON transfer (state, id);
CREATE INDEX transfer_subject ON transfer (subject_kind, subject_id);

CREATE TABLE transfer_attempt (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  transfer_id   bigint NOT NULL REFERENCES transfer (id),
  action        text NOT NULL,          -- pull, push, look
  owner         text NOT NULL,
  started       timestamptz NOT NULL,
  ended         timestamptz NOT NULL DEFAULT now(),
  outcome       text NOT NULL,          -- done, retry, failed, unknown
  failure_class text COLLATE "C" NOT NULL DEFAULT '',
  reason        text NOT NULL,
  bytes         bigint NOT NULL
);
CREATE INDEX transfer_attempt_of ON transfer_attempt (transfer_id, id);

-- Sites that did not answer: nothing is started there before retry_at, then one transfer.
CREATE TABLE transfer_site_pause (
  site     text COLLATE "C" PRIMARY KEY,
  failures integer NOT NULL,
  since    timestamptz NOT NULL DEFAULT now(),
  retry_at timestamptz NOT NULL,
  why      text NOT NULL
);
