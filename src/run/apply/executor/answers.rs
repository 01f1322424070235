//! Handles the completion of requests and look-ups.

use super::{Completion, Executor, is_create};
use crate::{
    compile::system::ErrorClass,
    run::{
        apply::{
            Moment,
            conflict::AccountConflict,
            precondition::{self, AccountState},
            resolve::{Resolution, Why},
            settle::StepOutcome,
            target::Target,
            writes::{self, Looked},
        },
        change_set::{Rekey, Step},
    },
    systems::{self, CallError, Effect, GetResult, Snapshot, WriteKind},
    value::Value,
};
use std::time::Duration;

/// Whether a request whose effect is unknown was answered with a success: it arrived, and is not sent again in this run.
fn is_answered(error: &CallError) -> bool {
    error.status.is_some_and(|status| (200..300).contains(&status))
}

impl<'f, T: Target> Executor<'f, T> {
    pub(crate) fn take(&mut self, events: Vec<(usize, Completion)>) {
        self.under_way -= events.len();
        for (at, event) in events {
            match event {
                Completion::Looked(looked) => self.looked(at, looked),
                Completion::Found(found) => self.found(at, found),
                Completion::Sent(answer) => {
                    self.context.watcher.at(Moment::Answered);
                    self.sent(at, answer);
                }
                Completion::Seen(id, seen) => self.looked_after(at, id, seen),
                Completion::Resolved(resolution) => self.resolved(at, resolution),
            }
        }
    }

    fn looked(&mut self, at: usize, result: Result<GetResult, CallError>) {
        let operation = self.operation(at);
        let collection = self.resolver.reader.collection();
        let deletes = operation.steps.iter().all(|step| step.deletes(collection));
        match result {
            Err(error) => self.refused(at, &error),
            Ok(GetResult::Gone) if deletes && (self.context.target.is_file() || self.set.is_old((self.context.clock)())) => {
                self.nothing_to_send(at)
            }
            // A wrong address says the same.
            Ok(GetResult::Gone) if deletes => {
                self.unknown(
                    at,
                    "the list has just shown the account, and `get` says that it is not there: the next read tells".to_owned(),
                );
            }
            Ok(GetResult::Gone) => self.conflict(at, &AccountConflict::Missing),
            Ok(GetResult::Record(record)) => self.check_account(at, record),
            Ok(GetResult::Merged { id, record }) => match self.follow(at, &id) {
                Err(why) => self.conflict(at, &why),
                // The leave was decided on for the old account; the surviving account may still be in use.
                Ok(()) if deletes => self.conflict(at, &AccountConflict::Merged),
                Ok(()) => self.check_account(at, record),
            },
        }
    }

    /// Creates a record only if no account has its values in the meantime.
    fn found(&mut self, at: usize, found: Result<Vec<String>, CallError>) {
        match found {
            Err(error) => self.refused(at, &error),
            Ok(found) if found.is_empty() => self.is_ready(at),
            Ok(found) => {
                let target = self.context.plan.target.name();
                self.conflict(at, &AccountConflict::AppearedSince { found: found.join(", "), target });
            }
        }
    }

    /// Whether the account is still as the change set found it.
    fn check_account(&mut self, at: usize, record: Snapshot) {
        let operation = self.operation(at);
        let Some(row) = self.resolver.reader.row(&record.json) else { return self.conflict(at, &AccountConflict::Unreadable) };
        if let Err(why) = self.unprotected(&row) {
            return self.conflict(at, &why);
        }
        let reader = &self.resolver.reader;
        let other = precondition::opened_again(reader, operation, &row).or_else(|| precondition::given_away(reader, operation, &row));
        if let Some(attribute) = other {
            return self.conflict(at, &AccountConflict::AttributeChanged(attribute));
        }
        let only_values = operation.steps.iter().all(|step| matches!(step, Step::Update { .. }));
        match precondition::account_state(&self.resolver.reader, operation, &row) {
            AccountState::Moved(attribute) => self.conflict(at, &AccountConflict::AttributeChanged(attribute)),
            AccountState::AlreadyDone if only_values => self.nothing_to_send(at),
            AccountState::AlreadyDone | AccountState::AsPlanned => {
                self.states[at].looked = Looked { row: Some(row), record: Some(record) };
                self.is_ready(at);
            }
        }
    }

    /// Moves the link to the surviving account of a merge.
    ///
    /// # Errors
    /// The surviving account is linked to another record.
    fn follow(&mut self, at: usize, survivor: &Value) -> Result<(), AccountConflict> {
        let operation = self.operation(at);
        let (Some(from), Some(to)) = (self.id(at), survivor.canonical_key()) else { return Err(AccountConflict::Missing) };
        let survivor_id = to.to_string();
        let linked = self.context.store.link_of_target(self.context.link_set, &to)?.map(|link| link.key);
        let followed = self.rekeys.iter().find(|(_, _, other)| *other == *to).map(|(key, ..)| (*key).to_owned());
        let wanted = || self.set.operations.iter().find(|other| other.target.as_ref() == Some(&survivor_id) && other.key != operation.key);
        if let Some(key) = linked.or(followed).or_else(|| wanted().map(|other| other.key.clone())).filter(|key| *key != operation.key) {
            return Err(AccountConflict::MergedIntoLinked { from, to: to.to_string(), key });
        }
        self.applied.rekeyed.push(Rekey { key: operation.key.clone(), from: from.clone(), to: to.to_string() });
        self.rekeys.push((&operation.key, from, to.to_string()));
        self.states[at].survivor = Some(to.to_string());
        Ok(())
    }

    fn sent(&mut self, at: usize, answer: Result<systems::Written, CallError>) {
        let creates = self.states[at].filled.as_ref().is_some_and(is_create);
        let deletes = self.deletes(at);
        match answer {
            Ok(written) => self.accepted(at, written, creates),
            Err(error) if error.effect == Effect::Unknown && creates && is_answered(&error) => {
                let said = error.message.clone();
                self.states[at].lost = Some(error);
                self.resolve(at, Why::Unproved { said });
            }
            Err(error) if error.effect == Effect::Unknown => self.lost(at, error),
            Err(error) if self.has_moved(at, &error) => self.follow_merge(at),
            Err(error) if self.is_outdated(at, &error) => self.rebase(at, error),
            Err(error) if deletes && error.class == ErrorClass::Gone && self.context.target.is_file() => {
                self.step_done(at, StepOutcome::Gone);
            }
            // The account was there when it was read, so one "not found" does not prove that it is gone: it may be a wrong address.
            Err(error) if deletes && error.class == ErrorClass::Gone => self.lost(at, error),
            Err(error) if creates && error.class == ErrorClass::Conflict => {
                let again =
                    !writes::sends_events(self.context.plan) && self.states[at].intent.as_ref().is_some_and(|intent| intent.attempt > 1);
                let why = if again { Why::Lost { ago: Duration::ZERO } } else { Why::Refused { said: error.message } };
                self.resolve(at, why);
            }
            Err(error) => self.refused(at, &error),
        }
    }

    /// The target has made the write.
    fn accepted(&mut self, at: usize, written: systems::Written, creates: bool) {
        let row = written.record.as_deref().and_then(|record| self.resolver.reader.row(record));
        // A file's record is whole, so what it lacks was cleared.
        let step = self.states[at].filled.as_ref().filter(|_| self.context.target.is_file());
        let row = row.map(|row| step.iter().fold(row, |row, step| self.resolver.reader.with_blanks(row, step.values())));
        let id = written.id.and_then(|id| id.canonical_key()).map(String::from);
        let id = id.or_else(|| row.as_ref().and_then(|row| self.resolver.reader.id(row)));
        if creates && id.is_none() && !writes::sends_events(self.context.plan) {
            return self.resolve(at, Why::NoId);
        }
        if let Some(said) =
            id.as_deref().filter(|_| creates && !writes::sends_events(self.context.plan)).and_then(|id| self.another(at, id, row.as_ref()))
        {
            return self.resolve(at, Why::Another { said });
        }
        // The answer of a create may leave out what `get` alone shows, which the next step would then overwrite.
        let whole = self.context.plan.target.from_get().is_empty();
        self.remember(at, written.record.filter(|_| creates && whole));
        match self.to_see(at, id.as_deref().filter(|_| creates), row.as_ref()) {
            Some(of) => {
                self.states[at].answer = row;
                self.see(at, id.filter(|_| creates), &of);
            }
            None => self.believe(at, id.filter(|_| creates), row, "its answer does not show it"),
        }
    }

    /// No answer came, so the effect of the request is looked up.
    fn lost(&mut self, at: usize, error: CallError) {
        let opened = self.states[at].intent.as_ref().map_or_else(self.context.clock, |intent| intent.at);
        let ago = Duration::try_from((self.context.clock)().duration_since(opened)).unwrap_or_default();
        self.states[at].lost = Some(error);
        self.resolve(at, Why::Lost { ago });
    }

    /// Keeps the record for the next step: after a create the record in the response; after a change the earlier record, but only for a
    /// step on a part, which the change did not touch.
    fn remember(&mut self, at: usize, created: Option<Box<[u8]>>) {
        let operation = self.operation(at);
        let next = operation.steps.get(self.states[at].step + 1).map(|step| writes::write_kind(&self.resolver.reader, step));
        let looked = &mut self.states[at].looked;
        match (created, next) {
            (Some(created), _) => *looked = Looked { row: self.resolver.reader.row(&created), record: Some(Snapshot::of(created)) },
            (None, Some(Ok(WriteKind::Part(_)))) => looked.record.iter_mut().for_each(|record| record.tag = None),
            _ => looked.record = None,
        }
    }

    /// A create that was answered, and nothing shows which record it has made.
    fn without_id(&self) -> String {
        let target = &self.context.plan.target;
        format!(
            "{} answered, and nothing in its answer is the `{}` of the new record: the next complete read will tell. Correct where the \
             answer has it (`item`, or the key's `at`), or add a `find by`",
            target.name(),
            target.collection().key_name()
        )
    }

    /// Handles the look-up of a request without a response. The request is repeated if it had no effect, and only once.
    fn resolved(&mut self, at: usize, resolution: Resolution) {
        match resolution {
            Resolution::Done { id: Some(id), .. } if self.is_taken_in_this_run(at, &id) => {
                let target = self.context.plan.target.name();
                self.conflict(at, &AccountConflict::Exists { id, target });
            }
            Resolution::Done { id, row } => self.step_done(at, StepOutcome::Done { id, row }),
            Resolution::Gone => self.step_done(at, StepOutcome::Gone),
            Resolution::Perhaps => self.perhaps(at),
            Resolution::Taken(why) => self.conflict(at, &why),
            Resolution::ByRead => {
                let message = match &self.states[at].lost {
                    Some(error) if error.status.is_some() => format!("\"{}\"; the next complete read will tell", error.message),
                    Some(error) => format!("the target gave no answer ({}); the next complete read will tell", error.message),
                    None => self.without_id(),
                };
                self.unknown(at, message);
            }
            Resolution::Unknown(message) => self.unknown(at, message),
            Resolution::Again if self.is_repeated(at) => {
                self.unknown(at, "the target gave no answer; the next run sends it again, and the target drops doubles".to_owned());
            }
            Resolution::Again => self.repeat(at),
            Resolution::RefusalIsFinal => {
                if let Some(error) = self.states[at].refusal.take() {
                    self.refused(at, &error);
                }
            }
            Resolution::NotDone(_) if self.is_repeated(at) || self.has_reason(at) => self.give_up(at),
            Resolution::NotDone(record) => match self.continue_from(at, record) {
                Ok(()) => self.repeat(at),
                Err(why) => self.conflict(at, &why),
            },
        }
    }

    fn is_repeated(&self, at: usize) -> bool {
        self.applied.stopped.is_some() || self.states[at].intent.as_ref().is_none_or(|intent| intent.attempt > 1)
    }

    /// Whether the target gave a reason for refusing the request: a repeat would be refused again.
    fn has_reason(&self, at: usize) -> bool {
        self.states[at].lost.as_ref().is_some_and(|error| !matches!(error.class, ErrorClass::Temporary | ErrorClass::Limit))
    }

    fn repeat(&mut self, at: usize) {
        let Some(intent) = &mut self.states[at].intent else { return };
        intent.attempt += 1;
        self.repeats.push(intent.id);
        self.to_send.push_front(at);
    }

    /// It had no effect, and is not sent again in this run.
    fn give_up(&mut self, at: usize) {
        match (self.states[at].refusal.take(), self.states[at].lost.take()) {
            (Some(error), _) => self.refused_again(at, error),
            (None, Some(error)) => self.refused(at, &CallError { message: format!("{}, and nothing was written", error.message), ..error }),
            (None, None) => self.fail(at, ErrorClass::Temporary, "the target gave no answer, and nothing was written".to_owned(), true),
        }
    }
}
