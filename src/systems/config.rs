//! The configuration of a connection, and the observer of its events.

use super::{StopSignal, http::limits::Budgets};
use crate::host::{Host, Roots};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

/// What a connection needs besides the declaration of its system.
#[derive(Clone)]
pub struct ConnectionConfig {
    /// Secrets by name. Never printed; all text that leaves goes through [`super::redact::Redactor`].
    pub secrets: BTreeMap<String, String>,
    /// The origin that requests go to in place of the system's own: the sandbox's (`http://127.0.0.1:PORT`), or one that the user
    /// named. It takes the requests for tokens, too.
    pub origin: Option<String>,
    /// The folder that files are relative to.
    pub folder: PathBuf,
    /// Where files may be read and written.
    pub roots: Roots,
    /// Where refresh tokens that a system has renewed are kept from run to run; without it, for this run alone.
    pub tokens: Option<PathBuf>,
    /// The instant of the run.
    pub now: jiff::Timestamp,
    /// The day of the run, in the pipeline's zone.
    pub today: jiff::civil::Date,
    /// Receives waits and requests, for progress and `-v`.
    pub observer: Arc<dyn Observer>,
    /// The clock, the network and the rest of the outside world.
    pub host: Host,
    /// The request budget of each system, shared within this process.
    pub budgets: Budgets,
    /// Ends the waits before a request when the run is to stop.
    pub stop: StopSignal,
}

/// Receives the events of a connection.
pub trait Observer: Send + Sync {
    /// A request was answered.
    fn requested(&self, _system: &str, _method: &str, _url: &str, _status: Option<u16>, _took: Duration) {}
    /// A wait begins: for how long, and why (`429, Retry-After`).
    fn waiting(&self, _system: &str, _wait: Duration, _why: &str) {}
    /// The system announces a change that people should know about: `GET /v3/users is to be switched off on …`.
    fn noticed(&self, _system: &str, _words: &str) {}
}
