//! Goes on with a change set whose process died while it was applied.

use crate::engine::{error::EngineError, session::Session};
use crate::{
    run::{apply::preflight::Refusal, change_set::ChangeSet},
    state::change_sets::{ChangeSetRow, Status},
};
use std::collections::HashSet;

impl Session {
    /// The run that died while it applied a change set. Only under the lease, which nobody has who is alive.
    pub(super) fn died_in(&self, row: &ChangeSetRow) -> Result<Option<i64>, EngineError> {
        let half = matches!(row.status, Status::Applying | Status::Interrupted);
        let run = row.run.filter(|_| half).map(|number| self.store.run(number)).transpose()?.flatten();
        // A run that a person cancelled has an end.
        Ok(run.filter(|run| run.finished.is_none()).map(|run| run.number))
    }

    /// Leaves only what the run that died has not begun, or what nothing came of. Refused where a record is written in part: the steps that
    /// remain belong to the next run.
    pub(super) fn keep_the_rest(&self, set: &mut ChangeSet) -> Result<Option<Refusal>, EngineError> {
        let begun = self.store.begun_since(&set.head.link_set, set.head.made_at)?;
        if begun.is_empty() {
            return Ok(None);
        }
        let mut half: HashSet<String> = self.store.pending_steps(&set.head.link_set)?.into_keys().collect();
        half.extend(self.store.open_keys(&set.head.link_set)?);
        if set.operations.iter().any(|operation| begun.contains(&operation.hash) && half.contains(&operation.key)) {
            let why = "one of its records was written in part when the process died; a run goes on with what is left";
            return Ok(Some(Refusal { why: why.to_owned(), moved: Vec::new() }));
        }
        set.operations.retain(|operation| !begun.contains(&operation.hash));
        set.updates.are_made();
        Ok(None)
    }

    /// Whether a person has confirmed this change set, and what was confirmed is not all done.
    pub(super) fn is_confirmed(&self, set: &ChangeSet) -> Result<bool, EngineError> {
        let permit = self.store.permit(&set.head.link_set, self.workspace.project.host.now())?;
        Ok(permit.is_some_and(|(approval, _)| approval.change_set == set.head.id))
    }
}
