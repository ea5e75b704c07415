-- People who may log in at this hub. An account is disabled, never removed: a name is not given to somebody else.
CREATE TABLE account (
  name      text PRIMARY KEY,
  password  text NOT NULL,              -- Argon2id, as a PHC string
  groups    text[] NOT NULL,
  scopes    text[] NOT NULL,            -- its own; those of its groups are configured
  disabled  timestamptz,
  made      timestamptz NOT NULL,
  made_by   text NOT NULL
);

-- One login of one person with one client: what it was granted, and how far its refresh token has been rotated.
CREATE TABLE login (
  id        uuid PRIMARY KEY,
  account   text NOT NULL REFERENCES account,
  client    text NOT NULL,
  scopes    text[] NOT NULL,
  audiences text[] NOT NULL,
  seed      bytea NOT NULL,             -- makes each refresh token from the one before
  number    integer NOT NULL,           -- of the refresh token that counts
  rotated   timestamptz NOT NULL,
  made      timestamptz NOT NULL,
  expires   timestamptz NOT NULL,       -- moves on with each refresh
  ended     timestamptz,
  ended_why text
);
CREATE INDEX login_of_account ON login (account) WHERE ended IS NULL;
CREATE INDEX login_expires ON login (expires);

-- Every refresh token that a login had, by its SHA-256: a replayed one is known until the login itself has run out.
CREATE TABLE login_refresh (
  hash      bytea PRIMARY KEY,
  login     uuid NOT NULL REFERENCES login ON DELETE CASCADE,
  number    integer NOT NULL
);
CREATE INDEX login_refresh_login ON login_refresh (login);

-- Access tokens that a login gave out and that may be alive.
CREATE TABLE login_access (
  token_id  text PRIMARY KEY,
  login     uuid NOT NULL REFERENCES login ON DELETE CASCADE,
  expires   timestamptz NOT NULL
);
CREATE INDEX login_access_login ON login_access (login);
CREATE INDEX login_access_expires ON login_access (expires);

-- Authorization codes, by their SHA-256.
CREATE TABLE login_code (
  hash      bytea PRIMARY KEY,
  client    text NOT NULL,
  account   text NOT NULL REFERENCES account,
  redirect  text NOT NULL,
  challenge text NOT NULL,              -- S256
  nonce     text NOT NULL,
  scopes    text[] NOT NULL,
  audiences text[] NOT NULL,
  made      timestamptz NOT NULL,
  expires   timestamptz NOT NULL,
  login     uuid                        -- set by the first use
);

-- Devices that wait for somebody to approve them, by the SHA-256 of both codes.
CREATE TABLE login_device (
  hash      bytea PRIMARY KEY,
  user_hash bytea NOT NULL UNIQUE,
  client    text NOT NULL,
  scopes    text[] NOT NULL,            -- as asked; as granted once it is approved
  audiences text[] NOT NULL,
  expires   timestamptz NOT NULL,
  pause     integer NOT NULL,           -- seconds between two questions
  asked     timestamptz,
  state     text NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'used')),
  account   text REFERENCES account,
  approved  timestamptz
);

-- Assertions by which clients proved themselves, so that none counts twice.
CREATE TABLE used_assertion (
  client    text NOT NULL,
  token_id  text NOT NULL,
  expires   timestamptz NOT NULL,
  PRIMARY KEY (client, token_id)
);
