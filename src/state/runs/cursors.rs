//! The position of incremental reads, and the records that are read again even if they have not changed.

use crate::state::{
    error::StateError,
    sql::{parsed, parsed_if_there, text},
    store::{Store, Transaction},
};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

/// How long a mark is kept that no cursor names: longer than a change set is valid.
const MARK_HOURS: i64 = 48;

/// The position of the incremental reads of a link set's source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The next read requests changes since this instant of the source's clock; none if it reads everything.
    pub since: Option<Timestamp>,
    /// The last full read that ended complete, by our clock.
    pub last_full: Option<Timestamp>,
    /// The hash of the plan that judged it. After an edit everything is read, because an unchanged record may be judged
    /// differently.
    pub plan: Option<String>,
    /// The id of the mark that the next read begins with, where the source gives one.
    pub mark: Option<String>,
}

/// A record that a run did not finish.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pending {
    pub key: String,
    /// The key of the source's collection, which its `get` takes.
    pub own_key: String,
    /// `held`, `waiting`, `failed`, …
    pub why: String,
}

impl Store {
    /// The position of the reads of a link set; none before the first.
    ///
    /// # Errors
    /// The database fails.
    pub fn cursor(&self, set: &str) -> Result<Option<Cursor>, StateError> {
        let sql = "SELECT since, last_full, plan, mark FROM cursors WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1)";
        let cursor = |row: &Row<'_>| {
            Ok(Cursor { since: parsed_if_there(row, 0)?, last_full: parsed_if_there(row, 1)?, plan: row.get(2)?, mark: row.get(3)? })
        };
        Ok(self.connection.prepare_cached(sql)?.query_row([set], cursor).optional()?)
    }

    /// A mark by its id; none if it was forgotten.
    ///
    /// # Errors
    /// The database fails.
    pub fn mark(&self, set: &str, id: &str) -> Result<Option<String>, StateError> {
        let sql = "SELECT mark FROM marks WHERE link_set = ?1 AND id = ?2";
        Ok(self.connection.prepare_cached(sql)?.query_row([set, id], |row| row.get(0)).optional()?)
    }

    /// Keeps a mark that a read ended with, so that a change set can name it by its id. Forgets those of change sets that are no longer
    /// valid.
    ///
    /// # Errors
    /// The database fails.
    pub fn keep_mark(&self, set: &str, id: &str, mark: &str, now: Timestamp) -> Result<(), StateError> {
        let old = now.checked_sub(SignedDuration::from_hours(MARK_HOURS)).unwrap_or(now);
        let transaction = self.transaction()?;
        let forget = "DELETE FROM marks WHERE link_set = ?1 AND at < ?2 AND id NOT IN
                      (SELECT mark FROM cursors JOIN link_sets ON number = link_set WHERE link_sets.id = ?1 AND mark IS NOT NULL)";
        transaction.0.execute(forget, params![set, text(old)])?;
        let sql = "INSERT INTO marks VALUES (?1, ?2, ?3, ?4) ON CONFLICT (link_set, id) DO UPDATE SET at = ?4";
        transaction.0.execute(sql, params![set, id, mark, text(now)])?;
        transaction.commit()
    }

    /// Records that earlier runs did not finish, with the first day of each, by key.
    ///
    /// # Errors
    /// The database fails.
    pub fn pending(&self, set: &str) -> Result<Vec<(Pending, Timestamp)>, StateError> {
        let sql = "SELECT key, own_key, why, since FROM pending
                   WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1) ORDER BY key, own_key";
        let pending = |row: &Row<'_>| Ok((Pending { key: row.get(0)?, own_key: row.get(1)?, why: row.get(2)? }, parsed(row, 3)?));
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([set], pending)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Transaction<'_> {
    /// Moves the cursor of a link set.
    ///
    /// # Errors
    /// The database fails.
    pub fn set_cursor(&self, set: &str, cursor: &Cursor) -> Result<(), StateError> {
        let sql = "INSERT INTO cursors (link_set, since, last_full, plan, mark) VALUES ((SELECT number FROM link_sets WHERE id = ?1), ?2, ?3, ?4, ?5)
                   ON CONFLICT (link_set) DO UPDATE SET since = ?2, last_full = ?3, plan = ?4, mark = ?5";
        self.0.execute(sql, params![set, cursor.since.map(text), cursor.last_full.map(text), cursor.plan, cursor.mark])?;
        Ok(())
    }

    /// Replaces the pending records; those that were pending before keep their run and time. Records whose own key is in
    /// `unasked` could not be read again and stay pending as they are.
    ///
    /// # Errors
    /// The database fails.
    pub fn set_pending(&self, set: &str, run: i64, now: Timestamp, pending: &[Pending], unasked: &[String]) -> Result<(), StateError> {
        let link_set: i64 = self.0.query_row("SELECT number FROM link_sets WHERE id = ?1", [set], |row| row.get(0))?;
        self.0.execute_batch(
            "CREATE TEMP TABLE IF NOT EXISTS pending_now (key TEXT, own_key TEXT, why TEXT, PRIMARY KEY (key, own_key)) WITHOUT ROWID; DELETE FROM pending_now",
        )?;
        let mut insert = self.0.prepare_cached("INSERT OR REPLACE INTO pending_now VALUES (?1, ?2, ?3)")?;
        for one in pending {
            insert.execute([&one.key, &one.own_key, &one.why])?;
        }
        let mut keep = self.0.prepare_cached(
            "INSERT OR IGNORE INTO pending_now SELECT key, own_key, why FROM pending WHERE link_set = ?1 AND own_key = ?2",
        )?;
        for own_key in unasked {
            keep.execute(params![link_set, own_key])?;
        }
        self.0.execute(
            "DELETE FROM pending WHERE link_set = ?1 AND (key, own_key) NOT IN (SELECT key, own_key FROM pending_now)",
            [link_set],
        )?;
        self.0.execute(
            "INSERT INTO pending SELECT ?1, key, own_key, why, ?2, ?3 FROM pending_now WHERE TRUE
             ON CONFLICT (link_set, key, own_key) DO UPDATE SET why = excluded.why",
            params![link_set, run, text(now)],
        )?;
        Ok(())
    }
}
