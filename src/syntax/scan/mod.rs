//! Prepares a text for the grammar: blanks comments, joins lines inside `( )` and `[ ]`, corrects foreign signs, and closes
//! whatever is left open at the end of its line or block. Corrections are reported at their place.

mod foreign;
mod path;

use super::{braces, faults, prepared::Change};
use crate::diagnose::{Diagnostic, FileId, Fix, Span};
use std::ops::Range;

/// Brackets, braces, texts and `if` may nest this deep.
const DEEPEST: usize = 256;

/// What the scan found.
pub(super) struct Scan {
    /// As long as the file, byte for byte.
    pub base: String,
    /// What is to be replaced in it for the grammar.
    pub changes: Vec<Change>,
    pub comments: Vec<Range<usize>>,
    pub faults: Vec<Diagnostic>,
    /// Nested so deep that the grammar must not see it.
    pub too_deep: bool,
}

/// Reads the whole text once.
pub(super) fn scan(file: FileId, text: &str) -> Scan {
    let mut scanner = Scanner::new(file, text);
    while scanner.at < text.len() && !scanner.too_deep {
        scanner.step();
    }
    scanner.finish()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Paren,
    Bracket,
    /// A record inside brackets.
    Record,
    Text,
    Hole,
}

struct Frame {
    open: Open,
    at: usize,
    /// Line ends blanked inside, given back if it is never closed.
    lines: Vec<usize>,
}

struct Scanner<'t> {
    file: FileId,
    text: &'t str,
    at: usize,
    base: Vec<u8>,
    changes: Vec<Change>,
    comments: Vec<Range<usize>>,
    faults: Vec<Diagnostic>,
    frames: Vec<Frame>,
    braces: Vec<braces::Brace>,
    depth: usize,
    /// How many `if` and `not` the statement has so far: they nest without brackets.
    nested_words: usize,
    /// Where the next line begins that says something, and whether it goes on: asked once for all the empty lines before it.
    next_line: (usize, bool),
    /// The word just before, if nothing but blanks follows it.
    last_word: Range<usize>,
    too_deep: bool,
    /// An unclosed `"""` swallowed the rest, and the braces in it.
    cut_short: bool,
}

impl<'t> Scanner<'t> {
    fn new(file: FileId, text: &'t str) -> Self {
        Self {
            file,
            text,
            at: 0,
            base: text.as_bytes().to_vec(),
            changes: Vec::new(),
            comments: Vec::new(),
            faults: Vec::new(),
            frames: Vec::new(),
            braces: Vec::new(),
            depth: 0,
            nested_words: 0,
            next_line: (0, false),
            last_word: 0..0,
            too_deep: false,
            cut_short: false,
        }
    }

    fn step(&mut self) {
        match self.frames.last().map(|frame| frame.open) {
            Some(Open::Text) => self.text_step(),
            _ => self.code_step(),
        }
    }

    fn finish(mut self) -> Scan {
        if !self.too_deep {
            self.end_of_line();
            self.close_brackets();
            let said = self.faults.len();
            braces::balance(self.file, self.text, &self.braces, &mut self.changes, &mut self.faults);
            if self.cut_short {
                self.faults.truncate(said);
            }
        }
        Scan {
            base: String::from_utf8(self.base).expect("whole characters are blanked"),
            changes: self.changes,
            comments: self.comments,
            faults: self.faults,
            too_deep: self.too_deep,
        }
    }

    // ---- where we are

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn starts(&self, sign: &str) -> bool {
        self.rest().starts_with(sign)
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span { file: self.file, start: range.start as u32, end: range.end as u32 }
    }

    fn line_end(&self) -> usize {
        self.rest().find('\n').map_or(self.text.len(), |length| self.at + length)
    }

    fn in_text(&self) -> bool {
        self.frames.iter().any(|frame| frame.open == Open::Text)
    }

    fn blank(&mut self, range: Range<usize>) {
        self.base[range].fill(b' ');
    }

    fn push(&mut self, open: Open, length: usize) {
        self.frames.push(Frame { open, at: self.at, lines: Vec::new() });
        self.deeper();
        self.at += length;
    }

    fn deeper(&mut self) {
        let frames = self.frames.iter().filter(|frame| frame.open != Open::Text).count();
        let depth = frames + self.depth + self.nested_words;
        if depth > DEEPEST && !self.too_deep {
            self.too_deep = true;
            self.faults.push(faults::too_deep(self.span(self.at..self.at + 1)));
        }
    }

    // ---- outside texts

    fn code_step(&mut self) {
        let Some(next) = self.rest().chars().next() else { return };
        match next {
            '\n' => self.newline(),
            ' ' | '\t' => self.at += 1,
            'a'..='z' | 'A'..='Z' | '_' => return self.word(),
            '"' => self.open_text(),
            '#' if !self.in_text() => self.comment(),
            '$' => self.path(),
            '{' => self.open_brace(),
            '}' => self.close_brace(),
            '(' => self.push(Open::Paren, 1),
            '[' => self.push(Open::Bracket, 1),
            ')' => self.close_bracket(Open::Paren),
            ']' => self.close_bracket(Open::Bracket),
            _ => self.sign(next),
        }
        if !matches!(next, ' ' | '\t') {
            self.last_word = 0..0;
        }
    }

    fn newline(&mut self) {
        if self.in_text() {
            self.end_of_line();
        }
        if self.nested_words > 0 && self.frames.is_empty() && !self.goes_on() {
            self.nested_words = 0;
        }
        // The members of a record may each have a line.
        if let Some(frame) = self.frames.last_mut().filter(|frame| frame.open != Open::Record) {
            frame.lines.push(self.at);
            self.base[self.at] = b' ';
        }
        self.at += 1;
    }

    /// Whether the statement goes on after the line that ends here.
    fn goes_on(&mut self) -> bool {
        if self.next_line.0 <= self.at {
            let rest = &self.text[self.at + 1..];
            let line = next_line(rest);
            self.next_line = (self.at + 1 + line, continues(&rest[line..]));
        }
        self.next_line.1
    }

    fn word(&mut self) {
        let length = self.rest().find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest().len());
        self.last_word = self.at..self.at + length;
        match &self.text[self.last_word.clone()] {
            "if" | "not" => {
                self.nested_words += 1;
                self.deeper();
            }
            "elif" | "elsif" | "elseif" => self.replace(length, "else if"),
            _ => {}
        }
        self.at = self.last_word.end;
    }

    fn comment(&mut self) {
        let range = self.at..self.line_end();
        let said = self.text[range.clone()].trim_end().len();
        self.comments.push(range.start..range.start + said);
        self.at = range.end;
        self.blank(range);
    }

    fn open_brace(&mut self) {
        if self.starts("{{") && self.foreign_path() {
            return;
        }
        if self.in_text() {
            return self.push(Open::Hole, 1);
        }
        if self.begins_a_record() {
            return self.push(Open::Record, 1);
        }
        self.close_brackets();
        self.depth += 1;
        self.deeper();
        self.brace(true);
    }

    fn close_brace(&mut self) {
        if let Some(text) = self.frames.iter().rposition(|frame| frame.open == Open::Text) {
            return self.close_hole(text);
        }
        if self.frames.iter().any(|frame| frame.open == Open::Record) {
            return self.close_record();
        }
        self.close_brackets();
        self.brace(false);
        self.depth = self.depth.saturating_sub(1);
    }

    /// Whether a brace inside brackets begins a record: it follows what a value follows. Any other begins a block, and the bracket
    /// before it was not closed.
    fn begins_a_record(&self) -> bool {
        let inside = self.frames.last().is_some_and(|frame| matches!(frame.open, Open::Paren | Open::Bracket | Open::Record));
        let before = self.text[..self.at].trim_end();
        let after_word =
            || ["then", "else"].contains(&before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default());
        inside && (before.ends_with(['[', '(', ',', '+', '=']) || after_word())
    }

    /// The end of a record; brackets left open inside it are closed first.
    fn close_record(&mut self) {
        while let Some(frame) = self.frames.pop() {
            if frame.open == Open::Record {
                break;
            }
            self.unclosed(&frame, self.at);
        }
        self.at += 1;
    }

    fn brace(&mut self, opens: bool) {
        self.nested_words = 0;
        self.braces.push(braces::Brace { at: self.at, opens });
        self.at += 1;
    }

    /// The end of a `{…}` in a text; brackets left open inside it are closed first.
    fn close_hole(&mut self, text: usize) {
        let hole = self.frames[text..].iter().rposition(|frame| frame.open == Open::Hole).map(|hole| text + hole);
        while let Some(frame) = self.frames.pop_if(|frame| matches!(frame.open, Open::Paren | Open::Bracket)) {
            self.unclosed(&frame, self.at);
        }
        if hole.is_some() {
            self.frames.pop();
        }
        self.at += 1;
    }

    fn close_bracket(&mut self, open: Open) {
        let top = self.frames.last().map(|frame| frame.open);
        let closes_other =
            self.frames.iter().rev().take_while(|frame| matches!(frame.open, Open::Paren | Open::Bracket)).any(|frame| frame.open == open);
        if top == Some(open) {
            self.frames.pop();
        } else if closes_other {
            let frame = self.frames.pop().expect("another bracket is open inside");
            self.unclosed(&frame, self.at);
            return;
        } else {
            self.faults.push(faults::stray_closer(self.span(self.at..self.at + 1), &self.text[self.at..=self.at]));
            self.blank(self.at..self.at + 1);
        }
        self.at += 1;
    }

    /// Closes all brackets that a brace or the end of the file finds open: at the end of the line where each opened.
    fn close_brackets(&mut self) {
        while let Some(frame) = self.frames.pop() {
            let line_end = frame.lines.first().copied().unwrap_or(self.at);
            for line in &frame.lines {
                self.base[*line] = b'\n';
            }
            self.unclosed(&frame, line_end);
        }
    }

    fn unclosed(&mut self, frame: &Frame, at: usize) {
        let (opener, closer) = frame.open.signs();
        let at = self.text[..at].trim_end_matches([' ', '\t', '\r']).len().max(frame.at + 1);
        let at = self.comments.iter().rev().find(|comment| comment.contains(&at) || comment.end == at).map_or(at, |comment| comment.start);
        self.changes.push(Change::insert(at, closer));
        self.faults.push(faults::unclosed(self.span(frame.at..frame.at + 1), opener, closer));
    }

    // ---- texts

    fn open_text(&mut self) {
        if self.starts("\"\"\"") {
            return self.raw_text();
        }
        if &self.text[self.last_word.clone()] == "matches" {
            return self.pattern();
        }
        self.push(Open::Text, 1);
    }

    fn raw_text(&mut self) {
        let start = self.at;
        let length = self.rest()[3..].find("\"\"\"");
        self.at = length.map_or(self.text.len(), |length| self.at + length + 6);
        if length.is_none() {
            self.faults.push(faults::unclosed(self.span(start..start + 3), "\"\"\"", "\"\"\""));
            self.blank_text(start);
        }
    }

    /// Ignores what an unclosed `"""` swallowed.
    fn blank_text(&mut self, start: usize) {
        let end = self.text.len();
        self.cut_short = true;
        self.blank(start..end);
        self.changes.push(Change::insert(start, "\"\""));
    }

    fn pattern(&mut self) {
        let start = self.at;
        let end = self.line_end();
        let mut escaped = true;
        let closing = self.text[start..end].char_indices().find(|(_, c)| {
            let closes = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            closes
        });
        // the first quote counts as escaped: it opens
        match closing {
            Some((length, _)) => self.at = start + length + 1,
            None => {
                self.at = end;
                self.faults.push(faults::unclosed(self.span(start..start + 1), "\"", "\""));
                self.changes.push(Change::insert(self.text[..end].trim_end().len(), "\""));
            }
        }
    }

    fn text_step(&mut self) {
        let rest = self.rest();
        match rest.as_bytes()[0] {
            b'"' => {
                self.frames.pop();
                self.at += 1;
            }
            b'\\' => self.at += 1 + escape_length(&rest[1..]),
            b'{' => self.open_brace(),
            b'}' => self.lone_brace(),
            b'\n' => self.end_of_line(),
            _ => self.at += rest.find(['"', '\\', '{', '}', '\n']).unwrap_or(rest.len()),
        }
    }

    fn lone_brace(&mut self) {
        let span = self.span(self.at..self.at + 1);
        let fault = faults::lone_brace(span);
        // In a text within a `{…}`, the brace may have been meant to close that.
        let nested = self.frames.iter().any(|frame| frame.open == Open::Hole);
        self.faults.push(if nested { fault } else { fault.fix(Fix::replace(span, "\\}", "")) });
        self.at += 1;
    }

    /// Closes the text that the end of a line finds open, and every bracket that is open in and around it on this line.
    fn end_of_line(&mut self) {
        let Some(text) = self.frames.iter().position(|frame| frame.open == Open::Text) else { return };
        let at = self.text[..self.at].trim_end().len();
        let opened = self.frames[text].at;
        self.faults.push(faults::unclosed(self.span(opened..opened + 1), "\"", "\""));
        let line_start = self.text[..opened].rfind('\n').map_or(0, |newline| newline + 1);
        while let Some(frame) = self.frames.pop_if(|frame| frame.at >= line_start) {
            self.changes.push(Change::insert(at.max(frame.at + 1), frame.open.signs().1));
        }
    }
}

impl Open {
    fn signs(self) -> (&'static str, &'static str) {
        match self {
            Self::Paren => ("(", ")"),
            Self::Bracket => ("[", "]"),
            Self::Record => ("{", "}"),
            Self::Text => ("\"", "\""),
            Self::Hole => ("{", "}"),
        }
    }
}

/// How long an escape is after its backslash.
fn escape_length(rest: &str) -> usize {
    let code = rest.strip_prefix("u{").and_then(|code| code.find(['}', '"', '\n']).filter(|end| code.as_bytes()[*end] == b'}'));
    match code {
        Some(length) => length + 3,
        None => rest.chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8),
    }
}

/// Whether the next line that says something goes on with the statement before it.
pub(super) fn continues(rest: &str) -> bool {
    let line = rest[next_line(rest)..].trim_start();
    let word = line.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    matches!(word, "and" | "or" | "then" | "else") || line.starts_with('|') || line.starts_with("??")
}

/// Where the next line begins that is neither empty nor a comment; else the end.
fn next_line(rest: &str) -> usize {
    let lines = rest.split_inclusive('\n').scan(0, |end, line| {
        let start = *end;
        *end += line.len();
        Some((start, line.trim_start()))
    });
    let mut saying = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    saying.next().map_or(rest.len(), |(start, _)| start)
}
