-- What DataCite knows of the DOIs of publications, and what it was told last.
CREATE TABLE publication_doi (
  slug       text COLLATE "C" PRIMARY KEY REFERENCES publication (slug),
  state      text COLLATE "C" NOT NULL
             CHECK (state IN ('none', 'draft', 'findable', 'registered')),
  told       text COLLATE "C" NOT NULL DEFAULT '',   -- sha256 of what it took last
  outcome    text COLLATE "C" NOT NULL CHECK (outcome IN ('done', 'failed', 'unknown')),
  why        text NOT NULL DEFAULT '',
  tries      int NOT NULL DEFAULT 0,                 -- in a row that came to nothing
  not_before timestamptz NOT NULL,
  changed    timestamptz NOT NULL
);
