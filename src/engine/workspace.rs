//! The engine, and an open project.

use super::events::{Event, Listener, Notice};
use crate::{
    compile::ExecutionPlan,
    host::{Host, OWN_FOLDER},
    project::{Project, ProjectError, ProjectOptions},
    run::record_scope::Clock,
    systems::{Budgets, StopSignal},
};
use jiff::civil::Date;
use std::sync::Arc;

/// Shared by the projects of one process: the platform, and the request budgets of the systems.
#[derive(Clone, Debug)]
pub struct Engine {
    host: Host,
    budgets: Budgets,
}

/// An open project: one folder in one environment.
#[derive(Clone)]
pub struct Workspace {
    pub project: Project,
    pub(super) listener: Arc<dyn Listener>,
    pub(super) budgets: Budgets,
    /// Of the session that was opened last.
    pub(super) stop: StopSignal,
}

impl Engine {
    /// An engine on a platform.
    #[must_use]
    pub fn new(host: Host) -> Self {
        Self { host, budgets: Budgets::default() }
    }

    /// Opens a folder in an environment; the listener receives its events.
    ///
    /// # Errors
    /// No such folder, or a configuration that can't be used.
    pub fn open(&self, options: ProjectOptions, listener: Arc<dyn Listener>) -> Result<Workspace, ProjectError> {
        let (project, budgets) = (Project::open(&self.host, options)?, self.budgets.clone());
        let workspace = Workspace { project, listener, budgets, stop: StopSignal::default() };
        workspace.narrow();
        Ok(workspace)
    }
}

impl Workspace {
    /// The state holds names and keys: rights that others have in it are taken away, and that is said.
    fn narrow(&self) {
        let folder = self.project.folder.join(OWN_FOLDER);
        match self.project.host.disk().narrow(&folder) {
            Ok(narrowed) if narrowed.is_empty() => {}
            Ok(narrowed) => self.tell(Notice::Narrowed { folder, count: narrowed.len() }),
            Err(error) => self.tell(Notice::NotNarrowed { folder, why: error.to_string() }),
        }
    }

    pub(super) fn tell(&self, notice: Notice) {
        self.listener.on_event(Event::Notice(notice));
    }

    /// The time of a plan: now, and the day in its zone or a given day.
    pub(super) fn clock(&self, plan: &ExecutionPlan, today: Option<Date>) -> Clock {
        let now = self.project.host.now();
        Clock { now, today: today.unwrap_or_else(|| plan.day(now)) }
    }
}
