//! The files that the last applied run read, of collections that are the newest of several files.

use crate::state::{
    error::StateError,
    sql::{parsed, text},
    store::{Store, Transaction},
};
use jiff::Timestamp;
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One file of several, at the time when it was changed last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReadFile {
    /// In whole microseconds, as the state keeps it. The first field, so that files are in the order of their times.
    pub modified: Timestamp,
    /// As the pattern names it: with its folder.
    pub name: String,
}

/// Files by their collections: `files.people`.
pub type ReadFiles = BTreeMap<String, ReadFile>;

impl Store {
    /// The files that the last applied run of a link set read.
    ///
    /// # Errors
    /// The database fails.
    pub fn read_files(&self, set: &str) -> Result<ReadFiles, StateError> {
        let sql = "SELECT collection, name, modified FROM read_files WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1)";
        let mut statement = self.connection.prepare_cached(sql)?;
        let file = |row: &Row<'_>| Ok((row.get(0)?, ReadFile { name: row.get(1)?, modified: parsed(row, 2)? }));
        let files = statement.query_map([set], file)?;
        Ok(files.collect::<Result<_, _>>()?)
    }
}

impl Transaction<'_> {
    /// Keeps the files that a run has read, once it is applied.
    ///
    /// # Errors
    /// The database fails.
    pub fn keep_read_files(&self, set: &str, files: &ReadFiles) -> Result<(), StateError> {
        let sql = "INSERT INTO read_files VALUES ((SELECT number FROM link_sets WHERE id = ?1), ?2, ?3, ?4)
                   ON CONFLICT (link_set, collection) DO UPDATE SET name = ?3, modified = ?4";
        for (collection, file) in files {
            self.0.execute(sql, params![set, collection, file.name, text(file.modified)])?;
        }
        Ok(())
    }
}
