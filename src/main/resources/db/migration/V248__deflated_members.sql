-- How many bytes a member takes up in a bundle of others that deflated it; null where it is stored as
-- it is. Such a member is inflated when it is read.
ALTER TABLE bundle_member ADD COLUMN deflated bigint CHECK (deflated >= 0);
