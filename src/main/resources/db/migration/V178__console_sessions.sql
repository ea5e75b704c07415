-- Browsers that are signed in to the console, by the SHA-256 of what their cookie holds. What a person may do is
-- looked up by the login at every request; a session holds no token.
CREATE TABLE console_session (
  hash      bytea PRIMARY KEY,
  login     uuid NOT NULL REFERENCES login ON DELETE CASCADE,
  used      timestamptz NOT NULL,       -- to the minute
  expires   timestamptz NOT NULL
);
CREATE INDEX console_session_login ON console_session (login);
CREATE INDEX console_session_expires ON console_session (expires);
