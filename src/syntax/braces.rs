//! Finds braces that are not closed or close nothing. If their numbers differ, the indentation decides which one is wrong.

use super::{faults, prepared::Change};
use crate::diagnose::{Diagnostic, FileId, Fix, Span};

/// A brace of a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Brace {
    pub at: usize,
    pub opens: bool,
}

/// Reports braces without a partner and balances them for the grammar.
pub(super) fn balance(file: FileId, text: &str, braces: &[Brace], changes: &mut Vec<Change>, faults: &mut Vec<Diagnostic>) {
    if is_balanced(braces) {
        return;
    }
    let mut balance = Balance { file, text, changes, faults, open: Vec::new(), doubled: Vec::new() };
    let excess = braces.iter().filter(|brace| !brace.opens).count() > braces.iter().filter(|brace| brace.opens).count();
    for brace in braces {
        match (brace.opens, excess) {
            (true, false) => balance.open_where_less_may_be_closed(brace.at),
            (true, true) => balance.open.push(brace.at),
            (false, false) => balance.close_where_less_may_be_closed(brace.at),
            (false, true) => balance.close_where_more_is_closed(brace.at),
        }
    }
    balance.finish();
}

fn is_balanced(braces: &[Brace]) -> bool {
    let depth = braces.iter().try_fold(0_usize, |depth, brace| if brace.opens { Some(depth + 1) } else { depth.checked_sub(1) });
    depth == Some(0)
}

struct Balance<'t, 'o> {
    file: FileId,
    text: &'t str,
    changes: &'o mut Vec<Change>,
    faults: &'o mut Vec<Diagnostic>,
    open: Vec<usize>,
    /// Braces that open the same block as the one before them.
    doubled: Vec<usize>,
}

impl Balance<'_, '_> {
    /// A block that is indented no deeper than the one around it: that one was not closed.
    fn open_where_less_may_be_closed(&mut self, at: usize) {
        if self.open.last().is_some_and(|top| *top + 1 == at) {
            return self.doubled(at);
        }
        while self.open.last().is_some_and(|top| self.line(*top) != self.line(at) && self.indent(at) <= self.indent(*top)) {
            self.report_top();
        }
        self.open.push(at);
    }

    /// A brace right after another: it opens nothing of its own.
    fn doubled(&mut self, at: usize) {
        let both = Span { start: at as u32 - 1, ..self.span(at) };
        self.faults.push(faults::doubled_brace(both).fix(Fix::replace(self.span(at), "", "")));
        self.changes.push(Change::new(at, at + 1, " "));
        self.doubled.push(at - 1);
    }

    /// A brace that is further left than the block it would close: that one was not closed.
    fn close_where_less_may_be_closed(&mut self, at: usize) {
        while self.stands_alone(at) && self.open.len() > 1 && self.open.last().is_some_and(|top| self.indent(at) < self.indent(*top)) {
            self.report_top();
        }
        if self.open.pop().is_none() {
            self.stray(at);
        }
    }

    /// A brace that is further right than the block it would close, behind a statement, or before a line that is further right: it is one too many.
    fn close_where_more_is_closed(&mut self, at: usize) {
        let too_deep = |top: &usize| !self.stands_alone(at) || self.indent(at) > self.indent(*top) || self.goes_deeper(at);
        let misplaced = |top: &usize| self.line(*top) != self.line(at) && too_deep(top);
        if self.open.last().is_none_or(misplaced) {
            self.stray(at);
        } else {
            self.open.pop();
        }
    }

    fn finish(&mut self) {
        while !self.open.is_empty() {
            self.report_top();
        }
    }

    /// Reports the innermost open brace and closes its block before the first line that is indented no deeper.
    fn report_top(&mut self) {
        let Some(top) = self.open.pop() else { return };
        if !self.doubled.contains(&top) {
            self.faults.push(faults::unclosed(self.span(top), "{", "}"));
        }
        let at = self.end_of_block(top);
        self.changes.push(Change::insert(at, "\n}\n"));
    }

    /// A brace that closes nothing, unless a line above lost the brace that it closes.
    fn stray(&mut self, at: usize) {
        if let Some(end) = self.stands_alone(at).then(|| self.head_without_brace(at)).flatten() {
            let start = self.line(end) + self.indent(end);
            let head = Span { file: self.file, start: start as u32, end: end as u32 };
            self.faults.push(faults::missing_brace(head).fix(Fix::replace(head.after(), " {", "")));
            return self.changes.push(Change::insert(end, " {"));
        }
        self.faults.push(faults::stray_closer(self.span(at), "}"));
        self.changes.push(Change::new(at, at + 1, " "));
    }

    /// The end of the line above a closing brace that has its indentation, if deeper lines follow it and it opens nothing.
    fn head_without_brace(&self, at: usize) -> Option<usize> {
        let indent = self.indent(at);
        let above = self.text[..self.line(at)].trim_end_matches('\n');
        let lines = above.rsplit('\n').scan(above.len(), |end, line| {
            let placed = (*end, line);
            *end = end.saturating_sub(line.len() + 1);
            Some(placed)
        });
        let mut deeper = false;
        for (end, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let own = line.len() - line.trim_start_matches([' ', '\t']).len();
            if own <= indent {
                let says_more = line.contains(['{', '}', '#', '"']);
                return (own == indent && deeper && !says_more).then(|| end - (line.len() - line.trim_end().len()));
            }
            deeper = true;
        }
        None
    }

    fn end_of_block(&self, top: usize) -> usize {
        let indent = self.indent(top);
        let mut at = self.text[top..].find('\n').map_or(self.text.len(), |length| top + length);
        while at < self.text.len() {
            let line = self.text[at + 1..].lines().next().unwrap_or_default();
            let says = line.trim_start();
            if !says.is_empty() && !says.starts_with('#') && line.len() - says.len() <= indent {
                break;
            }
            at = self.text[at + 1..].find('\n').map_or(self.text.len(), |length| at + 1 + length);
        }
        at
    }

    fn span(&self, at: usize) -> Span {
        Span { file: self.file, start: at as u32, end: at as u32 + 1 }
    }

    /// Where the line of a place starts.
    fn line(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    fn indent(&self, at: usize) -> usize {
        let line = &self.text[self.line(at)..];
        line.len() - line.trim_start_matches([' ', '\t']).len()
    }

    /// Whether the next line is indented deeper than this one, which ends with a brace: the block goes on.
    fn goes_deeper(&self, at: usize) -> bool {
        let mut rest = self.text[at + 1..].split('\n');
        let ends = rest.next().is_none_or(|rest| rest.trim().is_empty());
        let next = rest.find(|line| !line.trim().is_empty() && !line.trim_start().starts_with(['#', '}']));
        ends && next.is_some_and(|line| line.len() - line.trim_start_matches([' ', '\t']).len() > self.indent(at))
    }

    fn stands_alone(&self, at: usize) -> bool {
        self.text[self.line(at)..at].trim().is_empty()
    }
}
