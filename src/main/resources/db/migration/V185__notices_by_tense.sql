-- A test of an event and the event in earnest are two notices.
ALTER TABLE notice DROP CONSTRAINT notice_run_event_revision_key,
  ADD CONSTRAINT notice_run_event_tense_revision_key UNIQUE (run, event, tense, revision);
