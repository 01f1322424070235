//! Uniform access to all systems, over HTTP or with files.

use super::{
    config::ConnectionConfig,
    error::{CallError, OpenError},
    file, http,
    read::{Discovered, GetResult, Read, ReadRequest, Sink, Snapshot},
    write::{Write, WriteKind, Written},
};
use crate::{
    compile::system::{self, ErrorClass, System},
    value::Value,
};
use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

/// Whether such a write is computed from the current record, which therefore has to be read first.
#[must_use]
pub fn made_from_record(collection: &system::Collection, kind: WriteKind) -> bool {
    http::made_from_record(collection, kind)
}

/// Whether such a write is sent as a diff, which the target refuses once the record has changed.
#[must_use]
pub fn is_diff(collection: &system::Collection, kind: WriteKind) -> bool {
    http::is_diff(collection, kind)
}

/// A system that can be read and written.
pub enum Connection {
    Http(Box<http::Client>),
    File(Box<file::Files>),
}

impl Connection {
    /// Opens a system. Nothing is sent yet.
    ///
    /// # Errors
    /// A secret or setting is missing, or an address is not one.
    pub fn open(system: &Arc<System>, config: ConnectionConfig) -> Result<Self, OpenError> {
        match system.connection {
            system::Connection::Http(_) => http::Client::open(system, config).map(|client| Self::Http(Box::new(client))),
            system::Connection::Files => Ok(Self::File(Box::new(file::Files::open(system, config)))),
        }
    }

    /// The origins that credentials are sent to: of the base address, where it is known before the first request, and of the token call.
    /// None if the system has no secret.
    #[must_use]
    pub fn destinations(&self) -> Vec<String> {
        match self {
            Self::Http(client) => client.destinations(),
            Self::File(_) => Vec::new(),
        }
    }

    /// The identity of the system: base address after settings, account, and what `verify` reports. Sends the `verify` call if there is one.
    ///
    /// # Errors
    /// What the system answered.
    pub async fn identity(&self) -> Result<String, CallError> {
        match self {
            Self::Http(client) => client.identity().await,
            Self::File(files) => files.identity(),
        }
    }

    /// The secrets that [`Connection::identity`] sends, so that its answer proves them.
    #[must_use]
    pub fn tried(&self) -> BTreeSet<String> {
        if let Self::Http(client) = self { client.tried() } else { BTreeSet::new() }
    }

    /// The address that requests go to, where it is not the one of the declaration; known once the system was asked.
    #[must_use]
    pub fn replacing_address(&self) -> Option<String> {
        if let Self::Http(client) = self { client.replacing_address() } else { None }
    }

    /// The file that a collection is, where it is one.
    #[must_use]
    pub fn data_file(&self, collection: usize) -> Option<PathBuf> {
        if let Self::File(files) = self { files.data_file(collection) } else { None }
    }

    /// Reads a collection by its list, page by page.
    pub async fn read(&self, collection: usize, ask: &ReadRequest, sink: Sink<'_>) -> Read {
        let host = match self {
            Self::Http(client) => client.host(),
            Self::File(files) => files.host(),
        };
        let begun = host.instant();
        let read = match self {
            Self::Http(client) => client.read(collection, ask, sink).await,
            Self::File(files) => files.read(collection, ask, sink).await,
        };
        Read { took: host.since(begun), ..read }
    }

    /// One record by its key.
    ///
    /// # Errors
    /// What the system answered; a failed look-up is never "not there".
    pub async fn get(&self, collection: usize, id: &Value, ask: &ReadRequest) -> Result<GetResult, CallError> {
        match self {
            Self::Http(client) => client.get(collection, id, ask).await,
            Self::File(files) => {
                files.get(collection, id).map(|record| record.map_or(GetResult::Gone, |json| GetResult::Record(Snapshot::of(json))))
            }
        }
    }

    /// The records whose attribute has a value, by the collection's `find by`.
    ///
    /// # Errors
    /// As [`Connection::get`].
    pub async fn find(&self, collection: usize, attribute: usize, value: &Value, ask: &ReadRequest) -> Result<Vec<Box<[u8]>>, CallError> {
        match self {
            Self::Http(client) => client.find(collection, attribute, value, ask).await,
            Self::File(files) => files.find(collection, attribute, value),
        }
    }

    /// Asks a system for the attributes of a collection, or of one of its parts, by its `attributes from`.
    ///
    /// # Errors
    /// What the system answered, or that nothing is declared to be asked.
    pub async fn discover(&self, collection: usize, part: Option<usize>) -> Result<Discovered, CallError> {
        match self {
            Self::Http(client) => client.discover(collection, part).await,
            Self::File(_) => Err(CallError::unsent(ErrorClass::Invalid, "a file reports no attributes: declare them")),
        }
    }

    /// Makes writes; outcomes in the same order. HTTP makes one at a time, or those of a batch together; a file all of them in one
    /// replacement.
    pub async fn write(&self, collection: usize, writes: &[Write]) -> Vec<Result<Written, CallError>> {
        match self {
            Self::Http(client) => client.write(collection, writes).await,
            Self::File(files) => files.write(collection, writes),
        }
    }

    /// How many writes of any kind [`Connection::write`] takes at once: 1 for HTTP, but for those that it [gathers](Connection::gathers).
    #[must_use]
    pub const fn batch(&self) -> usize {
        match self {
            Self::Http(_) => 1,
            Self::File(_) => file::BATCH,
        }
    }

    /// How many writes of a kind one request takes, and by which attribute they are alike; none where each is a request of its own.
    #[must_use]
    pub fn gathers(&self, collection: usize, kind: WriteKind) -> Option<system::Batch> {
        match self {
            Self::Http(client) => client.gathers(collection, kind),
            Self::File(_) => None,
        }
    }

    /// Whether the records are in files.
    #[must_use]
    pub const fn is_file(&self) -> bool {
        matches!(self, Self::File(_))
    }

    /// Whether somebody else has changed the file of a collection since this process read it.
    #[must_use]
    pub fn is_changed(&self, collection: usize) -> bool {
        if let Self::File(files) = self { files.is_changed(collection) } else { false }
    }

    /// How many calls may be under way at once.
    #[must_use]
    pub fn at_once(&self) -> usize {
        match self {
            Self::Http(client) => client.at_once(),
            Self::File(_) => 1,
        }
    }
}
