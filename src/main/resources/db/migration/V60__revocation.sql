-- What was taken back before it ran out. A row is lifted by setting lifted, and stays for the record.
CREATE TABLE revocation (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind          text NOT NULL CHECK (kind IN ('token', 'subject', 'client', 'key', 'issuer')),
  issuer        text NOT NULL,
  value         text NOT NULL,
  issued_before timestamptz,            -- null: tokens issued at any time
  forgotten     timestamptz,            -- null: until it is lifted
  reason        text NOT NULL,
  made_by       text NOT NULL,
  made          timestamptz NOT NULL,
  lifted        timestamptz,
  CHECK ((kind = 'issuer') = (value = ''))
);
CREATE INDEX revocation_in_force ON revocation (id) WHERE lifted IS NULL;
