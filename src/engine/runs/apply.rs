//! Applies a saved change set exactly, or refuses it with the reason.

use super::{
    approve::approval,
    run_session::{RunReport, RunSession, held_words},
};
use crate::engine::{Cancel, Workspace, error::EngineError, session::Session};
use crate::{
    compile::system::Collection,
    run::{
        apply::preflight::{LeaverCheck, Present, Refusal, by_get, by_read, leaver_check, out_of_date, take_secrets},
        change_set::{ChangeSet, Guarded, permit},
    },
    state::change_sets::{ChangeSetRow, Status},
};

/// What a person has to confirm before a change set that a guard holds is applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// The guards that hold it.
    pub why: String,
    /// What they count, each with the number that has to be confirmed. All guards on leavers are one question.
    pub asked: Vec<(Guarded, u64)>,
    /// How many records will be written.
    pub operations: u64,
}

impl Confirmation {
    /// The right answers, one for each question.
    #[must_use]
    pub fn answers(&self) -> Vec<String> {
        self.asked.iter().map(|(_, number)| number.to_string()).collect()
    }
}

/// A change set that is about to be applied: it is still valid, and the run has begun.
pub struct PreparedApply<'a> {
    run: RunSession<'a>,
    set: ChangeSet,
    /// A process died while it applied the change set: what is left of it is applied.
    resumed: bool,
    /// A person has confirmed it before that.
    confirmed: bool,
}

impl Workspace {
    /// Opens a saved change set, and the session to apply it with by [`Session::prepare`].
    ///
    /// # Errors
    /// There is no such change set; else as [`Workspace::plan`].
    pub async fn publish(&mut self, id: &str) -> Result<(ChangeSetRow, ChangeSet, Session), EngineError> {
        let (row, set) = self.change_set(id)?;
        if row.status == Status::Held
            && let Some(declined) = self.state()?.approval(&row.id)?.filter(|said| !said.approved)
        {
            return Err(EngineError::Declined { id: row.id, said: declined.words() });
        }
        let session = self.session(Some(&row.pipeline), None).await?;
        Ok((row, set, session))
    }
}

impl Session {
    /// Takes the lease, and checks everything that could have changed since the plan.
    ///
    /// # Errors
    /// It is out of date: what has changed. Another run is under way; the state can't be written.
    pub async fn prepare(
        &self,
        row: &ChangeSetRow,
        mut set: ChangeSet,
        by: &str,
        cancel: Cancel,
    ) -> Result<PreparedApply<'_>, EngineError> {
        let mut run = RunSession::begin(self, by, cancel)?;
        let died = self.died_in(row)?;
        if died.is_some() {
            run.recover().await?;
        }
        let stands = self.stands_against(&mut set, row, died).await;
        // What could not be read because the run was cancelled refutes nothing.
        if !matches!(stands, Ok(None)) && run.is_cancelled() {
            return Err(run.interrupted(&set)?);
        }
        if let Err(error) = &stands {
            run.refused(&set, &error.to_string())?;
        }
        if let Some(refusal) = stands? {
            run.refused(&set, &refusal.why)?;
            return Err(self.refused(&set, refusal));
        }
        // Where records were read and nothing has to be done, that is what the person has seen.
        if set.waits_to_be_published() && set.is_empty() && set.head.source.records == 0 {
            run.refused(&set, "the source returned no record, so it publishes nothing")?;
            return Err(EngineError::NothingToPublish { id: set.head.id, pipeline: self.plan.name.clone() });
        }
        let confirmed = died.is_some() && self.is_confirmed(&set)?;
        Ok(PreparedApply { run, set, resumed: died.is_some(), confirmed })
    }

    /// Why it must not be applied: local checks first, then what is compared with a new read. Its secrets are taken from that read.
    /// `died`: the run that died while it applied the change set.
    async fn stands_against(&self, set: &mut ChangeSet, row: &ChangeSetRow, died: Option<i64>) -> Result<Option<Refusal>, EngineError> {
        let present = Present { plan: &self.plan, store: &self.store, link_set: &self.set.id, now: self.clock.now, resumes: died };
        if let Some(refusal) = out_of_date(set, row, &present)? {
            return Ok(Some(refusal));
        }
        if died.is_some()
            && let Some(refusal) = self.keep_the_rest(set)?
        {
            return Ok(Some(refusal));
        }
        let check = leaver_check(set, &self.plan);
        let read = if set.lacks_secrets() || check == LeaverCheck::Whole { Some(self.look_at_all().await?) } else { None };
        if set.lacks_secrets()
            && let Some(refusal) = read.as_ref().and_then(|now| take_secrets(set, now))
        {
            return Ok(Some(refusal));
        }
        match check {
            LeaverCheck::Nobody => Ok(None),
            LeaverCheck::Each => {
                let asked = by_get(set, &self.plan, self.clock, &self.systems.source).await;
                asked.map_err(|error| EngineError::LeaverNotAsked(error.message))
            }
            LeaverCheck::Whole => Ok(read.and_then(|now| by_read(set, &now, &self.plan))),
        }
    }

    fn refused(&self, set: &ChangeSet, refusal: Refusal) -> EngineError {
        let made = set.head.made_at.strftime("%Y-%m-%d %H:%M UTC").to_string();
        let Refusal { why, moved } = refusal;
        EngineError::OutOfDate { id: set.head.id.clone(), pipeline: self.plan.name.clone(), made, why, moved }
    }
}

impl PreparedApply<'_> {
    /// What has to be confirmed, if a guard holds it.
    #[must_use]
    pub fn needs(&self) -> Option<Confirmation> {
        (self.set.is_held() && !self.confirmed).then(|| confirmation(&self.set, self.run.session.plan.target.collection()))
    }

    /// Ends the run without applying the change set, because it was not confirmed. The history says so, instead of showing a run that
    /// broke off.
    ///
    /// # Errors
    /// The state can't be written.
    pub fn decline(&self) -> Result<(), EngineError> {
        self.run.refused(&self.set, &format!("{}, not confirmed", held_words(&self.set)))
    }

    /// Applies it. `confirmed`: the numbers that a person gave, one for each question. `at_terminal`: a person applies it, and no program
    /// that would apply whatever is planned.
    ///
    /// # Errors
    /// It has to be confirmed and was not; the state can't be written.
    pub async fn apply(mut self, confirmed: &[String], at_terminal: bool) -> Result<RunReport, EngineError> {
        self.run.at_terminal = at_terminal;
        if let Some(needed) = self.needs() {
            if let Err(error) = agreed(needed, confirmed) {
                self.decline()?;
                return Err(error);
            }
            self.permit()?;
        }
        if !self.resumed {
            self.run.recover().await?;
        }
        self.run.apply(&self.set, None).await?;
        let (session, id) = (self.run.session, self.set.head.id.clone());
        let report = self.run.finish(self.set)?;
        session.store.end_approval(&id, "it was applied", session.workspace.project.host.now())?;
        Ok(report)
    }

    /// What was confirmed is approved until it has been applied: if this process dies, the next run goes on with it and asks nobody again.
    fn permit(&self) -> Result<(), EngineError> {
        let session = self.run.session;
        if session.is_confirmed(&self.set)? {
            return Ok(());
        }
        let named = permit::guarded(&self.set, session.plan.target.collection()).into_iter().map(|operation| operation.hash.as_str());
        let approval = approval(&self.set, true, (&self.run.by, ""), session.workspace.project.host.now());
        let transaction = session.store.transaction()?;
        transaction.approve(&self.set.head.link_set, &approval, named)?;
        Ok(transaction.commit()?)
    }
}

/// What has to be confirmed before a held change set is done: leavers, if a guard on them is exceeded, and what each other exceeded guard
/// counts; if only a doubt holds it, leavers, and without any of them, what is written.
pub(super) fn confirmation(set: &ChangeSet, target: &Collection) -> Confirmation {
    let operations = set.operations.len() as u64;
    // What guards on leavers count: leaves, deletes of a later step, and unique values that are emptied.
    let leavers = set.operations.iter().filter(|operation| operation.leaves(target)).count() as u64;
    let tripped = || set.head.guards.iter().filter(|guard| !guard.within);
    let doubted = !set.head.doubts.is_empty() && leavers > 0;
    let of_leavers = doubted || tripped().any(|guard| guard.what.counts_leavers());
    let mut asked: Vec<(Guarded, u64)> = of_leavers.then_some((Guarded::LEAVERS, leavers)).into_iter().collect();
    for guard in tripped().filter(|guard| !guard.what.counts_leavers()) {
        match asked.iter_mut().find(|(what, _)| *what == guard.what) {
            Some((_, number)) => *number = guard.count.max(*number),
            None => asked.push((guard.what.clone(), guard.count)),
        }
    }
    if asked.is_empty() {
        asked.push((Guarded::EveryRun, operations));
    }
    Confirmation { why: held_words(set), asked, operations }
}

/// Whether each given number is the required one.
pub(super) fn agreed(needed: Confirmation, given: &[String]) -> Result<(), EngineError> {
    let Confirmation { why, asked, .. } = needed;
    let wrong = asked.iter().zip(given).find(|((_, number), answer)| answer.trim().parse() != Ok(*number));
    if let Some(((what, number), answer)) = wrong {
        return Err(EngineError::WronglyConfirmed { what: what.clone(), number: *number, answer: answer.trim().to_owned() });
    }
    if given.len() < asked.len() {
        return Err(EngineError::NotConfirmed { why, what: asked.into_iter().map(|(what, _)| what).collect() });
    }
    Ok(())
}
