//! The words and signs of a statement that could not be understood.

use std::ops::Range;

pub(super) fn skip_blanks(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start_matches([' ', '\t']).len()
}

/// The word, number, text or sign at a place; empty at the end of a line.
pub(super) fn token(text: &str, at: usize) -> Range<usize> {
    let rest = &text[at..];
    let wordly = |c: char| c.is_alphanumeric() || c == '_';
    let length = match rest.chars().next() {
        None | Some('\n') => 0,
        Some('"') => text_length(rest),
        Some(c) if c.is_ascii_digit() => number_length(rest),
        Some(c) if wordly(c) => rest.find(|c| !wordly(c)).unwrap_or(rest.len()),
        Some(c) if is_sign(c) => rest.find(|c| !is_sign(c)).unwrap_or(rest.len()),
        Some(c) => c.len_utf8(),
    };
    at..at + length
}

/// How long a text is, with its closing quote, or up to the end of the line.
fn text_length(rest: &str) -> usize {
    let mut escaped = false;
    let end = rest.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == '\n' || *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map_or(rest.len(), |(at, c)| at + usize::from(c == '"'))
}

/// How long a number is, or a time of day such as `2:00`.
fn number_length(rest: &str) -> usize {
    let end = |from: usize| from + rest[from..].find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len() - from);
    let first = end(0);
    let is_time = rest[first..].strip_prefix(':').is_some_and(|minutes| minutes.starts_with(|c: char| c.is_ascii_digit()));
    if is_time { end(first + 1) } else { first }
}

pub(super) fn is_sign(c: char) -> bool {
    matches!(c, '=' | '>' | '<' | '!' | '&' | '|' | '+' | '-' | '*' | '/' | '?')
}

/// The word, text or sign before a place.
pub(super) fn token_before(text: &str, at: usize) -> Range<usize> {
    let before = text[..at].trim_end();
    let word = word_before(text, before.len());
    if !word.is_empty() {
        return word;
    }
    let start = match before.strip_suffix('"') {
        Some(open) => open.rfind('"').unwrap_or(open.len()),
        None => before.char_indices().next_back().map_or(0, |(at, _)| at),
    };
    start..before.len()
}

pub(super) fn word_before(text: &str, at: usize) -> Range<usize> {
    let before = text[..at].trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');
    before.len()..at
}

pub(super) fn digits_before(text: &str, at: usize) -> Range<usize> {
    let end = text[..at].trim_end().len();
    let start = text[..end].trim_end_matches(|c: char| c.is_ascii_digit()).len();
    start..end
}
