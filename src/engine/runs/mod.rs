//! Runs: planned, approved, applied, and stored in the history.
//!
//! `plan` makes a change set, `apply` carries out one that was approved, `run` makes one and carries it out.
//! Both go through `run_session`, a run under its lease. `history` and `status` show what was done, `error_file` lists what failed.

pub mod apply;
mod approve;
pub mod decide;
pub mod error_file;
mod error_rows;
pub mod held;
mod history;
mod plan;
pub mod restage;
mod resume;
mod retry;
mod run;
mod run_session;
mod status;
mod write_progress;

pub use apply::PreparedApply;
pub use plan::Planned;
pub use run::Ran;
pub use run_session::{RunEnd, RunReport};
pub use status::{NoPlan, Status};
