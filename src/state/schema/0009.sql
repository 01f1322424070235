-- What people decided about single records, by name. A decision is in force until it has been carried out or another one replaces it.
CREATE TABLE decisions (
  number   INTEGER PRIMARY KEY,
  link_set INTEGER NOT NULL REFERENCES link_sets (number),
  key      TEXT NOT NULL,
  choice   TEXT NOT NULL,
  -- The account that it is about.
  account  TEXT,
  -- A keyed hash of the question that was answered: another question is asked again.
  question TEXT,
  made_by  TEXT NOT NULL,
  made     TEXT NOT NULL,
  why      TEXT NOT NULL,
  ended    TEXT
) STRICT;
CREATE INDEX decisions_of_key ON decisions (link_set, key);

-- What a person said about a change set that was held: that runs may do what its guards counted, for a while, or that they may not.
CREATE TABLE approvals (
  change_set TEXT PRIMARY KEY,
  link_set   INTEGER NOT NULL REFERENCES link_sets (number),
  approved   INTEGER NOT NULL,
  binding    TEXT NOT NULL,
  lineage    TEXT NOT NULL,
  -- What held it, as JSON.
  causes     TEXT NOT NULL,
  made_by    TEXT NOT NULL,
  made       TEXT NOT NULL,
  why        TEXT NOT NULL,
  ended      TEXT,
  -- Why no run may use it any more.
  sentence   TEXT
) STRICT;

-- The operations that an approval names, by their hashes.
CREATE TABLE approved_operations (
  change_set TEXT NOT NULL REFERENCES approvals (change_set) ON DELETE CASCADE,
  operation  TEXT NOT NULL,
  PRIMARY KEY (change_set, operation)
) STRICT, WITHOUT ROWID;
