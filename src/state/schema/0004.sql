-- One word for each thing, as the screens and files have it: created, updated, needs attention.
ALTER TABLE runs RENAME COLUMN joined TO created;
ALTER TABLE runs RENAME COLUMN changed TO updated;
ALTER TABLE runs RENAME COLUMN need_you TO needs_attention;

-- An operation that was sent and has no outcome is looked up by the next run, so its words follow.
UPDATE intents
SET content = json_set(content, '$.verdict',
      CASE content ->> '$.verdict' WHEN 'join' THEN 'create' WHEN 'change' THEN 'update' ELSE 'send' END)
WHERE json_valid(content) AND content ->> '$.verdict' IN ('join', 'change', 'append');
UPDATE pending SET why = 'account missing' WHERE why = 'target gone';

-- Steps of an operation that are still to be done for a record.
ALTER TABLE owed RENAME TO pending_steps;
