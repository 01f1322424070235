//! The first step of a run: finds out what happened to requests of an earlier run that got no response.

use super::{
    ApplyContext,
    resolve::{Resolution, Resolver, Why},
    settle::{Settler, StepEnd, StepOutcome},
    target::Target,
    writes::is_event,
};
use crate::{
    compile::ExecutionPlan,
    run::{
        change_set::{ChangeSet, Operation, Verdict, hash::Digester},
        plan::pending,
    },
    state::{
        StateError, Store, Transaction,
        journal::{IntentOutcome, OpenIntent},
    },
};
use jiff::Timestamp;
use std::{collections::HashMap, time::Duration};

/// The result of the look-ups.
#[derive(Debug, Default)]
pub struct Recovered {
    /// Requests that had their effect.
    pub done: u64,
    /// Calls that can't be looked up and are not made again.
    pub perhaps: u64,
    /// Requests that had no effect: they are planned again.
    pub undone: u64,
    /// Events that may have arrived, and are sent again because the target discards duplicates.
    pub again: u64,
    /// Intents whose outcome a complete read of the target shows.
    pub by_read: Vec<i64>,
    /// By key, as JSON: the steps that remain for the run which finds that such a request had its effect.
    pub remaining: HashMap<String, String>,
    /// Keys whose outcome is still unknown: they are held in this run.
    pub unknown: Vec<String>,
}

/// Looks up the open intents of a link set, and closes those whose outcome it finds. Writes nothing to the target.
///
/// # Errors
/// The state can't be read or written.
pub async fn recover<T: Target>(context: &ApplyContext<'_, T>) -> Result<Recovered, StateError> {
    let resolver = context.resolver();
    let mut recovered = Recovered::default();
    for open in context.store.open_intents(context.link_set)? {
        let (resolution, operation) = resolve(context, &resolver, &open).await;
        recovered.note(&open, &resolution);
        if let (Resolution::ByRead, Some(operation)) = (&resolution, &operation) {
            let steps = remaining(context.plan, operation, open.intent.step as usize);
            recovered.remaining.extend(steps.map(|steps| (open.intent.key.clone(), steps)));
        }
        if let (Some(ended), Some(operation)) = (ended(resolution), operation) {
            let last = open.intent.step as usize + 1 == operation.steps.len();
            let ending = StepEnd { intent: Some(open.id), step: open.intent.step as usize, ended, last };
            let transaction = context.store.transaction()?;
            context.settler(&resolver).settle(&transaction, &operation, &ending)?;
            transaction.commit()?;
        }
    }
    Ok(recovered)
}

/// The steps of an operation that a read does not show, from the one whose outcome is unknown. A leave is planned again as a whole.
fn remaining(plan: &ExecutionPlan, operation: &Operation, from: usize) -> Option<String> {
    if is_event(operation) || matches!(operation.verdict, Verdict::Leave | Verdict::Stage) {
        return None;
    }
    let steps: Vec<_> = operation.steps.iter().skip(from).chain(&operation.waiting).cloned().collect();
    pending::as_json(&pending::remaining_steps(plan, &steps))
}

/// Closes intents after a complete read of the target: existing accounts will be matched, missing ones planned again. Call it
/// after the read and before planning. The steps that remained are kept, for the run that links the record.
///
/// # Errors
/// What SQLite says, as a sentence.
pub fn settle_by_read(store: &Store, link_set: &str, recovered: &Recovered, now: Timestamp) -> Result<(), StateError> {
    let open = store.open_intents(link_set)?;
    let transaction = store.transaction()?;
    for open in open.iter().filter(|open| recovered.by_read.contains(&open.id)) {
        transaction.close_intent(open.id, IntentOutcome::Read, None, now)?;
        transaction.forget_open_effects(link_set, &open.intent.key)?;
        if let Some(steps) = recovered.remaining.get(&open.intent.key) {
            transaction.set_pending_steps(link_set, &open.intent.key, Some(steps))?;
        }
    }
    transaction.commit()
}

/// Drops the steps that were kept for a create which did not happen: the one that is planned now has steps of its own.
///
/// # Errors
/// What SQLite says, as a sentence.
pub fn drop_steps_of_creates(transaction: &Transaction<'_>, link_set: &str, change_set: &ChangeSet) -> Result<(), StateError> {
    for operation in change_set.operations.iter().filter(|operation| operation.verdict == Verdict::Create) {
        transaction.set_pending_steps(link_set, &operation.key, None)?;
    }
    Ok(())
}

async fn resolve<T: Target>(
    context: &ApplyContext<'_, T>,
    resolver: &Resolver<'_, T>,
    open: &OpenIntent,
) -> (Resolution, Option<Operation>) {
    let Ok(operation) = serde_json::from_str::<Operation>(&open.intent.content) else { return (Resolution::ByRead, None) };
    let Some(step) = operation.steps.get(open.intent.step as usize) else { return (Resolution::ByRead, None) };
    let ago = (context.clock)().duration_since(open.intent.opened);
    let why = Why::Lost { ago: Duration::try_from(ago).unwrap_or_default() };
    let resolution = resolver.resolve(&operation.key, step, operation.target.as_deref(), why).await;
    (resolution, Some(operation))
}

fn ended(resolution: Resolution) -> Option<StepOutcome> {
    Some(match resolution {
        Resolution::Done { id, row } => StepOutcome::Done { id, row },
        Resolution::Gone => StepOutcome::Gone,
        Resolution::Perhaps => StepOutcome::Perhaps,
        Resolution::NotDone(_) => StepOutcome::Failed { outcome: IntentOutcome::Undone, message: "it had no effect".into(), unsent: true },
        Resolution::Again => StepOutcome::Failed {
            outcome: IntentOutcome::Again,
            message: "its outcome is unknown; it may be sent again".into(),
            unsent: true,
        },
        Resolution::Taken(why) => StepOutcome::Failed { outcome: IntentOutcome::Conflict, message: why.to_string(), unsent: true },
        Resolution::RefusalIsFinal | Resolution::ByRead | Resolution::Unknown(_) => return None,
    })
}

impl Recovered {
    fn note(&mut self, open: &OpenIntent, resolution: &Resolution) {
        match resolution {
            Resolution::Done { .. } | Resolution::Gone => self.done += 1,
            Resolution::Perhaps => self.perhaps += 1,
            Resolution::NotDone(_) | Resolution::RefusalIsFinal | Resolution::Taken(_) => self.undone += 1,
            Resolution::Again => self.again += 1,
            Resolution::ByRead => self.by_read.push(open.id),
            Resolution::Unknown(_) => self.unknown.push(open.intent.key.clone()),
        }
    }
}

impl<'a, T: Target> ApplyContext<'a, T> {
    pub(crate) fn resolver(&self) -> Resolver<'a, T> {
        let reader = super::reader::Reader::new(self.plan);
        Resolver { target: self.target, reader, store: self.store, link_set: self.link_set, cancel: self.cancel.clone(), host: self.host }
    }

    pub(crate) fn settler<'r>(&self, resolver: &'r Resolver<'a, T>) -> Settler<'r> {
        let now = (self.clock)();
        Settler {
            reader: &resolver.reader,
            files: self.target.is_file(),
            digester: Digester::new(self.store.key()),
            link_set: resolver.link_set,
            run: self.run,
            now,
            today: self.plan.day(now),
        }
    }
}
