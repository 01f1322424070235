//! Intents: requests that are about to be sent, and their outcomes.

use crate::state::{
    error::StateError,
    sql::{parsed, text},
    store::{Store, Transaction},
};
use jiff::Timestamp;
use rusqlite::{
    OptionalExtension, Row, ToSql, params,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef},
};
use std::collections::HashSet;

/// What a request does. Decisions are taken on this; its text is for the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntentKind {
    Create,
    Update,
    /// An update by the calls of a part of the record.
    UpdatePart(String),
    Delete,
    /// A call by name.
    Call(String),
}

impl ToSql for IntentKind {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Create => "create".into(),
            Self::Update => "update".into(),
            Self::UpdatePart(part) => format!("update {part}").into(),
            Self::Delete => "delete".into(),
            Self::Call(name) => format!("call {name}").into(),
        })
    }
}

impl FromSql for IntentKind {
    /// Refuses an unknown kind: to take it for a harmless one could plan a second create.
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        Ok(match text.split_once(' ') {
            None if text == "create" => Self::Create,
            None if text == "update" => Self::Update,
            None if text == "delete" => Self::Delete,
            Some(("update", part)) => Self::UpdatePart(part.to_owned()),
            Some(("call", name)) => Self::Call(name.to_owned()),
            _ => return Err(FromSqlError::Other(format!("`{text}` is not the kind of an intent").into())),
        })
    }
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntentOutcome {
    /// It had its effect.
    Done,
    /// Unknown, and it is not sent again.
    Perhaps,
    /// The target refused it.
    Failed,
    /// The account was changed, or its place was taken, by somebody else.
    Conflict,
    /// The target took it, and shows what was there before.
    NotKept,
    /// The run stopped before it was sent.
    NotSent,
    /// The account was merged into another, to which the request goes instead.
    Merged,
    /// A look-up proved that it had no effect.
    Undone,
    /// Unknown, and it may be sent again, because the target recognizes the repeat.
    Again,
    /// A complete read of the target shows what became of it.
    Read,
}

impl ToSql for IntentOutcome {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Done => "done",
            Self::Perhaps => "perhaps",
            Self::Failed => "failed",
            Self::Conflict => "conflict",
            Self::NotKept => "not kept",
            Self::NotSent => "not sent",
            Self::Merged => "merged",
            Self::Undone => "undone",
            Self::Again => "again",
            Self::Read => "read",
        }
        .into())
    }
}

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
    pub kind: IntentKind,
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

/// An intent whose outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenIntent {
    pub id: i64,
    pub intent: Intent,
}

impl OpenIntent {
    /// Whether a record was about to be created.
    #[must_use]
    pub fn creates(&self) -> bool {
        self.intent.kind == IntentKind::Create
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
        let sql = "SELECT token FROM intents WHERE outcome IN (?3, ?4) AND link_set = (SELECT number FROM link_sets WHERE id = ?1)
                   AND key = ?2 ORDER BY id DESC LIMIT 1";
        let columns = params![set, key, IntentOutcome::Again, IntentOutcome::Undone];
        Ok(self.0.prepare_cached(sql)?.query_row(columns, |row| row.get(0)).optional()?)
    }

    /// Counts a repeat of an intent that remains open.
    ///
    /// # Errors
    /// What SQLite says, as a sentence.
    pub fn repeat_intent(&self, id: i64) -> Result<(), StateError> {
        self.0.prepare_cached("UPDATE intents SET attempt = attempt + 1 WHERE id = ?1")?.execute([id])?;
        Ok(())
    }

    /// Closes an intent with its outcome and deletes its content, which contains personal data.
    ///
    /// # Errors
    /// What SQLite says, as a sentence.
    pub fn close_intent(&self, id: i64, outcome: IntentOutcome, message: Option<&str>, now: Timestamp) -> Result<(), StateError> {
        let sql = "UPDATE intents SET outcome = ?2, message = ?3, settled = ?4, content = NULL WHERE id = ?1 AND outcome IS NULL";
        self.0.prepare_cached(sql)?.execute(params![id, outcome, message, text(now)])?;
        Ok(())
    }

    /// Deletes closed intents that are older than this.
    ///
    /// # Errors
    /// What SQLite says, as a sentence.
    pub fn prune_intents(&self, before: Timestamp) -> Result<(), StateError> {
        self.0.execute("DELETE FROM intents WHERE settled < ?1", [text(before)])?;
        Ok(())
    }
}

impl Store {
    /// Intents of a link set whose outcome is unknown, in the order they were opened.
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

    /// The hashes of operations that were begun since an instant, unless it is proved that nothing came of them.
    ///
    /// # Errors
    /// What SQLite says, as a sentence.
    pub fn begun_since(&self, set: &str, since: Timestamp) -> Result<HashSet<String>, StateError> {
        let sql = "SELECT DISTINCT operation FROM intents WHERE opened >= ?2 AND link_set = (SELECT number FROM link_sets WHERE id = ?1)
                   AND (outcome IS NULL OR outcome NOT IN ('failed', 'not sent', 'undone', 'conflict'))";
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map(params![set, text(since)], |row| row.get(0))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_read_back_and_an_unknown_one_is_refused() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let kinds = [
            IntentKind::Create,
            IntentKind::Update,
            IntentKind::UpdatePart("bank account".into()),
            IntentKind::Delete,
            IntentKind::Call("send invitation".into()),
        ];
        for kind in kinds {
            assert_eq!(connection.query_row("SELECT ?1", [&kind], |row| row.get::<_, IntentKind>(0)).unwrap(), kind);
        }
        for unknown in ["created", "", "delete part"] {
            assert!(connection.query_row("SELECT ?1", [unknown], |row| row.get::<_, IntentKind>(0)).is_err(), "{unknown}");
        }
    }
}
