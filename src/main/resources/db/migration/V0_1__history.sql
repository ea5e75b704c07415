-- Who changed what, when and why. Written in the transaction of the change.
--
-- One table. When it has grown large it becomes the first partition of a table partitioned by id:
-- RENAME, CREATE ... PARTITION BY RANGE (id), ATTACH; ids only grow, so that needs no copying
-- (docs/decisions/0002-catalog-schema.md).
CREATE TABLE history (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tx           xid8 NOT NULL DEFAULT pg_current_xact_id(),
  at           timestamptz NOT NULL DEFAULT now(),
  subject_kind text COLLATE "C" NOT NULL,
  subject_id   text COLLATE "C" NOT NULL,
  who          text NOT NULL,
  why          text NOT NULL,
  from_state   text,
  to_state     text,
  detail       jsonb
);

-- Followers read on in the order of transactions; see HistoryPosition.
CREATE INDEX history_order ON history (tx, id);
CREATE INDEX history_subject ON history (subject_kind, subject_id, id);
