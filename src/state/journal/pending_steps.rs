//! What earlier runs began and did not finish: steps that remain for a record, and operations that the target refused.

use crate::state::{
    error::StateError,
    sql::{parsed, text},
    store::{Store, Transaction},
};
use jiff::Timestamp;
use rusqlite::{Row, params};
use std::collections::{HashMap, HashSet};

/// An operation that the target refused as invalid, again and again with the same content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Hash of what was to be written.
    pub operation: String,
    /// The target's message.
    pub message: String,
    pub tries: u32,
    /// When it was refused first.
    pub since: Timestamp,
    /// When it is tried again.
    pub next: Timestamp,
}

impl Store {
    /// By key: the steps that are still to be done, as JSON.
    ///
    /// # Errors
    /// The database fails.
    pub fn pending_steps(&self, set: &str) -> Result<HashMap<String, String>, StateError> {
        let sql = "SELECT key, steps FROM pending_steps WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1)";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([set], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// By key: what the target refused.
    ///
    /// # Errors
    /// The database fails.
    pub fn refused(&self, set: &str) -> Result<HashMap<String, Refused>, StateError> {
        let sql = "SELECT key, operation, message, tries, since, next FROM refused
                   WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1)";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([set], |row| Ok((row.get(0)?, refused_of(row)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The keys of people for whom an effect happened, or may have happened, in their present life.
    ///
    /// # Errors
    /// The database fails.
    pub fn who_had(&self, set: &str, effect: &str) -> Result<HashSet<String>, StateError> {
        let sql =
            "SELECT key FROM effects e WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1) AND effect = ?2 AND state <> 'open'
                     AND life = (SELECT max(life) FROM effects WHERE link_set = e.link_set AND key = e.key)";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([set, effect], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn refused_of(row: &Row<'_>) -> rusqlite::Result<Refused> {
    Ok(Refused { operation: row.get(1)?, message: row.get(2)?, tries: row.get(3)?, since: parsed(row, 4)?, next: parsed(row, 5)? })
}

impl Transaction<'_> {
    /// Sets the steps that remain for a record, as JSON; none if it is done.
    ///
    /// # Errors
    /// The database fails.
    pub fn set_pending_steps(&self, set: &str, key: &str, steps: Option<&str>) -> Result<(), StateError> {
        let sql = match steps {
            Some(_) => "INSERT OR REPLACE INTO pending_steps VALUES ((SELECT number FROM link_sets WHERE id = ?1), ?2, ?3)",
            None => "DELETE FROM pending_steps WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1) AND key = ?2 AND ?3 IS NULL",
        };
        self.0.prepare_cached(sql)?.execute(params![set, key, steps])?;
        Ok(())
    }

    /// Stores that the target refused an operation, replacing an earlier refusal; `None` clears it.
    ///
    /// # Errors
    /// The database fails.
    pub fn set_refused(&self, set: &str, key: &str, refused: Option<&Refused>) -> Result<(), StateError> {
        let Some(refused) = refused else {
            let sql = "DELETE FROM refused WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1) AND key = ?2";
            self.0.prepare_cached(sql)?.execute([set, key])?;
            return Ok(());
        };
        let sql = "INSERT OR REPLACE INTO refused VALUES ((SELECT number FROM link_sets WHERE id = ?1), ?2, ?3, ?4, ?5, ?6, ?7)";
        let Refused { operation, message, tries, since, next } = refused;
        self.0.prepare_cached(sql)?.execute(params![set, key, operation, message, tries, text(*since), text(*next)])?;
        Ok(())
    }
}
