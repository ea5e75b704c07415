-- The oldest request of a rule in a state is found without reading the others.
DROP INDEX copy_request_rule;
CREATE INDEX copy_request_rule ON copy_request (rule_id, state, id);
