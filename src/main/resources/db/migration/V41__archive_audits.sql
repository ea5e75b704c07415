-- Audits on a schedule: what is due next at a site, and how much was read there lately.
DROP INDEX bundle_audit;
CREATE INDEX bundle_audit ON bundle (site, audited NULLS FIRST, uuid) WHERE state IN ('unread', 'verified');
CREATE INDEX audit_site ON audit (site, at);
