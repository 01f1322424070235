//! Plans and applies in one step, unattended. A run is held until a first change set was applied by hand, except in the sandbox.

use super::run_session::{RunReport, RunSession, held_words};
use crate::engine::{
    Cancel, Notice, Workspace,
    error::EngineError,
    session::{Session, usable},
};
use crate::run::change_set::{
    ChangeSet,
    permit::{self, Permitted},
};
use std::collections::BTreeSet;

/// The result of a run.
#[derive(Clone, Debug)]
pub enum Ran {
    /// A guard holds it, or no change set was applied by hand yet: nothing was written, and the change set waits.
    Held { run: i64, set: Box<ChangeSet>, public: BTreeSet<String> },
    /// It was carried out, to its end or not.
    Carried(Box<RunReport>),
}

impl Workspace {
    /// Reads both systems, plans, and applies the change set unless it is held. `by`: a person, or `schedule`. `seen` receives the change
    /// set before the first write.
    ///
    /// # Errors
    /// As [`Workspace::plan`]; another run is under way; the state can't be written.
    pub async fn run(&mut self, asked: Option<&str>, by: &str, cancel: Cancel, seen: &dyn Fn(&ChangeSet)) -> Result<Ran, EngineError> {
        let session = self.session_until(asked, None, cancel.stop()).await;
        let session = session.map_err(|error| if cancel.is_cancelled() { EngineError::Cancelled } else { error })?;
        let mut run = RunSession::begin(&session, by, cancel)?;
        run.recover().await?;
        let set = run.look().await?;
        if let Err(error) = usable(&set, &session.plan) {
            if run.is_cancelled() {
                return Err(run.interrupted(&set)?);
            }
            run.incomplete(&set, &error.to_string())?;
            return Err(error);
        }
        session.save(&set)?;
        let mut set = set;
        let permitted = session.permitted(&mut set)?;
        if !permitted && (set.is_held() && !set.holds_leavers_only() || set.waits_to_be_published()) {
            run.held(&set)?;
            return Ok(Ran::Held { run: run.number, set: Box::new(set), public: session.public() });
        }
        seen(&set);
        let held_back = (set.is_held() && !permitted).then(|| held_words(&set));
        run.apply(&set, held_back).await?;
        run.finish(set).map(|report| Ran::Carried(Box::new(report)))
    }
}

impl Session {
    /// Whether a person has approved what holds a change set. Of one whose input was in doubt, only what was approved is left in it. An
    /// approval that does not cover it ends.
    fn permitted(&self, set: &mut ChangeSet) -> Result<bool, EngineError> {
        if !set.is_held() && !set.waits_to_be_published() {
            return Ok(false);
        }
        let Some((approval, named)) = self.store.permit(&set.head.link_set, self.clock.now)? else { return Ok(false) };
        match permit::permitted(set, self.plan.target.collection(), &approval, &named) {
            Permitted::Whole => Ok(true),
            Permitted::Approved => {
                set.keep_approved(&approval, &named);
                Ok(true)
            }
            Permitted::Later => Ok(false),
            Permitted::Nothing(why) => {
                self.store.end_approval(&approval.change_set, &why, self.clock.now)?;
                self.workspace.tell(Notice::ApprovalEnded { id: approval.change_set, why });
                Ok(false)
            }
        }
    }
}
