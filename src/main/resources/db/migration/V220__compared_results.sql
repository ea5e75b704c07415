-- Whether the hub has read a result and found its unit's events in it: only then is it folded.
ALTER TABLE campaign_unit ADD COLUMN compared boolean NOT NULL DEFAULT false;
