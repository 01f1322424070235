//! How operations end.

use super::Flight;
use crate::{
    compile::system::ErrorClass,
    run::{
        apply::{
            Applied, Stop,
            settle::{Ended, Ending},
            target::Target,
            writes,
        },
        change_set::{OpenReference, Outcome, Verdict, Written},
    },
    systems::CallError,
    value::Value,
};

impl<'f, T: Target> Flight<'f, T> {
    pub(crate) fn refused(&mut self, at: usize, error: &CallError) {
        let attribute = self.blamed(at, error);
        let outcome = Outcome::Failed { class: class_word(error.class).to_owned(), message: error.message.clone(), attribute };
        self.end(at, Ended::Failed { word: "failed", message: error.message.clone(), unsent: true }, false);
        if error.class == ErrorClass::Auth {
            self.stop(Stop::Auth(error.message.clone()));
        }
        self.finish(at, outcome);
    }

    pub(crate) fn fail(&mut self, at: usize, class: &str, message: String, unsent: bool) {
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

    pub(crate) fn conflict(&mut self, at: usize, message: String) {
        self.end(at, Ended::Failed { word: "conflict", message: message.clone(), unsent: true }, false);
        self.finish(at, Outcome::Conflict { message });
    }

    /// The intent stays open: the next run looks it up first.
    pub(crate) fn unknown(&mut self, at: usize, message: String) {
        self.cases[at].intent = None;
        self.finish(at, Outcome::Unknown { message });
    }

    pub(crate) fn not_attempted(&mut self, at: usize, why: String) {
        self.finish(at, Outcome::NotAttempted { why });
    }

    /// It is as it should be, or there is nothing to send: only remembered.
    pub(crate) fn nothing_to_send(&mut self, at: usize) {
        self.cases[at].step = self.operation(at).steps.len().saturating_sub(1);
        self.end(at, Ended::Nothing, true);
        self.finish(at, Outcome::Done);
    }

    /// All that a step would write are references that can't be filled in yet: a later run does. What comes after it goes on.
    pub(crate) fn leave_out(&mut self, at: usize, open: Vec<OpenReference>) {
        let alone = self.operation(at).steps.len() == 1;
        let why = open.first().filter(|_| alone).map(|open| format!("waits for {}", open.names));
        self.applied.open_references.extend(open);
        match why {
            Some(why) => self.not_attempted(at, why),
            None => self.step_done(at, Ended::Nothing),
        }
    }

    pub(crate) fn step_done(&mut self, at: usize, ended: Ended) {
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

    pub(crate) fn end(&mut self, at: usize, ended: Ended, last: bool) {
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
    pub(crate) fn land(mut self) -> Applied {
        let why = self.applied.stopped.as_ref().map(Stop::words);
        for at in 0..self.cases.len() {
            if self.cases[at].outcome.is_none() {
                let operation = self.operation(at);
                let creates = matches!(operation.verdict, Verdict::Create | Verdict::Send);
                let created = creates && self.created.contains_key(operation.key.as_str());
                let why = why.clone().or_else(|| operation.after.first().map(|key| format!("waits for {key}"))).unwrap_or_default();
                self.finish(at, if created { Outcome::Done } else { Outcome::NotAttempted { why } });
            }
        }
        self.applied.outcomes = self.cases.into_iter().filter_map(|case| case.outcome).collect();
        self.applied
    }
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
