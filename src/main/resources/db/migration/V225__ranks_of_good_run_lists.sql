-- The rank of a good-run list, as dev.firn.catalog.run.Runs makes it now: dates with underscores count too.

WITH said AS (
  SELECT id, regexp_match(name, 'GoodRunInfo(?:_Versioned)?(?:_(?!\d{4}[_-]\d\d[_-]\d\d)(\d{1,4})(?!\d))?'
    || '(?:_Versioned)?(?:_([0-9][0-9_:.-]*))?.*\.txt') AS m
  FROM good_run_list)
UPDATE good_run_list l
SET rank = lpad(coalesce(m[1], ''), 6, '0') || '-' || regexp_replace(coalesce(m[2], ''), '\D', '', 'g')
FROM said WHERE said.id = l.id;
