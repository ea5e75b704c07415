-- The site whose archive an inbox's content is to go to once it is published.
ALTER TABLE inbox ADD COLUMN archive text COLLATE "C";
