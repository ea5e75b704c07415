-- When the event of a notice came to where it was scored, and when its score was durable.
ALTER TABLE notice ADD COLUMN arrived timestamptz, ADD COLUMN scored timestamptz;
