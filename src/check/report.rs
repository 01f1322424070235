//! Collects diagnostics: sorted, without duplicates, and not more than somebody can read.

use crate::diagnose::{Diagnostic, FileId, Severity, Span};
use std::{cell::RefCell, collections::HashSet};

/// More than these are not shown at once.
const MOST: usize = 50;

#[derive(Debug, Default)]
pub(crate) struct Report {
    said: RefCell<Said>,
}

#[derive(Debug, Default)]
struct Said {
    all: Vec<Diagnostic>,
    /// What was said of which place: a file can hold a mistake as often as it has lines.
    seen: HashSet<(&'static str, Span, String)>,
}

impl Report {
    /// Adds a diagnostic, unless there is an equal one for the same place.
    pub fn say(&self, diagnostic: Diagnostic) {
        let mut said = self.said.borrow_mut();
        if said.seen.insert((diagnostic.code, diagnostic.span, diagnostic.message.clone())) {
            said.all.push(diagnostic);
        }
    }

    /// Says what another report holds.
    pub fn say_all<'d>(&self, diagnostics: impl IntoIterator<Item = &'d Diagnostic>) {
        diagnostics.into_iter().for_each(|one| self.say(one.clone()));
    }

    /// An error, and what to do.
    pub fn error_help(&self, code: &'static str, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.say(Diagnostic::error(code, span, message).help(help));
    }

    /// Whether an error was said within a stretch of a file.
    pub fn has_error_in(&self, span: Span) -> bool {
        let inside = |one: &Diagnostic| one.span.file == span.file && one.span.start >= span.start && one.span.end <= span.end;
        self.said.borrow().all.iter().any(|one| one.is_error() && inside(one))
    }

    /// How many were said until now.
    pub fn len(&self) -> usize {
        self.said.borrow().all.len()
    }

    /// All, in the order in which they were said.
    pub fn into_said(self) -> Vec<Diagnostic> {
        self.said.into_inner().all
    }

    /// All, by file and position, errors before lints where there are too many. The files come in this order.
    pub fn finish(self, files: &[FileId]) -> Vec<Diagnostic> {
        let file = |one: &Diagnostic| files.iter().position(|file| *file == one.span.file).unwrap_or(files.len());
        let mut all = self.into_said();
        if all.len() > MOST {
            all.sort_by_cached_key(|one| (one.severity == Severity::Lint, file(one), one.span.start));
            all.truncate(MOST);
        }
        all.sort_by_cached_key(|one| (file(one), one.span.start, one.span.end));
        all
    }
}
