//! The result of comparing a record with its account.

use crate::{compile::SourceLine, run::change_set::Written, state::agreed::Pair, value::Fault};
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
    /// Why attributes of the account can't be read: they are neither written nor cleared.
    pub unreadable: Vec<Box<Fault>>,
    /// Why values of the record are not known, with the lines that would write them: what the account has stays.
    pub unknown: Vec<(Box<Fault>, Arc<SourceLine>)>,
    /// The other direction wins but has not written yet. Until it has, its value may change, and with it the winner, so the
    /// record is looked at again.
    pub is_open: bool,
}

impl Difference {
    /// Leaves an attribute as it is, because a value of the account can't be read.
    pub fn leave_unreadable(&mut self, fault: Box<Fault>) {
        if !self.unreadable.iter().any(|known| known.at == fault.at) {
            self.unreadable.push(fault);
        }
    }

    /// Why attributes of the account can't be read.
    #[must_use]
    pub fn unreadable_words(&self) -> Option<String> {
        let words: Vec<&str> = self.unreadable.iter().map(|fault| fault.message.as_str()).collect();
        (!words.is_empty()).then(|| words.join("; "))
    }

    /// Why values of the record are not known.
    #[must_use]
    pub fn unknown_words(&self) -> Option<String> {
        let mut words: Vec<String> = self.unknown.iter().map(|(fault, _)| unknown_words(fault)).collect();
        words.dedup();
        (!words.is_empty()).then(|| words.join("; "))
    }

    /// The attributes that both sides changed without a rule that decides: `phone and email`.
    #[must_use]
    pub fn undecided(&self) -> Option<String> {
        let mut names = self.conflicts.iter().filter(|(.., why)| why.is_none()).map(|(name, ..)| &**name).peekable();
        names.peek().is_some().then(|| names_of(names))
    }
}

/// Why a value is not known, with its name.
pub(in crate::run::plan) fn unknown_words(fault: &Fault) -> String {
    fault.at.as_ref().map_or_else(|| fault.to_string(), |at| format!("`{at}` {fault}"))
}

/// `phone and email`
pub(in crate::run::plan) fn names_of<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.collect::<Vec<_>>().join(" and ")
}
