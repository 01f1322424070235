//! How many records have which verdict.

use super::verdict::Verdict;
use crate::compile::SourceLine;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Every record read, in exactly one row. The rows add up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    pub read: u64,
    pub counts: BTreeMap<Verdict, u64>,
    /// Out of scope, by the line that leaves them out.
    pub out_of_scope: Vec<OutOfScope>,
    /// Linked records that were missing from a complete read; not part of `read`.
    pub missing: u64,
    /// Linked records that were not among those read, by verdict; not part of `read`.
    pub absent: BTreeMap<Verdict, u64>,
}

/// The records that one line of the pipeline leaves out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutOfScope {
    pub rule: ScopeRule,
    /// The words or the condition of the line, as the pipeline has them.
    pub reason: String,
    pub line: SourceLine,
    pub count: u64,
}

/// How a line of the pipeline leaves a record out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScopeRule {
    /// The condition of an `include` does not hold.
    Include,
    /// The condition of an `exclude` holds.
    Exclude,
    /// The event is older than `since`.
    Since,
}

impl ScopeRule {
    /// The rule of a line of the scope.
    #[must_use]
    pub const fn of_line(include: bool) -> Self {
        if include { Self::Include } else { Self::Exclude }
    }

    /// The reason as words around it: the words of an `include` are those that do not hold.
    #[must_use]
    pub fn words(self, reason: &str) -> String {
        if self == Self::Include { format!("not {reason}") } else { reason.to_owned() }
    }
}

/// The verdicts that write, in the order of the first lines of a screen.
pub const WRITING: [Verdict; 6] = [Verdict::Create, Verdict::Send, Verdict::Update, Verdict::Leave, Verdict::Return, Verdict::Stage];

/// The verdicts that a person has to look at.
pub const NEEDS_ATTENTION: [Verdict; 3] = [Verdict::Held, Verdict::Rejected, Verdict::Unread];

/// The verdicts with nothing to do.
pub const NOTHING_TO_DO: [Verdict; 4] = [Verdict::AlreadySent, Verdict::Unchanged, Verdict::AlreadyLeft, Verdict::Waiting];

impl Ledger {
    /// How many records have a verdict. Linked records that were not among those read count where something is to be done or looked at;
    /// of the others, only those that were read.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> u64 {
        let of = |counts: &BTreeMap<Verdict, u64>| counts.get(&verdict).copied().unwrap_or(0);
        let absent = if NOTHING_TO_DO.contains(&verdict) { 0 } else { of(&self.absent) };
        of(&self.counts) + absent
    }

    /// How many records were read or have something to be done or looked at: what the rows of a screen add up to.
    #[must_use]
    pub fn in_rows(&self) -> u64 {
        self.to_write() + self.needs_attention() + self.nothing_to_do() + self.count(Verdict::OutOfScope)
    }

    fn sum(&self, verdicts: &[Verdict]) -> u64 {
        verdicts.iter().map(|verdict| self.count(*verdict)).sum()
    }

    /// Records that are to be written.
    #[must_use]
    pub fn to_write(&self) -> u64 {
        self.sum(&WRITING)
    }

    /// Records that a person has to look at: held, rejected and unread.
    #[must_use]
    pub fn needs_attention(&self) -> u64 {
        self.sum(&NEEDS_ATTENTION)
    }

    /// Records with nothing to do.
    #[must_use]
    pub fn nothing_to_do(&self) -> u64 {
        self.sum(&NOTHING_TO_DO)
    }

    /// Whether its records are events, each sent once.
    #[must_use]
    pub fn has_events(&self) -> bool {
        self.count(Verdict::Send) + self.count(Verdict::AlreadySent) > 0
    }
}
