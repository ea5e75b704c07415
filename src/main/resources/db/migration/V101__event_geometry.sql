-- Where the modules are, as a GCD file or a table said it last: arrays of equal length.
CREATE TABLE event_geometry (
  one      boolean PRIMARY KEY DEFAULT true CHECK (one),
  source   text COLLATE "C" NOT NULL,
  strings  int[] NOT NULL,
  oms      int[] NOT NULL,
  x        float8[] NOT NULL,
  y        float8[] NOT NULL,
  z        float8[] NOT NULL,
  changed  timestamptz NOT NULL DEFAULT now()
);
