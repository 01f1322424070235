//! What is not kept: values and words after 30 days, and all that is known of a person who is forgotten.

use super::{
    error::StateError,
    facts::set_fact,
    sql::text,
    store::{Store, Transaction},
};
use jiff::{SignedDuration, Timestamp};
use rusqlite::params;
use std::collections::HashSet;

/// How long values and words are kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The beginning of the facts that name forgotten keys.
const FORGOTTEN: &str = "forgotten ";

/// The keys that a person asked to forget, as keyed hashes.
#[derive(Clone, Debug, Default)]
pub struct Forgotten {
    key: [u8; 32],
    hashes: HashSet<String>,
}

impl Forgotten {
    /// Whether a key of a pipeline is one of them.
    #[must_use]
    pub fn holds(&self, pipeline: &str, key: &str) -> bool {
        !self.hashes.is_empty() && self.hashes.contains(&hash(&self.key, pipeline, key))
    }
}

/// How much was removed of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// The ids of the accounts that were linked; they stay as they are.
    pub accounts: Vec<String>,
    pub errors: usize,
    /// Rows of the journal, of what is pending, and of what was done once.
    pub others: usize,
}

fn hash(state: &[u8; 32], pipeline: &str, key: &str) -> String {
    let mut hasher = blake3::Hasher::new_keyed(state);
    hasher.update(b"forgotten\0").update(pipeline.as_bytes()).update(b"\0").update(key.as_bytes());
    hasher.finalize().to_hex()[..32].to_owned()
}

/// The rows of a key, in each table that has some.
const TABLES: [&str; 5] = ["intents", "effects", "pending", "pending_steps", "refused"];

impl Store {
    /// The keys that are forgotten.
    ///
    /// # Errors
    /// The database fails.
    pub fn forgotten(&self) -> Result<Forgotten, StateError> {
        let mut statement =
            self.connection.prepare_cached("SELECT substr(name, 11) FROM facts WHERE name >= ?1 AND name < 'forgotten!'")?;
        let hashes = statement.query_map([FORGOTTEN], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(Forgotten { key: self.key, hashes })
    }

    /// Whether a request about a key has no known outcome yet.
    ///
    /// # Errors
    /// The database fails.
    pub fn is_under_way(&self, pipeline: &str, key: &str) -> Result<bool, StateError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM intents JOIN link_sets ON number = link_set WHERE pipeline = ?1 AND key = ?2 AND outcome IS NULL)";
        Ok(self.connection.query_row(sql, [pipeline, key], |row| row.get(0))?)
    }

    /// Lets a forgotten key be planned again. Returns whether it was forgotten.
    ///
    /// # Errors
    /// The database fails.
    pub fn remember(&self, pipeline: &str, key: &str) -> Result<bool, StateError> {
        let name = format!("{FORGOTTEN}{}", hash(&self.key, pipeline, key));
        Ok(self.connection.execute("DELETE FROM facts WHERE name = ?1", [name])? > 0)
    }

    /// Overwrites what was deleted: the free pages of the database, and its log.
    ///
    /// # Errors
    /// The database fails, or is in use.
    pub fn scrub(&self) -> Result<(), StateError> {
        self.connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
        Ok(())
    }
}

impl Transaction<'_> {
    /// Takes names and messages out of errors, and sentences out of runs, that began before a time. Returns the files of change sets
    /// that are as old; none of them can be applied any more.
    ///
    /// # Errors
    /// The database fails.
    pub fn shrink(&self, before: Timestamp) -> Result<Vec<String>, StateError> {
        let before = text(before);
        let errors = "UPDATE errors SET label = NULL, message = ''
                      WHERE (label IS NOT NULL OR message <> '') AND run IN (SELECT number FROM runs WHERE started < ?1)";
        self.0.execute(errors, [&before])?;
        self.0.execute("UPDATE runs SET sentence = '' WHERE sentence <> '' AND started < ?1", [&before])?;
        self.0.execute("UPDATE change_sets SET status = 'superseded' WHERE status IN ('ready', 'held') AND made < ?1", [&before])?;
        let sql = "UPDATE change_sets SET file = '' WHERE file <> '' AND made < ?1 AND status <> 'applying' RETURNING 'changes/' || id || '.jsonl'";
        let mut statement = self.0.prepare(sql)?;
        Ok(statement.query_map([&before], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// Removes all that is known of a key of a pipeline, and remembers a keyed hash of it, so that nothing is created for it.
    ///
    /// # Errors
    /// The database fails.
    pub fn forget(&self, state: [u8; 32], pipeline: &str, key: &str, by: &str, now: Timestamp) -> Result<Removed, StateError> {
        const OF: &str = "link_set IN (SELECT number FROM link_sets WHERE pipeline = ?1)";
        // The other direction has the same links, seen from the other end.
        const OF_TWIN: &str = "link_set IN (SELECT number FROM link_sets WHERE twin IN (SELECT number FROM link_sets WHERE pipeline = ?1))";
        let mut removed = Removed::default();
        let mut statement = self.0.prepare(&format!("DELETE FROM links WHERE {OF} AND key = ?2 RETURNING target"))?;
        removed.accounts = statement.query_map([pipeline, key], |row| row.get(0))?.collect::<Result<_, _>>()?;
        removed.others += self.0.execute(&format!("DELETE FROM links WHERE {OF_TWIN} AND target = ?2"), [pipeline, key])?;
        for table in TABLES {
            removed.others += self.0.execute(&format!("DELETE FROM {table} WHERE {OF} AND key = ?2"), [pipeline, key])?;
        }
        let errors = "DELETE FROM errors WHERE key = ?2 AND run IN (SELECT number FROM runs WHERE pipeline = ?1)";
        removed.errors = self.0.execute(errors, params![pipeline, key])?;
        let who = serde_json::json!({ "by": by, "since": now.to_string() });
        set_fact(&self.0, &format!("{FORGOTTEN}{}", hash(&state, pipeline, key)), &who.to_string())?;
        Ok(removed)
    }

    /// Notes that the file of a change set is gone. One that waited can't be applied any more.
    ///
    /// # Errors
    /// The database fails.
    pub fn without_file(&self, id: &str) -> Result<(), StateError> {
        let sql = "UPDATE change_sets SET file = '', status = CASE WHEN status IN ('ready', 'held') THEN 'superseded' ELSE status END WHERE id = ?1";
        self.0.execute(sql, [id])?;
        Ok(())
    }
}
