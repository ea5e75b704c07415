-- Whether a copy was on record at a request's stop before its transfer there was queued: that one
-- stays. That the transfer may overwrite does not tell: it may be what an earlier one had left.
ALTER TABLE copy_request ADD COLUMN via_kept boolean NOT NULL DEFAULT false;
UPDATE copy_request r SET via_kept = t.overwrite FROM transfer t
  WHERE t.id = r.transfer_id AND r.via IS NOT NULL AND r.state = 'assigned';
