//! Runs: planned, published, applied, carried out in one go, and remembered.
//!
//! `plan` makes a change set, `apply` carries out one that was approved, `run` makes one and carries it out.
//! Both go through `run_session`, a run under its lease. `history` and `status` say what was done, `error_file` lists what failed.

pub mod apply;
pub mod error_file;
mod history;
mod plan;
mod run;
mod run_session;
mod status;

pub use apply::PreparedApply;
pub use plan::Planned;
pub use run::Ran;
pub use run_session::{RunEnd, RunReport};
pub use status::Status;
