//! The database of one project and environment: how it is opened, its facts, its age.

use super::{
    error::{StateError, located, unusable},
    facts::{fact, set_fact},
    key, schema,
};
use crate::host::{Host, Kind};
use rusqlite::{Connection, OpenFlags};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// The state of one project and environment.
pub struct Store {
    pub(super) host: Host,
    pub(super) connection: Connection,
    pub(super) folder: PathBuf,
    pub(super) key: [u8; 32],
}

/// Several changes that become durable together, or not at all.
pub struct Transaction<'a>(pub(super) rusqlite::Transaction<'a>);

impl Transaction<'_> {
    /// Makes all of it durable.
    ///
    /// # Errors
    /// The database fails; nothing is changed.
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

    /// The same on a platform: its disk, and its VFS for the database.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_in(host: &Host, folder: &Path) -> Result<Self, StateError> {
        host.disk().make_folder(folder).map_err(|error| unusable(folder, error))?;
        let path = folder.join("state.db");
        if host.vfs().is_none() {
            // SQLite gives its other files the rights of this one.
            host.disk().create_private(&path).map_err(|error| unusable(folder, error))?;
        }
        let mut connection = connect(host, &path).map_err(|error| located(&path, error))?;
        connection.busy_timeout(Duration::from_secs(10))?;
        prepare(&mut connection, &path)?;
        let key = key::load(host, folder, &connection)?;
        Ok(Self { host: host.clone(), connection, folder: folder.to_owned(), key })
    }

    /// Opens the database in a folder if there is one.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_existing(host: &Host, folder: &Path) -> Result<Option<Self>, StateError> {
        if host.disk().is_file(&folder.join("state.db")) { Self::open_in(host, folder).map(Some) } else { Ok(None) }
    }

    /// The folder of the database.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The key of keyed hashes, which is stored next to the database and not in it.
    #[must_use]
    pub const fn key(&self) -> [u8; 32] {
        self.key
    }

    /// Begins several changes that become durable together.
    ///
    /// # Errors
    /// The database fails.
    pub fn transaction(&self) -> Result<Transaction<'_>, StateError> {
        Ok(Transaction(rusqlite::Transaction::new_unchecked(&self.connection, rusqlite::TransactionBehavior::Immediate)?))
    }

    /// The random name that this state got at its creation. Change sets are bound to it, so that none is applied to another
    /// state.
    ///
    /// # Errors
    /// The database fails.
    pub fn lineage(&self) -> Result<String, StateError> {
        self.fact_or("lineage", || Ok(self.host.random_name()[..16].to_owned()))
    }

    /// How many runs this state has seen begin.
    ///
    /// # Errors
    /// The database fails.
    pub fn epoch(&self) -> Result<u64, StateError> {
        Ok(fact(&self.connection, "epoch")?.and_then(|epoch| epoch.parse().ok()).unwrap_or(0))
    }

    /// The epoch in the file next to the database. If the two differ, one of them is an old copy.
    #[must_use]
    pub fn epoch_beside(&self) -> Option<u64> {
        self.host.disk().read_text(&self.folder.join("epoch")).ok()?.trim().parse().ok()
    }

    /// Whether the database is an older copy than the file next to it, or the file does not say.
    ///
    /// # Errors
    /// The database fails.
    pub fn is_old_copy(&self) -> Result<bool, StateError> {
        let epoch = self.epoch()?;
        // A process may have died between the two; a file that is further behind, or says nothing, tells nothing of the database either.
        Ok(match self.epoch_beside() {
            Some(beside) => beside > epoch || beside + 1 < epoch,
            None => epoch > 1,
        })
    }

    /// Raises the epoch in the database and then in the file next to it.
    ///
    /// # Errors
    /// Either can't be written.
    pub fn raise_epoch(&self) -> Result<u64, StateError> {
        let path = self.folder.join("epoch");
        if self.host.disk().about(&path).is_ok_and(|about| about.kind == Kind::Folder) {
            return Err(StateError::IsFolder(path));
        }
        let epoch = self.epoch()?.max(self.epoch_beside().unwrap_or(0)) + 1;
        set_fact(&self.connection, "epoch", &epoch.to_string())?;
        let written = self.host.disk().replace(&path, &format!("{epoch}\n"));
        written.map_err(|error| unusable(&self.folder, error))?;
        Ok(epoch)
    }

    pub(super) fn fact_or(&self, name: &str, make: impl FnOnce() -> Result<String, StateError>) -> Result<String, StateError> {
        if let Some(value) = fact(&self.connection, name)? {
            return Ok(value);
        }
        let value = make()?;
        set_fact(&self.connection, name, &value)?;
        Ok(value)
    }
}

pub(super) fn connect(host: &Host, path: &Path) -> rusqlite::Result<Connection> {
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
