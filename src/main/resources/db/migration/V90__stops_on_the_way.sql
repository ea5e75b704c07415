-- Where two sites cannot talk, a copy is made in two steps. While the transfer of a request is only
-- the first of them, this is the site it takes the file to.
ALTER TABLE copy_request ADD COLUMN via text COLLATE "C";
