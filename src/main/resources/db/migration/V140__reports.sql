-- Standing reports: what is wrong or twice, looked for again and again. Nothing is done about it.

-- kind: 'duplicates', 'gaps'; scope: '' or the place that was looked at. What was found last stands
-- until the next look has ended; `trouble` says why the last one did not.
CREATE TABLE report (
  kind    text COLLATE "C" NOT NULL,
  scope   text COLLATE "C" NOT NULL,
  claimed timestamptz,
  taken   timestamptz,
  seconds double precision,
  found   bigint NOT NULL DEFAULT 0,
  bytes   bigint NOT NULL DEFAULT 0,
  trouble text,
  PRIMARY KEY (kind, scope)
);

-- What was found, the worst first: as many lines as anybody reads, `report.found` counts all.
CREATE TABLE report_line (
  kind   text COLLATE "C" NOT NULL,
  scope  text COLLATE "C" NOT NULL,
  number int NOT NULL,
  line   jsonb NOT NULL,
  PRIMARY KEY (kind, scope, number),
  FOREIGN KEY (kind, scope) REFERENCES report ON DELETE CASCADE
);
