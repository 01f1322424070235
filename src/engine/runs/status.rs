//! The status of the pipelines of a folder, without asking either system.

use crate::engine::{Workspace, error::EngineError};
use crate::{
    check::Checked,
    compile::{
        ExecutionPlan,
        pipeline::{CompileError, compile},
    },
    diagnose::render::Tally,
    project::{PipelineRef, ProjectError, error::each_setting},
    state::{Store, runs::RunRow},
};
use thiserror::Error;

/// Why a pipeline has no plan.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoPlan {
    /// Its file has errors.
    #[error("the file can't be used")]
    WrongFile,
    /// The names of settings, and what is wrong with each.
    #[error("{}", each_setting(.0))]
    Settings(Vec<(String, String)>),
}

/// One pipeline.
#[derive(Debug)]
pub struct Status {
    pub pipeline: PipelineRef,
    /// Errors and lints of its file.
    pub tally: Tally,
    pub plan: Result<ExecutionPlan, NoPlan>,
    pub last: Option<RunRow>,
    /// The change set that waits.
    pub waits: Option<String>,
}

impl Workspace {
    /// The status of every pipeline of the folder.
    ///
    /// # Errors
    /// There is none, or the state can't be read.
    pub fn status(&self) -> Result<Vec<Status>, EngineError> {
        let all = self.project.pipelines()?;
        if all.is_empty() {
            return Err(ProjectError::NoPipeline(self.project.folder.clone()).into());
        }
        let checked = self.project.check_all()?;
        let store = Store::open_existing(&self.project.host, &self.project.state_folder())?;
        let with_file = all.into_iter().filter_map(|pipeline| Some((checked.file(&pipeline.file)?, pipeline)));
        with_file.map(|(checked, pipeline)| self.status_of(pipeline, checked, store.as_ref())).collect()
    }

    fn status_of(&self, pipeline: PipelineRef, checked: &Checked, store: Option<&Store>) -> Result<Status, EngineError> {
        let plan = self.plan_of(&pipeline, checked);
        let last = store.map(|store| store.runs(Some(&pipeline.name), 1)).transpose()?.and_then(|rows| rows.into_iter().next());
        let waits = store.map(|store| store.held_change_set(&pipeline.name)).transpose()?.flatten().map(|row| row.id);
        Ok(Status { tally: Tally::of(&checked.diagnostics), pipeline, plan, last, waits })
    }

    fn plan_of(&self, pipeline: &PipelineRef, checked: &Checked) -> Result<ExecutionPlan, NoPlan> {
        let whole = checked.project_of(&pipeline.name).ok_or(NoPlan::WrongFile)?;
        compile(&whole, &pipeline.name, &self.project.config, true).map_err(|error| match error {
            CompileError::Settings(problems) => NoPlan::Settings(problems),
            CompileError::NoSuchPipeline(_) => NoPlan::WrongFile,
        })
    }
}
