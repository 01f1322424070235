use super::{
    comments::move_comments,
    explain::{Outside, Unit, YAML, attributes_outside, explain, is_yaml, lists_statuses, span_of},
    faults,
    grammar::{Grammar, Pair, Rule},
    lower::Lower,
    prepared::{Change, Prepared},
    scan::{Scan, continues, scan},
    tree::File,
};
use crate::diagnose::{Diagnostic, Edit, FileId, Fix, Span};
use pest::Parser;
use std::ops::Range;

/// More mistakes than this are not listed.
pub(crate) const MOST: usize = 20;

/// The tree of a file, as much of it as could be understood, and what could not: at most 20 mistakes, in the order of the file.
#[must_use]
pub fn parse(file: FileId, text: &str) -> (File, Vec<Diagnostic>) {
    let mut reader = Reader { file, text, scan: scan(file, text), outside: Vec::new() };
    let tree = if reader.scan.too_deep { File::default() } else { reader.read() };
    let mut found = reader.scan.faults;
    found.sort_by_key(|fault| (fault.span.start, fault.span.end));
    found.dedup_by_key(|fault| fault.span);
    found.truncate(MOST);
    (tree, found)
}

struct Reader<'t> {
    file: FileId,
    text: &'t str,
    scan: Scan,
    /// Where attributes were told to be outside of their block.
    outside: Vec<(usize, usize)>,
}

/// A part of the prepared text that was not understood.
struct Junk {
    block: Rule,
    start: usize,
    end: usize,
}

impl Reader<'_> {
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
        let mut edits = self.enclosed(prepared, &mut junk);
        // Where the statement ends that was corrected last: the next line may be the rest of it, and is read again before it is judged.
        let mut corrected = None;
        for junk in junk {
            if corrected.is_some_and(|end| goes_on(&prepared.text, end, junk.start)) {
                corrected = Some(junk.end);
                continue;
            }
            let yaml = junk.block == Rule::file_all && is_yaml(&prepared.text[junk.start..junk.end]);
            if yaml && self.scan.faults.iter().any(|fault| fault.message == YAML) {
                continue;
            }
            if self.scan.faults.len() > MOST || self.is_known(prepared, &junk) {
                continue;
            }
            let made = self.explain(prepared, &junk);
            corrected = (!made.is_empty()).then_some(junk.end).or(corrected);
            edits.extend(made);
        }
        edits
    }

    /// Says which attributes are outside of their block, and takes them out of the junk: one message for lines that follow one another.
    fn enclosed(&mut self, prepared: &Prepared, junk: &mut Vec<Junk>) -> Vec<Change> {
        let mut changes = Vec::new();
        loop {
            let lines: Vec<Range<usize>> =
                junk.iter().filter(|one| self.may_be_outside(prepared, one)).map(|one| one.start..one.end).collect();
            let Some(found) = attributes_outside(&prepared.text, &lines) else { break };
            let mut fix = self.edits_that_enclose(prepared, &found);
            let keeps = move_comments(self.text, &self.scan.comments, &mut fix.edits);
            let (first, last) = (found.lines[0].start, found.lines[found.lines.len() - 1].end);
            let (start, end) = prepared.place(first, last);
            let name = prepared.place(first, first + found.name(&prepared.text).len());
            let fault = Diagnostic::error(faults::NOT_UNDERSTOOD, span_of(self.file, name), found.message(&prepared.text));
            self.outside.push((start, end));
            let fault = fault.help(found.help());
            self.scan.faults.push(if keeps { fault.fix(fix) } else { fault });
            if found.end_of_block.is_none() {
                changes.extend([Change::insert(start, "attributes {\n"), Change::insert(end, "\n}")]);
            }
        }
        junk.retain(|one| one.block != Rule::collection_block || !self.is_outside(prepared, one));
        changes
    }

    fn is_outside(&self, prepared: &Prepared, junk: &Junk) -> bool {
        let (start, end) = prepared.place(junk.start, junk.end);
        self.outside.iter().any(|outside| outside.0 <= start && end <= outside.1)
    }

    fn may_be_outside(&self, prepared: &Prepared, junk: &Junk) -> bool {
        junk.block == Rule::collection_block && !self.is_outside(prepared, junk) && !self.is_known(prepared, junk)
    }

    /// The lines in a block of their own, indented by one step more, or at the end of the one that is there.
    fn edits_that_enclose(&self, prepared: &Prepared, found: &Outside) -> Fix {
        let places: Vec<(usize, usize)> = found.lines.iter().map(|line| prepared.place(line.start, line.end)).collect();
        let edit = |(start, end): (usize, usize), text: String| Edit { span: span_of(self.file, (start, end)), text };
        let (first, last) = (places[0], places[places.len() - 1]);
        let line_start = self.text[..first.0].rfind('\n').map_or(0, |at| at + 1);
        let indent = &self.text[line_start..first.0];
        let indent = if indent.trim().is_empty() { indent } else { "" };
        let mut edits = Vec::new();
        match found.end_of_block {
            Some(end) => {
                let end = prepared.place(end, end).0;
                let lines: String = places.iter().map(|place| format!("  {}\n{indent}", &self.text[place.0..place.1])).collect();
                edits.push(edit((end, end), lines));
                edits.push(Edit { span: self.with_its_line(span_of(self.file, (first.0, last.1))), text: String::new() });
            }
            None => {
                edits.push(edit((first.0, first.0), format!("attributes {{\n{indent}  ")));
                edits.extend(places[1..].iter().map(|place| edit((place.0, place.0), "  ".to_owned())));
                let end = self.end_of_line(last.1);
                edits.push(edit((end, end), format!("\n{indent}}}")));
            }
        }
        edits.sort_by_key(|edit| edit.span.start);
        Fix { words: String::new(), edits }
    }

    /// Whether something was said of it: of its first line, where it is a block.
    fn is_known(&self, prepared: &Prepared, junk: &Junk) -> bool {
        let text = &prepared.text[junk.start..junk.end];
        let head = if text.contains('{') { text.lines().next().unwrap_or(text) } else { text };
        let (start, end) = prepared.place(junk.start, junk.start + head.len());
        // What is said of a line as outside of its block says nothing of its words.
        let of_place = |fault: &Diagnostic| self.outside.iter().any(|outside| outside.0 == fault.span.start as usize);
        let mut told = self.scan.faults.iter().filter(|fault| !of_place(fault));
        told.any(|fault| fault.span.start as usize <= end && fault.span.end as usize >= start)
    }

    fn explain(&mut self, prepared: &Prepared, junk: &Junk) -> Vec<Change> {
        let (text, block) = (&prepared.text[junk.start..junk.end], junk.block);
        let explained = explain(Unit { text, block, file: &prepared.text, start: junk.start });
        let place = |at: &Range<usize>| prepared.place(junk.start + at.start, junk.start + at.end);
        let mut fault = explained.diagnostic(|at| span_of(self.file, place(at)));
        let removed = fault.fixes.iter_mut().flat_map(|fix| &mut fix.edits).filter(|edit| edit.text.is_empty());
        removed.for_each(|edit| edit.span = self.with_its_line(edit.span));
        fault.fixes.retain_mut(|fix| move_comments(self.text, &self.scan.comments, &mut fix.edits));
        self.scan.faults.push(fault);
        let changes: Vec<Change> =
            explained.edits.iter().map(|(at, text)| (place(at), text)).map(|((start, end), text)| Change::new(start, end, text)).collect();
        if changes.iter().all(|change| self.is_free(change)) { changes } else { Vec::new() }
    }

    /// Whether a change touches no other.
    fn is_free(&self, new: &Change) -> bool {
        let mut others = self.scan.changes.iter();
        new.start == new.end || others.all(|change| change.end <= new.start || change.start >= new.end && change.start > new.start)
    }

    /// Where the line of a place ends if only a comment follows it there, else the place.
    fn end_of_line(&self, at: usize) -> usize {
        let rest = self.text[at..].lines().next().unwrap_or_default();
        if matches!(rest.trim_start().chars().next(), None | Some('#')) { at + rest.trim_end().len() } else { at }
    }

    /// What is removed, with its whole line if nothing else is on it.
    fn with_its_line(&self, span: Span) -> Span {
        let (start, end) = (span.start as usize, span.end as usize);
        let before = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let Some(after) = self.text[end..].find('\n').map(|length| end + length + 1) else { return span };
        let alone = start < end && self.text[before..start].trim().is_empty() && self.text[end..after].trim().is_empty();
        if alone { Span { start: before as u32, end: after as u32, ..span } } else { span }
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
    let alone = |inner: &Pair<'_>| {
        let start = inner.as_span().start();
        Junk { block: pair.as_rule(), start, end: start + inner.as_str().trim_end().len() }
    };
    let mut before: Option<Pair<'_>> = None;
    for inner in pair.clone().into_inner() {
        match inner.as_rule() {
            Rule::line_junk | Rule::record_junk | Rule::stray_close => junk.push(alone(&inner)),
            // Its lines move out of it.
            Rule::error_stmt if lists_statuses(inner.as_str()) => junk.push(alone(&inner)),
            Rule::rest_junk | Rule::record_rest => {
                let start =
                    before.filter(|statement| !statement.as_str().trim_end().ends_with('}')).map(|statement| statement.as_span().start());
                let rest = alone(&inner);
                junk.push(Junk { start: start.unwrap_or(rest.start), ..rest });
            }
            _ => collect(&inner, junk),
        }
        before = Some(inner);
    }
}
