-- One row for each fact about the whole database: lineage, epoch, and the check of the key file.
CREATE TABLE facts (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What links belong to: one pipeline, one key expression, two systems.
CREATE TABLE link_sets (
  number         INTEGER PRIMARY KEY,
  id             TEXT NOT NULL UNIQUE,
  pipeline       TEXT NOT NULL,
  key_expression TEXT NOT NULL,
  source         TEXT NOT NULL,
  target         TEXT NOT NULL,
  since          TEXT NOT NULL
) STRICT;
CREATE INDEX link_sets_of_pipeline ON link_sets (pipeline);

-- A source record and its counterpart, for ever.
CREATE TABLE links (
  link_set     INTEGER NOT NULL REFERENCES link_sets (number),
  key          TEXT NOT NULL,
  target       TEXT NOT NULL,
  life         TEXT NOT NULL CHECK (life IN ('open', 'left', 'retired')),
  made_by      TEXT NOT NULL,
  since_run    INTEGER NOT NULL,
  since        TEXT NOT NULL,
  stage        INTEGER,
  stage_done   TEXT,
  next_day     TEXT,
  next_hash    INTEGER,
  by_scope     INTEGER,
  absent_runs  INTEGER NOT NULL DEFAULT 0,
  absent_first TEXT,
  absent_last  TEXT,
  due          TEXT,
  bases        BLOB NOT NULL DEFAULT x'',
  PRIMARY KEY (link_set, key)
) STRICT, WITHOUT ROWID;
-- An account belongs to one person at most, until it is gone for good.
CREATE UNIQUE INDEX links_by_target ON links (link_set, target) WHERE life <> 'retired';

-- Every run, from its beginning.
CREATE TABLE runs (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  pipeline   TEXT NOT NULL,
  link_set   INTEGER REFERENCES link_sets (number),
  plan       TEXT NOT NULL,
  binding    TEXT NOT NULL,
  change_set TEXT,
  by         TEXT NOT NULL,
  started    TEXT NOT NULL,
  finished   TEXT,
  result     TEXT NOT NULL DEFAULT 'running',
  applied    INTEGER NOT NULL DEFAULT 0,
  read       INTEGER NOT NULL DEFAULT 0,
  joined     INTEGER NOT NULL DEFAULT 0,
  changed    INTEGER NOT NULL DEFAULT 0,
  left_      INTEGER NOT NULL DEFAULT 0,
  returned   INTEGER NOT NULL DEFAULT 0,
  failed     INTEGER NOT NULL DEFAULT 0,
  need_you   INTEGER NOT NULL DEFAULT 0,
  open_links INTEGER NOT NULL DEFAULT 0,
  present    TEXT NOT NULL DEFAULT '{}',
  sentence   TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX runs_of_pipeline ON runs (pipeline, number);

-- What went wrong with one record in one run.
CREATE TABLE errors (
  run       INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
  position  INTEGER NOT NULL,
  key       TEXT NOT NULL,
  label     TEXT,
  step      TEXT NOT NULL,
  attribute TEXT,
  code      TEXT NOT NULL,
  message   TEXT NOT NULL,
  file      TEXT NOT NULL,
  line      INTEGER NOT NULL,
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX errors_of_key ON errors (key, run);

-- The journal: what was about to be sent, durable before it left, and how it ended.
CREATE TABLE intents (
  id        INTEGER PRIMARY KEY,
  link_set  INTEGER NOT NULL REFERENCES link_sets (number),
  run       INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
  lease     INTEGER NOT NULL,
  batch     INTEGER NOT NULL,
  key       TEXT NOT NULL,
  step      INTEGER NOT NULL,
  kind      TEXT NOT NULL,
  operation TEXT NOT NULL,
  attempt   INTEGER NOT NULL,
  token     TEXT NOT NULL,
  -- The whole operation as JSON while the intent is open; emptied with its outcome.
  content   TEXT,
  opened    TEXT NOT NULL,
  outcome   TEXT,
  message   TEXT,
  settled   TEXT
) STRICT;
CREATE INDEX open_intents ON intents (link_set, key) WHERE outcome IS NULL;

-- What was done to a person that must not be done twice: by key and life of the link.
CREATE TABLE effects (
  link_set INTEGER NOT NULL REFERENCES link_sets (number),
  key      TEXT NOT NULL,
  life     INTEGER NOT NULL,
  effect   TEXT NOT NULL,
  once     INTEGER NOT NULL,
  run      INTEGER NOT NULL,
  state    TEXT NOT NULL CHECK (state IN ('open', 'sent', 'perhaps')),
  PRIMARY KEY (link_set, key, life, effect)
) STRICT, WITHOUT ROWID;

-- Change sets that were saved as files.
CREATE TABLE change_sets (
  id       TEXT PRIMARY KEY,
  hash     TEXT NOT NULL,
  pipeline TEXT NOT NULL,
  link_set TEXT NOT NULL,
  file     TEXT NOT NULL,
  status   TEXT NOT NULL,
  made     TEXT NOT NULL,
  run      INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX change_sets_of_pipeline ON change_sets (pipeline, made);

-- One run of a pipeline at a time.
CREATE TABLE leases (
  pipeline TEXT PRIMARY KEY,
  number   INTEGER NOT NULL,
  by       TEXT NOT NULL,
  pid      INTEGER NOT NULL,
  host     TEXT NOT NULL,
  since    TEXT NOT NULL,
  released TEXT
) STRICT, WITHOUT ROWID;
