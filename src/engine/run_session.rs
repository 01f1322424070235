//! A run under its lease: begun, carried out, written into the history.

use crate::{
    cli::{
        failure::{Exit, Failure},
        progress::{Progress, Stage},
        terminal::{Format, Terminal},
        views::{
            history::{errors_csv, errors_jsonl},
            ledger::{self, Tense},
            report::{self, Ended},
        },
    },
    engine::session::Session,
    run::{
        apply::{self, Accounts, Applied, Recovered, Stop, Watcher, Work as Carry},
        change_set::{ChangeSet, Finding, NOT_ANSWERED, Operation, Outcome, Verdict, hash::Digester},
        plan::{
            lookups::{Breadth, Reads},
            pending,
        },
        run_state,
    },
    state::{
        change_sets::Status,
        errors::{ErrorRow, ListedError},
        lease::{Lease, LeaseError},
        runs::{FinishedRun, NewRun, RunCounts, RunResult},
    },
};
use jiff::Timestamp;
use std::{fs, io, sync::Mutex, time::Instant};
use tokio::sync::watch;

/// A run that has begun.
pub struct RunSession<'a> {
    pub session: &'a Session,
    pub number: i64,
    lease: Lease,
    /// Both directions over the same people run one after the other.
    _twin_lease: Option<Lease>,
    begun: Instant,
    recovered: Recovered,
    applied: Applied,
    /// Why leavers were left alone, where all else was done.
    held_back: Option<String>,
    cancel: watch::Receiver<bool>,
}

impl<'a> RunSession<'a> {
    /// Takes the lease, gives the run a number, and listens for Ctrl-C.
    ///
    /// # Errors
    /// Another run of this pipeline is under way, or the state can't be written.
    pub fn begin(session: &'a Session, begun: Instant) -> Result<Self, Failure> {
        let by = std::env::var("COUNTERPART_BY").or_else(|_| std::env::var("USER")).unwrap_or_else(|_| "somebody".to_owned());
        let now = session.clock.now;
        let lease = lease(session, &session.plan.name, &by)?;
        let twin_lease = session.twin.as_ref().map(|twin| lease_of_twin(session, &twin.pipeline, &by)).transpose()?;
        let run = NewRun { identity: &session.identity, plan: &session.plan.id, binding: &session.plan.hash, by: &by, started: now };
        let number = session.store.begin_run(&lease, &run)?;
        let (recovered, applied) = (Recovered::default(), Applied::default());
        let cancel = interrupted(&session.progress);
        Ok(Self { session, number, lease, _twin_lease: twin_lease, begun, recovered, applied, held_back: None, cancel })
    }

    /// Finds out what became of requests whose answers an earlier run never saw.
    ///
    /// # Errors
    /// The state can't be written.
    pub async fn recover(&mut self) -> Result<(), Failure> {
        let accounts = Accounts::new(&self.session.target, &self.session.plan);
        let recovered = apply::recover(&self.carry(&accounts, &apply::Nobody)).await?;
        let looked_up = recovered.done + recovered.undone;
        if looked_up > 0 {
            self.session.progress.line(&format!(
                "looked up {looked_up} requests of an earlier run: {} had been made, {} had not",
                recovered.done, recovered.undone
            ));
        }
        if recovered.again > 0 {
            self.session.progress.line(&format!(
                "{} events of an earlier run were never answered: each is sent again, and the target drops doubles",
                recovered.again
            ));
        }
        self.recovered = recovered;
        Ok(())
    }

    /// Reads both systems and judges, under the lease.
    ///
    /// # Errors
    /// The state can't be read or written.
    pub async fn look(&self) -> Result<ChangeSet, Failure> {
        let session = self.session;
        let mut reads = session.read(Breadth::Used).await?;
        self.settle_by_read(&reads)?;
        let memory = session.memory()?;
        Ok(session.judge(&session.plan, &mut reads, &memory).await)
    }

    fn settle_by_read(&self, reads: &Reads) -> Result<(), Failure> {
        if reads.target.end.is_complete() && !self.recovered.by_read.is_empty() {
            apply::settle_by_read(&self.session.store, &self.session.set.id, &self.recovered, self.session.clock.now)?;
        }
        Ok(())
    }

    /// Carries a change set out; `held_back` says why its leavers are left alone, if they are.
    ///
    /// # Errors
    /// The state can't be written; what was under way is looked up by the next run.
    pub async fn apply(&mut self, set: &ChangeSet, held_back: Option<String>) -> Result<(), Failure> {
        self.held_back = held_back;
        self.session.store.set_status(&set.id, Status::Applying, Some(self.number))?;
        let accounts = Accounts::new(&self.session.target, &self.session.plan);
        let bar = Bar::new(&self.session.progress, &set.target.collection, set.operations.len() as u64);
        let applied = apply::apply(&self.carry(&accounts, &bar), set).await;
        let applied = applied.map_err(|error| Failure::stopped(format!("{error}; what was under way is looked up by the next run")))?;
        bar.done(&applied);
        self.applied = applied;
        Ok(())
    }

    fn carry<'w>(&'w self, accounts: &'w Accounts<'w>, watcher: &'w dyn Watcher) -> Carry<'w, Accounts<'w>> {
        Carry {
            store: &self.session.store,
            plan: &self.session.plan,
            target: accounts,
            lease: &self.lease,
            run: self.number,
            link_set: &self.session.set.id,
            clock: &Timestamp::now,
            watcher,
            held_back: self.held_back.as_deref(),
            cancel: self.cancel.clone(),
        }
    }

    /// Ends a run whose reads could not be used.
    ///
    /// # Errors
    /// The state can't be written.
    pub fn incomplete(&self, set: &ChangeSet, why: &str) -> Result<(), Failure> {
        self.end(set, RunResult::Incomplete, why, &[])
    }

    /// Ends a run that was refused before its first write.
    ///
    /// # Errors
    /// The state can't be written.
    pub fn refused(&self, set: &ChangeSet, why: &str) -> Result<(), Failure> {
        self.end(set, RunResult::Stopped, &format!("refused: {why}"), &[])
    }

    /// Ends a run that a guard or the first publishing holds.
    ///
    /// # Errors
    /// The state can't be written.
    pub fn held(&self, set: &ChangeSet) -> Result<(), Failure> {
        let guard = set.guards.iter().find(|guard| !guard.within);
        let why = guard.map_or_else(
            || "waits to be published".to_owned(),
            |guard| format!("{} {} of {}, {}", guard.what, guard.count, guard.of, guard.limit),
        );
        self.end(set, RunResult::Held, &why, &rejected(set))
    }

    fn end(&self, set: &ChangeSet, result: RunResult, sentence: &str, errors: &[ErrorRow]) -> Result<(), Failure> {
        let store = &self.session.store;
        let transaction = store.transaction()?;
        transaction.add_errors(self.number, errors)?;
        if result.is_applied() {
            transaction.trust_events(&set.link_set)?;
            let (digester, now) = (Digester::new(store.key()), self.session.clock.now);
            pending::settle(&transaction, set, &self.applied, &store.refused(&set.link_set)?, &digester, now)?;
            run_state::settle_reads(store, &transaction, &self.session.plan, self.number, set, &self.applied, self.session.clock.now)?;
        }
        let run = FinishedRun {
            finished: Timestamp::now(),
            result,
            counts: self.counts(set),
            change_set: Some(&set.id),
            present: &set.present,
            whole: set.source.since.is_none(),
            sentence,
        };
        store.finish_run(self.number, &run)?;
        transaction.commit()?;
        self.error_files(errors)
    }

    fn counts(&self, set: &ChangeSet) -> RunCounts {
        let counts = &self.applied.counts;
        let open_links = set.guards.iter().map(|guard| guard.of).max().unwrap_or(0);
        RunCounts {
            read: set.ledger.read,
            created: counts.created,
            sent: counts.sent,
            updated: counts.updated,
            left: counts.left,
            returned: counts.returned,
            failed: counts.failed + counts.conflicts + counts.unknown,
            needs_attention: set.ledger.needs_attention(),
            open_links,
        }
    }

    /// The error file of a run, for a spreadsheet and for programs.
    fn error_files(&self, errors: &[ErrorRow]) -> Result<(), Failure> {
        if errors.is_empty() {
            return Ok(());
        }
        let rows: Vec<ListedError> = errors.iter().map(|error| ListedError { error: error.clone(), fixed: None }).collect();
        let folder = self.session.project.state_folder().join("errors");
        let write = || -> io::Result<()> {
            fs::create_dir_all(&folder)?;
            fs::write(folder.join(format!("run-{}.csv", self.number)), errors_csv(&rows, false))?;
            fs::write(folder.join(format!("run-{}.jsonl", self.number)), errors_jsonl(&rows, false))
        };
        write().map_err(|error| Failure::stopped(format!("the error file of run {} can't be written: {error}", self.number)))
    }
}

fn lease(session: &Session, pipeline: &str, by: &str) -> Result<Lease, Failure> {
    session.store.lease(pipeline, by, session.clock.now).map_err(|error| match error {
        LeaseError::Held(_) => Failure::stopped(format!("nothing was written: {error}")),
        LeaseError::State(error) => error.into(),
    })
}

fn lease_of_twin(session: &Session, pipeline: &str, by: &str) -> Result<Lease, Failure> {
    session.store.lease(pipeline, by, session.clock.now).map_err(|error| match error {
        LeaseError::Held(_) => Failure::stopped(format!(
            "nothing was written: `{pipeline}` has the same people and runs the other way just now: wait until it is done"
        )),
        LeaseError::State(error) => error.into(),
    })
}

/// Writes a run that was carried out into the history, and prints its report.
///
/// # Errors
/// The state can't be written.
pub fn finish(work: &RunSession<'_>, set: &ChangeSet, terminal: &Terminal) -> Result<Exit, Failure> {
    let Applied { outcomes, rekeyed, open_references, .. } = &work.applied;
    let ended = Ended { run: work.number, set, outcomes, rekeyed, open_references, milliseconds: work.begun.elapsed().as_millis() as u64 };
    let (result, status, exit) = judgement(work, set, &ended);
    let mut errors = rejected(set);
    errors.extend(apply::error_rows(set, &work.applied));
    let held_back = work.held_back.as_ref().map(|why| format!("leavers are held: {why}"));
    let sentence = work.applied.stopped.as_ref().map(Stop::words).unwrap_or_default();
    let moved = rekeyed.iter().map(|rekey| rekey.words(&set.target.collection));
    let said = std::iter::once(sentence.clone()).filter(|sentence| !sentence.is_empty());
    let remembered: Vec<_> = said.chain(held_back.clone()).chain(moved).collect();
    work.end(set, result, &remembered.join("; "), &errors)?;
    work.session.store.set_status(&set.id, status, Some(work.number))?;
    terminal.print(&match terminal.format {
        Format::Text => report::text(&ended, terminal),
        Format::Json | Format::Jsonl => format!("{:#}\n", json(&ended, exit)),
        _ => report::lines(&ended, exit as u8),
    });
    if !sentence.is_empty() {
        terminal.say(&format!("stopped: {sentence}"));
    }
    if held_back.is_some() {
        terminal.next(&format!("counterpart plan {}", set.pipeline));
        return Ok(exit);
    }
    terminal.next(&if errors.is_empty() { "counterpart history".to_owned() } else { format!("counterpart errors {}", work.number) });
    Ok(exit)
}

fn judgement(work: &RunSession<'_>, set: &ChangeSet, ended: &Ended<'_>) -> (RunResult, Status, Exit) {
    match &work.applied.stopped {
        Some(Stop::Cancelled) => (RunResult::Interrupted, Status::Interrupted, Exit::Interrupted),
        Some(_) => (RunResult::Stopped, Status::Stopped, Exit::Stopped),
        None if work.held_back.is_some() && ended.failed() == 0 => (RunResult::Done, Status::Stopped, Exit::Held),
        None if ended.failed() + ended.not_attempted() > 0 || set.findings.iter().any(is_not_answered) => {
            (RunResult::SomeFailed, Status::DoneWithErrors, Exit::SomeFailed)
        }
        None if set.operations.is_empty() && set.links.is_empty() && set.rekeys.is_empty() => {
            (RunResult::NothingToDo, Status::Done, Exit::Done)
        }
        None => (RunResult::Done, Status::Done, Exit::Done),
    }
}

fn json(ended: &Ended<'_>, exit: Exit) -> serde_json::Value {
    let failed = ended.set.operations.iter().zip(ended.outcomes).filter(|(_, outcome)| **outcome != Outcome::Done);
    let failures: Vec<_> = failed
        .map(|(operation, outcome)| serde_json::json!({ "key": operation.key, "verdict": operation.verdict.token(), "outcome": outcome }))
        .collect();
    let done: serde_json::Map<_, _> =
        ledger::WRITING.into_iter().map(|verdict| (ledger::token(verdict, Tense::Past), ended.done(verdict).into())).collect();
    serde_json::json!({
        "format": 1, "run": ended.run, "pipeline": ended.set.pipeline, "change_set": ended.set.id, "milliseconds": ended.milliseconds,
        "done": done, "failed": ended.failed(), "not_attempted": ended.not_attempted(), "failures": failures, "ledger": ended.set.ledger, "exit": exit as u8,
    })
}

/// Whether nobody could judge a record because a look-up failed.
fn is_not_answered(finding: &Finding) -> bool {
    finding.verdict == Verdict::Unread && finding.kind == NOT_ANSWERED
}

/// The error rows of records that could not be judged.
fn rejected(set: &ChangeSet) -> Vec<ErrorRow> {
    let found = set.findings.iter().filter(|finding| finding.verdict == Verdict::Rejected || is_not_answered(finding));
    found
        .map(|finding| {
            let line = finding.lines.first().cloned().unwrap_or_default();
            let (step, code) = match &*finding.kind {
                NOT_ANSWERED => ("look up", "W0906"),
                code if code.starts_with("R02") => ("extract", code),
                code => ("judge", code),
            };
            ErrorRow {
                key: finding.key.clone(),
                label: finding.label.clone(),
                step: step.to_owned(),
                attribute: finding.attribute.clone(),
                code: code.to_owned(),
                message: finding.detail.clone(),
                file: line.file,
                line: line.line,
            }
        })
        .collect()
}

/// True once somebody pressed Ctrl-C: requests under way are finished, nothing more is begun.
fn interrupted(progress: &std::sync::Arc<Progress>) -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    let progress = std::sync::Arc::clone(progress);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            progress.line("finishing the requests under way; the next run goes on from there");
            let _ = sender.send(true);
        }
    });
    receiver
}

/// The bar of the writes.
struct Bar {
    stage: Mutex<Option<Stage>>,
    total: u64,
    counts: Mutex<[u64; 5]>,
}

impl Bar {
    fn new(progress: &Progress, collection: &str, total: u64) -> Self {
        let stage = (total > 0).then(|| progress.stage("write", collection));
        Self { stage: Mutex::new(stage), total, counts: Mutex::default() }
    }

    fn done(&self, applied: &Applied) {
        let stage = self.stage.lock().ok().and_then(|mut stage| stage.take());
        if let Some(stage) = stage {
            let done = applied.counts.done();
            let note = if done == self.total { "done".to_owned() } else { format!("{} not done", self.total - done) };
            stage.done(done, Some(self.total), &note);
        }
    }
}

impl Watcher for Bar {
    fn settled(&self, operation: &Operation, outcome: &Outcome, number: usize, of: usize) {
        let Ok(mut counts) = self.counts.lock() else { return };
        let at = match (outcome, operation.verdict) {
            (Outcome::Done, Verdict::Send) => 4,
            (Outcome::Done, Verdict::Create) => 0,
            (Outcome::Done, Verdict::Leave | Verdict::Stage) => 2,
            (Outcome::Done, _) => 1,
            _ => 3,
        };
        counts[at] += 1;
        let words = ["created", "updated", "left", "failed", "sent"];
        let note: Vec<String> = counts.iter().zip(words).filter(|(n, _)| **n > 0).map(|(n, word)| format!("{n} {word}")).collect();
        if let Ok(stage) = self.stage.lock()
            && let Some(stage) = &*stage
        {
            stage.at(number as u64, Some(of as u64), &note.join(", "));
        }
    }
}
