-- What incremental reads begin with where the system gives a mark of its own. A saved change set names it by its id alone, since there may be a
-- key in it.
CREATE TABLE marks (
  -- The id of the link set, which is made with the first applied run.
  link_set TEXT NOT NULL,
  id       TEXT NOT NULL,
  mark     TEXT NOT NULL,
  at       TEXT NOT NULL,
  PRIMARY KEY (link_set, id)
) STRICT, WITHOUT ROWID;
ALTER TABLE cursors ADD COLUMN mark TEXT;
