-- Of collections that are the newest of several files: the file that the last applied run read. An older one that is read later shows that
-- a newer one was taken away.
CREATE TABLE read_files (
  link_set   INTEGER NOT NULL REFERENCES link_sets (number),
  collection TEXT NOT NULL,
  name       TEXT NOT NULL,
  modified   TEXT NOT NULL,
  PRIMARY KEY (link_set, collection)
) STRICT, WITHOUT ROWID;
