-- Operations that were sent, and of which it is not known what became of them.
ALTER TABLE runs ADD COLUMN not_known INTEGER NOT NULL DEFAULT 0;
