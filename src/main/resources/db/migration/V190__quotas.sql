-- Quotas of everything that accounting knows: seasons, levels and sites too.
ALTER TABLE quota DROP CONSTRAINT quota_kind_check;
ALTER TABLE quota ADD CONSTRAINT quota_kind
  CHECK (kind IN ('owner', 'group', 'year', 'level', 'site'));
