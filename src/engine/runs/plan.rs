//! What a run would do, saved as a change set. Sends no writing request.

use crate::engine::{
    Workspace,
    error::EngineError,
    session::{public, usable},
};
use crate::{check::Checked, compile::ExecutionPlan, project::ProjectError, run::change_set::ChangeSet};
use jiff::civil::Date;
use std::{collections::BTreeSet, sync::Arc};

/// What a run would do.
#[derive(Clone, Debug)]
pub struct Planned {
    pub plan: Arc<ExecutionPlan>,
    pub set: ChangeSet,
    /// The target's public attributes, which may always be printed.
    pub public: BTreeSet<String>,
}

impl Planned {
    /// Whether applying it would write to the target or to the state.
    #[must_use]
    pub fn has_effect(&self) -> bool {
        let set = &self.set;
        !set.operations.is_empty() || !set.updates.links.is_empty() || !set.updates.rekeys.is_empty() || !set.updates.seen.is_empty()
    }
}

impl Workspace {
    /// The execution plan of a pipeline, for display: settings may still lack a value.
    ///
    /// # Errors
    /// No such pipeline, or its file is wrong.
    pub fn compile(&self, asked: Option<&str>) -> Result<(ExecutionPlan, Checked), ProjectError> {
        self.project.compile(&self.project.choose(asked)?, true)
    }

    /// Reads both systems, and saves what a run would do. `today`: plan for another day.
    ///
    /// # Errors
    /// The file is wrong, a setting or secret is missing, a system does not answer or a read of it broke off, the state can't be used.
    pub async fn plan(&mut self, asked: Option<&str>, today: Option<Date>) -> Result<Planned, EngineError> {
        let session = self.session(asked, today).await?;
        let set = session.look().await?;
        usable(&set, &session.plan)?;
        session.save(&set)?;
        Ok(Planned { public: public(&session.plan), plan: Arc::clone(&session.plan), set })
    }

    /// The target's attributes that a pipeline's present files call public; `None` if the files can't be compiled.
    #[must_use]
    pub fn public_of(&self, pipeline: &str) -> BTreeSet<String> {
        let plan = self.project.choose(Some(pipeline)).ok().and_then(|found| self.project.quiet_plan(&found));
        plan.as_ref().map(public).unwrap_or_default()
    }
}
