//! Runs operations: each is checked against the account, recorded as an intent, sent, and recorded with its outcome.

mod another;
mod answers;
pub(crate) mod batching;
mod held;
mod journal;
pub(crate) mod outcomes;
pub(crate) mod proof;
pub(crate) mod rebase;
mod sending;

use super::{
    Applied, ApplyContext, Stop,
    breaker::Breaker,
    precondition,
    resolve::{Resolution, Resolver},
    schedule::Schedule,
    settle::StepEnd,
    target::Target,
    writes::{self, Looked},
};
use crate::{
    run::change_set::{ChangeSet, OpenReference, Operation, Outcome, Step, Stored, Verdict, Written},
    state::StateError,
    systems::{self, CallError, GetResult},
    value::{Pending, Value, trie::Row},
};
use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use jiff::Timestamp;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    pin::Pin,
};
use thiserror::Error;

/// Operations of one batch.
const BATCH: usize = 100;

type InFlight<'f> = Pin<Box<dyn Future<Output = Vec<(usize, Completion)>> + 'f>>;

/// The result of a request or look-up.
pub(crate) enum Completion {
    Looked(Result<GetResult, CallError>),
    /// The ids of accounts that have the values of a new record.
    Found(Result<Vec<String>, CallError>),
    Sent(Result<systems::Written, CallError>),
    /// The record after a write whose response did not contain it, with the id from the response.
    Seen(Option<String>, Result<GetResult, CallError>),
    Resolved(Resolution),
}

/// The progress of one operation.
#[derive(Default)]
struct OperationState {
    step: usize,
    /// The step with references filled in, and without effects that have happened already.
    filled: Option<Step>,
    looked: Looked,
    /// What the answer to a write shows, while it is looked at.
    answer: Option<Row>,
    /// The number of the shared request, if the operation is sent with others.
    batch: Option<u32>,
    /// The account that the operation's own was merged into.
    survivor: Option<String>,
    intent: Option<Opened>,
    /// It closes or deletes an account, and nothing shows that it did.
    unproved: bool,
    /// Error of the last request whose effect is unknown.
    lost: Option<CallError>,
    /// The refusal of a request whose account has changed since the request was made.
    refusal: Option<CallError>,
    outcome: Option<Outcome>,
}

/// An intent that is durable.
struct Opened {
    id: i64,
    at: Timestamp,
    token: String,
    attempt: u32,
}

pub(crate) struct Executor<'f, T> {
    context: &'f ApplyContext<'f, T>,
    set: &'f ChangeSet,
    resolver: &'f Resolver<'f, T>,
    in_flight: FuturesUnordered<InFlight<'f>>,
    schedule: Schedule<'f>,
    states: Vec<OperationState>,
    /// Accounts created in this run, by key.
    created: HashMap<&'f str, String>,
    /// The same, by account.
    created_ids: HashSet<String>,
    /// Ready, and waiting for others to share a request with.
    batching: Vec<usize>,
    /// How many shared requests there are so far.
    batches: u32,
    /// Ready, their intents not yet durable.
    to_open: Vec<usize>,
    /// Their intents are durable.
    to_send: VecDeque<usize>,
    /// Intents that are sent once more.
    repeats: Vec<i64>,
    /// Links whose account was merged into another one: key, old and new account. Not yet durable.
    rekeys: Vec<(&'f str, String, String)>,
    /// Ends of steps. Not yet durable.
    endings: Vec<(usize, StepEnd)>,
    /// How many operations have a request or look-up under way.
    under_way: usize,
    breaker: Breaker,
    applied: Applied,
    finished: usize,
}

impl<'f, T: Target> Executor<'f, T> {
    pub fn new(context: &'f ApplyContext<'f, T>, set: &'f ChangeSet, resolver: &'f Resolver<'f, T>) -> Self {
        Self {
            context,
            set,
            resolver,
            in_flight: FuturesUnordered::new(),
            schedule: Schedule::new(&set.operations),
            states: set.operations.iter().map(|_| OperationState::default()).collect(),
            created: HashMap::new(),
            created_ids: HashSet::new(),
            batching: Vec::new(),
            batches: 0,
            to_open: Vec::new(),
            to_send: VecDeque::new(),
            repeats: Vec::new(),
            rekeys: Vec::new(),
            endings: Vec::new(),
            under_way: 0,
            breaker: Breaker::default(),
            applied: Applied::default(),
            finished: 0,
        }
    }

    pub async fn run(mut self) -> Result<Applied, StateError> {
        loop {
            if *self.context.cancel.borrow() {
                self.stop(Stop::Cancelled);
            }
            self.start();
            self.form_batches();
            self.commit()?;
            self.launch();
            let Some(events) = self.in_flight.next().await else {
                if self.is_idle() {
                    break;
                }
                continue;
            };
            self.take(events);
            while let Some(Some(events)) = self.in_flight.next().now_or_never() {
                self.take(events);
            }
        }
        Ok(self.finish())
    }

    fn operation(&self, at: usize) -> &'f Operation {
        &self.set.operations[at]
    }

    fn is_idle(&self) -> bool {
        self.to_open.is_empty()
            && self.to_send.is_empty()
            && self.endings.is_empty()
            && self.rekeys.is_empty()
            && (self.applied.stopped.is_some() || self.schedule.is_still() && self.batching.is_empty())
    }

    fn stop(&mut self, stop: Stop) {
        self.applied.stopped.get_or_insert(stop);
    }

    /// How many intents may be open: twice what can be under way.
    fn window(&self) -> usize {
        self.slots().saturating_mul(2)
    }

    fn slots(&self) -> usize {
        self.context.target.at_once().max(1).saturating_mul(self.context.target.batch().max(1))
    }

    fn start(&mut self) {
        while self.applied.stopped.is_none()
            && !self.has_full_batch()
            && self.to_open.len() + self.to_send.len() + self.under_way + self.endings.len() < self.window()
        {
            let Some(at) = self.schedule.next() else { break };
            self.begin(at);
        }
    }

    fn begin(&mut self, at: usize) {
        let operation = self.operation(at);
        let now = (self.context.clock)();
        let reader = &self.resolver.reader;
        let leaves = || operation.leaves(reader.collection());
        if let Some(why) = self.context.held_back.filter(|_| leaves()) {
            return self.not_attempted(at, format!("held: {why}"));
        }
        if let Some(why) = self.waits_for(operation).or_else(|| precondition::stale(reader, operation, self.set.head.made_at, now)) {
            return self.not_attempted(at, why);
        }
        if let Err(why) = self.is_not_held(operation) {
            return self.conflict(at, &why);
        }
        let Some(step) = operation.steps.get(self.states[at].step) else { return self.nothing_to_send(at) };
        match self.fill(step, &operation.key) {
            Err(why) => return self.not_attempted(at, why.to_string()),
            Ok((filled, open)) if !open.is_empty() && leaves_nothing(&filled) => return self.leave_out(at, open),
            Ok((filled, open)) => {
                self.states[at].filled = Some(filled);
                self.applied.open_references.extend(open);
            }
        }
        if self.states[at].step == 0 && is_create(step) {
            return self.begin_new(at, now);
        }
        let Some(target) = operation.target.as_deref().filter(|_| self.states[at].step == 0) else {
            return self.is_ready(at);
        };
        if !precondition::needs_look(reader, operation, self.is_old(now)) {
            return self.is_ready(at);
        }
        if reader.collection().get.is_none() && !self.context.target.is_file() {
            self.applied.counts.unchecked += 1;
            return self.is_ready(at);
        }
        let (target, id) = (self.context.target, reader.id_value(target));
        self.under_way += 1;
        self.in_flight.push(Box::pin(async move { vec![(at, Completion::Looked(target.get(&id).await))] }));
    }

    /// Whether what was read of the target may not be so any more.
    fn is_old(&self, now: Timestamp) -> bool {
        self.set.is_old(now) || self.context.target.is_changed()
    }

    /// If the read that found no account is old, or does not show who has a unique value, looks for accounts that have it.
    fn begin_new(&mut self, at: usize, now: Timestamp) {
        let step = self.states[at].filled.clone().filter(|_| !writes::is_event(self.operation(at)));
        let resolver = self.resolver;
        let looks = |step: &Step| self.is_old(now) || resolver.may_be_taken_unread(step.values());
        let Some(step) = step.filter(looks) else { return self.is_ready(at) };
        self.under_way += 1;
        self.in_flight.push(Box::pin(async move { vec![(at, Completion::Found(resolver.ids_with(step.values()).await))] }));
    }

    /// The key of an operation that had to come first and failed. A record that is only referred to in an optional attribute
    /// does not count.
    fn waits_for(&self, operation: &Operation) -> Option<String> {
        let failed = |key: &&String| {
            let before = self.schedule.of_key(key).and_then(|at| self.states[at].outcome.as_ref());
            before.is_some_and(|outcome| !matches!(outcome, Outcome::Done | Outcome::NotShown { .. }))
        };
        let named = |key: &String| operation.written().flat_map(|value| value.after.0.pending()).any(|pending| pending.key == **key);
        operation.after.iter().filter(|key| !named(key)).find(failed).map(|key| format!("waits for {key}"))
    }

    /// The step with the ids of records that this run has created, and the references that are left out.
    ///
    /// # Errors
    /// A new record must refer to one that has no account.
    fn fill(&self, step: &Step, key: &str) -> Result<(Step, Vec<OpenReference>), Waits> {
        let (mut step, mut open) = (step.clone(), Vec::new());
        let creates = is_create(&step);
        if let Some(values) = step.values_mut() {
            for written in std::mem::take(values) {
                let lacking: Vec<_> = written.after.0.pending().filter(|pending| self.counterpart(pending).is_none()).collect();
                if let Some(pending) = lacking.first().filter(|_| creates && self.resolver.reader.is_required(&written.attribute)) {
                    return Err(Waits(pending.key.to_string()));
                }
                let whole = self.resolver.reader.is_whole_list(&written.attribute) && !lacking.is_empty();
                let after = written.after.0.filled(|pending| self.counterpart(pending)).filter(|_| !whole);
                open.extend(lacking.into_iter().map(|pending| OpenReference::of(key, &written, pending)));
                values.extend(after.map(|after| Written { after: Stored(after), ..written.clone() }));
            }
        }
        Ok((step, open))
    }

    fn counterpart(&self, Pending { pipeline, key }: &Pending) -> Option<Value> {
        let own = *pipeline == self.set.head.pipeline;
        let created = own.then(|| self.created.get(key.as_str()).cloned()).flatten();
        // A record that this change set creates has no other account: what its link still says does not exist any more.
        let is_new = own && self.schedule.of_key(key).is_some_and(|at| self.operation(at).verdict == Verdict::Create);
        let stored = || self.context.store.counterpart(pipeline, key).ok().flatten().filter(|_| !is_new);
        let id = created.or_else(stored)?;
        Some(self.context.plan.target.collection().id_value(&id))
    }
}

/// An operation waits for the account of another record, by its key.
#[derive(Debug, Error)]
#[error("waits for {0}")]
struct Waits(String);

fn leaves_nothing(step: &Step) -> bool {
    matches!(step, Step::Update { values } if values.is_empty())
}

const fn is_create(step: &Step) -> bool {
    matches!(step, Step::Create { .. })
}
