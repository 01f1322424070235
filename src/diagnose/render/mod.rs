//! Diagnostics in the formats for people and programs.

mod fixes;
pub mod github;
pub mod json;
pub mod lines;
pub mod page;
pub mod report;
pub mod sarif;
pub mod text;

use super::{Diagnostic, Severity, edit::fixable};

/// How many of each there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub errors: usize,
    pub lints: usize,
    /// Those that `--fix` can fix.
    pub fixable: usize,
}

impl Tally {
    /// Counts.
    pub fn of<'a>(diagnostics: impl IntoIterator<Item = &'a Diagnostic>) -> Self {
        let mut tally = Self::default();
        for diagnostic in diagnostics {
            match diagnostic.severity {
                Severity::Error => tally.errors += 1,
                Severity::Lint => tally.lints += 1,
            }
            tally.fixable += usize::from(fixable(diagnostic));
        }
        tally
    }
}

/// `error` or `lint`.
#[must_use]
pub const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Lint => "lint",
    }
}
