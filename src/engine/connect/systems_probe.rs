//! The systems of a pipeline, opened to ask for attributes and choices; no records are read.

use super::{
    connections::{Opening, sides},
    stand_ins::start,
};
use crate::{
    compile::ExecutionPlan,
    engine::{Workspace, error::EngineError},
    run::record_scope::Clock,
    sandbox::{Options, Sandbox},
    systems::Connection,
};
use std::{collections::BTreeMap, sync::Arc};

/// A plan with its systems, each opened when it is first asked.
pub struct SystemsProbe<'a> {
    workspace: &'a Workspace,
    pub plan: Arc<ExecutionPlan>,
    clock: Clock,
    connections: BTreeMap<String, Arc<Connection>>,
    /// Stopped when this is dropped.
    sandbox: Option<Sandbox>,
}

impl<'a> SystemsProbe<'a> {
    /// Starts the stand-ins, in the sandbox. Nothing is sent yet.
    ///
    /// # Errors
    /// A stand-in can't be started.
    pub fn new(workspace: &'a Workspace, plan: Arc<ExecutionPlan>) -> Result<Self, EngineError> {
        let clock = workspace.clock(&plan, None);
        let sandbox =
            if workspace.project.sandbox { Some(start(&workspace.project, &plan, clock.today, &Options::default())?) } else { None };
        Ok(Self { workspace, plan, clock, connections: BTreeMap::new(), sandbox })
    }

    /// The connection to a system of the plan, by its name.
    ///
    /// # Errors
    /// The plan has no such system, a setting or secret is missing, or a secret can't be fetched.
    pub fn connection(&mut self, system: &str) -> Result<Arc<Connection>, EngineError> {
        if let Some(known) = self.connections.get(system) {
            return Ok(Arc::clone(known));
        }
        let side = sides(&self.plan).find(|side| side.system.name == system);
        let side = side.ok_or_else(|| EngineError::UnusedSystem { system: system.to_owned(), pipeline: self.plan.name.clone() })?;
        let opening = Opening { workspace: self.workspace, plan: &self.plan, sandbox: self.sandbox.as_ref(), clock: self.clock };
        let connection = opening.side(side).map(Arc::new)?;
        self.connections.insert(system.to_owned(), Arc::clone(&connection));
        Ok(connection)
    }
}
