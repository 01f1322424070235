use super::{
    explain::{Unit, explain, span_of},
    faults,
    grammar::{Grammar, Pair, Rule},
    lower::Lower,
    prepared::{Change, Prepared},
    scan::{Scan, continues, scan},
    tree::File,
};
use crate::diagnose::{Diagnostic, FileId};
use pest::Parser;

/// More mistakes than this are not listed.
pub(crate) const MOST: usize = 20;

/// The tree of a file, as much of it as could be understood, and what could not: at most 20 mistakes, in the order of the file.
#[must_use]
pub fn parse(file: FileId, text: &str) -> (File, Vec<Diagnostic>) {
    let mut reader = Reader { file, scan: scan(file, text) };
    let tree = if reader.scan.too_deep { File::default() } else { reader.read() };
    let mut found = reader.scan.faults;
    found.sort_by_key(|fault| (fault.span.start, fault.span.end));
    found.dedup_by_key(|fault| fault.span);
    found.truncate(MOST);
    (tree, found)
}

struct Reader {
    file: FileId,
    scan: Scan,
}

/// A part of the prepared text that was not understood.
struct Junk {
    block: Rule,
    start: usize,
    end: usize,
}

impl Reader {
    /// Explains what could not be parsed, and parses again with the unambiguous corrections, until there are none left.
    fn read(&mut self) -> File {
        loop {
            let prepared = Prepared::new(&self.scan.base, &self.scan.changes);
            let all = match whole(&prepared.text) {
                Ok(all) => all,
                Err(at) => return self.unreadable(&prepared, at),
            };
            let edits = self.explained(&prepared, &all);
            if edits.is_empty() {
                return self.lowered(&prepared, &all);
            }
            self.scan.changes.extend(edits);
        }
    }

    fn lowered(&mut self, prepared: &Prepared, all: &Pair<'_>) -> File {
        let mut lower = Lower::new(self.file, prepared);
        let tree = lower.file(all);
        self.scan.faults.append(&mut lower.faults);
        tree
    }

    fn unreadable(&mut self, prepared: &Prepared, at: usize) -> File {
        if self.scan.faults.is_empty() {
            let span = span_of(self.file, prepared.place(at, at));
            let fault = Diagnostic::error(faults::NOT_UNDERSTOOD, span, "the file cannot be read from here on");
            self.scan.faults.push(fault.help("rewrite this part"));
        }
        File::default()
    }

    /// Says what is wrong with all junk of which nothing was said yet.
    fn explained(&mut self, prepared: &Prepared, all: &Pair<'_>) -> Vec<Change> {
        let mut junk = Vec::new();
        collect(all, &mut junk);
        let mut edits = Vec::new();
        // Where the statement ends that was corrected last: the next line may be the rest of it, and is read again before it is judged.
        let mut corrected = None;
        for junk in junk {
            if corrected.is_some_and(|end| goes_on(&prepared.text, end, junk.start)) {
                corrected = Some(junk.end);
                continue;
            }
            if self.scan.faults.len() > MOST || self.is_known(prepared, &junk) {
                continue;
            }
            let edit = self.explain(prepared, &junk);
            corrected = edit.is_some().then_some(junk.end).or(corrected);
            edits.extend(edit);
        }
        edits
    }

    /// Whether something was said of it: of its first line, where it is a block.
    fn is_known(&self, prepared: &Prepared, junk: &Junk) -> bool {
        let text = &prepared.text[junk.start..junk.end];
        let head = if text.contains('{') { text.lines().next().unwrap_or(text) } else { text };
        let (start, end) = prepared.place(junk.start, junk.start + head.len());
        self.scan.faults.iter().any(|fault| fault.span.start as usize <= end && fault.span.end as usize >= start)
    }

    fn explain(&mut self, prepared: &Prepared, junk: &Junk) -> Option<Change> {
        let explained =
            explain(Unit { text: &prepared.text[junk.start..junk.end], block: junk.block, file: &prepared.text, start: junk.start });
        let place = |start: usize, end: usize| prepared.place(junk.start + start, junk.start + end);
        self.scan.faults.push(explained.diagnostic(|at| span_of(self.file, place(at.start, at.end))));
        let (at, text) = explained.edit?;
        let (start, end) = place(at.start, at.end);
        let free = self.scan.changes.iter().all(|change| change.end <= start || change.start >= end && change.start > start);
        (free || start == end).then(|| Change::new(start, end, text))
    }
}

/// Whether what begins at `next` may go on with the line that ends at `end`.
fn goes_on(text: &str, end: usize, next: usize) -> bool {
    if next < end || !text[end..next].trim().is_empty() {
        return false;
    }
    let before = text[..end].trim_end();
    let word = &before[before.trim_end_matches(|c: char| c.is_ascii_alphabetic()).len()..];
    let dangles = matches!(word, "and" | "or" | "not" | "then" | "else" | "in" | "contains" | "with" | "matches");
    dangles || before.ends_with([',', '|', '?', '=', '<', '>', '+', '-', '*', '/']) || continues(&text[next..])
}

pub(super) fn whole(text: &str) -> Result<Pair<'_>, usize> {
    let pairs = Grammar::parse(Rule::file_all, text);
    let at = |error: pest::error::Error<Rule>| match error.location {
        pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
    };
    pairs.map_err(at)?.next().ok_or(0)
}

/// All junk under a pair, with the statement that it breaks off if that is no block.
fn collect(pair: &Pair<'_>, junk: &mut Vec<Junk>) {
    let mut before: Option<Pair<'_>> = None;
    for inner in pair.clone().into_inner() {
        match inner.as_rule() {
            Rule::line_junk | Rule::record_junk | Rule::stray_close => junk.push(alone(pair.as_rule(), &inner)),
            Rule::rest_junk | Rule::record_rest => {
                let start =
                    before.filter(|statement| !statement.as_str().trim_end().ends_with('}')).map(|statement| statement.as_span().start());
                let rest = alone(pair.as_rule(), &inner);
                junk.push(Junk { start: start.unwrap_or(rest.start), ..rest });
            }
            _ => collect(&inner, junk),
        }
        before = Some(inner);
    }
}

fn alone(block: Rule, junk: &Pair<'_>) -> Junk {
    let start = junk.as_span().start();
    Junk { block, start, end: start + junk.as_str().trim_end().len() }
}
