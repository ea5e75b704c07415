-- Simulation counts events from 1 in every subrun: a look for one of them opens the batches of its
-- subrun only. Null in older batches, which may hold any.
ALTER TABLE event_batch ADD first_subrun bigint, ADD last_subrun bigint;
