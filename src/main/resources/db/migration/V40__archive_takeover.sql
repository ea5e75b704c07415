-- Bundles that others packed and that were taken over, with what was found on the way.

-- origin: who packed it. manifest: its form, 0 for none. content: a digest over its members, the same
-- for two bundles that hold the same files.
ALTER TABLE bundle
  ADD COLUMN origin   text COLLATE "C" NOT NULL DEFAULT 'firn' CHECK (origin IN ('firn', 'imported')),
  ADD COLUMN manifest smallint CHECK (manifest BETWEEN 0 AND 3),
  ADD COLUMN content  bytea;
CREATE INDEX bundle_content ON bundle (content) WHERE content IS NOT NULL;

-- A bundle that was taken over may have no checksum yet: its first full reading gives it one.
ALTER TABLE bundle DROP CONSTRAINT bundle_check;
ALTER TABLE bundle ADD CONSTRAINT bundle_checksums
  CHECK (origin = 'imported' OR ((size IS NULL) = (sha512 IS NULL) AND (size IS NULL) = (adler32 IS NULL)));

CREATE OR REPLACE FUNCTION bundle_check_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> OLD.state AND NOT EXISTS (
      SELECT 1 FROM bundle_transition t WHERE t.from_state = OLD.state AND t.to_state = NEW.state) THEN
    RAISE EXCEPTION 'bundle % may not go from % to %', OLD.uuid, OLD.state, NEW.state
      USING ERRCODE = 'check_violation';
  END IF;
  IF (OLD.sha512 IS NOT NULL AND NEW.sha512 IS DISTINCT FROM OLD.sha512)
      OR (OLD.adler32 IS NOT NULL AND NEW.adler32 IS DISTINCT FROM OLD.adler32)
      OR (OLD.size IS NOT NULL AND NEW.size IS DISTINCT FROM OLD.size) THEN
    RAISE EXCEPTION 'the checksums of bundle % are fixed', OLD.uuid USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

INSERT INTO bundle_transition VALUES
  ('unread',      'verified',    'first read in full: every member agrees with what is known of it'),
  ('unread',      'damaged',     'first read in full: something differs, or nothing is there'),
  ('unread',      'quarantined', 'it cannot be read'),
  ('quarantined', 'unread',      'resumed by an operator');

-- Where a member's local header lies: the bytes behind it are found when they are wanted.
ALTER TABLE bundle_member ADD COLUMN header_offset bigint;

-- What was out of order in bundles when they were taken over. Said once for each subject.
CREATE TABLE archive_finding (
  site    text COLLATE "C" NOT NULL,
  bundle  text COLLATE "C" NOT NULL,
  kind    text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  detail  text NOT NULL,
  at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (site, kind, bundle, subject)
);
