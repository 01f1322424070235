//! *A write is believed only when it is seen*: compares what an answer, or a look after it, shows with what was written.

use super::{Completion, Executor};
use crate::{
    compile::system::Collection,
    run::{
        apply::{precondition::is_closing, reader::Reader, settle::StepOutcome, target::Target},
        change_set::{Outcome, Step, Written},
    },
    systems::{CallError, GetResult, Snapshot},
    value::{canonical::same, trie::Row},
};

/// What is seen of the values of a step.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Each has arrived, or the target has made something new of it.
    Kept,
    /// Nothing shows some of them.
    Unknown,
    /// This attribute has the value from before the write.
    Before(String),
}

/// Compares the values of a step with the account after it. A secret, and what can only be written, can't be seen.
pub(crate) fn seen(reader: &Reader<'_>, values: &[Written], row: Option<&Row>) -> Seen {
    let mut seen = Seen::Kept;
    for written in values.iter().filter(|written| reader.can_be_seen(written)) {
        let how = reader.attribute(&written.attribute).map(|at| reader.comparison(at)).unwrap_or_default();
        match reader.written_value(row, written) {
            None => seen = Seen::Unknown,
            Some(now) if same(now, &written.after.0, how) || !same(now, &written.before.0, how) => {}
            Some(_) => return Seen::Before(written.attribute.to_string()),
        }
    }
    seen
}

/// Whether the next read proves that an account was deleted: there is no `get` to ask, and the list shows every account.
pub(crate) fn is_proved_by_list(collection: &Collection) -> bool {
    collection.get.is_none() && collection.lists_all()
}

impl<'f, T: Target> Executor<'f, T> {
    /// The record to read after a write that its answer does not prove: an account that was closed, opened or deleted, a value that is
    /// what it was before, and one that two directions share. The other direction has to know the stored form of such a value, so that
    /// it neither sends it back nor takes an edit for it.
    pub(super) fn to_see(&self, at: usize, new: Option<&str>, current: Option<&Row>) -> Option<String> {
        let (reader, step) = (&self.resolver.reader, self.states[at].filled.as_ref()?);
        reader.collection().get.as_ref()?;
        let operation = self.operation(at);
        let is_known = |written: &Written| reader.written_value(current, written).is_some();
        let shared = || step.values().iter().any(|written| written.shared.is_some() && !is_known(written));
        let doubtful = match step {
            _ if self.is_to_close(at) => true,
            step if step.deletes(reader.collection()) => true,
            Step::Create { .. } | Step::Call { .. } | Step::Delete => false,
            Step::Update { values } => match seen(reader, values, current) {
                Seen::Kept => is_closing(reader, operation) && !self.shows_access_as_written(values, current),
                Seen::Unknown => is_closing(reader, operation) || operation.again,
                Seen::Before(_) => true,
            },
        };
        (doubtful || shared()).then(|| new.map(str::to_owned).or_else(|| self.id(at))).flatten()
    }

    /// Whether an answer shows what opens or closes an account just as it was written. Something else there may be about the request.
    fn shows_access_as_written(&self, values: &[Written], row: Option<&Row>) -> bool {
        let reader = &self.resolver.reader;
        let access = reader.collection().access().map(|(at, _)| reader.collection().attributes[at].name.as_str());
        values.iter().filter(|written| Some(&*written.attribute) == access).all(|written| {
            let how = reader.attribute(&written.attribute).map(|at| reader.comparison(at)).unwrap_or_default();
            reader.written_value(row, written).is_some_and(|now| same(now, &written.after.0, how))
        })
    }

    pub(super) fn see(&mut self, at: usize, created: Option<String>, of: &str) {
        let (target, id) = (self.context.target, self.resolver.reader.id_value(of));
        self.under_way += 1;
        self.in_flight.push(Box::pin(async move { vec![(at, Completion::Seen(created, target.get(&id).await))] }));
    }

    /// The look after a write. If it fails, the answer counts, but closes and opens nothing.
    pub(super) fn looked_after(&mut self, at: usize, id: Option<String>, found: Result<GetResult, CallError>) {
        let reader = &self.resolver.reader;
        if self.deletes(at) {
            return self.looked_after_delete(at, found);
        }
        if matches!(found, Ok(GetResult::Gone)) && self.is_to_close(at) && self.may_delete(at) {
            return self.step_done(at, StepOutcome::Gone);
        }
        let written = self.states[at].filled.as_ref().map(Step::values).unwrap_or_default();
        let (row, unseen) = match found {
            Ok(GetResult::Record(record)) => (reader.row(&record.json), "the account does not show it".to_owned()),
            Ok(GetResult::Gone) => (None, "the account is not there".to_owned()),
            Ok(GetResult::Merged { .. }) => (None, "the account has become another".to_owned()),
            Err(error) => (None, format!("looking at the account failed: {}", error.message)),
        };
        let row = row.map(|row| reader.with_blanks(row, written)).or_else(|| self.states[at].answer.take());
        self.believe(at, id, row, &unseen);
    }

    /// A delete is done when the record is gone, or was open before and is shown closed. That it differs in something else, such as the
    /// time of the last request, proves nothing; a mark of deletion is declared by `gone when`.
    fn looked_after_delete(&mut self, at: usize, found: Result<GetResult, CallError>) {
        match found {
            Ok(GetResult::Record(record)) if self.is_now_closed(at, &record) => {
                let row = self.resolver.reader.row(&record.json);
                self.step_done(at, StepOutcome::Done { id: None, row });
            }
            Ok(GetResult::Record(_) | GetResult::Merged { .. }) => self.not_kept(at, None, None),
            Ok(GetResult::Gone) => self.step_done(at, StepOutcome::Gone),
            Err(error) => self.unknown(at, format!("deleted, and looking whether it is gone failed: {}", error.message)),
        }
    }

    /// Whether the step under way deletes the account, by `delete` or by a call.
    pub(super) fn deletes(&self, at: usize) -> bool {
        self.states[at].filled.as_ref().is_some_and(|step| step.deletes(self.resolver.reader.collection()))
    }

    fn may_delete(&self, at: usize) -> bool {
        self.states[at].filled.as_ref().is_some_and(|step| step.may_delete(self.resolver.reader.collection()))
    }

    /// Whether an account has to be seen closed after a step: it is the last one of a leave that closes by its calls.
    fn is_to_close(&self, at: usize) -> bool {
        let operation = self.operation(at);
        operation.closes_by_call && operation.waiting.is_empty() && self.states[at].step + 1 == operation.steps.len()
    }

    /// The effects of a step happened before, so nothing is sent. A leave by calls is done if the account is closed, and one that deletes
    /// is not: the account was there when the change set was made.
    pub(super) fn had_before(&mut self, at: usize) {
        if self.deletes(at) && !self.is_to_close(at) {
            return self.not_kept(at, None, None);
        }
        let access = self.resolver.reader.collection().access().map(|(access, _)| access).filter(|_| self.is_to_close(at));
        let Some(access) = access else { return self.step_done(at, StepOutcome::Nothing) };
        let reader = &self.resolver.reader;
        match reader.is_closed(self.states[at].looked.row.as_ref()) {
            Some(true) => self.step_done(at, StepOutcome::Nothing),
            _ => self.not_kept(at, Some(reader.collection().attributes[access].name.clone()), None),
        }
    }

    /// Whether an account that was not closed before is shown closed. Of a leave that closes by its calls, it may have been closed before.
    fn is_now_closed(&self, at: usize, record: &Snapshot) -> bool {
        let reader = &self.resolver.reader;
        (self.is_to_close(at) || reader.is_closed(self.states[at].looked.row.as_ref()) == Some(false))
            && reader.is_closed(reader.row(&record.json).as_ref()) == Some(true)
    }

    /// Ends a step by what is seen of its values, or by why nothing is. Where the account can be asked for, nobody has left or returned
    /// before it is seen.
    pub(super) fn believe(&mut self, at: usize, id: Option<String>, row: Option<Row>, unseen: &str) {
        let (reader, operation) = (&self.resolver.reader, self.operation(at));
        let step = self.states[at].filled.as_ref();
        let to_close = self.is_to_close(at);
        let can_ask = (to_close || is_closing(reader, operation)) && reader.collection().get.is_some();
        let seen = match step {
            Some(Step::Update { values }) => seen(reader, values, row.as_ref()),
            Some(_) if self.deletes(at) && is_proved_by_list(reader.collection()) && !self.context.target.is_file() => Seen::Unknown,
            _ => Seen::Kept,
        };
        let seen = match reader.collection().access().filter(|_| to_close && !self.deletes(at)) {
            Some((access, _)) => match reader.is_closed(row.as_ref()) {
                Some(false) => Seen::Before(reader.collection().attributes[access].name.clone()),
                None if seen == Seen::Kept => Seen::Unknown,
                _ => seen,
            },
            None => seen,
        };
        match seen {
            Seen::Before(attribute) => return self.not_kept(at, Some(attribute), row),
            Seen::Unknown if operation.again => return self.not_kept(at, None, row),
            Seen::Unknown if can_ask && (to_close || matches!(step, Some(Step::Update { .. }))) => {
                return self.unknown(at, format!("{} took it, and {unseen}", self.context.plan.target.name()));
            }
            Seen::Unknown => {
                self.states[at].unproved |= operation.closes(reader.collection());
                self.applied.unproved.push(operation.key.clone());
            }
            Seen::Kept => {}
        }
        self.step_done(at, StepOutcome::Done { id, row });
    }

    fn not_kept(&mut self, at: usize, attribute: Option<String>, row: Option<Row>) {
        let target = self.context.plan.target.name();
        let message = match (&attribute, &self.states[at].filled) {
            (Some(name), _) => format!("{target} took it and did not keep it: `{name}` is what it was before"),
            (None, _) if self.deletes(at) => format!("{target} took it and did not keep it: the account is still there"),
            (None, _) => format!("{target} took it, and did not keep it the last time"),
        };
        self.end(at, StepOutcome::NotKept { row, message: message.clone() }, false);
        self.set_outcome(at, Outcome::NotKept { message, attribute });
    }
}
