-- A DOI names one publication, whatever the case of its letters. Where two have one already, neither
-- can change: such a hub goes on, and only new ones are refused.
DO $$
BEGIN
  CREATE UNIQUE INDEX publication_doi_name ON publication (lower(description->>'doi'));
EXCEPTION WHEN unique_violation THEN
  CREATE INDEX publication_doi_name ON publication (lower(description->>'doi'));
END $$;
