//! The systems of a pipeline, opened to be asked what only they know; nobody is read.

use crate::{
    cli::{failure::Failure, progress::Progress, terminal::Terminal},
    compile::{ExecutionPlan, Side},
    engine::{connections::open_side, stand_ins::start},
    project::folder::Project,
    run::classify::record_scope::Clock,
    sandbox::{Options, Sandbox},
    systems::Connection,
};
use jiff::Timestamp;
use std::{collections::BTreeMap, sync::Arc};

/// A plan with its systems, each opened when it is first asked.
pub struct SystemsProbe<'a> {
    project: &'a Project,
    pub plan: Arc<ExecutionPlan>,
    clock: Clock,
    progress: Arc<Progress>,
    connections: BTreeMap<String, Arc<Connection>>,
    /// Goes down with this.
    sandbox: Option<Sandbox>,
}

impl<'a> SystemsProbe<'a> {
    /// Starts the stand-ins, in the sandbox. Nothing is sent yet.
    ///
    /// # Errors
    /// A stand-in can't be started.
    pub fn new(project: &'a Project, plan: Arc<ExecutionPlan>, terminal: &Terminal) -> Result<Self, Failure> {
        let now = Timestamp::now();
        let clock = Clock { now, today: plan.day(now) };
        let sandbox = if project.sandbox { Some(start(project, &plan, clock.today, &Options::default())?) } else { None };
        Ok(Self { project, plan, clock, progress: Progress::new(terminal), connections: BTreeMap::new(), sandbox })
    }

    /// What the plan reads and writes: the source, the target, the joins.
    pub fn sides(plan: &ExecutionPlan) -> impl Iterator<Item = &Side> {
        [&plan.source, &plan.target].into_iter().chain(plan.joins.iter().map(|join| &join.side))
    }

    /// The connection to a system of the plan, by its name.
    ///
    /// # Errors
    /// The plan has no such system, a setting or secret is missing, or a secret can't be fetched.
    pub fn connection(&mut self, system: &str) -> Result<Arc<Connection>, Failure> {
        if let Some(known) = self.connections.get(system) {
            return Ok(Arc::clone(known));
        }
        let side = Self::sides(&self.plan).find(|side| side.system.name == system);
        let side = side.ok_or_else(|| Failure::command(format!("`{system}` is not used by `{}`", self.plan.name)))?;
        let connection = open_side(self.project, &self.plan, side, self.sandbox.as_ref(), self.clock, &self.progress).map(Arc::new)?;
        self.connections.insert(system.to_owned(), Arc::clone(&connection));
        Ok(connection)
    }
}
