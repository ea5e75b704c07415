-- A frozen snapshot gets no further members either, and what is said of it stays: its name, how it was asked
-- for, its digest and its totals.
CREATE FUNCTION snapshot_takes_no_more() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM new_rows n JOIN dataset d ON d.id = n.dataset_id
             WHERE d.kind = 'snapshot' AND d.digest <> '') THEN
    RAISE EXCEPTION 'a snapshot does not change' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER frozen_insert AFTER INSERT ON dataset_file REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION snapshot_takes_no_more();
-- The other way round: an update that moves members into one.
CREATE TRIGGER frozen_update_into AFTER UPDATE ON dataset_file REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION snapshot_takes_no_more();

CREATE FUNCTION snapshot_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.kind = 'snapshot' AND OLD.digest <> ''
      AND (NEW.id, NEW.name, NEW.kind, NEW.query, NEW.of_dataset, NEW.digest, NEW.files, NEW.bytes)
          IS DISTINCT FROM
          (OLD.id, OLD.name, OLD.kind, OLD.query, OLD.of_dataset, OLD.digest, OLD.files, OLD.bytes) THEN
    RAISE EXCEPTION 'a snapshot does not change' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER frozen_row BEFORE UPDATE ON dataset
  FOR EACH ROW EXECUTE FUNCTION snapshot_stays();
