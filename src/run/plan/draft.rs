//! Drafts: operations that may still be withdrawn when another record claims the account or a value.

use crate::{
    run::change_set::{Operation, Written},
    value::Pending,
};

/// An operation, with the rows that it concerns.
pub(crate) struct Draft {
    /// Row of the source; none for a linked record that was not read.
    pub row: Option<u32>,
    /// Row of the account; `None` if it is to be created.
    pub account: Option<u32>,
    pub operation: Operation,
    /// Withdrawn: another record claims the account, or a value.
    pub withdrawn: bool,
}

impl Draft {
    pub fn key(&self) -> &str {
        &self.operation.key
    }
}

/// The records without a counterpart that a value names.
pub(crate) fn pending(written: &Written) -> impl Iterator<Item = &Pending> {
    written.after.0.pending()
}
