//! What is kept between runs: one SQLite database in `.counterpart/`.
//!
//! Links, last-synced values (as keyed hashes), absence, leaver stages, journal, runs, errors, change sets.
//! The schema is documented in `docs/state.md`; any SQLite tool can open it.

#![expect(
    clippy::disallowed_methods,
    reason = "the key of hashes is made by whoever is first, and locks are files of the system: the disk of a host has neither"
)]

pub mod added;
pub mod agreed;
pub mod baselines;
pub mod change_sets;
pub mod cursors;
pub mod effects;
pub mod errors;
pub mod events;
pub mod journal;
mod key;
pub mod lease;
pub mod link;
pub mod links;
pub mod pending_steps;
pub mod runs;
mod schema;
#[cfg(test)]
mod tests;

use crate::host::Host;
use jiff::{Timestamp, civil::Date};
use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension, Row,
    types::{Type, ValueRef},
};
use std::{
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

pub use links::{LinkSet, LinkSetIdentity};

/// The state of one project and environment.
pub struct Store {
    host: Host,
    connection: Connection,
    folder: PathBuf,
    key: [u8; 32],
}

/// Why the state can't be used: says what is wrong and what to do, and keeps what SQLite or the system said.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StateError {
    #[error("the disk is full, and nothing can be remembered: free some space and run again")]
    DiskFull(#[source] Arc<rusqlite::Error>),
    #[error("the state can't be written: give yourself the right to write its folder")]
    ReadOnly(#[source] Arc<rusqlite::Error>),
    #[error("the state is in use by another process: wait until it is done and run again")]
    InUse(#[source] Arc<rusqlite::Error>),
    #[error("the state is damaged: put a copy of it back, or move it away and begin anew")]
    Damaged(#[source] Arc<rusqlite::Error>),
    #[error("the state failed: {0}")]
    Sql(#[source] Arc<rusqlite::Error>),
    #[error("`{}` can't be opened: give yourself the right to read and write it", path.display())]
    Closed {
        path: PathBuf,
        #[source]
        error: Arc<rusqlite::Error>,
    },
    #[error("{}", folder_words(folder, error))]
    Folder {
        folder: PathBuf,
        #[source]
        error: Arc<std::io::Error>,
    },
    #[error("`{}` is no state of counterpart: move it away and run again; nothing was changed", .0.display())]
    Foreign(PathBuf),
    #[error(
        "`{}` was written by a newer version of counterpart (schema {schema}, this one knows {known}): use that version, or another environment; nothing was changed",
        path.display()
    )]
    Newer { path: PathBuf, schema: usize, known: usize },
    #[error("`{}` is no key: put a copy of it back, or remove it to begin a new one", .0.display())]
    NoKey(PathBuf),
    #[error("`{}` vanished while it was made: run again", .0.display())]
    KeyVanished(PathBuf),
    #[error(
        "the links of `{pipeline}` belong elsewhere: {moved}; nothing runs until it is as it was, or take another environment with `--env`, or remove `{folder}` to begin anew"
    )]
    Moved { pipeline: String, moved: String, folder: String },
    #[error("operation {key} lost its step")]
    NoStep { key: String },
}

fn folder_words(folder: &Path, error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::StorageFull => format!("the disk of `{}` is full: free some space and run again", folder.display()),
        _ => format!("`{}` can't be written ({error}): give yourself the right to write it", folder.display()),
    }
}

impl From<rusqlite::Error> for StateError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull(Arc::new(error)),
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => Self::ReadOnly(Arc::new(error)),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse(Arc::new(error)),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(Arc::new(error)),
            _ => Self::Sql(Arc::new(error)),
        }
    }
}

/// Several changes that become durable together, or not at all.
pub struct Transaction<'a>(rusqlite::Transaction<'a>);

impl Transaction<'_> {
    /// Makes all of it durable.
    ///
    /// # Errors
    /// What SQLite says, as a sentence; nothing is changed then.
    pub fn commit(self) -> Result<(), StateError> {
        Ok(self.0.commit()?)
    }
}

impl Store {
    /// Opens the database in a folder, creates it if it does not exist, and migrates an older schema.
    ///
    /// # Errors
    /// The folder can't be written, the disk is full, the file is no database, or it comes from a newer version.
    pub fn open(folder: &Path) -> Result<Self, StateError> {
        Self::open_in(&Host::real(), folder)
    }

    /// The same in a world: its disk, and its VFS for the database.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_in(host: &Host, folder: &Path) -> Result<Self, StateError> {
        host.disk().make_folder(folder).map_err(|error| unusable(folder, error))?;
        let path = folder.join("state.db");
        let mut connection = connect(host, &path).map_err(|error| located(&path, error))?;
        connection.busy_timeout(Duration::from_secs(10))?;
        prepare(&mut connection, &path)?;
        let key = key::load(folder, &connection)?;
        Ok(Self { host: host.clone(), connection, folder: folder.to_owned(), key })
    }

    /// Opens the database in a folder if there is one.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_existing(host: &Host, folder: &Path) -> Result<Option<Self>, StateError> {
        if host.disk().is_file(&folder.join("state.db")) { Self::open_in(host, folder).map(Some) } else { Ok(None) }
    }

    /// The folder it lies in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The key of keyed hashes, which lies beside the database and not in it.
    #[must_use]
    pub const fn key(&self) -> [u8; 32] {
        self.key
    }

    /// Begins several changes that become durable together.
    ///
    /// # Errors
    /// What SQLite says, as a sentence.
    pub fn transaction(&self) -> Result<Transaction<'_>, StateError> {
        Ok(Transaction(rusqlite::Transaction::new_unchecked(&self.connection, rusqlite::TransactionBehavior::Immediate)?))
    }

    /// A random name that this state got when it was created. Change sets are bound to it, so that none is applied to another
    /// state.
    ///
    /// # Errors
    /// What SQLite says, as a sentence.
    pub fn lineage(&self) -> Result<String, StateError> {
        self.fact_or("lineage", || Ok(self.random()?[..16].to_owned()))
    }

    /// How many runs this state has seen begin.
    ///
    /// # Errors
    /// What SQLite says, as a sentence.
    pub fn epoch(&self) -> Result<u64, StateError> {
        Ok(fact(&self.connection, "epoch")?.and_then(|epoch| epoch.parse().ok()).unwrap_or(0))
    }

    /// The epoch in the file next to the database. If the two differ, one of them is an old copy.
    #[must_use]
    pub fn epoch_beside(&self) -> Option<u64> {
        self.host.disk().read_text(&self.folder.join("epoch")).ok()?.trim().parse().ok()
    }

    /// Whether the database is an older copy than the file beside it.
    ///
    /// # Errors
    /// What SQLite says, as a sentence.
    pub fn is_old_copy(&self) -> Result<bool, StateError> {
        let epoch = self.epoch()?;
        Ok(self.epoch_beside().is_some_and(|beside| beside > epoch))
    }

    /// Raises the epoch in the database and, after it, in the file beside it.
    ///
    /// # Errors
    /// Either can't be written.
    pub fn raise_epoch(&self) -> Result<u64, StateError> {
        let epoch = self.epoch()?.max(self.epoch_beside().unwrap_or(0)) + 1;
        set_fact(&self.connection, "epoch", &epoch.to_string())?;
        let written = self.host.disk().replace(&self.folder.join("epoch"), &format!("{epoch}\n"));
        written.map_err(|error| unusable(&self.folder, error))?;
        Ok(epoch)
    }

    fn fact_or(&self, name: &str, make: impl FnOnce() -> Result<String, StateError>) -> Result<String, StateError> {
        if let Some(value) = fact(&self.connection, name)? {
            return Ok(value);
        }
        let value = make()?;
        set_fact(&self.connection, name, &value)?;
        Ok(value)
    }

    fn random(&self) -> Result<String, StateError> {
        random(&self.connection)
    }
}

/// 64 hexadecimal digits from SQLite's generator, which the system's own seeds.
fn random(connection: &Connection) -> Result<String, StateError> {
    Ok(connection.query_row("SELECT lower(hex(randomblob(32)))", [], |row| row.get(0))?)
}

fn fact(connection: &Connection, name: &str) -> Result<Option<String>, StateError> {
    Ok(connection.query_row("SELECT value FROM facts WHERE name = ?1", [name], |row| row.get(0)).optional()?)
}

fn set_fact(connection: &Connection, name: &str, value: &str) -> Result<(), StateError> {
    connection.execute("INSERT INTO facts VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2", [name, value])?;
    Ok(())
}

fn connect(host: &Host, path: &Path) -> rusqlite::Result<Connection> {
    match host.vfs() {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, OpenFlags::default(), vfs),
        None => Connection::open(path),
    }
}

fn prepare(connection: &mut Connection, path: &Path) -> Result<(), StateError> {
    let readable = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
    if let Err(error) = readable {
        return Err(located(path, error));
    }
    schema::migrate(connection, path)
}

fn located(path: &Path, error: rusqlite::Error) -> StateError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StateError::Foreign(path.to_owned()),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            StateError::Closed { path: path.to_owned(), error: Arc::new(error) }
        }
        _ => error.into(),
    }
}

fn unusable(folder: &Path, error: std::io::Error) -> StateError {
    StateError::Folder { folder: folder.to_owned(), error: Arc::new(error) }
}

/// A column of text that is one of ours: a time, a day, a word.
fn parsed<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    text.parse().map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

fn parsed_if_there<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<Option<T>> {
    if row.get_ref(column)? == ValueRef::Null { Ok(None) } else { parsed(row, column).map(Some) }
}

/// Always the same number of digits, so that sorting as text sorts by time.
fn text(time: Timestamp) -> String {
    format!("{time:.6}")
}

fn day_text(day: Date) -> String {
    day.to_string()
}
