//! Edits that fix a diagnostic.

use super::{Diagnostic, FileId, Sources, Span};
use std::collections::BTreeMap;

/// Replaces a stretch of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

/// One way to fix a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, if the edited line does not say it: `empties it`.
    pub words: String,
    pub edits: Vec<Edit>,
}

impl Fix {
    /// Replaces one stretch.
    #[must_use]
    pub fn replace(span: Span, text: impl Into<String>, words: impl Into<String>) -> Self {
        Self { words: words.into(), edits: vec![Edit { span, text: text.into() }] }
    }
}

/// Whether `check --fix` applies it: only if there is exactly one way, because the meaning is the author's to choose.
#[must_use]
pub fn fixable(diagnostic: &Diagnostic) -> bool {
    diagnostic.fixes.len() == 1 && !diagnostic.is_choice
}

/// The text with edits made, from its end to its start.
#[must_use]
pub fn apply(text: &str, edits: &[&Edit]) -> String {
    let mut edits: Vec<&&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| std::cmp::Reverse((edit.span.start, edit.span.end)));
    let mut out = text.to_owned();
    for edit in edits {
        out.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
    }
    out
}

/// The files after all unambiguous fixes, and how many diagnostics that fixes. If two fixes overlap, only the first is made;
/// the next check offers the other again.
#[must_use]
pub fn apply_fixes<'a>(diagnostics: impl IntoIterator<Item = &'a Diagnostic>, sources: &Sources) -> (BTreeMap<FileId, String>, usize) {
    let mut edits: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    let mut fixed = 0;
    for diagnostic in diagnostics.into_iter().filter(|diagnostic| fixable(diagnostic)) {
        let fix = &diagnostic.fixes[0];
        let touches = |edit: &Edit| edits.get(&edit.span.file).is_some_and(|made| made.iter().any(|other| overlap(edit.span, other.span)));
        if fix.edits.iter().any(touches) {
            continue;
        }
        fixed += 1;
        for edit in &fix.edits {
            edits.entry(edit.span.file).or_default().push(edit);
        }
    }
    (edited(edits, sources), fixed)
}

/// The files after some fixes that do not overlap.
#[must_use]
pub fn texts<'a>(fixes: impl IntoIterator<Item = &'a Fix>, sources: &Sources) -> BTreeMap<FileId, String> {
    let mut edits: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    for edit in fixes.into_iter().flat_map(|fix| &fix.edits) {
        edits.entry(edit.span.file).or_default().push(edit);
    }
    edited(edits, sources)
}

fn edited(edits: BTreeMap<FileId, Vec<&Edit>>, sources: &Sources) -> BTreeMap<FileId, String> {
    edits.into_iter().map(|(file, edits)| (file, apply(&sources.file(file).text, &edits))).collect()
}

const fn overlap(left: Span, right: Span) -> bool {
    left.start < right.end && right.start < left.end || left.start == right.start
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn span(start: u32, end: u32) -> Span {
        Span { file: FileId(0), start, end }
    }

    #[test]
    fn only_what_can_be_meant_one_way_is_mended_and_nothing_twice() {
        let mut sources = Sources::default();
        sources.add("a.sync", "one two three");
        let one = Diagnostic::error("E0203", span(0, 3), "").fix(Fix::replace(span(0, 3), "1", ""));
        let same = Diagnostic::error("E0203", span(0, 3), "").fix(Fix::replace(span(1, 3), "x", ""));
        let choice =
            Diagnostic::error("E0311", span(4, 7), "").fix(Fix::replace(span(4, 7), "a", "")).fix(Fix::replace(span(4, 7), "b", ""));
        let three = Diagnostic::error("E0203", span(8, 13), "").fix(Fix::replace(span(8, 13), "3", ""));
        let (files, fixed) = apply_fixes([&one, &same, &choice, &three], &sources);
        assert_eq!(files[&FileId(0)], "1 two 3");
        assert_eq!(fixed, 2);
    }
    proptest! {
        /// Whatever the edits: what no edit touches stays, in order, and each diagnostic is fixed wholly or not at all.
        #[test]
        fn edits_never_tear_the_text(places in prop::collection::vec((0..20_u32, 0..5_u32, 0..20_u32, 0..5_u32), 0..8)) {
            let text: String = ('a'..='y').collect();
            let mut sources = Sources::default();
            sources.add("a.sync", &*text);
            let edit = |start: u32, length: u32, at: usize| Edit { span: span(start, start + length), text: format!("<{at}>") };
            let diagnostics: Vec<Diagnostic> = places.iter().enumerate().filter(|(_, (a, n, b, _))| a + n < *b).map(|(at, (a, n, b, m))| {
                let fix = Fix { words: String::new(), edits: vec![edit(*a, *n, at), edit(*b, *m, at)] };
                Diagnostic::error("E0203", span(*a, *b), "").fix(fix)
            }).collect();
            let (files, fixed) = apply_fixes(&diagnostics, &sources);
            let after = files.get(&FileId(0)).unwrap_or(&text);
            let untouched: String = after.chars().filter(char::is_ascii_lowercase).collect();
            let mut rest = text.chars();
            prop_assert!(untouched.chars().all(|c| rest.any(|other| other == c)), "{}", after);
            prop_assert_eq!(after.matches('<').count(), fixed * 2);
        }
    }
}
