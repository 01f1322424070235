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
