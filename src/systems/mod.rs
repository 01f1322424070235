//! The outside: each system through one [`Connection`], HTTP or files.
//!
//! In: a compiled [`System`] and its secrets. Out: records as JSON text, and the outcome of each write. IO lives here.

pub mod file;
pub mod http;
pub mod redact;

use crate::{
    plan::system::{ErrorClass, System},
    value::{Value, trie::Row},
};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

/// What a connection needs beside the system itself.
#[derive(Clone)]
pub struct Surroundings {
    /// Secrets by name. Never printed; whatever leaves as text goes through [`redact::Redactor`].
    pub secrets: BTreeMap<String, String>,
    /// In the sandbox: the origin (`http://127.0.0.1:PORT`) that stands in for the system's own.
    pub origin: Option<String>,
    /// The folder that files are relative to.
    pub folder: PathBuf,
    /// The instant of the run.
    pub now: jiff::Timestamp,
    /// The day of the run, in the pipeline's zone.
    pub today: jiff::civil::Date,
    /// Told of waits and requests, for progress and `-v`.
    pub observer: Arc<dyn Observer>,
}

/// Hears what goes on at a connection.
pub trait Observer: Send + Sync {
    /// A request was answered.
    fn requested(&self, _system: &str, _method: &str, _url: &str, _status: Option<u16>, _took: Duration) {}
    /// A wait begins: for how long, and why (`429, Retry-After`).
    fn waiting(&self, _system: &str, _wait: Duration, _why: &str) {}
}

/// A read that has ended.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum End {
    /// Everything was read, and this is how we know.
    Complete { evidence: String },
    /// A since-read that ended naturally.
    Delta,
    /// It stopped: why, in one sentence with what to do.
    Broken { reason: String, class: Option<ErrorClass> },
}

impl End {
    /// Whether somebody's absence can be believed.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        matches!(self, Self::Complete { .. })
    }
}

/// What to ask of a list.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// Indexes of the attributes in use, for `requested.fields`.
    pub attributes: Vec<usize>,
    /// Raw paths in use, dotted, asked for besides.
    pub paths: Vec<String>,
    pub since: Option<jiff::Timestamp>,
}

/// What one read did.
#[derive(Clone, Debug)]
pub struct Read {
    pub end: End,
    pub records: u64,
    pub requests: u64,
    /// What the list announced, if it announces anything.
    pub total: Option<u64>,
    /// The system's clock, from its `Date` header.
    pub clock: Option<jiff::Timestamp>,
}

/// Takes the records of a page, each as its JSON text; told the announced total as soon as it is known.
pub type Sink<'a> = &'a mut (dyn FnMut(&[&[u8]], Option<u64>) + Send);

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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteKind {
    Create,
    Update,
    Delete,
    /// A named call of the collection.
    Call(usize),
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

/// What is known of a failed request's effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Proved to have had none: never sent, or refused.
    None,
    /// May have happened: no answer, or a 5xx.
    Unknown,
}

/// A system that can be read and written.
pub enum Connection {
    Http(http::Client),
    File(file::Files),
}

// The interface of a connection; `systems/http` and `systems/file` fill it in.
impl Connection {
    /// Opens a system. Nothing is sent yet.
    ///
    /// # Errors
    /// One sentence: a secret or setting is missing, the base address is none.
    pub fn open(_system: &Arc<System>, _around: Surroundings) -> Result<Self, String> {
        todo!()
    }

    /// The identity of the system: base address after settings, account, and what `verify` tells. Sends the `verify` call if there is one.
    ///
    /// # Errors
    /// What the system answered.
    pub async fn identity(&self) -> Result<String, CallError> {
        todo!()
    }

    /// Reads a collection by its list, page by page.
    pub async fn read(&self, _collection: usize, _ask: &Ask, _sink: Sink<'_>) -> Read {
        todo!()
    }

    /// One record by its key, as JSON text; none if it is proved not to be there (404, 410).
    ///
    /// # Errors
    /// What the system answered; a failed look-up is never "not there".
    pub async fn get(&self, _collection: usize, _id: &Value, _ask: &Ask) -> Result<Option<Box<[u8]>>, CallError> {
        todo!()
    }

    /// The records whose attribute has a value, by the collection's `find by`.
    ///
    /// # Errors
    /// As [`Connection::get`].
    pub async fn find(&self, _collection: usize, _attribute: usize, _value: &Value, _ask: &Ask) -> Result<Vec<Box<[u8]>>, CallError> {
        todo!()
    }

    /// Makes writes; outcomes in the same order. HTTP makes one at a time, a file all of them in one replacement.
    pub async fn write(&self, _collection: usize, _writes: &[Write]) -> Vec<Result<Written, CallError>> {
        todo!()
    }

    /// How many writes [`Connection::write`] takes at once: 1 for HTTP.
    #[must_use]
    pub fn batch(&self) -> usize {
        todo!()
    }

    /// How many calls may be under way at once.
    #[must_use]
    pub fn at_once(&self) -> usize {
        todo!()
    }
}

/// Only so that the names in signatures above are known to readers of the interface.
pub type _Row = Row;
