-- Audits that read a part of a bundle, custody by a checksum that the site gives, and repair by
-- another archive's copy.

-- When a part of the bundle was read last, and how often: each pass reads other members.
ALTER TABLE bundle
  ADD COLUMN sampled       timestamptz,
  ADD COLUMN sample_passes int NOT NULL DEFAULT 0;
CREATE INDEX bundle_sample ON bundle (site, sampled NULLS FIRST, uuid) WHERE state IN ('unread', 'verified');

-- custody, fixity, repair: every byte was read. sample: some members were, chosen by seed and pass.
-- digest: nothing was read, the site gave a checksum.
ALTER TABLE audit DROP CONSTRAINT audit_kind_check;
ALTER TABLE audit
  ADD CONSTRAINT audit_kind_check CHECK (kind IN ('custody', 'digest', 'fixity', 'sample', 'repair')),
  ADD COLUMN members int,
  ADD COLUMN seed    bigint,
  ADD COLUMN pass    int,
  ADD CONSTRAINT audit_sample CHECK ((kind = 'sample') = (members IS NOT NULL AND seed IS NOT NULL AND pass IS NOT NULL));

-- Null as long as nobody read the copy: custody was given on the site's word.
ALTER TABLE custody ALTER COLUMN last_read DROP NOT NULL;

INSERT INTO bundle_transition VALUES
  ('damaged',      'transferring', 'another archive has the same bytes: its copy is sent'),
  ('transferring', 'damaged',      'the other archive''s copy could not be sent'),
  ('verifying',    'damaged',      'what came from the other archive differs');

-- Two archives may keep the same bundle under the same path.
ALTER TABLE bundle DROP CONSTRAINT bundle_name_key, ADD CONSTRAINT bundle_name_key UNIQUE (name, site);

-- A damaged bundle whose repair was asked for (overwrite) is work.
DROP INDEX bundle_work;
CREATE INDEX bundle_work ON bundle (not_before, lease_until)
  WHERE state IN ('closed', 'packed', 'transferring', 'verifying') OR (state = 'verified' AND staged)
    OR (state = 'damaged' AND overwrite);
