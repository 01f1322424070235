-- Where incremental reads of a pipeline's source stand.
CREATE TABLE cursors (
  link_set  INTEGER PRIMARY KEY REFERENCES link_sets (number),
  -- Changes since this instant of the source's clock are asked for next.
  since     TEXT,
  -- The last full read that ended complete, and the plan it was judged by: another plan asks for a full read.
  last_full TEXT,
  plan      TEXT
) STRICT;

-- Records that a run did not settle: each is read again by the next run, whatever the cursor says.
CREATE TABLE pending (
  link_set  INTEGER NOT NULL REFERENCES link_sets (number),
  key       TEXT NOT NULL,
  -- How the source's collection names the record: what its `get` is asked for.
  own_key   TEXT NOT NULL,
  why       TEXT NOT NULL,
  since_run INTEGER NOT NULL,
  since     TEXT NOT NULL,
  PRIMARY KEY (link_set, key)
) STRICT, WITHOUT ROWID;

-- Events of an `append` pipeline: 16 bytes of a keyed hash of each key, kept for ever.
CREATE TABLE sent (
  link_set INTEGER NOT NULL REFERENCES link_sets (number),
  key      BLOB NOT NULL,
  state    TEXT NOT NULL CHECK (state IN ('open', 'sent', 'seen')),
  run      INTEGER NOT NULL,
  PRIMARY KEY (link_set, key)
) STRICT, WITHOUT ROWID;

-- What both sides held of each attribute that two directions share, when they last agreed; and when each was last written by us.
ALTER TABLE links ADD COLUMN agreed BLOB NOT NULL DEFAULT x'';

-- Two directions over the same people: each has its own link set, whose links are those of the other, seen from the other end.
ALTER TABLE link_sets ADD COLUMN twin INTEGER REFERENCES link_sets (number);

-- Whether the whole source was read, or only what had changed: only whole reads are compared with.
ALTER TABLE runs ADD COLUMN whole INTEGER NOT NULL DEFAULT 1;

-- Events that a run of an `append` pipeline sent.
ALTER TABLE runs ADD COLUMN sent INTEGER NOT NULL DEFAULT 0;
