-- Times and livetime of files that were taken from the old File Catalog before these were read: they stand
-- in what was kept of the documents. Read as documents are read now (filecatalog.Document): ISO 8601, UTC
-- where no zone is written, both times or neither where they cannot be.
CREATE FUNCTION pg_temp.moment(written text) RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
  said text := regexp_replace(written, '(\.\d{6})\d+', '\1');
BEGIN
  IF said !~ '^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?$' THEN
    RETURN NULL;
  END IF;
  RETURN (CASE WHEN said ~ '(Z|[+-]\d{2}:\d{2})$' THEN said ELSE said || 'Z' END)::timestamptz;
EXCEPTION WHEN data_exception THEN
  RETURN NULL;
END $$;

-- Nothing that totals are made of changes.
ALTER TABLE file DISABLE TRIGGER volume_update;
WITH told AS MATERIALIZED (
  SELECT f.id, pg_temp.moment(f.metadata #>> '{run,start_datetime}') AS starts,
         pg_temp.moment(f.metadata #>> '{run,end_datetime}') AS ends,
         CASE WHEN jsonb_typeof(f.metadata #> '{offline_processing_metadata,livetime}') = 'number'
              THEN (f.metadata #>> '{offline_processing_metadata,livetime}')::numeric END AS livetime
  FROM filecatalog_record r JOIN file f ON f.id = r.file_id
  WHERE f.starts IS NULL AND f.ends IS NULL AND f.livetime IS NULL
), credible AS (
  SELECT id, CASE WHEN livetime >= 0 AND livetime < 1e9 THEN livetime::float8 END AS livetime,
         CASE WHEN span THEN starts END AS starts, CASE WHEN span THEN ends END AS ends
  FROM (SELECT *, coalesce(starts BETWEEN '1900-01-01Z' AND '2200-01-01Z', true)
              AND coalesce(ends BETWEEN '1900-01-01Z' AND '2200-01-01Z', true)
              AND coalesce(starts <= ends, true) AS span FROM told) t
), filled AS (
  UPDATE file f SET starts = c.starts, ends = c.ends, livetime = c.livetime FROM credible c
  WHERE f.id = c.id AND (c.starts IS NOT NULL OR c.ends IS NOT NULL OR c.livetime IS NOT NULL)
  RETURNING f.id
)
INSERT INTO history(subject_kind, subject_id, who, why, detail)
  SELECT 'upgrade', '192', 'firn', 'times and livetime read from the documents of imported files',
         jsonb_build_object('files', count(*))
  FROM filled HAVING count(*) > 0;
ALTER TABLE file ENABLE TRIGGER volume_update;
DROP FUNCTION pg_temp.moment(text);
