//! What is kept between runs: one SQLite database in `.counterpart/`.
//!
//! Links, last-synced values (as keyed hashes), absence, leaver stages, journal, runs, errors, change sets.
//! The schema is documented in `docs/state.md`; any SQLite tool can open it.

pub mod approvals;
pub mod decisions;
mod error;
mod facts;
pub mod journal;
mod key;
pub mod lease;
pub mod links;
pub mod origins;
pub mod retention;
pub mod runs;
mod schema;
mod sql;
mod store;
#[cfg(test)]
mod tests;

pub use error::StateError;
pub use journal::{effects, events, pending_steps};
pub use links::{LinkSet, LinkSetIdentity, added, agreed, claims, holders, link, missing};
pub use runs::{baselines, change_sets, cursors, errors, read_files};
pub use store::{Store, Transaction};
