//! Signs of other languages: reported, and corrected if there is only one reading.

use super::Scanner;
use crate::{
    diagnose::{Diagnostic, Fix},
    syntax::{faults, prepared::Change, words},
};

impl Scanner<'_> {
    pub(super) fn sign(&mut self, next: char) {
        if self.starts("//") && !self.text[..self.at].ends_with(':') && !self.in_text() {
            return self.foreign_comment();
        }
        if self.starts("/*") && !self.in_text() {
            return self.block_comment();
        }
        if self.starts("||") && self.fallback() {
            return;
        }
        match words::foreign_sign(self.rest()) {
            Some((sign, native)) => self.replace(sign.len(), native),
            None if next == '\'' || next == '`' => self.single_quotes(next),
            None if closing_quotes(next).is_some() => self.curly_quotes(next),
            None if next == '!' && !self.starts("!=") => self.replace(1, "not "),
            None if next == ';' => self.semicolon(),
            None if matches!(next, '\u{feff}' | '\u{a0}' | '\r') => self.odd_blank(next),
            None if self.starts("!=") || self.starts("==") || self.starts("??") => self.at += 2,
            None => self.at += next.len_utf8(),
        }
    }

    /// Corrects what has only one reading.
    pub(super) fn replace(&mut self, length: usize, native: &str) {
        let range = self.at..self.at + length;
        let span = self.span(range.clone());
        let foreign = &self.text[range.clone()];
        let fault = faults::foreign_sign(span, foreign, native.trim_end()).fix(Fix::replace(span, native, ""));
        match self.said_on_this_line(&fault.message) {
            Some(first) => first.fixes[0].edits.extend(fault.fixes.into_iter().flat_map(|fix| fix.edits)),
            None => self.faults.push(fault),
        }
        self.changes.push(Change::new(range.start, range.end, format!(" {native} ")));
        self.at = range.end;
    }

    /// What was said of the same sign on the same line: one message for all of them.
    fn said_on_this_line(&mut self, message: &str) -> Option<&mut Diagnostic> {
        let line = self.text[..self.at].rfind('\n').map_or(0, |newline| newline + 1);
        self.faults.iter_mut().find(|fault| fault.message == message && fault.span.start as usize >= line && !fault.fixes.is_empty())
    }

    /// `||` before a text or a number, or between two values in a line without a condition, where it gives a fallback. Whether a
    /// condition was meant is not certain.
    fn fallback(&mut self) -> bool {
        let line = self.text[..self.at].rfind('\n').map_or(0, |newline| newline + 1);
        let (before, after) = (&self.text[line..self.at], self.text[self.at + 2..self.line_end()].trim_start());
        let piped = before.split_whitespace().rev().nth(1) == Some("|");
        let of_values = before.contains(" = ") && !piped && !has_condition(before) && !has_condition(after);
        if self.in_text() || !(of_values || after.starts_with(|c: char| c == '"' || c.is_ascii_digit())) {
            return false;
        }
        let range = self.at..self.at + 2;
        let fault = faults::foreign_fallback(self.span(range.clone()));
        if !self.faults.iter().any(|one| one.message == fault.message && one.span.start as usize >= line) {
            self.faults.push(fault);
        }
        self.changes.push(Change::new(range.start, range.end, " ?? "));
        self.at = range.end;
        true
    }

    fn foreign_comment(&mut self) {
        let span = self.span(self.at..self.at + 2);
        self.faults.push(faults::foreign_comment(span, "//").fix(Fix::replace(span, "#", "")));
        self.comment();
        self.comments.pop();
    }

    fn block_comment(&mut self) {
        let end = self.rest().find("*/").map_or(self.text.len(), |length| self.at + length + 2);
        let span = self.span(self.at..self.at + 2);
        self.faults.push(faults::foreign_comment(span, "/*"));
        self.blank(self.at..end);
        self.at = end;
    }

    /// A text in single quotes, or between back quotes, where `${…}` holds a value.
    fn single_quotes(&mut self, quote: char) {
        let line = &self.text[self.at + 1..self.line_end()];
        let Some(length) = line.find(quote) else {
            self.at += 1;
            return;
        };
        let range = self.at..self.at + length + 2;
        let span = self.span(range.clone());
        let content = if quote == '`' { line[..length].replace("${", "{") } else { words::escaped(&line[..length]) };
        let native = format!("\"{content}\"");
        let fault = faults::single_quotes(span, &native);
        // What braces and backslashes were to mean in another language is not known.
        let plain = if quote == '`' { !content.contains(['"', '\\']) } else { !line[..length].contains(['{', '}', '\\']) };
        self.faults.push(if plain { fault.fix(Fix::replace(span, &native, "")) } else { fault });
        self.changes.push(Change::new(range.start, range.end, native));
        self.at = range.end;
    }

    /// Quotes of a word processor: the content is read as it would be between straight ones.
    fn curly_quotes(&mut self, opening: char) {
        let inner = self.at + opening.len_utf8();
        let line = &self.text[inner..self.line_end()];
        let closing = closing_quotes(opening).unwrap_or_default();
        let Some((length, closing)) = line.char_indices().find(|(_, c)| closing.contains(c)) else {
            self.faults.push(faults::curly_quote(self.span(self.at..inner)));
            self.at = inner;
            return;
        };
        let range = self.at..inner + length + closing.len_utf8();
        let span = self.span(range.clone());
        let native = format!("\"{}\"", &line[..length]);
        self.faults.push(faults::curly_quotes(span, &native).fix(Fix::replace(span, &native, "")));
        self.changes.push(Change::new(range.start, range.end, native));
        self.at = range.end;
    }

    fn semicolon(&mut self) {
        let span = self.span(self.at..self.at + 1);
        let rest = self.text[self.at + 1..self.line_end()].trim_start();
        let at_end = rest.is_empty() || rest.starts_with('#');
        let fault = faults::semicolon(span);
        self.faults.push(if at_end { fault.fix(Fix::replace(span, "", "")) } else { fault });
        self.base[self.at] = if at_end { b' ' } else { b'\n' };
        self.at += 1;
    }

    /// A byte order mark, a no-break space, or the first half of a Windows line end.
    fn odd_blank(&mut self, blank: char) {
        let range = self.at..self.at + blank.len_utf8();
        let expected = blank == '\r' || (blank == '\u{feff}' && self.at == 0);
        if !expected {
            let span = self.span(range.clone());
            self.faults.push(faults::odd_blank(span).fix(Fix::replace(span, " ", "")));
        }
        self.blank(range.clone());
        self.at = range.end;
    }
}

/// What may close a text that begins with such a quote.
const fn closing_quotes(opening: char) -> Option<&'static [char]> {
    match opening {
        '“' | '”' | '„' => Some(&['”', '“', '"']),
        '‘' | '’' | '‚' => Some(&['’', '‘', '\'']),
        '«' => Some(&['»']),
        '»' => Some(&['«']),
        _ => None,
    }
}

/// Whether a part of a line asks something, so that `||` in it may stand between two conditions.
fn has_condition(part: &str) -> bool {
    let signs = ["==", "!=", "<", ">", "&&", "!"];
    let words = ["when", "if", "is", "in", "not", "and", "or", "contains", "starts", "ends", "matches", "include", "exclude"];
    signs.iter().any(|sign| part.contains(sign)) || part.split_whitespace().any(|word| words.contains(&word))
}
