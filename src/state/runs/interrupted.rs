//! What the journal knows of a run whose process died: it counted nothing itself.

use crate::state::{
    error::StateError,
    store::{Store, Transaction},
};
use rusqlite::params;

/// Counts each person once: whoever left is not updated as well, and neither is whoever was created. What no answer proves is counted as not
/// known. A return is an update here, since the journal does not say what a write was for.
const COUNTS: &str = "
    created = (SELECT count(DISTINCT key) FROM intents WHERE run = number AND outcome = 'done' AND kind = 'create')
              * (NOT EXISTS (SELECT 1 FROM sent WHERE sent.run = number)),
    sent = (SELECT count(*) FROM sent WHERE sent.run = number AND sent.state = 'sent'),
    left_ = (SELECT count(DISTINCT key) FROM intents WHERE run = number AND outcome = 'done' AND has_left),
    updated = (SELECT count(DISTINCT key) FROM intents WHERE run = number AND outcome = 'done' AND NOT has_left
               AND key NOT IN (SELECT key FROM intents AS made WHERE made.run = number AND made.outcome = 'done' AND made.kind = 'create')),
    failed = (SELECT count(DISTINCT key) FROM intents WHERE run = number AND outcome IN ('failed', 'conflict', 'not kept')),
    not_known = (SELECT count(DISTINCT key) FROM intents
                 WHERE run = number AND (outcome IS NULL OR outcome IN ('perhaps', 'again', 'read')))";

/// Whether a request was the one after which its person had left.
const HAS_LEFT: &str = "EXISTS (SELECT 1 FROM links WHERE links.link_set = intents.link_set AND links.key = intents.key
    AND links.stage_done = intents.settled AND links.life <> 'open')";

impl Transaction<'_> {
    /// Marks the runs of a pipeline that never ended as interrupted, with what the journal knows of them.
    ///
    /// # Errors
    /// The database fails.
    pub(super) fn interrupt_runs(&self, pipeline: &str) -> Result<(), StateError> {
        let sql = format!(
            "UPDATE runs SET result = 'interrupted', sentence = 'the process ended in the middle; the next run went on from there', {}
             WHERE pipeline = ?1 AND finished IS NULL AND result = 'running'",
            counts()
        );
        self.0.execute(&sql, [pipeline])?;
        Ok(())
    }
}

impl Store {
    /// Counts again what runs that broke off have done, once this run has found out what became of their last requests.
    ///
    /// # Errors
    /// The database fails.
    pub fn count_interrupted(&self, run: i64) -> Result<(), StateError> {
        let sql = format!(
            "UPDATE runs SET {}
             WHERE pipeline = (SELECT pipeline FROM runs WHERE number = ?1) AND finished IS NULL AND result = 'interrupted'
             AND number IN (SELECT run FROM intents WHERE settled >= (SELECT started FROM runs WHERE number = ?1))",
            counts()
        );
        self.connection.execute(&sql, params![run])?;
        Ok(())
    }
}

fn counts() -> String {
    COUNTS.replace("has_left", HAS_LEFT)
}
