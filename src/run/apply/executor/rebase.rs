//! Rebuilds a request that the target refused because the account has changed: the account is read, compared, and the request
//! is made once more.

use super::{Completion, Executor, is_create};
use crate::{
    compile::system::Outcome,
    run::{
        apply::{
            conflict::AccountConflict,
            precondition,
            settle::StepOutcome,
            target::Target,
            writes::{self, Looked},
        },
        change_set::Step,
        record_scope::Clock,
    },
    state::journal::IntentOutcome,
    systems::{self, CallError, Snapshot},
    value::trie::Row,
};

impl<'f, T: Target> Executor<'f, T> {
    /// Whether a refusal may mean that the account has changed: a failed precondition (RFC 9110, 15.5.13), or a diff that no
    /// longer applies (RFC 5261, 5).
    pub(crate) fn is_outdated(&self, at: usize, error: &CallError) -> bool {
        let Some(step) = self.states[at].filled.as_ref().filter(|step| !is_create(step)) else { return false };
        let reader = &self.resolver.reader;
        let is_diff = || writes::write_kind(reader, step).is_ok_and(|kind| systems::is_diff(reader.collection(), kind));
        match error.status {
            Some(412) => true,
            Some(400 | 409) => reader.collection().get.is_some() && is_diff(),
            _ => false,
        }
    }

    /// Reads the account and compares it. If it has changed, the request is sent once more; a second refusal is final.
    pub(crate) fn rebase(&mut self, at: usize, error: CallError) {
        if self.states[at].refusal.is_some() {
            return self.refused_again(at, error);
        }
        let (Some(step), Some(id)) = (self.states[at].filled.clone(), self.id(at)) else { return self.refused(at, &error) };
        let from = self.states[at].looked.record.clone();
        let by_tag = error.status == Some(412);
        self.states[at].refusal = Some(error);
        let resolver = self.resolver;
        self.under_way += 1;
        self.in_flight
            .push(Box::pin(async move { vec![(at, Completion::Resolved(resolver.outdated(&step, &id, from.as_ref(), by_tag).await))] }));
    }

    /// The refusal is final.
    pub(crate) fn refused_again(&mut self, at: usize, error: CallError) {
        if error.status == Some(412) {
            return self.conflict(at, &AccountConflict::Changed);
        }
        let message = format!("{} (the account was read again, and the change was computed again)", error.message);
        self.refused(at, &CallError { message, ..error });
    }

    /// Continues an operation from the current account.
    ///
    /// # Errors
    /// Why it must not be touched.
    pub(crate) fn continue_from(&mut self, at: usize, record: Option<Snapshot>) -> Result<(), AccountConflict> {
        let row = record.as_ref().and_then(|record| self.resolver.reader.row(&record.json));
        if let Some(row) = &row {
            self.unprotected(row)?;
        }
        self.states[at].looked = Looked { row, record };
        Ok(())
    }

    /// Checks that no `protect` line covers an account as it is now.
    ///
    /// # Errors
    /// The account is protected.
    pub(crate) fn unprotected(&self, row: &Row) -> Result<(), AccountConflict> {
        let now = (self.context.clock)();
        let today = self.context.plan.day(now);
        match precondition::protected(&self.resolver.reader, row, Clock { now, today }) {
            Some(reason) => Err(AccountConflict::Protected(reason)),
            None => Ok(()),
        }
    }

    /// Whether an error says that an account was merged into another, while it is changed.
    pub(crate) fn has_moved(&self, at: usize, error: &CallError) -> bool {
        let collection = self.resolver.reader.collection();
        let updates = matches!(self.states[at].filled, Some(Step::Update { .. }));
        let update = collection.update.as_ref().filter(|_| updates && collection.get.is_some());
        error.status.is_some_and(|status| (300..400).contains(&status))
            && update.is_some_and(|call| call.rules.of(Outcome::Moved).next().is_some())
    }

    /// Nothing was written. The account is read again, because that returns the surviving account.
    pub(crate) fn follow_merge(&mut self, at: usize) {
        let Some(id) = self.id(at).filter(|_| self.states[at].survivor.is_none()) else {
            return self.conflict(at, &AccountConflict::Merged);
        };
        self.end(at, StepOutcome::Failed { outcome: IntentOutcome::Merged, message: String::new(), unsent: true }, false);
        let (target, id) = (self.context.target, self.resolver.reader.id_value(&id));
        self.under_way += 1;
        self.in_flight.push(Box::pin(async move { vec![(at, Completion::Looked(target.get(&id).await))] }));
    }
}
