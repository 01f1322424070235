//! Access to systems: each through one [`Connection`], over HTTP or with files.
//!
//! In: a compiled [`System`](crate::compile::system::System) and its secrets. Out: records as JSON text, and the outcome of each write.
//! IO lives here.

mod config;
mod connection;
pub mod encode;
mod error;
pub mod file;
pub mod formats;
pub mod http;
pub(crate) mod keys;
mod place;
mod read;
pub mod redact;
pub(crate) mod scope;
mod stop;
#[cfg(test)]
pub(crate) mod tests;
mod write;

pub use crate::host::{is_loopback, is_private};
pub use config::{ConnectionConfig, Observer};
pub use connection::{Connection, is_diff, made_from_record};
pub use error::{CallError, Effect, OpenError};
pub use http::{AddressError, limits::Budgets};
pub use read::{Discovered, End, GetResult, Mark, Read, ReadFor, ReadRequest, Removed, Sink, Snapshot, WeakEnd};
pub use stop::{StopSignal, cancelled};
pub use write::{Write, WriteKind, Written};
