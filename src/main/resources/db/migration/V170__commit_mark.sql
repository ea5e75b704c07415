-- What each connection committed last. A row is rewritten by every transaction that writes, in place.
CREATE TABLE commit_mark (
  session uuid PRIMARY KEY,
  tx xid8 NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
