-- Notices about events, and the outbox that sends each exactly once to every channel.
CREATE TABLE notice (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_name text COLLATE "C" NOT NULL,              -- IceCube-230416A
  run        int NOT NULL,
  event      bigint NOT NULL,
  revision   int NOT NULL CHECK (revision >= 0),
  kind       text COLLATE "C" NOT NULL CHECK (kind IN ('initial', 'update', 'retraction')),
  tense      text COLLATE "C" NOT NULL,
  triggered  timestamptz NOT NULL,
  composed   timestamptz NOT NULL,
  payload    jsonb NOT NULL,                         -- by the GCN schema
  voevent    text NOT NULL,
  UNIQUE (event_name, revision),
  UNIQUE (run, event, revision)
);
CREATE INDEX notice_day ON notice ((left(event_name, 14)));

-- state: 'sending' outlives its lease when its sender died: then the channel is asked what arrived.
CREATE TABLE notice_delivery (
  notice_id  bigint NOT NULL REFERENCES notice,
  channel    text COLLATE "C" NOT NULL,
  state      text COLLATE "C" NOT NULL DEFAULT 'queued'
             CHECK (state IN ('queued', 'sending', 'sent', 'failed')),
  attempts   int NOT NULL DEFAULT 0,
  not_before timestamptz NOT NULL,
  lease      timestamptz,
  position   text,                                   -- where the channel stood before the attempt
  receipt    text,
  sent       timestamptz,
  why        text NOT NULL DEFAULT '',
  PRIMARY KEY (notice_id, channel),
  CHECK ((state = 'sent') = (sent IS NOT NULL))
);
CREATE INDEX notice_delivery_open ON notice_delivery (channel, notice_id)
  WHERE state IN ('queued', 'sending');
