//! Applies a saved change set exactly, or refuses it with the reason.

use super::run_session::{RunReport, RunSession, held_words};
use crate::engine::{Cancel, Workspace, error::EngineError, session::Session};
use crate::{
    compile::system::Collection,
    run::{
        apply::preflight::{LeaverCheck, Present, Refusal, by_get, by_read, leaver_check, out_of_date, take_secrets},
        change_set::{ChangeSet, Guarded},
    },
    state::change_sets::{ChangeSetRow, Status},
};

/// What a person has to confirm before a change set that a guard holds is applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// The guard that holds it.
    pub why: String,
    /// What the guard counts: leavers, if several guards are exceeded.
    pub what: Guarded,
    /// The number that has to be confirmed.
    pub number: u64,
    /// How many records will be written.
    pub operations: u64,
}

/// A change set that is about to be applied: it is still valid, and the run has begun.
pub struct PreparedApply<'a> {
    run: RunSession<'a>,
    set: ChangeSet,
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
        let run = RunSession::begin(self, by, cancel)?;
        let stands = self.stands_against(&mut set, row).await;
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
        Ok(PreparedApply { run, set })
    }

    /// Why it must not be applied: local checks first, then what is compared with a new read. Its secrets are taken from that read.
    async fn stands_against(&self, set: &mut ChangeSet, row: &ChangeSetRow) -> Result<Option<Refusal>, EngineError> {
        let present = Present { plan: &self.plan, store: &self.store, link_set: &self.set.id, now: self.clock.now };
        if let Some(refusal) = out_of_date(set, row, &present)? {
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
        self.set.is_held().then(|| confirmation(&self.set, self.run.session.plan.target.collection()))
    }

    /// Ends the run without applying the change set, because it was not confirmed. The history says so, instead of showing a run that
    /// broke off.
    ///
    /// # Errors
    /// The state can't be written.
    pub fn decline(&self) -> Result<(), EngineError> {
        self.run.refused(&self.set, &format!("{}, not confirmed", held_words(&self.set)))
    }

    /// Applies it. `confirmed` is the number that a person gave; `None` if none was asked for. `at_terminal`: a person applies it, and no
    /// program that would apply whatever is planned.
    ///
    /// # Errors
    /// It has to be confirmed and was not; the state can't be written.
    pub async fn apply(mut self, confirmed: Option<&str>, at_terminal: bool) -> Result<RunReport, EngineError> {
        self.run.at_terminal = at_terminal;
        if let Some(needed) = self.needs()
            && let Err(error) = agreed(needed, confirmed)
        {
            self.decline()?;
            return Err(error);
        }
        self.run.recover().await?;
        self.run.apply(&self.set, None).await?;
        self.run.finish(self.set)
    }
}

/// What has to be confirmed before a held change set is done: leavers, if a guard on them is exceeded, else what the exceeded guard counts,
/// else what is written.
pub(super) fn confirmation(set: &ChangeSet, target: &Collection) -> Confirmation {
    let operations = set.operations.len() as u64;
    // What guards on leavers count: leaves, deletes of a later step, and unique values that are emptied.
    let leavers = set.operations.iter().filter(|operation| operation.leaves(target)).count() as u64;
    let tripped = || set.head.guards.iter().filter(|guard| !guard.within);
    let other = tripped().find(|guard| !guard.what.counts_leavers());
    let of_leavers = tripped().any(|guard| guard.what.counts_leavers());
    let (what, number) = match (other.filter(|_| !of_leavers), leavers) {
        (Some(guard), _) => (guard.what.clone(), guard.count),
        // Only a doubt holds it, and nobody leaves: the doubt is about everything that it writes.
        (None, 0) if !of_leavers => (Guarded::EveryRun, operations),
        (None, leavers) => (Guarded::LEAVERS, leavers),
    };
    Confirmation { why: held_words(set), what, number, operations }
}

/// Whether the given number is the required one.
pub(super) fn agreed(needed: Confirmation, given: Option<&str>) -> Result<(), EngineError> {
    let Confirmation { why, what, number, .. } = needed;
    let answer = given.ok_or_else(|| EngineError::NotConfirmed { why, what: what.clone() })?.trim();
    if answer.parse() == Ok(number) {
        return Ok(());
    }
    Err(EngineError::WronglyConfirmed { what, number, answer: answer.to_owned() })
}
