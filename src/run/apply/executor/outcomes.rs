//! Records how operations end.

use super::Executor;
use crate::{
    compile::system::ErrorClass,
    run::{
        apply::{
            Applied, Stop,
            conflict::AccountConflict,
            settle::{StepEnd, StepOutcome},
            target::Target,
        },
        change_set::{OpenReference, Outcome, Step, Verdict, Written},
    },
    state::journal::IntentOutcome,
    systems::{CallError, Effect},
    value::Value,
};

impl<'f, T: Target> Executor<'f, T> {
    pub(crate) fn refused(&mut self, at: usize, error: &CallError) {
        let (attribute, unsent) = (self.blamed(at, error), self.is_unsent(at, error));
        self.end(at, StepOutcome::Failed { outcome: IntentOutcome::Failed, message: error.message.clone(), unsent: true }, false);
        let stop = (error.class == ErrorClass::Auth).then(|| Stop::Auth(error.message.clone()));
        let why = stop.as_ref().map_or_else(|| error.message.clone(), Stop::words);
        stop.into_iter().for_each(|stop| self.stop(stop));
        self.set_outcome(
            at,
            if unsent {
                Outcome::NotAttempted { why }
            } else if error.is_unmade() {
                Outcome::NotMade { message: error.message.clone(), attribute }
            } else {
                Outcome::Failed { class: error.class, message: error.message.clone(), attribute }
            },
        );
    }

    /// Whether nothing of an operation was sent, because another one's refusal was for all.
    fn is_unsent(&self, at: usize, error: &CallError) -> bool {
        let state = &self.states[at];
        error.effect == Effect::Unsent && state.step == 0 && state.intent.as_ref().is_none_or(|intent| intent.attempt == 1)
    }

    pub(crate) fn fail(&mut self, at: usize, class: ErrorClass, message: String, unsent: bool) {
        self.end(at, StepOutcome::Failed { outcome: IntentOutcome::Failed, message: message.clone(), unsent }, false);
        self.set_outcome(at, Outcome::Failed { class, message, attribute: None });
    }

    /// The attribute that a refusal is about: the only one that was written, or the longest whose name the message mentions.
    fn blamed(&self, at: usize, error: &CallError) -> Option<String> {
        let values = self.states[at].filled.as_ref().map(Step::values)?;
        if let ([only], ErrorClass::Invalid) = (values, error.class) {
            return Some(only.attribute.to_string());
        }
        let words = plain(&format!("{} {}", error.code.as_deref().unwrap_or_default(), error.message));
        let named = values.iter().filter(|written| words.contains(&plain(&written.attribute)));
        named.max_by_key(|written| written.attribute.len()).map(|written| written.attribute.to_string())
    }

    pub(crate) fn conflict(&mut self, at: usize, why: &AccountConflict) {
        let message = why.to_string();
        // What was created where the answer names another record, and its effects, are not known.
        let unsent = !matches!(why, AccountConflict::AnsweredWithAnother { .. });
        self.end(at, StepOutcome::Failed { outcome: IntentOutcome::Conflict, message: message.clone(), unsent }, false);
        self.set_outcome(at, Outcome::Conflict { message, waits: why.is_final() });
    }

    /// The intent stays open: the next run looks it up first.
    pub(crate) fn unknown(&mut self, at: usize, message: String) {
        self.states[at].intent = None;
        self.set_outcome(at, Outcome::Unknown { message });
    }

    pub(crate) fn not_attempted(&mut self, at: usize, why: String) {
        self.set_outcome(at, Outcome::NotAttempted { why });
    }

    /// The account already has the wanted values, so only the state is updated.
    pub(crate) fn nothing_to_send(&mut self, at: usize) {
        self.states[at].step = self.operation(at).steps.len().saturating_sub(1);
        self.end(at, StepOutcome::AsWanted, true);
        self.set_outcome(at, Outcome::Done);
    }

    /// Skips a step that would write nothing but references that can't be filled in yet; a later run writes them. The steps
    /// after it continue.
    pub(crate) fn leave_out(&mut self, at: usize, open: Vec<OpenReference>) {
        let alone = self.operation(at).steps.len() == 1;
        let why = open.first().filter(|_| alone).map(|open| format!("waits for {}", open.names));
        self.applied.open_references.extend(open);
        match why {
            Some(why) => self.not_attempted(at, why),
            None => self.step_done(at, StepOutcome::Nothing),
        }
    }

    pub(crate) fn step_done(&mut self, at: usize, ended: StepOutcome) {
        let operation = self.operation(at);
        self.count_effects(at, &ended);
        if let StepOutcome::Done { id: Some(id), .. } = &ended {
            self.created.insert(operation.key.as_str(), id.clone());
            self.created_ids.insert(id.clone());
            self.schedule.release(at);
        }
        let last = self.states[at].step + 1 >= operation.steps.len();
        self.end(at, ended, last);
        if last {
            return self.set_outcome(at, self.taken(at));
        }
        self.states[at].step += 1;
        self.schedule.park(at, &operation.steps[self.states[at].step]);
    }

    /// How an operation ended whose steps the target has taken: nobody has left before a read or an answer shows it.
    fn taken(&self, at: usize) -> Outcome {
        let target = self.context.plan.target.name();
        match self.states[at].unproved {
            true => {
                Outcome::NotShown { message: format!("{target} took it, and its answer does not show the account: the next read tells") }
            }
            false => Outcome::Done,
        }
    }

    /// Nobody knows whether a call arrived, and it must not be made twice: the operation stops there.
    pub(crate) fn perhaps(&mut self, at: usize) {
        self.count_effects(at, &StepOutcome::Perhaps);
        let call = if let Some(Step::Call { name, .. }) = &self.states[at].filled { name.clone() } else { String::new() };
        let last = self.states[at].step + 1 >= self.operation(at).steps.len();
        self.end(at, StepOutcome::Perhaps, last);
        self.set_outcome(at, Outcome::Perhaps { call });
    }

    fn count_effects(&mut self, at: usize, ended: &StepOutcome) {
        match (ended, &self.states[at].filled) {
            (StepOutcome::Perhaps, _) => self.applied.perhaps += 1,
            (StepOutcome::Done { .. }, Some(step)) => {
                let attributes = &self.context.plan.target.collection().attributes;
                let effect = |written: &Written| attributes.iter().find(|each| each.name == *written.attribute)?.effect.as_ref();
                let had = step.values().iter().filter(|written| !written.after.0.is_missing() && written.after.0 != Value::Bool(false));
                for effect in had.filter_map(effect) {
                    *self.applied.effects.entry(effect.clone()).or_default() += 1;
                }
            }
            _ => {}
        }
    }

    pub(crate) fn end(&mut self, at: usize, ended: StepOutcome, last: bool) {
        let intent = self.states[at].intent.take().map(|intent| intent.id);
        let sent = intent.is_some() || matches!(ended, StepOutcome::Nothing | StepOutcome::AsWanted);
        if sent || self.operation(at).links_now {
            self.endings.push((at, StepEnd { intent, step: self.states[at].step, ended, last }));
        }
    }

    pub(crate) fn set_outcome(&mut self, at: usize, outcome: Outcome) {
        if let Some(words) = self.breaker.count(&outcome) {
            self.stop(Stop::Failures(words));
        }
        if let Outcome::Failed { class: ErrorClass::Temporary, message, .. } = &outcome
            && self.context.target.is_file()
        {
            self.stop(Stop::File(message.clone()));
        }
        self.finished += 1;
        self.applied.counts.count(self.operation(at).verdict, &outcome);
        self.context.watcher.settled(self.operation(at), &outcome, self.finished, self.set.operations.len());
        self.states[at].outcome = Some(outcome);
        self.schedule.release(at);
    }

    /// Gives every operation its outcome.
    pub(crate) fn finish(mut self) -> Applied {
        let why = self.applied.stopped.as_ref().map(Stop::words);
        for at in 0..self.states.len() {
            if self.states[at].outcome.is_none() {
                let operation = self.operation(at);
                let creates = matches!(operation.verdict, Verdict::Create | Verdict::Send);
                let created = creates && self.created.contains_key(operation.key.as_str());
                let why = why.clone().or_else(|| operation.after.first().map(|key| format!("waits for {key}"))).unwrap_or_default();
                self.set_outcome(at, if created { Outcome::Done } else { Outcome::NotAttempted { why } });
            }
        }
        self.applied.outcomes = self.states.into_iter().filter_map(|state| state.outcome).collect();
        self.applied
    }
}

/// Only letters and digits, in lower case: `Last Name` and `last_name` are one.
fn plain(text: &str) -> String {
    text.chars().filter(|each| each.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
