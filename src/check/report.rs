//! Collects diagnostics: sorted, without duplicates, and limited in number.

use super::{
    syntax_errors::SyntaxErrors,
    unknown::{Unknown, settled},
};
use crate::{
    diagnose::{Diagnostic, FileId, Severity, Sources, Span},
    syntax::MOST_MISTAKES,
};
use std::{cell::RefCell, collections::HashSet};

/// More than these are not shown at once.
const MOST: usize = 50;

#[derive(Debug, Default)]
pub(crate) struct Report {
    said: RefCell<Said>,
    /// The lines of the files that were not understood.
    pub syntax: SyntaxErrors,
}

/// What is said of some files in the end.
#[derive(Debug)]
pub(crate) struct Finished {
    pub all: Vec<Diagnostic>,
    /// Where mistakes are left unsaid, because a line that was not understood may be the reason.
    pub unsaid: Vec<Span>,
    /// Whether there are more mistakes than are listed.
    pub is_cut_short: bool,
}

/// What was found until now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    pub all: Vec<Diagnostic>,
    /// What was said of which place: a file can hold a mistake as often as it has lines.
    seen: HashSet<(&'static str, Span, String)>,
    /// Uses of names that nothing declares. Whether the use or the declaration is misspelt is decided when all uses are known.
    unknown: Vec<Unknown>,
    /// Where names are declared that are used.
    used: HashSet<Span>,
    /// Where mistakes are left unsaid, because a line that was not understood may be the reason.
    unsaid: Vec<Span>,
}

impl Report {
    /// Knows which lines were not understood.
    pub fn with(syntax: SyntaxErrors) -> Self {
        Self { syntax, ..Self::default() }
    }

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

    /// Takes in what another report found.
    pub fn take_in(&self, found: &Said) {
        self.say_all(&found.all);
        let mut said = self.said.borrow_mut();
        said.unknown.extend(found.unknown.iter().cloned());
        said.used.extend(&found.used);
        said.unsaid.extend(&found.unsaid);
    }

    /// The use of a name that is not among those `declared`, unless a line that was not understood may declare it.
    pub fn unknown<'n>(&self, diagnostic: Diagnostic, name: &str, declared: impl IntoIterator<Item = (&'n str, Span)>) {
        self.unknown_at(diagnostic, name, declared, false);
    }

    /// The same for records, whose names are used on the line that declares them: `join hr.teams as t on t.id == …`.
    pub fn unknown_record<'n>(&self, diagnostic: Diagnostic, name: &str, declared: impl IntoIterator<Item = (&'n str, Span)>) {
        self.unknown_at(diagnostic, name, declared, true);
    }

    fn unknown_at<'n>(
        &self,
        diagnostic: Diagnostic,
        name: &str,
        declared: impl IntoIterator<Item = (&'n str, Span)>,
        used_on_own_line: bool,
    ) {
        if self.syntax.may_declare(name, diagnostic.span) {
            self.said.borrow_mut().unsaid.push(diagnostic.span);
        } else {
            let declared = declared.into_iter().map(|(name, span)| (name.to_owned(), span)).collect();
            self.said.borrow_mut().unknown.push(Unknown { diagnostic, name: name.to_owned(), declared, used_on_own_line });
        }
    }

    /// What is wrong there only follows from what was said elsewhere.
    pub fn follows(&self, span: Span) {
        self.said.borrow_mut().unsaid.push(span);
    }

    /// Where names are declared that are used.
    pub fn used(&self) -> HashSet<Span> {
        self.said.borrow().used.clone()
    }

    /// A name that is declared there is used.
    pub fn uses(&self, declaration: Span) {
        self.said.borrow_mut().used.insert(declaration);
    }

    /// An error, and what to do.
    pub fn error_help(&self, code: &'static str, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.say(Diagnostic::error(code, span, message).help(help));
    }

    /// Whether an error was said within a stretch of a file, or left unsaid because it follows from another.
    pub fn has_error_in(&self, span: Span) -> bool {
        let inside = |one: Span| one.file == span.file && one.start >= span.start && one.end <= span.end;
        let said = self.said.borrow();
        let mut all = said.all.iter().chain(said.unknown.iter().map(|one| &one.diagnostic));
        all.any(|one| one.is_error() && inside(one.span)) || said.unsaid.iter().any(|one| inside(*one))
    }

    /// Whether a code was said of exactly this place.
    pub fn has_said(&self, code: &str, span: Span) -> bool {
        self.said.borrow().all.iter().any(|one| one.code == code && one.span == span)
    }

    /// How many mistakes were found until now.
    pub fn len(&self) -> usize {
        let said = self.said.borrow();
        said.all.len() + said.unknown.len() + said.unsaid.len()
    }

    /// All, in the order in which they were said.
    pub fn into_said(self) -> Said {
        self.said.into_inner()
    }

    /// All, by file and position, errors before lints where there are too many. The files come in this order; `items` are their statements.
    pub fn finish(self, sources: &Sources, files: &[FileId], items: &[Span]) -> Finished {
        let Said { mut all, unknown, used, mut unsaid, .. } = self.said.into_inner();
        all.extend(settled(unknown, &used, sources, files));
        let (mut all, follows) = self.syntax.without_what_follows(all, items, sources);
        unsaid.extend(follows);
        let is_cut_short = all.len() > MOST || all.iter().filter(|one| one.is_syntax()).count() >= MOST_MISTAKES;
        let file = |one: &Diagnostic| files.iter().position(|file| *file == one.span.file).unwrap_or(files.len());
        if all.len() > MOST {
            all.sort_by_cached_key(|one| (one.severity == Severity::Lint, file(one), one.span.start));
            all.truncate(MOST);
        }
        all.sort_by_cached_key(|one| (file(one), one.span.start, one.span.end));
        Finished { all, unsaid, is_cut_short }
    }
}
