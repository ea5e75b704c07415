-- A bundle that was taken over may be found to be bad before anybody knew its own checksum: its members
-- are known. Until now the record refused to say so.
ALTER TABLE bundle DROP CONSTRAINT bundle_check2;
ALTER TABLE bundle ADD CONSTRAINT bundle_sum_known CHECK (
  state NOT IN ('packed', 'transferring', 'verifying', 'verified', 'damaged')
  OR sha512 IS NOT NULL
  OR (state = 'damaged' AND origin = 'imported'));
