-- Rules that choose among sites, end by themselves, and are charged to an account.

-- site is an expression: 'nersc', 'tape & us'. only_to: the newest file there was when a rule came
-- that is not for files to come. let_go: of a removed rule, that nothing of it is left to be undone.
ALTER TABLE replication_rule
  ADD COLUMN query    text COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN copies   smallint NOT NULL DEFAULT 1 CHECK (copies >= 1),
  ADD COLUMN grouping text COLLATE "C" NOT NULL DEFAULT 'none'
                      CHECK (grouping IN ('none', 'directory', 'rule')),
  ADD COLUMN activity text COLLATE "C" NOT NULL DEFAULT 'default',
  ADD COLUMN expires  timestamptz,
  ADD COLUMN only_to  bigint,
  ADD COLUMN account  text COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN let_go   boolean NOT NULL DEFAULT false;
UPDATE replication_rule SET account = created_by;
DROP INDEX replication_rule_once;
CREATE UNIQUE INDEX replication_rule_once ON replication_rule
  (pattern, level, md5(query), site, copies, grouping, bundled, (only_to IS NULL), account)
  WHERE removed IS NULL;
CREATE INDEX replication_rule_expires ON replication_rule (expires)
  WHERE removed IS NULL AND expires IS NOT NULL;
CREATE INDEX replication_rule_let_go ON replication_rule (id) WHERE removed IS NOT NULL AND NOT let_go;

-- held: it would go beyond the quota of its rule's account.
ALTER TABLE copy_request DROP CONSTRAINT copy_request_state_check;
ALTER TABLE copy_request ADD CONSTRAINT copy_request_state_check
  CHECK (state IN ('held', 'open', 'assigned', 'done', 'failed', 'cancelled'));
CREATE INDEX copy_request_held ON copy_request (site, id) WHERE state = 'held';

CREATE TABLE account_quota (
  account text COLLATE "C" NOT NULL,
  site    text COLLATE "C" NOT NULL,
  bytes   bigint NOT NULL CHECK (bytes >= 0),
  set_by  text NOT NULL,
  set_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account, site)
);

-- What the rules of an account have asked for at a site and not given back, kept by trigger.
CREATE TABLE account_usage (
  account text COLLATE "C" NOT NULL,
  site    text COLLATE "C" NOT NULL,
  files   bigint NOT NULL,
  bytes   bigint NOT NULL,
  PRIMARY KEY (account, site)
);
CREATE FUNCTION account_usage_add() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO account_usage AS u
      SELECT rule.account, n.site, count(*), sum(f.size)
      FROM new_rows n JOIN replication_rule rule ON rule.id = n.rule_id JOIN file f ON f.id = n.file_id
      WHERE n.state IN ('open', 'assigned', 'done') GROUP BY 1, 2 ORDER BY 1, 2
      ON CONFLICT (account, site) DO UPDATE
        SET files = u.files + EXCLUDED.files, bytes = u.bytes + EXCLUDED.bytes;
  ELSE
    INSERT INTO account_usage AS u
      SELECT rule.account, c.site, sum(c.sign), sum(c.sign * f.size)
      FROM (SELECT file_id, rule_id, site, 1 AS sign FROM new_rows
              WHERE state IN ('open', 'assigned', 'done')
            UNION ALL
            SELECT file_id, rule_id, site, -1 FROM old_rows
              WHERE state IN ('open', 'assigned', 'done')) c
        JOIN replication_rule rule ON rule.id = c.rule_id JOIN file f ON f.id = c.file_id
      GROUP BY 1, 2 HAVING sum(c.sign) <> 0 OR sum(c.sign * f.size) <> 0 ORDER BY 1, 2
      ON CONFLICT (account, site) DO UPDATE
        SET files = u.files + EXCLUDED.files, bytes = u.bytes + EXCLUDED.bytes;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER account_usage_insert AFTER INSERT ON copy_request
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION account_usage_add();
CREATE TRIGGER account_usage_update AFTER UPDATE ON copy_request
  REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION account_usage_add();
INSERT INTO account_usage
  SELECT rule.account, r.site, count(*), sum(f.size)
  FROM copy_request r JOIN replication_rule rule ON rule.id = r.rule_id JOIN file f ON f.id = r.file_id
  WHERE r.state IN ('open', 'assigned', 'done') GROUP BY 1, 2;

-- Copies that a rule brought and that no rule asks for any more: they may go when their grace is over.
CREATE TABLE released_copy (
  file_id  bigint NOT NULL,
  site     text COLLATE "C" NOT NULL,
  released timestamptz NOT NULL DEFAULT now(),
  why      text NOT NULL,
  PRIMARY KEY (file_id, site)
);
CREATE INDEX released_copy_oldest ON released_copy (site, released, file_id);
