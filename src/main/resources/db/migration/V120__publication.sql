-- Datasets that the world may read: what was published of which snapshot, and how it is described.
CREATE TABLE publication (
  id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  slug       text COLLATE "C" NOT NULL UNIQUE,       -- its name in addresses, for ever
  dataset_id int NOT NULL REFERENCES dataset,        -- a snapshot
  description jsonb NOT NULL,                        -- docs/formats/publication.md
  published  timestamptz NOT NULL,
  changed    timestamptz NOT NULL,                   -- the datestamp that harvesters see
  opens      timestamptz,                            -- until then the files are under embargo
  withdrawn  timestamptz,
  reason     text,                                   -- why it was withdrawn
  supersedes text COLLATE "C" REFERENCES publication (slug),
  CHECK ((withdrawn IS NULL) = (reason IS NULL))
);
CREATE INDEX publication_changed ON publication (changed, id);
CREATE INDEX publication_dataset ON publication (dataset_id);
CREATE UNIQUE INDEX publication_successor ON publication (supersedes) WHERE supersedes IS NOT NULL;
