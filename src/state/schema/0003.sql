-- What is still to be done for a record after the first request of an operation was made: its calls, and what is only written with a new
-- record. As JSON; gone once it is done.
CREATE TABLE owed (
  link_set INTEGER NOT NULL REFERENCES link_sets (number),
  key      TEXT NOT NULL,
  steps    TEXT NOT NULL,
  PRIMARY KEY (link_set, key)
) STRICT, WITHOUT ROWID;

-- Operations that the target refused as invalid: tried again when they change, else after 1, 2, 4 and 8 days.
CREATE TABLE refused (
  link_set  INTEGER NOT NULL REFERENCES link_sets (number),
  key       TEXT NOT NULL,
  operation TEXT NOT NULL,
  message   TEXT NOT NULL,
  tries     INTEGER NOT NULL,
  since     TEXT NOT NULL,
  next      TEXT NOT NULL,
  PRIMARY KEY (link_set, key)
) STRICT, WITHOUT ROWID;

-- The values of lists that we added, by a hash of the attribute's name: only these are taken away again.
ALTER TABLE links ADD COLUMN added BLOB NOT NULL DEFAULT x'';

-- Requests whose effect nobody knows, or that had none: an event that is sent again has the same token.
CREATE INDEX intents_again ON intents (link_set, key) WHERE outcome IN ('again', 'undone');
