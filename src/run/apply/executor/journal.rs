//! The journal: outcomes and the next intents become durable in one transaction, which halves the number of waits for the disk.

use super::{BATCH, Executor, Opened, is_create};
use crate::{
    run::{
        apply::{
            Moment, Stop,
            settle::{StepOutcome, effect_of, effects},
            target::Target,
            writes,
        },
        change_set::{Operation, Step, Written, hash::Digester},
    },
    state::{
        StateError, Transaction,
        events::EventState,
        journal::{Intent, IntentOutcome},
    },
};
use jiff::Timestamp;
use std::{borrow::Cow, mem};

impl<'f, T: Target> Executor<'f, T> {
    /// Makes outcomes and the next intents durable, once enough have accumulated or nothing else is under way.
    pub(crate) fn commit(&mut self) -> Result<(), StateError> {
        if self.applied.stopped.is_some() {
            self.unsend();
        }
        let opens = !self.to_open.is_empty() && self.to_send.is_empty();
        let nothing_ended = self.endings.is_empty() && self.rekeys.is_empty();
        let enough = self.endings.len() >= self.slots() || (self.under_way == 0 && self.to_send.is_empty());
        if !opens && (nothing_ended || !enough) {
            return Ok(());
        }
        let transaction = self.context.store.transaction()?;
        let settler = self.context.settler(self.resolver);
        for intent in self.repeats.drain(..) {
            transaction.repeat_intent(intent)?;
        }
        let mut endings = mem::take(&mut self.endings);
        endings.sort_by_key(|(at, ending)| (self.operation(*at).key.as_str(), ending.step));
        for (key, from, to) in self.rekeys.drain(..) {
            transaction.rekey_link(self.context.link_set, key, &from, &to)?;
        }
        for (at, ending) in &endings {
            settler.settle(&transaction, &self.on_survivor(*at), ending)?;
        }
        if opens && transaction.holds(self.context.lease)? {
            self.open_all(&transaction, settler.now)?;
        } else if opens {
            self.stop(Stop::LeaseLost);
        }
        transaction.commit()?;
        if !endings.is_empty() {
            self.context.watcher.at(Moment::Settled);
        }
        if opens {
            self.context.watcher.at(Moment::Intended);
        }
        Ok(())
    }

    /// Closes intents whose requests were not sent and never will be.
    fn unsend(&mut self) {
        self.to_open.clear();
        self.batching.clear();
        for at in mem::take(&mut self.to_send) {
            self.end(at, StepOutcome::Failed { outcome: IntentOutcome::NotSent, message: String::new(), unsent: true }, false);
        }
    }

    /// The operation, on the surviving account if its account was merged.
    fn on_survivor(&self, at: usize) -> Cow<'f, Operation> {
        match &self.states[at].survivor {
            None => Cow::Borrowed(self.operation(at)),
            Some(survivor) => Cow::Owned(Operation { target: Some(survivor.clone()), ..self.operation(at).clone() }),
        }
    }

    fn open_all(&mut self, transaction: &Transaction<'_>, now: Timestamp) -> Result<(), StateError> {
        for at in mem::take(&mut self.to_open) {
            match self.event_before(transaction, at)? {
                None => {}
                Some(EventState::Open) => {
                    self.not_attempted(at, "it was sent, and it is not known yet whether it arrived".to_owned());
                    continue;
                }
                Some(_) => {
                    self.nothing_to_send(at);
                    continue;
                }
            }
            if self.drop_had_effects(transaction, at)? {
                self.had_before(at);
                continue;
            }
            self.states[at].intent = Some(self.open(transaction, at, now)?);
            self.to_send.push_back(at);
        }
        Ok(())
    }

    /// The state of an event that is about to be sent.
    fn event_before(&self, transaction: &Transaction<'_>, at: usize) -> Result<Option<EventState>, StateError> {
        let operation = self.operation(at);
        if !writes::is_event(operation) || self.states[at].step > 0 {
            return Ok(None);
        }
        transaction.event(self.context.link_set, &Digester::new(self.context.store.key()).event(&operation.key))
    }

    /// Removes effects that have happened to this person before; returns whether nothing is left to send.
    fn drop_had_effects(&mut self, transaction: &Transaction<'_>, at: usize) -> Result<bool, StateError> {
        let operation = self.operation(at);
        let Some(step) = &mut self.states[at].filled else { return Ok(false) };
        let (set, key) = (self.context.link_set, &operation.key);
        if is_create(step) && transaction.link(set, key)?.is_some_and(|link| link.is_retired()) {
            transaction.begin_life(set, key)?;
        }
        let mut had = Vec::new();
        let account = operation.target.as_deref();
        for (effect, once) in effects(&self.resolver.reader, operation, step) {
            let elsewhere = |account: &str| transaction.had_effect_elsewhere(set, account, &effect);
            if transaction.had_effect(set, key, &effect)? || once && account.map_or(Ok(false), elsewhere)? {
                had.push(effect);
            }
        }
        match step {
            Step::Create { values } => {
                let was_had = |written: &Written| {
                    effect_of(&self.resolver.reader, written).is_some_and(|effect| had.iter().any(|each| each == effect))
                };
                values.retain(|written| !was_had(written));
                Ok(false)
            }
            _ => Ok(!had.is_empty()),
        }
    }

    fn open(&self, transaction: &Transaction<'_>, at: usize, now: Timestamp) -> Result<Opened, StateError> {
        let (operation, state) = (self.operation(at), &self.states[at]);
        let Some(step) = &state.filled else { return Err(StateError::NoStep { key: operation.key.clone() }) };
        let (set, run) = (self.context.link_set, self.context.run);
        for (effect, once) in effects(&self.resolver.reader, operation, step) {
            transaction.open_effect(set, &operation.key, &effect, once, run)?;
        }
        let before = if writes::is_event(operation) { transaction.token_again(set, &operation.key)? } else { None };
        let token = before.unwrap_or_else(|| format!("{}-{run}-{}", operation.hash, state.step));
        let intent = Intent {
            run,
            lease: self.context.lease.number,
            batch: state.batch.unwrap_or_else(|| u32::try_from(at / BATCH + 1).unwrap_or(u32::MAX)),
            key: operation.key.clone(),
            step: u32::try_from(state.step).unwrap_or(u32::MAX),
            kind: writes::intent_kind(&self.resolver.reader, step),
            operation: operation.hash.clone(),
            attempt: 1,
            token: token.clone(),
            content: self.content(at, step),
            opened: now,
        };
        if writes::is_event(operation) && state.step == 0 {
            let event = Digester::new(self.context.store.key()).event(&operation.key);
            transaction.set_event(set, &event, EventState::Open, run)?;
        }
        let id = transaction.open_intent(set, &intent)?;
        Ok(Opened { id, at: now, token, attempt: 1 })
    }

    /// The operation as it is sent, for the look-up after a crash; empty if only a complete read can show the outcome. A create is
    /// always told: a read may not show it yet, and it may never be repeated. So is what a job makes, which may be under way.
    fn content(&self, at: usize, step: &Step) -> String {
        let collection = self.resolver.reader.collection();
        let asks = collection.get.is_some() || !collection.finds.is_empty() || !collection.named.is_empty();
        if !asks && !matches!(step, Step::Create { .. }) && self.resolver.job_of(step).is_none() {
            return String::new();
        }
        let mut operation = self.operation(at).clone();
        operation.steps[self.states[at].step] = step.clone();
        operation.target = self.id(at);
        writes::content(&operation)
    }

    /// The account's id, once it has one.
    pub(crate) fn id(&self, at: usize) -> Option<String> {
        let operation = self.operation(at);
        self.created.get(operation.key.as_str()).or(self.states[at].survivor.as_ref()).or(operation.target.as_ref()).cloned()
    }
}
