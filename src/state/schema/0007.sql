-- Two records of the source may have one key, such as a key that occurs twice: each is read again by its own key.
CREATE TABLE pending_by_own_key (
  link_set  INTEGER NOT NULL REFERENCES link_sets (number),
  key       TEXT NOT NULL,
  -- How the source's collection names the record: what its `get` is asked for.
  own_key   TEXT NOT NULL,
  why       TEXT NOT NULL,
  since_run INTEGER NOT NULL,
  since     TEXT NOT NULL,
  PRIMARY KEY (link_set, key, own_key)
) STRICT, WITHOUT ROWID;
INSERT INTO pending_by_own_key SELECT link_set, key, own_key, why, since_run, since FROM pending;
DROP TABLE pending;
ALTER TABLE pending_by_own_key RENAME TO pending;
