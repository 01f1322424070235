//! Where diagnostics are gathered: in order, none twice, not more than can be read.

use crate::diagnose::{Diagnostic, Severity, Span};
use std::cell::RefCell;

/// More than these are not shown at once.
const MOST: usize = 50;

#[derive(Debug, Default)]
pub(crate) struct Report {
    said: RefCell<Vec<Diagnostic>>,
}

impl Report {
    /// Says something, unless the same was said of the same place.
    pub fn say(&self, diagnostic: Diagnostic) {
        let mut said = self.said.borrow_mut();
        if !said.iter().any(|one| one.code == diagnostic.code && one.span == diagnostic.span && one.message == diagnostic.message) {
            said.push(diagnostic);
        }
    }

    /// An error, and what to do.
    pub fn error_help(&self, code: &'static str, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.say(Diagnostic::error(code, span, message).help(help));
    }

    /// Whether an error was said within a stretch of a file.
    pub fn has_error_in(&self, span: Span) -> bool {
        let inside = |one: &Diagnostic| one.span.file == span.file && one.span.start >= span.start && one.span.end <= span.end;
        self.said.borrow().iter().any(|one| one.is_error() && inside(one))
    }

    /// How many were said until now.
    pub fn len(&self) -> usize {
        self.said.borrow().len()
    }

    /// All, by file and position, errors before lints where there are too many.
    pub fn finish(self) -> Vec<Diagnostic> {
        let mut all = self.said.into_inner();
        if all.len() > MOST {
            all.sort_by_key(|one| (one.severity == Severity::Lint, one.span.file, one.span.start));
            all.truncate(MOST);
        }
        all.sort_by_key(|one| (one.span.file, one.span.start, one.span.end));
        all
    }
}
