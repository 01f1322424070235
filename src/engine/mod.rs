//! The entry point to everything that the program does. It takes plain values and returns typed results, typed errors and a stream of
//! events, without arguments, terminal or exit codes. The command line is built on it, as a service, a language server and `test` will be.
//!
//! ```text
//! Engine --open--> Workspace --check, compile, plan, run, apply, watch, history, settings, suggest, status--> results
//! ```
//!
//! [`Engine`] holds the platform and the budgets of systems; a [`Workspace`] is one folder in one environment. `connect` opens systems;
//! `session` is a pipeline with both systems open; `run_session` is a run under its lease. The other modules are named after what they do.

mod cancel;
mod change_sets;
mod check;
pub mod connect;
pub mod error;
pub mod events;
mod forget;
mod holders;
pub mod links;
mod rebind;
mod runs;
pub mod session;
pub mod settings;
pub mod suggest;
#[cfg(test)]
mod tests;
pub mod watch;
mod workspace;

pub use cancel::{Cancel, Canceller};
pub use check::{Checks, Scope};
pub use connect::stand_ins::StandIns;
pub use error::{Class, EngineError, SettingError};
pub use events::{Event, IgnoreEvents, Listener, Notice, Stage, StageEnd};
pub use forget::ForgottenPerson;
pub use runs::{NoPlan, Planned, PreparedApply, Ran, RunEnd, RunReport, Status, apply, decide, error_file, held, restage};
pub use workspace::{Engine, Workspace};
