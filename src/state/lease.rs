//! One run of a pipeline at a time. The run holds a lock on a file, which the operating system releases when the process ends,
//! for whatever reason, so that neither a time-out nor a process id is needed. The row in the database names the holder and
//! numbers the leases.

use super::{
    error::{StateError, unusable},
    sql::{parsed, text},
    store::{Store, Transaction},
};
use crate::host::FileLock;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use std::{fmt, time::Duration};

const ATTEMPTS: u32 = 40;
const PAUSE: Duration = Duration::from_millis(25);

/// The right to run a pipeline, until it is dropped.
#[derive(Debug)]
pub struct Lease {
    /// Higher than every earlier number; journal entries carry it, so that a run can notice that another one has begun.
    pub number: i64,
    pub pipeline: String,
    _lock: FileLock,
}

/// Leases that are returned when this is dropped, whatever came of the work: a refusal in the middle leaves no lease that looks as if its
/// process had died.
pub struct Leases<'s> {
    store: &'s Store,
    held: Vec<Lease>,
    now: Timestamp,
}

impl Leases<'_> {
    /// Takes the lease of one more pipeline.
    ///
    /// # Errors
    /// As [`Store::lease`].
    pub fn add(&mut self, pipeline: &str, by: &str) -> Result<(), LeaseError> {
        self.held.push(self.store.lease(pipeline, by, self.now)?);
        Ok(())
    }

    /// The lease that was taken first.
    #[must_use]
    pub fn first(&self) -> &Lease {
        &self.held[0]
    }
}

impl Drop for Leases<'_> {
    fn drop(&mut self) {
        for lease in self.held.drain(..) {
            // Where the row can't be written, the lock is free all the same.
            let _ = self.store.release(lease, self.now);
        }
    }
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
    /// Another run has it (by whom, and since when), or the state can't be written.
    pub fn lease(&self, pipeline: &str, by: &str, now: Timestamp) -> Result<Lease, LeaseError> {
        let lock = self.lock(pipeline)?;
        let sql = "INSERT INTO leases VALUES (?1, 1, ?2, ?3, ?4, ?5, NULL) ON CONFLICT (pipeline) DO UPDATE
                   SET number = number + 1, by = ?2, pid = ?3, host = ?4, since = ?5, released = NULL RETURNING number";
        let columns = params![pipeline, by, std::process::id(), self.host.machine_name(), text(now)];
        let number = self.connection.query_row(sql, columns, |row| row.get(0)).map_err(StateError::from)?;
        Ok(Lease { number, pipeline: pipeline.to_owned(), _lock: lock })
    }

    /// Takes the lease of a pipeline, and returns it when the result is dropped.
    ///
    /// # Errors
    /// As [`Store::lease`].
    pub fn leases(&self, pipeline: &str, by: &str, now: Timestamp) -> Result<Leases<'_>, LeaseError> {
        let mut leases = Leases { store: self, held: Vec::new(), now };
        leases.add(pipeline, by)?;
        Ok(leases)
    }

    /// Takes the lock. A lock without a named holder belongs to a run that is just beginning or ending, so this waits for it.
    fn lock(&self, pipeline: &str) -> Result<FileLock, LeaseError> {
        for _ in 0..ATTEMPTS {
            if let Some(lock) = self.try_lock(pipeline)? {
                return Ok(lock);
            }
            if let Some(holder) = self.holder(pipeline)? {
                return Err(LeaseError::Held(holder));
            }
            self.host.pause(PAUSE);
        }
        Err(LeaseError::Beginning)
    }

    /// Returns a lease. A lease that is only dropped becomes free as well, but looks as if its process had died.
    ///
    /// # Errors
    /// The database fails.
    pub fn release(&self, lease: Lease, now: Timestamp) -> Result<(), StateError> {
        let sql = "UPDATE leases SET released = ?3 WHERE pipeline = ?1 AND number = ?2";
        self.connection.execute(sql, params![lease.pipeline, lease.number, text(now)])?;
        drop(lease);
        Ok(())
    }

    /// Who runs a pipeline now; none if it is not running.
    ///
    /// # Errors
    /// The database fails.
    pub fn running(&self, pipeline: &str) -> Result<Option<Holder>, StateError> {
        if self.try_lock(pipeline)?.is_none() { self.holder(pipeline) } else { Ok(None) }
    }

    fn holder(&self, pipeline: &str) -> Result<Option<Holder>, StateError> {
        let sql = "SELECT by, pid, host, since FROM leases WHERE pipeline = ?1 AND released IS NULL";
        let holder = self
            .connection
            .query_row(sql, [pipeline], |row| Ok(Holder { by: row.get(0)?, pid: row.get(1)?, host: row.get(2)?, since: parsed(row, 3)? }));
        Ok(holder.optional()?)
    }

    fn try_lock(&self, pipeline: &str) -> Result<Option<FileLock>, StateError> {
        let path = self.folder.join(format!("{pipeline}.lock"));
        self.host.disk().try_lock(&path).map_err(|error| unusable(&self.folder, error))
    }
}

impl Transaction<'_> {
    /// Whether the lease is still valid: no other run has taken it over.
    ///
    /// # Errors
    /// The database fails.
    pub fn holds(&self, lease: &Lease) -> Result<bool, StateError> {
        let sql = "SELECT number = ?2 FROM leases WHERE pipeline = ?1";
        Ok(self.0.prepare_cached(sql)?.query_row(params![lease.pipeline, lease.number], |row| row.get(0)).optional()?.unwrap_or(false))
    }
}
