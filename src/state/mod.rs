//! What is remembered between runs: one SQLite database in `.counterpart/`.
//!
//! Links, last-synced values (as keyed hashes), absence, leaver stages, journal, runs, errors, change sets.
//! The schema is documented in `docs/state.md`; any SQLite tool can open it.

pub mod link;

use link::{Link, Links};
use std::{fmt, path::Path};

/// The state of one project and environment.
pub struct Store {
    connection: rusqlite::Connection,
}

/// Why the state can't be used: a sentence that says what is wrong and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateError(pub String);

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StateError {}

/// What a link set belongs to (semantics.md, rule 5).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LinkSetIdentity {
    pub pipeline: String,
    /// The key expression as written.
    pub key: String,
    /// Identity of the source system, as `Connection::identity` gives it, and the collection.
    pub source: String,
    pub target: String,
}

impl Store {
    /// Opens the database in a folder, makes it if it is not there, and brings an older schema up to date.
    ///
    /// # Errors
    /// The folder can't be written, the disk is full, the file is no database, or it comes from a newer version.
    pub fn open(_folder: &Path) -> Result<Self, StateError> {
        todo!()
    }

    /// All links of a link set; empty for one that is new.
    ///
    /// # Errors
    /// What SQLite says, as a sentence.
    pub fn links(&self, _set: &str) -> Result<Links, StateError> {
        let _ = &self.connection;
        todo!()
    }

    /// One link.
    ///
    /// # Errors
    /// What SQLite says, as a sentence.
    pub fn link(&self, _set: &str, _key: &str) -> Result<Option<Link>, StateError> {
        todo!()
    }
}
