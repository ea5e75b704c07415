-- Copies that the old File Catalog wrote as '<bundle>:<logical name>', inside a bundle that was taken over
-- since: the copy is a member of that bundle. What is verified is the bundle, so no copy is thereby.
WITH tied AS (
  UPDATE replica r SET bundle = b.uuid, path = '/' || m.path, verified = NULL, verified_how = NULL
  FROM bundle_member m JOIN bundle b ON b.uuid = m.bundle JOIN site s ON s.name = b.site
  WHERE r.file_id = m.file_id AND r.site = s.id AND r.bundle IS NULL
    AND strpos(r.path, '/' || regexp_replace(b.name, '^.*/', '') || ':/') > 0
  RETURNING r.file_id, r.state, b.site, b.uuid, r.path
)
INSERT INTO history(subject_kind, subject_id, who, why, from_state, to_state, detail)
  SELECT 'replica', file_id::text, 'firn', 'a member of a bundle that was taken over',
         (ARRAY['copying', 'available', 'suspect', 'bad', 'deleting'])[state],
         (ARRAY['copying', 'available', 'suspect', 'bad', 'deleting'])[state],
         jsonb_build_object('site', site, 'path', path, 'bundle', uuid)
  FROM tied;
