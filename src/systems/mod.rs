//! Access to systems: each through one [`Connection`], over HTTP or with files.
//!
//! In: a compiled [`System`] and its secrets. Out: records as JSON text, and the outcome of each write. IO lives here.
pub mod encode;
pub mod file;
pub mod formats;
pub mod http;
mod place;
pub mod redact;
mod scope;
#[cfg(test)]
mod tests;

use crate::{
    check::Told,
    compile::system::{self, ErrorClass, System},
    host::Host,
    value::{Value, path::JsonPath},
};
pub use http::limits::Budgets;
use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

/// What a connection needs beside the system itself.
#[derive(Clone)]
pub struct ConnectionConfig {
    /// Secrets by name. Never printed; whatever leaves as text goes through [`redact::Redactor`].
    pub secrets: BTreeMap<String, String>,
    /// The origin that requests go to in place of the system's own: the sandbox's (`http://127.0.0.1:PORT`), or one that the user
    /// named. It takes the requests for tokens, too.
    pub origin: Option<String>,
    /// The folder that files are relative to.
    pub folder: PathBuf,
    /// Where refresh tokens that a system has renewed are kept from run to run; without it, for this run alone.
    pub tokens: Option<PathBuf>,
    /// The instant of the run.
    pub now: jiff::Timestamp,
    /// The day of the run, in the pipeline's zone.
    pub today: jiff::civil::Date,
    /// Receives waits and requests, for progress and `-v`.
    pub observer: Arc<dyn Observer>,
    /// The clock, the network and what else is outside.
    pub host: Host,
    /// What everybody in this process has left to ask of each system.
    pub budgets: Budgets,
}

/// Whether a URL is on this machine, where the connection can't be overheard.
#[must_use]
pub fn is_loopback(url: &url::Url) -> bool {
    matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"))
}

/// Receives the events of a connection.
pub trait Observer: Send + Sync {
    /// A request was answered.
    fn requested(&self, _system: &str, _method: &str, _url: &str, _status: Option<u16>, _took: Duration) {}
    /// A wait begins: for how long, and why (`429, Retry-After`).
    fn waiting(&self, _system: &str, _wait: Duration, _why: &str) {}
    /// The system announces something that people should know: `GET /v3/users is to be switched off on …`.
    fn noticed(&self, _system: &str, _words: &str) {}
}

/// A read that has ended.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Everything was read, and this is how we know.
    Complete { evidence: String },
    /// A since-read that ended naturally.
    Delta,
    /// It stopped: why, in one sentence with what to do.
    Broken { reason: String, class: Option<ErrorClass> },
}

impl End {
    /// Whether it proves that a record does not exist.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        matches!(self, Self::Complete { .. })
    }
}

/// What to ask of a list.
#[derive(Clone, Debug, Default)]
pub struct ReadRequest {
    /// Indexes of the attributes in use, for `requested.fields`.
    pub attributes: Vec<usize>,
    /// Raw paths in use, asked for besides.
    pub paths: Vec<JsonPath>,
    pub since: Option<jiff::Timestamp>,
    /// A file that does not exist reads as empty: it is the target, and the first write creates it.
    pub may_be_new: bool,
}

/// What one read did.
#[derive(Clone, Debug)]
pub struct Read {
    pub end: End,
    pub records: u64,
    pub requests: u64,
    pub took: Duration,
    /// What the list announced, if it announces anything.
    pub total: Option<u64>,
    /// The system's clock, from its `Date` header.
    pub clock: Option<jiff::Timestamp>,
}

/// The attributes that a system reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovered {
    pub attributes: Vec<Told>,
    /// Those that can't be used: their names, and why, to follow the name in a sentence.
    pub left_out: Vec<(String, String)>,
}

/// Takes the records of a page, each as its JSON text; told the announced total as soon as it is known.
pub type Sink<'a> = &'a mut (dyn FnMut(&[&[u8]], Option<u64>) + Send);

/// A record as it was read, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// As JSON text.
    pub json: Box<[u8]>,
    /// Its `ETag` (RFC 9110, 8.8.3), if the answer had one.
    pub tag: Option<String>,
}

impl Snapshot {
    /// One without a tag.
    #[must_use]
    pub const fn of(json: Box<[u8]>) -> Self {
        Self { json, tag: None }
    }
}

/// What a look-up by key found.
#[derive(Clone, Debug, PartialEq)]
pub enum GetResult {
    Record(Snapshot),
    /// Proved not to exist (404, 410).
    Gone,
    /// It was merged into another record: that key, and that record.
    Merged {
        id: Value,
        record: Snapshot,
    },
}

impl GetResult {
    /// The record of that key; none if it is gone, or another one's now.
    #[must_use]
    pub fn record(self) -> Option<Box<[u8]>> {
        if let Self::Record(record) = self { Some(record.json) } else { None }
    }
}

/// One write.
#[derive(Clone, Debug)]
pub struct Write {
    pub kind: WriteKind,
    /// The target's key of the record; none on create.
    pub id: Option<Value>,
    /// Attributes to write, by index, in the order of the pipeline; [`Value::Null`] clears.
    pub values: Vec<(usize, Value)>,
    /// All attributes known of the record as it is now, by index: what paths and bodies may name.
    pub current: Vec<(usize, Value)>,
    /// Sent as `Idempotency-Key` where the call is repeatable by one.
    pub token: Option<String>,
    /// The record as it was read last: what a diff, a merge and a part are made from. Where one is needed and none is given, it is read.
    pub record: Option<Snapshot>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteKind {
    Create,
    Update,
    /// Of a part, by its own calls: created where the record does not have it yet, else updated.
    Part(usize),
    Delete,
    /// A named call of the collection.
    Call(usize),
}

/// Whether such a write of a collection is made from the record as it is now, so that it has to be read before.
#[must_use]
pub fn made_from_record(collection: &system::Collection, kind: WriteKind) -> bool {
    http::made_from_record(collection, kind)
}

/// Whether such a write is sent as a diff, which the target refuses once the record is another.
#[must_use]
pub fn is_diff(collection: &system::Collection, kind: WriteKind) -> bool {
    http::is_diff(collection, kind)
}

/// What the target answered to a write.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// The key of the record, if the answer has one.
    pub id: Option<Value>,
    /// The record as the answer gives it, as JSON text.
    pub record: Option<Box<[u8]>>,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallError {
    pub class: ErrorClass,
    pub status: Option<u16>,
    /// The vendor's code.
    pub code: Option<String>,
    /// The vendor's message, redacted, or one sentence of ours.
    pub message: String,
    /// Whether the request may have had its effect.
    pub effect: Effect,
}

/// The effect of a failed request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Proved to have had none: never sent, or refused.
    None,
    /// May have happened: no answer, or a 5xx.
    Unknown,
}

impl CallError {
    /// An error before anything was sent.
    fn unsent(class: ErrorClass, message: impl Into<String>) -> Self {
        Self { class, status: None, code: None, message: message.into(), effect: Effect::None }
    }
}

impl std::fmt::Display for CallError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CallError {}

/// A system that can be read and written.
pub enum Connection {
    Http(Box<http::Client>),
    File(file::Files),
}

impl Connection {
    /// Opens a system. Nothing is sent yet.
    ///
    /// # Errors
    /// One sentence: a secret or setting is missing, the base address is none.
    pub fn open(system: &Arc<System>, config: ConnectionConfig) -> Result<Self, String> {
        match system.connection {
            system::Connection::Http(_) => http::Client::open(system, config).map(|client| Self::Http(Box::new(client))),
            system::Connection::Files => Ok(Self::File(file::Files::open(system, config))),
        }
    }

    /// The identity of the system: base address after settings, account, and what `verify` tells. Sends the `verify` call if there is one.
    ///
    /// # Errors
    /// What the system answered.
    pub async fn identity(&self) -> Result<String, CallError> {
        match self {
            Self::Http(client) => client.identity().await,
            Self::File(files) => files.identity(),
        }
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
            Self::File(_) => Err(CallError::unsent(ErrorClass::Invalid, "a file tells of no attributes: declare them")),
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

    /// How many calls may be under way at once.
    #[must_use]
    pub fn at_once(&self) -> usize {
        match self {
            Self::Http(client) => client.at_once(),
            Self::File(_) => 1,
        }
    }
}
