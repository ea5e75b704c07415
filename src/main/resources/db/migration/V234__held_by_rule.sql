-- What a quota holds is found by rule and site, the oldest first: copies of an account that has room
-- do not wait behind those of one that has none.
DROP INDEX copy_request_held;
CREATE INDEX copy_request_held ON copy_request (rule_id, site, id) WHERE state = 'held';
