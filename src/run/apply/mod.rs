//! Carries out exactly one change set.
//!
//! Each request has an intent in the journal that is durable before its first byte is sent; outcome, link, bases, stage and
//! effects become durable together. Operations run in numbered batches, many keys at once, but never two operations of one key.

mod breaker;
mod conflict;
mod events;
pub(crate) mod executor;
mod precondition;
pub mod preflight;
mod reader;
mod recover;
pub mod refused;
mod resolve;
pub(crate) mod schedule;
mod settle;
mod target;
#[cfg(test)]
mod tests;
mod writes;

use super::change_set::{ChangeSet, OpenReference, Operation, Outcome, Rekey, Verdict};
use crate::{
    compile::{ExecutionPlan, SourceLine, system::ErrorClass},
    host::Host,
    state::{
        StateError, Store,
        errors::{ErrorCode, ErrorRow, ErrorStep, RequestError},
        lease::Lease,
    },
};
use jiff::Timestamp;
use std::collections::BTreeMap;
use tokio::sync::watch;

pub use recover::{Recovered, drop_steps_of_creates, recover, settle_by_read};
pub use target::{Accounts, Target};

/// Everything that is needed to carry out a change set.
pub struct ApplyContext<'a, T> {
    pub store: &'a Store,
    pub plan: &'a ExecutionPlan,
    pub target: &'a T,
    pub lease: &'a Lease,
    /// The number of the run.
    pub run: i64,
    /// As [`ChangeSet::link_set`].
    pub link_set: &'a str,
    pub clock: &'a dyn Fn() -> Timestamp,
    /// For waits.
    pub host: &'a Host,
    pub watcher: &'a dyn Watcher,
    /// Other pipelines of this collection whose links hold no account.
    pub beside: &'a [String],
    /// Why closings and deletes are skipped: the pipeline says `hold leavers`, and no person has approved them.
    pub held_back: Option<&'a str>,
    /// True: finish the requests under way and stop.
    pub cancel: watch::Receiver<bool>,
}

/// Receives the outcomes as they occur.
pub trait Watcher {
    /// An operation has its outcome; `number` of `of` have theirs.
    fn settled(&self, _operation: &Operation, _outcome: &Outcome, _number: usize, _of: usize) {}
    /// Something is durable, or about to be sent: tests end the process here.
    fn at(&self, _moment: Moment) {}
}

/// Points of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Links and observations are stored, no intent is open yet.
    Begun,
    /// Intents are durable, their requests are not sent.
    Intended,
    /// A response has come, its outcome is not durable.
    Answered,
    /// Outcomes are durable.
    Settled,
}

/// Receives nothing.
pub struct NoWatcher;

impl Watcher for NoWatcher {}

/// Why the rest was not attempted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The target refuses the credentials.
    Auth(String),
    /// The file of the target can't be used.
    File(String),
    /// Too many failures.
    Failures(String),
    /// A person cancelled the run.
    Cancelled,
    /// Another process has taken over.
    LeaseLost,
}

impl Stop {
    /// One sentence.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Auth(message) => format!("the target refuses the credentials: {message}"),
            Self::File(words) | Self::Failures(words) => words.clone(),
            Self::Cancelled => "interrupted; the next run goes on from there".to_owned(),
            Self::LeaseLost => "another run has taken over".to_owned(),
        }
    }
}

/// The result of applying a change set.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// In the order of the operations.
    pub outcomes: Vec<Outcome>,
    pub counts: Counts,
    /// Effects on people, such as `a welcome e-mail`, with their number.
    pub effects: BTreeMap<String, u64>,
    /// Effects whose request got no response, and which are not sent again.
    pub perhaps: u64,
    pub stopped: Option<Stop>,
    /// Keys of operations whose answers do not show what was written: the next read decides.
    pub unproved: Vec<String>,
    /// References that were left out, because the records that they name were not created after all.
    pub open_references: Vec<OpenReference>,
    /// Links that moved to the surviving account of a merge, including those in the change set.
    pub rekeyed: Vec<Rekey>,
}

/// Outcomes, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub created: u64,
    /// Events.
    pub sent: u64,
    pub updated: u64,
    pub left: u64,
    /// Later stages of leaves.
    pub stages: u64,
    pub returned: u64,
    pub failed: u64,
    pub conflicts: u64,
    pub unknown: u64,
    pub not_attempted: u64,
    /// Operations that were written without reading the account again, because the target has no `get`.
    pub unchecked: u64,
}

impl Counts {
    /// Operations that were carried out.
    #[must_use]
    pub const fn done(&self) -> u64 {
        self.created + self.sent + self.updated + self.left + self.stages + self.returned
    }

    fn count(&mut self, verdict: Verdict, outcome: &Outcome) {
        *match (outcome, verdict) {
            (Outcome::Done, Verdict::Leave) => &mut self.left,
            (Outcome::Done, Verdict::Return) => &mut self.returned,
            (Outcome::Done, Verdict::Stage) => &mut self.stages,
            (Outcome::Done, Verdict::Send) => &mut self.sent,
            (Outcome::Done, Verdict::Create) => &mut self.created,
            (Outcome::Done, _) => &mut self.updated,
            (Outcome::Failed { .. } | Outcome::NotMade { .. } | Outcome::NotKept { .. }, _) => &mut self.failed,
            (Outcome::Conflict { .. }, _) => &mut self.conflicts,
            (Outcome::Unknown { .. } | Outcome::Perhaps { .. } | Outcome::NotShown { .. }, _) => &mut self.unknown,
            (Outcome::NotAttempted { .. }, _) => &mut self.not_attempted,
        } += 1;
    }
}

/// Carries out a change set: first the updates of the state, then its operations.
///
/// # Errors
/// The state can't be written. Nothing more is sent then; requests without an outcome are looked up by the next run.
pub async fn apply<T: Target>(context: &ApplyContext<'_, T>, change_set: &ChangeSet) -> Result<Applied, StateError> {
    settle::begin(context, change_set)?;
    context.watcher.at(Moment::Begun);
    let mut applied = executor::Executor::new(context, change_set, &context.resolver()).run().await?;
    applied.rekeyed.splice(..0, change_set.updates.rekeys.iter().cloned());
    Ok(applied)
}

/// The rows of the error file: operations that failed, or whose effect is unknown.
#[must_use]
pub fn error_rows(change_set: &ChangeSet, applied: &Applied) -> Vec<ErrorRow> {
    let row = |(operation, outcome): (&Operation, &Outcome)| {
        let (error, message, attribute) = match outcome {
            Outcome::Done | Outcome::NotAttempted { .. } => return None,
            Outcome::Failed { class, message, attribute } => (request_error(*class), format!("{class} \"{message}\""), attribute.clone()),
            Outcome::NotMade { message, attribute } => (RequestError::NotMade, message.clone(), attribute.clone()),
            Outcome::Conflict { message, .. } => (RequestError::Changed, message.clone(), None),
            Outcome::Unknown { message } | Outcome::NotShown { message } => (RequestError::Unknown, message.clone(), None),
            Outcome::Perhaps { call } => (RequestError::Unknown, format!("perhaps not sent: call {call}"), None),
            Outcome::NotKept { message, attribute } => (RequestError::NotKept, message.clone(), attribute.clone()),
        };
        let line = line_of(operation, attribute.as_deref());
        let (key, label) = (operation.key.clone(), operation.label.clone());
        Some(ErrorRow {
            key,
            label,
            step: ErrorStep::Apply,
            attribute,
            code: ErrorCode::Request(error),
            message,
            file: line.file,
            line: line.line,
        })
    };
    change_set.operations.iter().zip(&applied.outcomes).filter_map(row).collect()
}

const fn request_error(class: ErrorClass) -> RequestError {
    match class {
        ErrorClass::Auth => RequestError::Auth,
        ErrorClass::Invalid => RequestError::Invalid,
        ErrorClass::Conflict => RequestError::Conflict,
        ErrorClass::Gone => RequestError::Missing,
        ErrorClass::Limit => RequestError::Limit,
        ErrorClass::Temporary => RequestError::Temporary,
    }
}

/// The line that writes the attribute, else the first of the operation.
fn line_of(operation: &Operation, attribute: Option<&str>) -> SourceLine {
    let written = operation.written().find(|written| Some(&*written.attribute) == attribute);
    written.map(|written| (*written.line).clone()).or_else(|| operation.lines.first().cloned()).unwrap_or_default()
}
