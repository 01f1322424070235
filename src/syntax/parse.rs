use super::{
    faults,
    grammar::{Grammar, Pair, Rule},
    lower::Lower,
    prepared::Prepared,
    scan::scan,
    tree::File,
};
use crate::diagnose::{Diagnostic, FileId, Span};
use pest::Parser;

/// The tree of a file, as much of it as could be understood, and what could not.
#[must_use]
pub fn parse(file: FileId, text: &str) -> (File, Vec<Diagnostic>) {
    let scan = scan(file, text);
    if scan.too_deep {
        return (File::default(), scan.faults);
    }
    let prepared = Prepared::new(&scan.base, &scan.changes);
    let mut found = scan.faults;
    let tree = match whole(&prepared.text) {
        Ok(all) => lowered(file, &prepared, &all, &mut found),
        Err(at) => {
            let (start, end) = prepared.place(at, at + 1);
            let span = Span { file, start: start as u32, end: end as u32 };
            found.push(Diagnostic::error(faults::NOT_UNDERSTOOD, span, "this can't be read from here on"));
            File::default()
        }
    };
    (tree, found)
}

fn whole(text: &str) -> Result<Pair<'_>, usize> {
    let pairs = Grammar::parse(Rule::file_all, text);
    let at = |error: pest::error::Error<Rule>| match error.location {
        pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
    };
    pairs.map_err(at)?.next().ok_or(0)
}

fn lowered(file: FileId, prepared: &Prepared, all: &Pair<'_>, found: &mut Vec<Diagnostic>) -> File {
    let mut lower = Lower::new(file, prepared);
    let tree = lower.file(all);
    found.append(&mut lower.faults);
    for junk in all
        .clone()
        .into_inner()
        .flatten()
        .filter(|pair| matches!(pair.as_rule(), Rule::line_junk | Rule::rest_junk | Rule::record_junk | Rule::record_rest))
    {
        let (start, end) = prepared.place(junk.as_span().start(), junk.as_span().end());
        let span = Span { file, start: start as u32, end: end as u32 };
        found.push(Diagnostic::error(faults::NOT_UNDERSTOOD, span, format!("`{}` is not understood", junk.as_str())));
    }
    tree
}
