//! The stand-ins of a plan's systems.

use crate::{
    compile::ExecutionPlan,
    engine::{Workspace, error::EngineError},
    host::OWN_FOLDER,
    project::{PipelineRef, Project},
    sandbox::{self, ForcedAnswer, Options, Sandbox},
};
use jiff::civil::Date;
use std::sync::Arc;

/// The folder of seed data, next to the pipelines.
const SEEDS: &str = "seed";

/// Starts the stand-ins of a plan's systems; their data is kept next to the sandbox's state.
///
/// # Errors
/// The folder can't be written, or the seed is wrong.
pub fn start(project: &Project, plan: &ExecutionPlan, today: Date, options: &Options) -> Result<Sandbox, EngineError> {
    let answers: Result<Vec<_>, _> = project.answers.iter().map(|asked| ForcedAnswer::parse(asked)).collect();
    let answers = answers.map_err(|error| EngineError::StandIn(Arc::new(error)))?;
    let options = &Options { answers, secret_files: project.config.secret_files.clone(), ..options.clone() };
    let (folder, seeds) = (project.folder.join(OWN_FOLDER).join("stand-ins"), project.folder.join(SEEDS));
    sandbox::start_for(&project.host, plan, &folder, &seeds, today, options).map_err(|error| EngineError::StandIn(Arc::new(error)))
}

/// The stand-ins of a pipeline, running until they are dropped.
pub struct StandIns {
    pub pipeline: PipelineRef,
    pub sandbox: Sandbox,
    plan: ExecutionPlan,
    today: Date,
}

impl Workspace {
    /// Starts the stand-ins of a pipeline's systems for other clients; the second one listens at the port after the first's.
    ///
    /// # Errors
    /// The file is wrong, a port is taken, the seed is wrong.
    pub async fn stand_ins(&mut self, asked: Option<&str>, port: u16) -> Result<StandIns, EngineError> {
        let pipeline = self.project.choose(asked)?;
        self.discover(&pipeline).await?;
        let (plan, _) = self.project.compile(&pipeline, false)?;
        let today = plan.day(self.project.host.now());
        let sandbox = start(&self.project, &plan, today, &Options { port, ..Options::default() })?;
        Ok(StandIns { pipeline, sandbox, plan, today })
    }

    /// Gives the stand-ins their seed again, and forgets the sandbox's runs.
    ///
    /// # Errors
    /// The seed is wrong.
    pub fn reset(&self, stand_ins: &StandIns) -> Result<(), EngineError> {
        stand_ins.sandbox.reset(&stand_ins.plan, stand_ins.today).map_err(|error| EngineError::StandIn(Arc::new(error)))?;
        // The folder is missing if nothing was ever run.
        let _ = self.project.host.disk().remove_folder(&self.project.state_folder());
        Ok(())
    }
}

impl StandIns {
    /// Loads a folder of seed data into the stand-ins; returns the number of records.
    ///
    /// # Errors
    /// There is no such seed, or it is wrong.
    pub fn load(&self, seed: &str) -> Result<usize, EngineError> {
        self.sandbox.load(seed, self.today).map_err(|error| EngineError::Seed(Arc::new(error)))
    }
}
