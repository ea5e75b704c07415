-- Bundles, their members, custody and audits. See dev.firn.archive.BundleState for the life of a bundle.

-- Which state may follow which. The trigger below refuses everything else, whoever asks.
CREATE TABLE bundle_transition (
  from_state text COLLATE "C" NOT NULL,
  to_state   text COLLATE "C" NOT NULL,
  meaning    text NOT NULL,
  PRIMARY KEY (from_state, to_state)
);
INSERT INTO bundle_transition VALUES
  ('closed',       'packed',       'every member was read and is what the catalog says'),
  ('closed',       'quarantined',  'packing failed in a way that waiting does not mend'),
  ('closed',       'cancelled',    'no member is left'),
  ('packed',       'transferring', 'its transfer is queued'),
  ('packed',       'closed',       'the staged bytes are gone or differ: pack again'),
  ('packed',       'quarantined',  'its transfer cannot be queued'),
  ('transferring', 'verifying',    'the archive has a file of this name'),
  ('transferring', 'packed',       'the transfer failed: send again'),
  ('transferring', 'quarantined',  'the transfer failed too often'),
  ('verifying',    'verified',     'read back in full, adler32 and sha512 agree'),
  ('verifying',    'packed',       'read back and differs: send again over it'),
  ('verifying',    'closed',       'differs and the staged bytes are gone: rebuild and send again'),
  ('verifying',    'quarantined',  'differs too often'),
  ('verified',     'damaged',      'an audit found other bytes, or none'),
  ('damaged',      'closed',       'to be rebuilt from its members and sent again'),
  ('damaged',      'verified',     'read again and right: the fault was on the way'),
  ('damaged',      'quarantined',  'cannot be rebuilt'),
  ('quarantined',  'closed',       'resumed by an operator'),
  ('quarantined',  'packed',       'resumed by an operator'),
  ('quarantined',  'damaged',      'resumed by an operator'),
  ('quarantined',  'cancelled',    'given up by an operator');

CREATE TABLE bundle (
  uuid           uuid PRIMARY KEY,
  site           text COLLATE "C" NOT NULL,
  -- What the members' paths are relative to.
  request_path   text COLLATE "C" NOT NULL,
  -- The bundle's own logical name: /data/archive/<site>/<uuid>.zip
  name           text COLLATE "C" NOT NULL UNIQUE,
  state          text COLLATE "C" NOT NULL DEFAULT 'closed',
  created        timestamptz NOT NULL,
  file_count     bigint NOT NULL CHECK (file_count >= 0),
  member_bytes   bigint NOT NULL CHECK (member_bytes >= 0),
  -- Length, adler32 and sha512 are known when it was packed first and never change after.
  size           bigint,
  adler32        text COLLATE "C",
  sha512         text COLLATE "C",
  -- Whether the hub still holds the staged copy.
  staged         boolean NOT NULL DEFAULT false,
  -- Whether the next transfer may replace what is at the archive: a copy known to be wrong.
  overwrite      boolean NOT NULL DEFAULT false,
  -- The transfer under way, as package transfer knows it.
  transfer       bigint,
  attempts       int NOT NULL DEFAULT 0,
  not_before     timestamptz NOT NULL DEFAULT '-infinity',
  -- Why it is quarantined, damaged or being tried again, and the state it was in.
  reason         text,
  original_state text COLLATE "C",
  lease_holder   text,
  lease_until    timestamptz NOT NULL DEFAULT '-infinity',
  verified       timestamptz,
  audited        timestamptz,
  CHECK ((size IS NULL) = (sha512 IS NULL) AND (size IS NULL) = (adler32 IS NULL)),
  CHECK (state <> 'quarantined' OR (reason IS NOT NULL AND original_state IS NOT NULL)),
  CHECK (state NOT IN ('packed', 'transferring', 'verifying', 'verified', 'damaged') OR sha512 IS NOT NULL)
);
CREATE INDEX bundle_work ON bundle (not_before, lease_until)
  WHERE state IN ('closed', 'packed', 'transferring', 'verifying') OR (state = 'verified' AND staged);
CREATE INDEX bundle_site ON bundle (site, created, uuid);
CREATE INDEX bundle_audit ON bundle (site, audited) WHERE state = 'verified';

CREATE FUNCTION bundle_check_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> OLD.state AND NOT EXISTS (
      SELECT 1 FROM bundle_transition t WHERE t.from_state = OLD.state AND t.to_state = NEW.state) THEN
    RAISE EXCEPTION 'bundle % may not go from % to %', OLD.uuid, OLD.state, NEW.state
      USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.sha512 IS NOT NULL AND (NEW.sha512, NEW.adler32, NEW.size) IS DISTINCT FROM (OLD.sha512, OLD.adler32, OLD.size) THEN
    RAISE EXCEPTION 'the checksums of bundle % are fixed', OLD.uuid USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER bundle_transition BEFORE UPDATE ON bundle
  FOR EACH ROW EXECUTE FUNCTION bundle_check_transition();

CREATE TABLE bundle_member (
  bundle      uuid NOT NULL REFERENCES bundle,
  ordinal     int NOT NULL,
  file_id     bigint NOT NULL,
  file_uuid   uuid NOT NULL,
  -- Name within the bundle, relative to the bundle's request path.
  path        text COLLATE "C" NOT NULL,
  size        bigint NOT NULL,
  sha512      text COLLATE "C" NOT NULL,
  -- The manifest's line, kept as written: a rebuilt bundle must be identical.
  record      text NOT NULL,
  -- Known since the bundle was packed.
  data_offset bigint,
  crc32       bigint,
  PRIMARY KEY (bundle, ordinal)
);
CREATE INDEX bundle_member_file ON bundle_member (file_id, bundle);

-- An archive's verified acceptance of a bundle.
CREATE TABLE custody (
  bundle    uuid PRIMARY KEY REFERENCES bundle,
  site      text COLLATE "C" NOT NULL,
  accepted  timestamptz NOT NULL,
  how       text NOT NULL,
  -- The last time every byte was read again and agreed.
  last_read timestamptz NOT NULL,
  reads     bigint NOT NULL DEFAULT 1
);

-- Every full reading of an archived copy, whatever it found.
CREATE TABLE audit (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  bundle  uuid NOT NULL REFERENCES bundle,
  site    text COLLATE "C" NOT NULL,
  at      timestamptz NOT NULL,
  kind    text COLLATE "C" NOT NULL CHECK (kind IN ('custody', 'fixity', 'repair')),
  verdict text COLLATE "C" NOT NULL CHECK (verdict IN ('agrees', 'differs', 'missing', 'unreadable')),
  bytes   bigint NOT NULL,
  detail  text NOT NULL
);
CREATE INDEX audit_bundle ON audit (bundle, id);
