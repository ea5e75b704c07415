-- Inboxes: where people put what is to become part of the data, all of it at once.

CREATE TABLE inbox (
  id        uuid PRIMARY KEY,
  owner     text NOT NULL,
  final     text COLLATE "C" NOT NULL,             -- the name its content will have
  size      bigint NOT NULL,                       -- bytes, as was estimated
  -- open: its owner writes; locked: nobody does, it is being verified; moving: its directory gets its
  -- final name; published, expired: it is over.
  state     text COLLATE "C" NOT NULL
    CHECK (state IN ('open', 'locked', 'moving', 'published', 'expired')),
  reason    text,                                  -- why publishing was given up the last time
  created   timestamptz NOT NULL,
  expires   timestamptz NOT NULL,
  ended     timestamptz,
  files     bigint,
  bytes     bigint
);
-- One inbox for a name at a time.
CREATE UNIQUE INDEX inbox_final ON inbox (md5(final)) WHERE state IN ('open', 'locked', 'moving');
CREATE INDEX inbox_expires ON inbox (expires) WHERE state = 'open';
CREATE INDEX inbox_created ON inbox (created);
