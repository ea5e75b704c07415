-- What happened since a moment, for the comparison with a site's listing: the table grows in the order of
-- time, so a few bytes for each of its stretches are enough.
CREATE INDEX history_at ON history USING brin (at) WITH (autosummarize = on);
