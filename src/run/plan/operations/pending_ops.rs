//! Operations before they are final: some are withdrawn when another record claims the account.

use crate::{
    run::change_set::{Operation, Step, Verdict, Written},
    value::Pending,
};

/// An operation, with the rows that it concerns.
pub(crate) struct Draft {
    /// Row of the source; none for a linked record that was not read.
    pub row: Option<u32>,
    /// Row of the account; none where it is to be created.
    pub account: Option<u32>,
    pub operation: Operation,
    /// Withdrawn: somebody else claims the account, or a value.
    pub withdrawn: bool,
}

impl Draft {
    /// Whether it closes or deletes the account.
    pub fn leaves(&self) -> bool {
        self.operation.verdict == Verdict::Leave || self.deletes()
    }

    pub fn deletes(&self) -> bool {
        self.operation.steps.iter().any(|step| matches!(step, Step::Delete))
    }

    pub fn key(&self) -> &str {
        &self.operation.key
    }
}

/// All values that an operation writes.
pub(crate) fn written(operation: &Operation) -> impl Iterator<Item = &Written> + Clone {
    operation.steps.iter().flat_map(|step| match step {
        Step::Create { values } | Step::Update { values } => values.as_slice(),
        Step::Delete | Step::Call { .. } => &[],
    })
}

/// The lists of values of an operation, to be changed.
pub(crate) fn written_mut(operation: &mut Operation) -> impl Iterator<Item = &mut Vec<Written>> {
    operation.steps.iter_mut().filter_map(|step| match step {
        Step::Create { values } | Step::Update { values } => Some(values),
        Step::Delete | Step::Call { .. } => None,
    })
}

/// The records without a counterpart that a value names.
pub(crate) fn pending(written: &Written) -> impl Iterator<Item = &Pending> {
    written.after.0.pending()
}
