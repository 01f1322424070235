-- A person let a held change set be done: its leaves were approved, and so was what it read, if the source had shrunk.
ALTER TABLE runs ADD COLUMN leaves_approved INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN source_approved INTEGER NOT NULL DEFAULT 0;

-- What the read of a run depended on besides its records: the calls and settings of the source, and the credential.
ALTER TABLE runs ADD COLUMN reading TEXT NOT NULL DEFAULT '';

-- Records that claim an account which is linked to another record: remembered until they are shown to be gone.
CREATE TABLE claims (
  link_set     INTEGER NOT NULL REFERENCES link_sets (number),
  key          TEXT NOT NULL,
  target       TEXT NOT NULL,
  absent_runs  INTEGER NOT NULL DEFAULT 0,
  absent_first TEXT,
  absent_last  TEXT,
  PRIMARY KEY (link_set, key, target)
) STRICT, WITHOUT ROWID;
