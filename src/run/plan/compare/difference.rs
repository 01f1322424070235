//! The result of comparing a record with its account.

use crate::{compile::SourceLine, run::change_set::Written, state::agreed::Pair};
use std::sync::Arc;

/// The result of comparing a record with its account.
#[derive(Debug, Default)]
pub struct Difference {
    pub written: Vec<Written>,
    /// By attribute: hash of the value that the target has after a write whose response was never seen.
    pub observed: Vec<(Arc<str>, u64)>,
    /// Attributes that the target never keeps, with their lines.
    pub unsettled: Vec<(Arc<str>, Arc<SourceLine>)>,
    /// Of attributes that two directions share: the values on both sides, by a hash of both names.
    pub agreed: Vec<(u64, Pair)>,
    /// Attributes that only the target has changed, with their lines.
    pub changed_there: Vec<(Arc<str>, Arc<SourceLine>)>,
    /// Attributes that both sides changed, with their lines, and how the conflict was decided; `None` where no rule decides.
    pub conflicts: Vec<(Arc<str>, Arc<SourceLine>, Option<&'static str>)>,
    /// The other direction wins but has not written yet. Until it has, its value may change, and with it the winner, so the
    /// record is looked at again.
    pub is_open: bool,
}

impl Difference {
    /// The attributes that both sides changed without a rule that decides: `phone and email`.
    #[must_use]
    pub fn undecided(&self) -> Option<String> {
        let mut names = self.conflicts.iter().filter(|(.., why)| why.is_none()).map(|(name, ..)| &**name).peekable();
        names.peek().is_some().then(|| names_of(names))
    }
}

/// `phone and email`
pub(in crate::run::plan) fn names_of<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.collect::<Vec<_>>().join(" and ")
}
