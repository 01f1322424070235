//! JSON paths, which have brackets, quotes and braces of their own.

use super::Scanner;
use crate::{
    diagnose::Fix,
    syntax::{faults, prepared::Change},
};

impl Scanner<'_> {
    pub(super) fn path(&mut self) {
        self.at += 1;
        loop {
            let rest = self.rest();
            let plain = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '*'))).unwrap_or(rest.len());
            self.at += plain;
            if !self.starts("[") || !self.path_bracket() {
                return;
            }
        }
    }

    /// Skips the brackets of a path; none if they are never closed.
    fn path_bracket(&mut self) -> bool {
        let start = self.at;
        match bracket_length(&self.text[start..]) {
            Some((_, depth)) if depth > 64 => {
                self.too_deep = true;
                self.faults.push(faults::too_deep(self.span(start..start + 1)));
                false
            }
            Some((length, _)) => {
                self.at += length;
                for at in start..self.at {
                    if self.base[at] == b'\n' {
                        self.base[at] = b' ';
                    }
                }
                true
            }
            None => self.unclosed_path(start),
        }
    }

    fn unclosed_path(&mut self, start: usize) -> bool {
        self.faults.push(faults::unclosed(self.span(start..start + 1), "[", "]"));
        let end = self.line_end();
        // `at($.list[0)`: what closes the parentheses is in the rest of the line, which is left out.
        let closed = self.text[start..end].contains(')');
        if closed && self.frames.last().is_some_and(|frame| frame.open == super::Open::Paren) {
            self.frames.pop();
        }
        self.blank(start..end);
        self.at = end;
        false
    }

    /// `{{response.x}}`, or a template of another product.
    pub(super) fn foreign_path(&mut self) -> bool {
        let line = &self.text[self.at..self.line_end()];
        let Some(length) = line.find("}}").map(|length| length + 2) else { return false };
        let inner = line[2..length - 2].trim();
        let range = self.at..self.at + length;
        if !inner.starts_with("response") {
            let span = self.span(range.clone());
            let (native, words) = if self.in_text() { (format!("{{{inner}}}"), "") } else { (inner.to_owned(), "") };
            self.faults.push(faults::foreign_template(span, inner).fix(Fix::replace(span, &native, words)));
            self.changes.push(Change::new(range.start, range.end, native));
        }
        self.at = range.end;
        true
    }
}

/// How long the brackets at the start are, and how deep they nest; none if they don't close, or close across a brace.
fn bracket_length(text: &str) -> Option<(usize, usize)> {
    let mut open: Vec<char> = Vec::new();
    let (mut deepest, mut quote, mut escaped) = (0, None, false);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(_), '\n') => return None,
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(mark), _) if mark == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => open.push(c),
            (None, ']' | '}') if open.pop() != Some(if c == ']' { '[' } else { '{' }) => return None,
            (None, _) => {}
        }
        deepest = deepest.max(open.len());
        if open.is_empty() {
            return Some((at + 1, deepest));
        }
    }
    None
}
