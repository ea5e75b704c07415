-- Copies of older versions that a transfer was about to overwrite: when it ends without having done
-- so, they are looked at.

CREATE TABLE replacing (
  file_id    bigint NOT NULL,
  site       text COLLATE "C" NOT NULL,
  path       text COLLATE "C" NOT NULL,
  transfer   bigint NOT NULL,
  not_before timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (file_id, site)
);

-- Who asks for geometry, calibration and status of this very version.
CREATE INDEX campaign_input_gcd ON campaign_input (gcd_file) WHERE gcd_file IS NOT NULL;
