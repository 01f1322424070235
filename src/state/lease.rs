//! One run of a pipeline at a time. The run holds a lock on a file, which the operating system releases when the process ends,
//! for whatever reason: no time-out and no process id has to be trusted. The row in the database says who holds it and numbers
//! the leases.

use super::{
    error::{StateError, unusable},
    sql::{parsed, text},
    store::{Store, Transaction},
};
use crate::host::not_a_pipe;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use std::{
    fmt,
    fs::{File, OpenOptions, TryLockError},
    path::PathBuf,
    time::Duration,
};

const PATIENCE: u32 = 40;
const PAUSE: Duration = Duration::from_millis(25);

/// The right to run a pipeline, until it is dropped.
#[derive(Debug)]
pub struct Lease {
    /// Higher than every earlier number; journal entries carry it, so that a run can notice that another one has begun.
    pub number: i64,
    pub pipeline: String,
    _lock: File,
}

/// Who runs a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// A person, or `schedule`.
    pub by: String,
    pub pid: u32,
    pub host: String,
    pub since: Timestamp,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (process {} on {}) since {}", self.by, self.pid, self.host, self.since.strftime("%Y-%m-%d %H:%M:%S UTC"))
    }
}

/// Why a run can't begin.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// The pipeline is running already; by whom, if the holder has written its row.
    #[error("another run of this pipeline is under way, by {0}: wait until it is done")]
    Held(Holder),
    #[error("another run of this pipeline is just beginning: wait until it is done")]
    Beginning,
    #[error(transparent)]
    State(StateError),
}

impl<E: Into<StateError>> From<E> for LeaseError {
    fn from(error: E) -> Self {
        Self::State(error.into())
    }
}

impl Store {
    /// Takes the lease of a pipeline, also after a process that died with it.
    ///
    /// # Errors
    /// Somebody else holds it: who, and since when. Or the state can't be written.
    pub fn lease(&self, pipeline: &str, by: &str, now: Timestamp) -> Result<Lease, LeaseError> {
        let file = self.lock(pipeline)?;
        let sql = "INSERT INTO leases VALUES (?1, 1, ?2, ?3, ?4, ?5, NULL) ON CONFLICT (pipeline) DO UPDATE
                   SET number = number + 1, by = ?2, pid = ?3, host = ?4, since = ?5, released = NULL RETURNING number";
        let columns = params![pipeline, by, std::process::id(), host(), text(now)];
        let number = self.connection.query_row(sql, columns, |row| row.get(0)).map_err(StateError::from)?;
        Ok(Lease { number, pipeline: pipeline.to_owned(), _lock: file })
    }

    /// Takes the lock. A lock without a named holder belongs to a run that is just beginning or ending, so it is waited for.
    fn lock(&self, pipeline: &str) -> Result<File, LeaseError> {
        let file = self.lock_file(pipeline)?;
        for _ in 0..PATIENCE {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(unusable(&self.folder, error).into()),
                Err(TryLockError::WouldBlock) => {}
            }
            if let Some(holder) = self.holder(pipeline)? {
                return Err(LeaseError::Held(holder));
            }
            self.host.pause(PAUSE);
        }
        Err(LeaseError::Beginning)
    }

    /// Returns a lease. A lease that is only dropped is free as well, but looks as if its process had died.
    ///
    /// # Errors
    /// What SQLite says, as a sentence.
    pub fn release(&self, lease: Lease, now: Timestamp) -> Result<(), StateError> {
        let sql = "UPDATE leases SET released = ?3 WHERE pipeline = ?1 AND number = ?2";
        self.connection.execute(sql, params![lease.pipeline, lease.number, text(now)])?;
        drop(lease);
        Ok(())
    }

    /// Who runs a pipeline now, if somebody does.
    ///
    /// # Errors
    /// What SQLite says, as a sentence.
    pub fn running(&self, pipeline: &str) -> Result<Option<Holder>, StateError> {
        let file = self.lock_file(pipeline)?;
        if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) { self.holder(pipeline) } else { Ok(None) }
    }

    fn holder(&self, pipeline: &str) -> Result<Option<Holder>, StateError> {
        let sql = "SELECT by, pid, host, since FROM leases WHERE pipeline = ?1 AND released IS NULL";
        let holder = self
            .connection
            .query_row(sql, [pipeline], |row| Ok(Holder { by: row.get(0)?, pid: row.get(1)?, host: row.get(2)?, since: parsed(row, 3)? }));
        Ok(holder.optional()?)
    }

    fn lock_file(&self, pipeline: &str) -> Result<File, StateError> {
        let path: PathBuf = self.folder.join(format!("{pipeline}.lock"));
        let opened = not_a_pipe(&path).and_then(|()| OpenOptions::new().create(true).truncate(false).write(true).open(path));
        opened.map_err(|error| unusable(&self.folder, error))
    }
}

impl Transaction<'_> {
    /// Whether the lease is still ours: nobody has taken it over.
    ///
    /// # Errors
    /// What SQLite says, as a sentence.
    pub fn holds(&self, lease: &Lease) -> Result<bool, StateError> {
        let sql = "SELECT number = ?2 FROM leases WHERE pipeline = ?1";
        Ok(self.0.prepare_cached(sql)?.query_row(params![lease.pipeline, lease.number], |row| row.get(0)).optional()?.unwrap_or(false))
    }
}

fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").or_else(|_| std::fs::read_to_string("/etc/hostname"));
    name.map_or_else(|_| "this machine".to_owned(), |name| name.trim().to_owned())
}
