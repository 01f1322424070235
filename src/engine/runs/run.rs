//! Plans and applies in one step, unattended. A run is held until a first change set was applied by hand, except in the sandbox.

use super::run_session::{RunReport, RunSession, held_words};
use crate::engine::{Cancel, Workspace, error::EngineError, session::usable};
use crate::run::change_set::ChangeSet;
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
        if set.is_held() && !set.holds_leavers_only() || set.waits_to_be_published() {
            run.held(&set)?;
            return Ok(Ran::Held { run: run.number, set: Box::new(set), public: session.public() });
        }
        seen(&set);
        let held_back = set.is_held().then(|| held_words(&set));
        run.apply(&set, held_back).await?;
        run.finish(set).map(|report| Ran::Carried(Box::new(report)))
    }
}
