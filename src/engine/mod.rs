//! The one door to all that the program does. It takes plain values and gives typed results, typed errors and a stream of events: no
//! arguments, no terminal, no exit code, nothing printed. The command line stands on it; so will a service, a language server and `test`.
//!
//! ```text
//! Engine --open--> Workspace --check, compile, plan, run, apply, watch, history, settings, suggest, status--> results
//! ```
//!
//! [`Engine`] holds the world and the budgets of systems; a [`Workspace`] is one folder in one environment. `connect` opens systems;
//! `session` is a pipeline with both systems open; `run_session` is a run under its lease. All else is named after what it does.

pub mod apply;
mod change_sets;
mod check;
pub mod connect;
pub mod error;
pub mod error_file;
pub mod events;
mod history;
mod plan;
mod run;
pub mod run_session;
pub mod session;
pub mod settings;
mod status;
pub mod suggest;
pub mod watch;

pub use apply::PreparedApply;
pub use check::{Checks, Scope};
pub use connect::stand_ins::StandIns;
pub use error::{Class, EngineError, SettingError};
pub use events::{Event, IgnoreEvents, Listener, Notice, Stage, StageEnd};
pub use plan::Planned;
pub use run::Ran;
pub use run_session::{RunEnd, RunReport};
pub use status::Status;

use crate::{
    compile::ExecutionPlan,
    host::Host,
    project::{Project, ProjectError, ProjectOptions},
    run::record_scope::Clock,
    systems::Budgets,
};
use jiff::civil::Date;
use std::sync::Arc;
use tokio::sync::watch as flag;

/// All that projects of one process share: the world, and how much each system is asked.
#[derive(Clone, Debug)]
pub struct Engine {
    host: Host,
    budgets: Budgets,
}

/// A project that is open: one folder, one environment.
#[derive(Clone)]
pub struct Workspace {
    pub project: Project,
    listener: Arc<dyn Listener>,
    budgets: Budgets,
}

/// Asks a run to stop: requests under way are finished, nothing more is begun.
#[derive(Clone, Debug)]
pub struct Cancel(flag::Receiver<bool>);

/// The other end of a [`Cancel`].
#[derive(Debug)]
pub struct Canceller(flag::Sender<bool>);

impl Engine {
    /// An engine in a world.
    #[must_use]
    pub fn new(host: Host) -> Self {
        Self { host, budgets: Budgets::default() }
    }

    /// Opens a folder in an environment; what goes on in it is told to the listener.
    ///
    /// # Errors
    /// No such folder, or a configuration that can't be used.
    pub fn open(&self, options: ProjectOptions, listener: Arc<dyn Listener>) -> Result<Workspace, ProjectError> {
        Ok(Workspace { project: Project::open(&self.host, options)?, listener, budgets: self.budgets.clone() })
    }
}

impl Workspace {
    fn tell(&self, notice: Notice) {
        self.listener.on_event(Event::Notice(notice));
    }

    /// The time of a plan: now, and the day in its zone, or another one to be tried.
    fn clock(&self, plan: &ExecutionPlan, today: Option<Date>) -> Clock {
        let now = self.project.host.now();
        Clock { now, today: today.unwrap_or_else(|| plan.day(now)) }
    }
}

impl Cancel {
    /// Nobody will.
    #[must_use]
    pub fn never() -> Self {
        Self(flag::channel(false).1)
    }

    /// A pair: what a run is given, and what stops it.
    #[must_use]
    pub fn pair() -> (Canceller, Self) {
        let (sender, receiver) = flag::channel(false);
        (Canceller(sender), Self(receiver))
    }
}

impl Canceller {
    /// Asks for the stop.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }
}
