//! A run under its lease: begins, applies a change set, and writes the history.

use super::{
    error_file,
    error_rows::{is_open_question, rejected},
    write_progress::Writes,
};
use crate::engine::{
    Cancel, Event, Notice,
    change_sets::{remove_files, unwritable},
    error::EngineError,
    session::Session,
};
use crate::{
    run::{
        apply::{self, Accounts, Applied, ApplyContext, Recovered, Stop, Watcher},
        change_set::{
            ChangeSet, GuardLimit, GuardReport, Guarded, OpenReference, Operation, Outcome, ReadReport, Rekey, Verdict, hash::Digester,
        },
        read::sides::{ReadBreadth, Reads},
        run_state,
    },
    state::{
        change_sets::Status,
        errors::{ErrorRow, ListedError},
        lease::{LeaseError, Leases},
        retention::KEPT,
        runs::{Approved, FinishedRun, NewRun, RunCounts, RunResult},
    },
    systems::End,
};
use jiff::Timestamp;
use std::time::Instant;

/// A run that has begun.
pub struct RunSession<'a> {
    pub session: &'a Session,
    pub number: i64,
    pub(super) by: String,
    /// Its own, and that of the other direction over the same people: both run one after the other.
    leases: Leases<'a>,
    begun: Instant,
    recovered: Recovered,
    applied: Applied,
    /// Why leavers were skipped although everything else was done.
    held_back: Option<String>,
    /// A person applies a saved change set.
    pub(super) at_terminal: bool,
    cancel: Cancel,
    clock: Box<dyn Fn() -> Timestamp>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunEnd {
    Done,
    /// Nothing differed.
    NothingToDo,
    /// Everything but the leavers was done, because a guard holds them.
    LeaversHeld,
    SomeFailed,
    /// It stopped before its end: a refused sign-in, too many failures, another run.
    Stopped,
    /// A person cancelled it.
    Interrupted,
}

/// A run that was carried out.
#[derive(Clone, Debug)]
pub struct RunReport {
    pub run: i64,
    pub end: RunEnd,
    pub set: ChangeSet,
    /// In the order of the change set's operations.
    pub outcomes: Vec<Outcome>,
    /// Links that moved to another account.
    pub rekeyed: Vec<Rekey>,
    /// References that were left out, because the records that they name were not created after all.
    pub open_references: Vec<OpenReference>,
    pub milliseconds: u64,
    /// Why it stopped before its end.
    pub stopped: Option<String>,
    /// Why leavers were skipped.
    pub held_back: Option<String>,
    /// How many records have an error row.
    pub errors: usize,
}

impl<'a> RunSession<'a> {
    /// Takes the lease and gives the run a number. `by`: a person, or `schedule`.
    ///
    /// # Errors
    /// Another run of this pipeline is under way, or the state can't be written.
    pub fn begin(session: &'a Session, by: &str, cancel: Cancel) -> Result<Self, EngineError> {
        session.workspace.stop.obey(cancel.0.clone());
        let (begun, now) = (session.workspace.project.host.instant(), session.clock.now);
        let mut leases = session.store.leases(&session.plan.name, by, now)?;
        session.twin.iter().try_for_each(|twin| leases.add(&twin.pipeline, by).map_err(|error| twin_is_busy(&twin.pipeline, error)))?;
        let writer = format!("{by} with {}", session.plan.name);
        leases.add(&target_lease(session), &writer).map_err(|error| target_is_busy(&session.plan.target.name(), error))?;
        let run = NewRun { identity: &session.identity, plan: &session.plan.id, binding: &session.plan.hash, by, started: now };
        let silence = session.silence(now)?;
        let number = session.store.begin_run(leases.first(), &run)?;
        if let Some(silence) = silence {
            session.store.remember_silence(&session.set.id, silence)?;
        }
        let transaction = session.store.transaction()?;
        transaction.set_key_form(&session.set.id, &session.plan.key_form)?;
        transaction.commit()?;
        shrink(session, now)?;
        let (recovered, applied) = (Recovered::default(), Applied::default());
        let host = session.workspace.project.host.clone();
        let clock = Box::new(move || host.now());
        let by = by.to_owned();
        Ok(Self { session, number, by, leases, begun, recovered, applied, held_back: None, at_terminal: false, cancel, clock })
    }

    /// Finds out what happened to requests of an earlier run that got no response.
    ///
    /// # Errors
    /// The state can't be written.
    pub async fn recover(&mut self) -> Result<(), EngineError> {
        let accounts = Accounts::new(&self.session.systems.target, &self.session.plan);
        let recovered = apply::recover(&self.context(&accounts, &apply::NoWatcher)).await?;
        let requests = recovered.done + recovered.undone;
        if requests > 0 {
            self.session.workspace.tell(Notice::LookedUp { requests, made: recovered.done });
        }
        if recovered.perhaps > 0 {
            self.session.workspace.tell(Notice::PerhapsNotSent(recovered.perhaps));
        }
        if recovered.again > 0 {
            self.session.workspace.tell(Notice::SentAgain(recovered.again));
        }
        self.session.store.count_interrupted(self.number)?;
        self.recovered = recovered;
        Ok(())
    }

    /// Reads both systems and plans, under the lease.
    ///
    /// # Errors
    /// The state can't be read or written.
    pub async fn look(&self) -> Result<ChangeSet, EngineError> {
        let reads = self.session.read(ReadBreadth::Used).await?;
        self.settle_by_read(&reads)?;
        let set = self.session.plan_from_reads(reads).await?;
        let transaction = self.session.store.transaction()?;
        apply::drop_steps_of_creates(&transaction, &self.session.set.id, &set)?;
        transaction.commit()?;
        Ok(set)
    }

    fn settle_by_read(&self, reads: &Reads) -> Result<(), EngineError> {
        if reads.target.shows_absence() && !self.recovered.by_read.is_empty() {
            apply::settle_by_read(&self.session.store, &self.session.set.id, &self.recovered, self.session.clock.now)?;
        }
        Ok(())
    }

    /// Carries out a change set; `held_back` says why its leavers are skipped, if they are.
    ///
    /// # Errors
    /// The state can't be written; what was under way is looked up by the next run.
    pub async fn apply(&mut self, set: &ChangeSet, held_back: Option<String>) -> Result<(), EngineError> {
        self.held_back = held_back;
        self.session.store.set_status(&set.head.id, Status::Applying, Some(self.number))?;
        // What a person has approved stays so if this process dies.
        if self.approved(set).leaves {
            self.session.store.leaves_are_approved(self.number)?;
        }
        let accounts = Accounts::new(&self.session.systems.target, &self.session.plan);
        let writes = Writes::begin(self.session, set);
        let applied = apply::apply(&self.context(&accounts, &writes), set).await.map_err(EngineError::BrokenOff)?;
        writes.end(&applied);
        self.applied = applied;
        Ok(())
    }

    fn context<'w>(&'w self, accounts: &'w Accounts<'w>, watcher: &'w dyn Watcher) -> ApplyContext<'w, Accounts<'w>> {
        ApplyContext {
            store: &self.session.store,
            plan: &self.session.plan,
            target: accounts,
            lease: self.leases.first(),
            run: self.number,
            link_set: &self.session.set.id,
            clock: &*self.clock,
            host: &self.session.workspace.project.host,
            watcher,
            beside: &self.session.beside,
            held_back: self.held_back.as_deref(),
            cancel: self.cancel.0.clone(),
        }
    }

    /// Ends a run whose reads could not be used.
    ///
    /// # Errors
    /// The state can't be written.
    pub fn incomplete(&self, set: &ChangeSet, why: &str) -> Result<(), EngineError> {
        self.end(set, RunResult::Incomplete, None, why, &[])
    }

    /// Ends a run that a person cancelled before its first write, and says so.
    ///
    /// # Errors
    /// The state can't be written.
    pub fn interrupted(&self, set: &ChangeSet) -> Result<EngineError, EngineError> {
        let error = EngineError::Cancelled;
        self.end(set, RunResult::Interrupted, None, &error.to_string(), &[])?;
        Ok(error)
    }

    /// Whether a person has cancelled it.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Ends a run that was refused before its first write.
    ///
    /// # Errors
    /// The state can't be written.
    pub fn refused(&self, set: &ChangeSet, why: &str) -> Result<(), EngineError> {
        self.end(set, RunResult::Refused, None, why, &[])
    }

    /// Ends a run that a guard or the first publishing holds.
    ///
    /// # Errors
    /// The state can't be written.
    pub fn held(&self, set: &ChangeSet) -> Result<(), EngineError> {
        // Who was seen to claim an account claims it tomorrow as well, also if nothing of this run is done.
        let transaction = self.session.store.transaction()?;
        transaction.add_claims(&set.head.link_set, &set.updates.claims)?;
        transaction.commit()?;
        let why = if set.is_held() { held_words(set) } else { "waits to be published".to_owned() };
        self.end(set, RunResult::Held, None, &why, &rejected(set))
    }

    /// Writes a run that was carried out into the history, and reports it.
    ///
    /// # Errors
    /// The state can't be written.
    pub fn finish(self, set: ChangeSet) -> Result<RunReport, EngineError> {
        let open = self.session.store.open_keys(&set.head.link_set)?;
        let (result, status, end) = self.end_of(&set, &open);
        let mut errors = rejected(&set);
        errors.extend(apply::error_rows(&set, &self.applied));
        let stopped = self.applied.stopped.as_ref().map(Stop::words).filter(|words| !words.is_empty());
        let held_back = self.held_back.as_ref().map(|why| format!("leavers are held: {why}"));
        let moved = self.applied.rekeyed.iter().map(|rekey| rekey.words(&set.head.target.collection));
        let remembered: Vec<_> = stopped.clone().into_iter().chain(held_back.clone()).chain(moved).collect();
        self.end(&set, result, Some(status), &remembered.join("; "), &errors)?;
        let milliseconds = self.session.workspace.project.host.milliseconds_since(self.begun);
        self.session.workspace.listener.on_event(Event::Done { run: Some(self.number) });
        let Applied { outcomes, rekeyed, open_references, .. } = self.applied;
        let errors = errors.len();
        Ok(RunReport { run: self.number, end, set, outcomes, rekeyed, open_references, milliseconds, stopped, held_back, errors })
    }

    /// `open`: the keys of which the outcome of a write is not known.
    fn end_of(&self, set: &ChangeSet, open: &[String]) -> (RunResult, Status, RunEnd) {
        let counts = &self.applied.counts;
        let failed = counts.failed + counts.conflicts + counts.unknown;
        let is_broken = |read: &ReadReport| matches!(read.end, End::Broken { .. });
        let questions = set.head.joined.iter().any(is_broken) || set.findings.iter().any(|finding| is_open_question(finding, open));
        match &self.applied.stopped {
            Some(Stop::Cancelled) => (RunResult::Interrupted, Status::Interrupted, RunEnd::Interrupted),
            Some(_) => (RunResult::Stopped, Status::Stopped, RunEnd::Stopped),
            // Its leavers wait for an approval.
            None if self.held_back.is_some() && failed == 0 => (RunResult::Done, Status::Held, RunEnd::LeaversHeld),
            None if self.held_back.is_some() => (RunResult::SomeFailed, Status::Held, RunEnd::SomeFailed),
            None if failed + counts.not_attempted > 0 || questions => (RunResult::SomeFailed, Status::DoneWithErrors, RunEnd::SomeFailed),
            None if set.operations.is_empty() && set.updates.is_quiet() => (RunResult::NothingToDo, Status::Done, RunEnd::NothingToDo),
            None => (RunResult::Done, Status::Done, RunEnd::Done),
        }
    }

    /// Writes the end of the run and the status of its change set, if it has a new one, in one transaction. The error file comes last:
    /// what was done is done, whether or not a copy of its errors can be written.
    fn end(
        &self,
        set: &ChangeSet,
        result: RunResult,
        status: Option<Status>,
        sentence: &str,
        errors: &[ErrorRow],
    ) -> Result<(), EngineError> {
        let (store, now) = (&self.session.store, self.session.clock.now);
        let transaction = store.transaction()?;
        transaction.add_errors(self.number, errors)?;
        // Only a change set that was begun has a new status: a person who was asked and did not agree has approved nothing.
        let approved = status.map(|_| self.approved(set)).unwrap_or_default();
        if result.is_applied() {
            // Where nothing was held, nobody was asked whether the state is in order.
            if approved.leaves && set.is_held() {
                transaction.end_recovery(&set.head.link_set)?;
            }
            transaction.end_rebind(&set.head.link_set)?;
            transaction.trust_events(&set.head.link_set)?;
            for (system, origins) in self.session.destinations() {
                let secrets = self.session.workspace.project.config.kept(&system.name, system.secrets().map(|(name, _)| name));
                transaction.trust_first(&system.name, &origins, &secrets, &self.by, now)?;
            }
            transaction.end_decisions(&set.head.link_set, &set.updates.settled, now, self.session.workspace.project.host.now())?;
            transaction.keep_read_files(&set.head.link_set, &set.updates.files)?;
            let digester = Digester::new(store.key());
            apply::refused::store(&transaction, set, &self.applied, &store.refused(&set.head.link_set)?, &digester, now)?;
            run_state::store_reads(store, &transaction, &self.session.plan, self.number, set, &self.applied, now)?;
        }
        let run = FinishedRun {
            finished: self.session.workspace.project.host.now(),
            result,
            // Whoever was refused has read and done nothing.
            counts: if result == RunResult::Refused { RunCounts::default() } else { self.counts(set) },
            change_set: Some(&set.head.id),
            present: &set.updates.present,
            whole: set.head.source.since.is_none(),
            reading: &set.head.reading,
            approved,
            sentence,
        };
        store.finish_run(self.number, &run)?;
        if let Some(status) = status {
            store.set_status(&set.head.id, status, Some(self.number))?;
        }
        transaction.commit()?;
        self.error_files(errors);
        Ok(())
    }

    /// What a person approved of a change set that was carried out: one that is held is only begun where a person has confirmed it. Of one
    /// that is applied at a terminal, somebody has seen who leaves.
    fn approved(&self, set: &ChangeSet) -> Approved {
        let confirmed = set.is_held() && self.held_back.is_none();
        let shrank = |guard: &GuardReport| guard.what == Guarded::Source && !guard.within;
        let leaves = confirmed || self.at_terminal;
        Approved { leaves, source: confirmed && set.head.guards.iter().any(shrank) }
    }

    fn counts(&self, set: &ChangeSet) -> RunCounts {
        let counts = &self.applied.counts;
        RunCounts {
            read: set.ledger.read,
            created: counts.created,
            sent: counts.sent,
            updated: counts.updated,
            left: self.leavers_done(set) + set.updates.shown.len() as u64,
            returned: counts.returned,
            failed: counts.failed + counts.conflicts,
            not_known: counts.unknown,
            needs_attention: set.ledger.needs_attention(),
            open_links: self.most_open_links(set),
        }
    }

    /// The open links at the start of the run, or at its end if there are more by then.
    fn most_open_links(&self, set: &ChangeSet) -> u64 {
        let opens = |operation: &Operation| operation.linked_by.is_some() || operation.verdict == Verdict::Return;
        let outcomes = set.operations.iter().zip(&self.applied.outcomes);
        let opened = outcomes.filter(|(operation, outcome)| **outcome == Outcome::Done && opens(operation)).count();
        set.head.open_links + ((set.updates.links.len() + opened) as u64).saturating_sub(self.leavers_done(set))
    }

    /// What guards on leavers count, where it was done: leaves, deletes of a later step, and unique values that were emptied.
    /// A guard over several days adds up what the runs before remember.
    fn leavers_done(&self, set: &ChangeSet) -> u64 {
        let target = self.session.plan.target.collection();
        let outcomes = set.operations.iter().zip(&self.applied.outcomes);
        outcomes.filter(|(operation, outcome)| **outcome == Outcome::Done && operation.leaves(target)).count() as u64
    }

    /// The error file of a run, for a spreadsheet and for programs.
    fn error_files(&self, errors: &[ErrorRow]) {
        if errors.is_empty() {
            return;
        }
        let rows: Vec<ListedError> = errors.iter().map(|error| ListedError { error: error.clone(), fixed: None }).collect();
        if let Err(error) = error_file::write(&self.session.workspace.project, self.number, &rows) {
            self.session.workspace.tell(Notice::NoErrorFile {
                run: self.number,
                why: unwritable(&self.session.workspace.project.state_folder().join("errors"), &error),
            });
        }
    }
}

/// Why a change set is held: every guard that is exceeded, as in `leavers 41 of 264, over "at most 10% or 5"`, and every doubt.
pub(super) fn held_words(set: &ChangeSet) -> String {
    let tripped = set.head.guards.iter().filter(|guard| !guard.within);
    let past = |guard: &GuardReport| if matches!(guard.limit, GuardLimit::AtLeast { .. }) { "under" } else { "over" };
    let guards = tripped.map(|guard| format!("{} {} of {}, {} \"{}\"", guard.what, guard.count, guard.of, past(guard), guard.limit));
    guards.chain(set.head.doubts.iter().cloned()).collect::<Vec<_>>().join("; ")
}

/// Removes values and words that were kept long enough; the files first, so that none is forgotten while it is still there.
fn shrink(session: &Session, now: Timestamp) -> Result<(), EngineError> {
    let transaction = session.store.transaction()?;
    let project = &session.workspace.project;
    let files: Vec<_> = transaction.shrink(now - KEPT)?.into_iter().map(|file| project.state_folder().join(file)).collect();
    remove_files(project.host.disk(), &files)?;
    Ok(transaction.commit()?)
}

/// The lease of the collection that a run writes to: one at a time, whichever pipeline it is.
fn target_lease(session: &Session) -> String {
    format!("target-{}", &blake3::hash(session.identity.target.as_bytes()).to_hex()[..16])
}

fn target_is_busy(collection: &str, error: LeaseError) -> EngineError {
    match error {
        LeaseError::Held(holder) => EngineError::Busy(format!("another run writes to `{collection}`, by {holder}: wait until it is done")),
        LeaseError::Beginning => {
            EngineError::Busy(format!("another run that writes to `{collection}` is just beginning: wait until it is done"))
        }
        LeaseError::State(error) => error.into(),
    }
}

fn twin_is_busy(pipeline: &str, error: LeaseError) -> EngineError {
    match error {
        LeaseError::Held(_) | LeaseError::Beginning => {
            EngineError::Busy(format!("`{pipeline}` has the same people and runs the other way just now: wait until it is done"))
        }
        LeaseError::State(error) => error.into(),
    }
}
