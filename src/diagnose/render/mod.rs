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
use std::borrow::Cow;

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

/// Whether a character would steer a terminal or turn the direction of writing.
pub(in crate::diagnose) fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text on one line and harmless: line ends as a space, what would steer a terminal or turn the direction of writing as `\u{fffd}`.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let each = |c: char| match c {
        '\n' | '\r' | '\t' => ' ',
        c if steers(c) => '\u{fffd}',
        c => c,
    };
    Cow::Owned(text.chars().map(each).collect())
}
