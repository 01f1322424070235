//! The journal: an intent is durable before its request is sent, and its outcome is written in one transaction with everything
//! that follows from it, so that a crash leaves either both or neither.

pub mod effects;
pub mod events;
pub mod pending_steps;

use crate::state::{
    error::StateError,
    sql::{parsed, text},
    store::{Store, Transaction},
};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

/// One request that is about to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    pub run: i64,
    /// The number of the lease it is sent under.
    pub lease: i64,
    /// The batch of the change set that it belongs to, from 1. Intents that share one request share a number of their own.
    pub batch: u32,
    /// Key of the source record.
    pub key: String,
    /// Which of the operation's steps, from 0.
    pub step: u32,
    /// `create`, `update`, `delete`, or `call NAME`.
    pub kind: String,
    /// Hash of the operation.
    pub operation: String,
    /// From 1.
    pub attempt: u32,
    /// Sent as the idempotency key if the call has one. A repeat sends the same, so that the target recognises it.
    pub token: String,
    /// The operation as JSON, without secrets; forgotten with the outcome.
    pub content: String,
    pub opened: Timestamp,
}

/// An intent whose outcome is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenIntent {
    pub id: i64,
    pub intent: Intent,
}

impl OpenIntent {
    /// Whether a record was about to be created.
    #[must_use]
    pub fn creates(&self) -> bool {
        self.intent.kind == "create"
    }
}

impl Transaction<'_> {
    /// Opens an intent and gives its number.
    ///
    /// # Errors
    /// What SQLite says, as a sentence.
    pub fn open_intent(&self, set: &str, intent: &Intent) -> Result<i64, StateError> {
        let sql = "INSERT INTO intents (link_set, run, lease, batch, key, step, kind, operation, attempt, token, content, opened)
                   VALUES ((SELECT number FROM link_sets WHERE id = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
        let Intent { run, lease, batch, key, step, kind, operation, attempt, token, content, opened } = intent;
        let columns = params![set, run, lease, batch, key, step, kind, operation, attempt, token, content, text(*opened)];
        self.0.prepare_cached(sql)?.execute(columns)?;
        Ok(self.0.last_insert_rowid())
    }

    /// The token that an event was sent with before, if it may be sent again: a target that recognises requests by it treats
    /// both as one.
    ///
    /// # Errors
    /// What SQLite says, as a sentence.
    pub fn token_again(&self, set: &str, key: &str) -> Result<Option<String>, StateError> {
        let sql =
            "SELECT token FROM intents WHERE outcome IN ('again', 'undone') AND link_set = (SELECT number FROM link_sets WHERE id = ?1)
                   AND key = ?2 ORDER BY id DESC LIMIT 1";
        Ok(self.0.prepare_cached(sql)?.query_row([set, key], |row| row.get(0)).optional()?)
    }

    /// Counts a repeat of an intent that stays open.
    ///
    /// # Errors
    /// What SQLite says, as a sentence.
    pub fn repeat_intent(&self, id: i64) -> Result<(), StateError> {
        self.0.prepare_cached("UPDATE intents SET attempt = attempt + 1 WHERE id = ?1")?.execute([id])?;
        Ok(())
    }

    /// Closes an intent with its outcome and empties its content, which holds personal data.
    ///
    /// # Errors
    /// What SQLite says, as a sentence.
    pub fn settle_intent(&self, id: i64, outcome: &str, message: Option<&str>, now: Timestamp) -> Result<(), StateError> {
        let sql = "UPDATE intents SET outcome = ?2, message = ?3, settled = ?4, content = NULL WHERE id = ?1 AND outcome IS NULL";
        self.0.prepare_cached(sql)?.execute(params![id, outcome, message, text(now)])?;
        Ok(())
    }

    /// Deletes settled intents that are older than this.
    ///
    /// # Errors
    /// What SQLite says, as a sentence.
    pub fn prune_intents(&self, before: Timestamp) -> Result<(), StateError> {
        self.0.execute("DELETE FROM intents WHERE settled < ?1", [text(before)])?;
        Ok(())
    }
}

impl Store {
    /// Intents of a link set whose outcome is not known, in the order they were opened.
    ///
    /// # Errors
    /// What SQLite says, as a sentence.
    pub fn open_intents(&self, set: &str) -> Result<Vec<OpenIntent>, StateError> {
        let sql = "SELECT id, run, lease, batch, key, step, kind, operation, attempt, token, content, opened FROM intents
                   WHERE outcome IS NULL AND link_set = (SELECT number FROM link_sets WHERE id = ?1) ORDER BY id";
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map([set], open_of)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Keys with an intent whose outcome is unknown. They get no other operation until it is known, because it would be planned
    /// on a guess.
    ///
    /// # Errors
    /// What SQLite says, as a sentence.
    pub fn open_keys(&self, set: &str) -> Result<Vec<String>, StateError> {
        let sql = "SELECT DISTINCT key FROM intents WHERE outcome IS NULL AND link_set = (SELECT number FROM link_sets WHERE id = ?1)";
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map([set], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn open_of(row: &Row<'_>) -> rusqlite::Result<OpenIntent> {
    let intent = Intent {
        run: row.get(1)?,
        lease: row.get(2)?,
        batch: row.get(3)?,
        key: row.get(4)?,
        step: row.get(5)?,
        kind: row.get(6)?,
        operation: row.get(7)?,
        attempt: row.get(8)?,
        token: row.get(9)?,
        content: row.get::<_, Option<String>>(10)?.unwrap_or_default(),
        opened: parsed(row, 11)?,
    };
    Ok(OpenIntent { id: row.get(0)?, intent })
}
