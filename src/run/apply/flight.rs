//! Operations under way: looked at, intended, sent, and settled.

use super::{
    Applied, Moment, Stop, Work,
    breaker::Breaker,
    course::Course,
    precondition::{self, Stand},
    resolve::{Resolution, Resolver, Why, moved},
    settle::{Ended, Ending, effect_of, effects, is_retired},
    target::{Record, Target},
    writes,
};
use crate::{
    plan::system::ErrorClass,
    run::{
        changes::{ChangeSet, Operation, Outcome, Step, Stored, Verdict, Written},
        person::Clock,
    },
    state::{StateError, Transaction, journal::Intent},
    systems::{self, CallError, Effect},
    value::{Value, trie::Row},
};
use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use jiff::{Timestamp, tz::TimeZone};
use std::{collections::HashMap, collections::VecDeque, mem, pin::Pin, time::Duration};

/// Operations of one batch.
const BATCH: usize = 100;

type Flown<'f> = Pin<Box<dyn Future<Output = Vec<(usize, Event)>> + 'f>>;

/// What came back.
enum Event {
    Looked(Result<Option<Record>, CallError>),
    Sent(Result<systems::Written, CallError>),
    Resolved(Resolution),
}

/// One operation on its way.
#[derive(Default)]
struct Case {
    step: usize,
    /// The step with references filled in, and without effects that were had already.
    filled: Option<Step>,
    /// The account as it was looked at last.
    row: Option<Row>,
    intent: Option<Opened>,
    outcome: Option<Outcome>,
}

/// An intent that is durable.
struct Opened {
    id: i64,
    at: Timestamp,
    token: String,
    attempt: u32,
}

pub(super) struct Flight<'f, T> {
    work: &'f Work<'f, T>,
    set: &'f ChangeSet,
    course: Course<'f>,
    cases: Vec<Case>,
    /// Accounts created in this run, by key.
    created: HashMap<&'f str, String>,
    /// Ready, their intents not yet durable.
    to_open: Vec<usize>,
    /// Their intents are durable.
    to_send: VecDeque<usize>,
    /// Intents that are sent once more.
    repeats: Vec<i64>,
    /// Ended, not yet durable.
    endings: Vec<(usize, Ending)>,
    /// Operations that something is under way for.
    under_way: usize,
    breaker: Breaker,
    applied: Applied,
    settled: usize,
}

impl<'f, T: Target> Flight<'f, T> {
    pub fn new(work: &'f Work<'f, T>, set: &'f ChangeSet) -> Self {
        Self {
            work,
            set,
            course: Course::new(&set.operations),
            cases: set.operations.iter().map(|_| Case::default()).collect(),
            created: HashMap::new(),
            to_open: Vec::new(),
            to_send: VecDeque::new(),
            repeats: Vec::new(),
            endings: Vec::new(),
            under_way: 0,
            breaker: Breaker::default(),
            applied: Applied::default(),
            settled: 0,
        }
    }

    pub async fn fly(mut self) -> Result<Applied, StateError> {
        let resolver = self.work.resolver();
        let mut flying = FuturesUnordered::new();
        loop {
            if *self.work.cancel.borrow() {
                self.stop(Stop::Cancelled);
            }
            self.start(&resolver, &mut flying);
            self.commit(&resolver)?;
            self.launch(&resolver, &mut flying);
            let Some(events) = flying.next().await else {
                if self.is_idle() {
                    break;
                }
                continue;
            };
            self.take(events, &resolver, &mut flying);
            while let Some(Some(events)) = flying.next().now_or_never() {
                self.take(events, &resolver, &mut flying);
            }
        }
        Ok(self.land())
    }

    fn operation(&self, at: usize) -> &'f Operation {
        &self.set.operations[at]
    }

    fn is_idle(&self) -> bool {
        self.to_open.is_empty()
            && self.to_send.is_empty()
            && self.endings.is_empty()
            && (self.applied.stopped.is_some() || self.course.is_still())
    }

    fn stop(&mut self, stop: Stop) {
        self.applied.stopped.get_or_insert(stop);
    }

    // ---- beginning ----

    /// How many intents may be open: twice what can be under way.
    fn window(&self) -> usize {
        self.slots().saturating_mul(2)
    }

    fn slots(&self) -> usize {
        self.work.target.at_once().max(1).saturating_mul(self.work.target.batch().max(1))
    }

    fn start<'r>(&mut self, resolver: &'r Resolver<'f, T>, flying: &mut FuturesUnordered<Flown<'r>>)
    where
        'f: 'r,
    {
        while self.applied.stopped.is_none()
            && self.to_open.len() + self.to_send.len() + self.under_way + self.endings.len() < self.window()
        {
            let Some(at) = self.course.next() else { break };
            self.begin(at, resolver, flying);
        }
    }

    fn begin<'r>(&mut self, at: usize, resolver: &'r Resolver<'f, T>, flying: &mut FuturesUnordered<Flown<'r>>)
    where
        'f: 'r,
    {
        let operation = self.operation(at);
        let now = (self.work.clock)();
        let reader = &resolver.reader;
        if let Some(why) = self.waits_for(operation).or_else(|| precondition::stale(reader, operation, self.set.made_at, now)) {
            return self.not_attempted(at, why);
        }
        let Some(step) = operation.steps.get(self.cases[at].step) else { return self.nothing_to_send(at) };
        match self.fill(step) {
            Ok(filled) => self.cases[at].filled = Some(filled),
            Err(key) if self.cases[at].step > 0 => return self.leave_out(at, &key),
            Err(key) => return self.not_attempted(at, format!("waits for {key}")),
        }
        let Some(target) = operation.target.as_deref().filter(|_| self.cases[at].step == 0 && !is_create(step)) else {
            return self.to_open.push(at);
        };
        if !precondition::needs_look(reader, operation, self.set.made_at, now) {
            return self.to_open.push(at);
        }
        if reader.collection().get.is_none() {
            self.applied.counts.unchecked += 1;
            return self.to_open.push(at);
        }
        let (door, id) = (self.work.target, reader.id_value(target));
        self.under_way += 1;
        flying.push(Box::pin(async move { vec![(at, Event::Looked(door.get(&id).await))] }));
    }

    /// The key of an operation that had to come before and did not succeed.
    fn waits_for(&self, operation: &Operation) -> Option<String> {
        let failed = |key: &&String| {
            let before = self.course.of_key(key).and_then(|at| self.cases[at].outcome.as_ref());
            before.is_some_and(|outcome| *outcome != Outcome::Done)
        };
        operation.after.iter().find(failed).map(|key| format!("waits for {key}"))
    }

    /// The step with the ids of records that this run has created.
    ///
    /// # Errors
    /// The key of a record that has no counterpart.
    fn fill(&self, step: &Step) -> Result<Step, String> {
        let mut step = step.clone();
        if let Step::Create { values } | Step::Update { values } = &mut step {
            for written in values {
                if let Value::Pending(pending) = &written.after.0 {
                    let id = self.counterpart(&pending.pipeline, &pending.key).ok_or_else(|| pending.key.to_string())?;
                    written.after = Stored(id);
                }
            }
        }
        Ok(step)
    }

    fn counterpart(&self, pipeline: &str, key: &str) -> Option<Value> {
        let created = (pipeline == self.set.pipeline).then(|| self.created.get(key).cloned()).flatten();
        let id = created.or_else(|| self.work.store.counterpart(pipeline, key).ok().flatten())?;
        let target = self.work.plan.target.collection();
        let kind = target.key.map_or(&crate::value::Kind::Text, |key| &target.attributes[key].ty.kind);
        Some(crate::run::extract::key_value(kind, &id))
    }

    // ---- the journal ----

    /// Makes outcomes and the next intents durable, once nothing else is left to do or enough has come together.
    fn commit(&mut self, resolver: &Resolver<'f, T>) -> Result<(), StateError> {
        if self.applied.stopped.is_some() {
            self.unsend();
        }
        let opens = !self.to_open.is_empty() && self.to_send.is_empty();
        let enough = self.endings.len() >= self.slots() || (self.under_way == 0 && self.to_send.is_empty());
        if !opens && (self.endings.is_empty() || !enough) {
            return Ok(());
        }
        let transaction = self.work.store.transaction()?;
        let settler = self.work.settler(resolver);
        for intent in self.repeats.drain(..) {
            transaction.repeat_intent(intent)?;
        }
        let mut endings = mem::take(&mut self.endings);
        endings.sort_by_key(|(at, ending)| (self.operation(*at).key.as_str(), ending.step));
        for (at, ending) in &endings {
            settler.settle(&transaction, self.operation(*at), ending)?;
        }
        if opens && transaction.holds(self.work.lease)? {
            self.open_all(&transaction, resolver, settler.now)?;
        } else if opens {
            self.stop(Stop::LeaseLost);
        }
        transaction.commit()?;
        if !endings.is_empty() {
            self.work.watcher.at(Moment::Settled);
        }
        if opens {
            self.work.watcher.at(Moment::Intended);
        }
        Ok(())
    }

    /// Intents whose requests have not left, and never will.
    fn unsend(&mut self) {
        self.to_open.clear();
        for at in mem::take(&mut self.to_send) {
            self.end(at, Ended::Failed { word: "not sent", message: String::new(), unsent: true }, false);
        }
    }

    fn open_all(&mut self, transaction: &Transaction<'_>, resolver: &Resolver<'f, T>, now: Timestamp) -> Result<(), StateError> {
        for at in mem::take(&mut self.to_open) {
            if self.drop_had_effects(transaction, resolver, at)? {
                self.step_done(at, Ended::Nothing);
                continue;
            }
            self.cases[at].intent = Some(self.open(transaction, resolver, at, now)?);
            self.to_send.push_back(at);
        }
        Ok(())
    }

    /// Leaves out what was done to this person before; true if nothing remains.
    fn drop_had_effects(&mut self, transaction: &Transaction<'_>, resolver: &Resolver<'f, T>, at: usize) -> Result<bool, StateError> {
        let operation = self.operation(at);
        let Some(step) = &mut self.cases[at].filled else { return Ok(false) };
        let (set, key) = (self.work.link_set, &operation.key);
        if is_create(step) && transaction.link(set, key)?.is_some_and(|link| is_retired(&link)) {
            transaction.begin_life(set, key)?;
        }
        let mut had = Vec::new();
        for (effect, _) in effects(&resolver.reader, operation, step) {
            if transaction.had_effect(set, key, &effect)? {
                had.push(effect);
            }
        }
        match step {
            Step::Create { values } => {
                let was_had =
                    |written: &Written| effect_of(&resolver.reader, written).is_some_and(|effect| had.iter().any(|each| each == effect));
                values.retain(|written| !was_had(written));
                Ok(false)
            }
            _ => Ok(!had.is_empty()),
        }
    }

    fn open(&self, transaction: &Transaction<'_>, resolver: &Resolver<'f, T>, at: usize, now: Timestamp) -> Result<Opened, StateError> {
        let (operation, case) = (self.operation(at), &self.cases[at]);
        let Some(step) = &case.filled else { return Err(StateError("an operation lost its step".to_owned())) };
        let (set, run) = (self.work.link_set, self.work.run);
        for (effect, once) in effects(&resolver.reader, operation, step) {
            transaction.open_effect(set, &operation.key, &effect, once, run)?;
        }
        let token = format!("{}-{run}-{}", operation.hash, case.step);
        let intent = Intent {
            run,
            lease: self.work.lease.number,
            batch: u32::try_from(at / BATCH + 1).unwrap_or(u32::MAX),
            key: operation.key.clone(),
            step: u32::try_from(case.step).unwrap_or(u32::MAX),
            kind: writes::kind(step),
            operation: operation.hash.clone(),
            attempt: 1,
            token: token.clone(),
            content: self.content(resolver, at, step),
            opened: now,
        };
        let id = transaction.open_intent(set, &intent)?;
        Ok(Opened { id, at: now, token, attempt: 1 })
    }

    /// The operation as it is sent, for who looks it up after a crash; nothing where only a read of the whole can tell.
    fn content(&self, resolver: &Resolver<'f, T>, at: usize, step: &Step) -> String {
        let collection = resolver.reader.collection();
        if collection.get.is_none() && collection.finds.is_empty() && collection.named.is_empty() {
            return String::new();
        }
        let mut operation = self.operation(at).clone();
        operation.steps[self.cases[at].step] = step.clone();
        operation.target = self.id(at);
        writes::content(&operation)
    }

    /// The account's id, once it has one.
    fn id(&self, at: usize) -> Option<String> {
        let operation = self.operation(at);
        self.created.get(operation.key.as_str()).or(operation.target.as_ref()).cloned()
    }

    // ---- sending ----

    fn launch<'r>(&mut self, resolver: &'r Resolver<'f, T>, flying: &mut FuturesUnordered<Flown<'r>>)
    where
        'f: 'r,
    {
        let size = self.work.target.batch().max(1);
        while flying.len() < self.work.target.at_once().max(1) && !self.to_send.is_empty() {
            let count = size.min(self.to_send.len());
            let batch: Vec<usize> = self.to_send.drain(..count).collect();
            self.send(&batch, resolver, flying);
        }
    }

    fn send<'r>(&mut self, batch: &[usize], resolver: &'r Resolver<'f, T>, flying: &mut FuturesUnordered<Flown<'r>>)
    where
        'f: 'r,
    {
        let (mut sent, mut requests) = (Vec::with_capacity(batch.len()), Vec::with_capacity(batch.len()));
        for at in batch {
            match self.request(*at, resolver) {
                Ok(request) => {
                    sent.push(*at);
                    requests.push(request);
                }
                Err(message) => self.fail(*at, "invalid", message, true),
            }
        }
        if sent.is_empty() {
            return;
        }
        self.under_way += sent.len();
        let door = self.work.target;
        flying.push(Box::pin(async move {
            let answers = door.write(&requests).await;
            sent.into_iter().zip(answers.into_iter().map(Event::Sent)).collect()
        }));
    }

    fn request(&self, at: usize, resolver: &Resolver<'f, T>) -> Result<systems::Write, String> {
        let case = &self.cases[at];
        let (Some(step), Some(intent)) = (&case.filled, &case.intent) else { return Err("nothing is to be sent".to_owned()) };
        writes::write(&resolver.reader, step, self.id(at).as_deref(), case.row.as_ref(), &intent.token)
    }

    fn resolve<'r>(&mut self, at: usize, why: Why, resolver: &'r Resolver<'f, T>, flying: &mut FuturesUnordered<Flown<'r>>)
    where
        'f: 'r,
    {
        let Some(step) = self.cases[at].filled.clone() else { return };
        let (key, id) = (&self.operation(at).key, self.id(at));
        self.under_way += 1;
        flying.push(Box::pin(async move { vec![(at, Event::Resolved(resolver.resolve(key, &step, id.as_deref(), why).await))] }));
    }

    // ---- answers ----

    fn take<'r>(&mut self, events: Vec<(usize, Event)>, resolver: &'r Resolver<'f, T>, flying: &mut FuturesUnordered<Flown<'r>>)
    where
        'f: 'r,
    {
        self.under_way -= events.len();
        for (at, event) in events {
            match event {
                Event::Looked(looked) => self.looked(at, looked, resolver),
                Event::Sent(answer) => {
                    self.work.watcher.at(Moment::Answered);
                    self.sent(at, answer, resolver, flying);
                }
                Event::Resolved(resolution) => self.resolved(at, resolution),
            }
        }
    }

    fn looked(&mut self, at: usize, looked: Result<Option<Record>, CallError>, resolver: &Resolver<'f, T>) {
        let operation = self.operation(at);
        let row = match looked {
            Err(error) => return self.refused(at, &error),
            Ok(None) if operation.steps.iter().all(|step| matches!(step, Step::Delete)) => return self.nothing_to_send(at),
            Ok(None) => return self.conflict(at, "the account is gone".to_owned()),
            Ok(Some(record)) => resolver.reader.row(&record),
        };
        let Some(row) = row else { return self.conflict(at, "the account can't be read".to_owned()) };
        let now = (self.work.clock)();
        let today = now.to_zoned(self.work.plan.zone.clone().unwrap_or(TimeZone::UTC)).date();
        if let Some(reason) = precondition::protected(&resolver.reader, &row, Clock { now, today }) {
            return self.conflict(at, format!("protected by now: {reason}"));
        }
        let only_values = operation.steps.iter().all(|step| matches!(step, Step::Update { .. }));
        match precondition::stand(&resolver.reader, operation, &row) {
            Stand::Moved(attribute) => self.conflict(at, moved(&attribute)),
            Stand::AlreadyDone if only_values => self.nothing_to_send(at),
            Stand::AlreadyDone | Stand::AsPlanned => {
                self.cases[at].row = Some(row);
                self.to_open.push(at);
            }
        }
    }

    fn sent<'r>(
        &mut self,
        at: usize,
        answer: Result<systems::Written, CallError>,
        resolver: &'r Resolver<'f, T>,
        flying: &mut FuturesUnordered<Flown<'r>>,
    ) where
        'f: 'r,
    {
        let creates = self.cases[at].filled.as_ref().is_some_and(is_create);
        let deletes = matches!(self.cases[at].filled, Some(Step::Delete));
        match answer {
            Ok(written) => {
                let row = written.record.and_then(|record| resolver.reader.row(&record));
                let id = written.id.and_then(|id| id.key_text()).map(String::from);
                let id = id.or_else(|| row.as_ref().and_then(|row| resolver.reader.id(row)));
                if creates && id.is_none() {
                    return self.resolve(at, Why::NoId, resolver, flying);
                }
                self.step_done(at, Ended::Done { id: id.filter(|_| creates), row });
            }
            Err(error) if error.effect == Effect::Unknown => {
                let opened = self.cases[at].intent.as_ref().map_or_else(self.work.clock, |intent| intent.at);
                let ago = Duration::try_from((self.work.clock)().duration_since(opened)).unwrap_or_default();
                self.resolve(at, Why::Lost { ago }, resolver, flying);
            }
            Err(error) if deletes && error.class == ErrorClass::Missing => self.step_done(at, Ended::Done { id: None, row: None }),
            Err(error) if creates && error.class == ErrorClass::Conflict => {
                let again = self.cases[at].intent.as_ref().is_some_and(|intent| intent.attempt > 1);
                let why = if again { Why::Lost { ago: Duration::ZERO } } else { Why::Refused };
                self.resolve(at, why, resolver, flying);
            }
            Err(error) => self.refused(at, &error),
        }
    }

    /// What a look-up told of a request without an answer. It is sent once more if it had no effect, and only once.
    fn resolved(&mut self, at: usize, resolution: Resolution) {
        match resolution {
            Resolution::Done { id, row } => self.step_done(at, Ended::Done { id, row }),
            Resolution::Perhaps => self.step_done(at, Ended::Perhaps),
            Resolution::Taken(message) => self.conflict(at, message),
            Resolution::ByRead => self.unknown(at, "the target gave no answer; the next complete read will tell".to_owned()),
            Resolution::Unknown(message) => self.unknown(at, message),
            Resolution::NotDone => match &mut self.cases[at].intent {
                Some(intent) if intent.attempt == 1 && self.applied.stopped.is_none() => {
                    intent.attempt += 1;
                    self.repeats.push(intent.id);
                    self.to_send.push_front(at);
                }
                _ => self.fail(at, "temporary", "the target gave no answer, and nothing was written".to_owned(), true),
            },
        }
    }

    // ---- ends ----

    fn refused(&mut self, at: usize, error: &CallError) {
        let attribute = self.blamed(at, error);
        let outcome = Outcome::Failed { class: class_word(error.class).to_owned(), message: error.message.clone(), attribute };
        self.end(at, Ended::Failed { word: "failed", message: error.message.clone(), unsent: true }, false);
        if error.class == ErrorClass::Auth {
            self.stop(Stop::Auth(error.message.clone()));
        }
        self.finish(at, outcome);
    }

    fn fail(&mut self, at: usize, class: &str, message: String, unsent: bool) {
        self.end(at, Ended::Failed { word: "failed", message: message.clone(), unsent }, false);
        self.finish(at, Outcome::Failed { class: class.to_owned(), message, attribute: None });
    }

    /// The attribute that a refusal speaks of: the only one that was written, or the longest whose name it mentions.
    fn blamed(&self, at: usize, error: &CallError) -> Option<String> {
        let values = self.cases[at].filled.as_ref().map(writes::values_of)?;
        if let ([only], ErrorClass::Invalid) = (values, error.class) {
            return Some(only.attribute.to_string());
        }
        let words = plain(&format!("{} {}", error.code.as_deref().unwrap_or_default(), error.message));
        let named = values.iter().filter(|written| words.contains(&plain(&written.attribute)));
        named.max_by_key(|written| written.attribute.len()).map(|written| written.attribute.to_string())
    }

    fn conflict(&mut self, at: usize, message: String) {
        self.end(at, Ended::Failed { word: "conflict", message: message.clone(), unsent: true }, false);
        self.finish(at, Outcome::Conflict { message });
    }

    /// The intent stays open: the next run looks it up first.
    fn unknown(&mut self, at: usize, message: String) {
        self.cases[at].intent = None;
        self.finish(at, Outcome::Unknown { message });
    }

    fn not_attempted(&mut self, at: usize, why: String) {
        self.finish(at, Outcome::NotAttempted { why });
    }

    /// It is as it should be, or there is nothing to send: only remembered.
    fn nothing_to_send(&mut self, at: usize) {
        self.cases[at].step = self.operation(at).steps.len().saturating_sub(1);
        self.end(at, Ended::Nothing, true);
        self.finish(at, Outcome::Done);
    }

    /// A reference that can't be filled in yet: the account is there, the next run sees what is missing.
    fn leave_out(&mut self, at: usize, _key: &str) {
        self.end(at, Ended::Nothing, true);
        self.finish(at, Outcome::Done);
    }

    fn step_done(&mut self, at: usize, ended: Ended) {
        let operation = self.operation(at);
        self.count_effects(at, &ended);
        if let Ended::Done { id: Some(id), .. } = &ended {
            self.created.insert(operation.key.as_str(), id.clone());
            self.course.release(at);
        }
        let last = self.cases[at].step + 1 >= operation.steps.len();
        self.end(at, ended, last);
        if last {
            return self.finish(at, Outcome::Done);
        }
        self.cases[at].step += 1;
        self.course.park(at, &operation.steps[self.cases[at].step]);
    }

    fn count_effects(&mut self, at: usize, ended: &Ended) {
        match (ended, &self.cases[at].filled) {
            (Ended::Perhaps, _) => self.applied.perhaps += 1,
            (Ended::Done { .. }, Some(step)) => {
                let attributes = &self.work.plan.target.collection().attributes;
                let effect = |written: &Written| attributes.iter().find(|each| each.name == *written.attribute)?.effect.as_ref();
                let had =
                    writes::values_of(step).iter().filter(|written| !written.after.0.is_missing() && written.after.0 != Value::Bool(false));
                for effect in had.filter_map(effect) {
                    *self.applied.effects.entry(effect.clone()).or_default() += 1;
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, at: usize, ended: Ended, last: bool) {
        let intent = self.cases[at].intent.take().map(|intent| intent.id);
        let sent = intent.is_some() || matches!(ended, Ended::Nothing);
        if sent || self.operation(at).links_now {
            self.endings.push((at, Ending { intent, step: self.cases[at].step, ended, last }));
        }
    }

    fn finish(&mut self, at: usize, outcome: Outcome) {
        if let Some(words) = self.breaker.count(&outcome) {
            self.stop(Stop::Failures(words));
        }
        self.settled += 1;
        self.applied.counts.count(self.operation(at).verdict, &outcome);
        self.work.watcher.settled(self.operation(at), &outcome, self.settled, self.set.operations.len());
        self.cases[at].outcome = Some(outcome);
        self.course.release(at);
    }

    /// Gives every operation its outcome.
    fn land(mut self) -> Applied {
        let why = self.applied.stopped.as_ref().map(Stop::words);
        for at in 0..self.cases.len() {
            if self.cases[at].outcome.is_none() {
                let operation = self.operation(at);
                let created = operation.verdict == Verdict::Join && self.created.contains_key(operation.key.as_str());
                let why = why.clone().or_else(|| operation.after.first().map(|key| format!("waits for {key}"))).unwrap_or_default();
                self.finish(at, if created { Outcome::Done } else { Outcome::NotAttempted { why } });
            }
        }
        self.applied.outcomes = self.cases.into_iter().filter_map(|case| case.outcome).collect();
        self.applied
    }
}

const fn is_create(step: &Step) -> bool {
    matches!(step, Step::Create { .. })
}

const fn class_word(class: ErrorClass) -> &'static str {
    match class {
        ErrorClass::Auth => "auth",
        ErrorClass::Limit => "limit",
        ErrorClass::Invalid => "invalid",
        ErrorClass::Conflict => "conflict",
        ErrorClass::Missing => "missing",
        ErrorClass::Temporary => "temporary",
    }
}

/// Letters and digits alone, in lower case: `Last Name` and `last_name` are one.
fn plain(text: &str) -> String {
    text.chars().filter(|each| each.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
