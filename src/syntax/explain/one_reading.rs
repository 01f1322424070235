//! Edits are offered only where a statement can be read one way: words said again, patterns of other languages, and the test for others.

use super::{Explained, Stop, shortened, stop, token::*};
use crate::syntax::{faults, grammar::Rule, words};
use std::ops::Range;

impl Stop<'_> {
    /// A word or text that is written twice: `at at $.id`. The first of the two may have been understood as a name.
    pub(super) fn said_again(&self) -> Option<Explained> {
        let before = token_before(self.unit.text, self.at);
        self.twice(&before, &self.found).or_else(|| self.twice(&token_before(self.unit.text, before.start), &before))
    }

    fn twice(&self, first: &Range<usize>, second: &Range<usize>) -> Option<Explained> {
        let text = self.unit.text;
        let sayable = |c: char| c.is_alphabetic() || matches!(c, '_' | '"');
        let again = text[second.clone()].starts_with(sayable) && text[first.clone()] == text[second.clone()];
        let range = first.end..second.end;
        (again && self.parses_with(&range, "")).then(|| {
            let message = format!("`{}` stands here twice", shortened(&text[second.clone()]));
            Explained::new(faults::NOT_UNDERSTOOD, second.clone(), message, "remove one of the two").edit(range, "")
        })
    }

    /// A word that was read as the name or value that lacks before it: `< as "left"`, `from hr. as e`.
    pub(super) fn value_left_out(&self) -> Option<Explained> {
        let before = token_before(self.unit.text, self.at);
        let word = &self.unit.text[before.clone()];
        let lacks =
            self.expects_word(word) && stop(Rule::name_word, word).is_none() && self.parses_with(&(self.at..self.at), &format!("{word} "));
        lacks.then(|| {
            let message = format!("a name or a value is missing before `{word}`");
            Explained::new(faults::NOT_UNDERSTOOD, before.clone(), message, format!("write it before `{word}`"))
        })
    }

    /// Two lines of `match` on one line: both must be equal, or one of them is enough.
    pub(super) fn parted(&self, two_lines: Explained) -> Explained {
        if self.unit.block != Rule::match_block {
            return two_lines;
        }
        let help = "join the two with `and` if both must agree; begin the second on a line of its own if either is enough";
        Explained { help: help.to_owned(), offered: false, ..two_lines }
    }

    /// Whether a value at this place would make the statement whole.
    pub(super) fn lacks_a_value(&self) -> bool {
        let values = ["$.x", "\"x\"", "x", "1", "429"].into_iter().map(str::to_owned);
        let words = self.expected.iter().flat_map(|rule| words::spellings(*rule));
        values.chain(words).any(|value| self.parses_with(&(self.at..self.at), &format!("{value} ")))
    }

    /// `like "%x"` asks for an end, `like "x%"` for a beginning; what `_` or another `%` asks for is not guessed.
    pub(super) fn like(&self) -> Option<Explained> {
        if !self.found().eq_ignore_ascii_case("like") || !self.expects(Rule::k_contains) {
            return None;
        }
        let pattern = token(self.unit.text, skip_blanks(self.unit.text, self.found.end));
        let range = self.found.start..pattern.end;
        let message = "`like` is written `starts with`, `ends with` or `contains` here";
        let explained = |help: String| Explained::new(faults::FOREIGN, self.found.clone(), message, help);
        let native = self.unit.text[pattern].strip_prefix('"').and_then(|text| text.strip_suffix('"')).and_then(native_of_like);
        Some(match native {
            Some(native) if self.helps(&range, &native) => explained(format!("write `{native}`")).edit(range, native),
            _ => Explained { offered: false, ..explained("ask for one of these, or use `matches`".to_owned()) }
                .edit(self.found.clone(), "contains"),
        })
    }

    /// `matches /@/`: the slashes are no part of the pattern.
    pub(super) fn slashed_pattern(&self) -> Option<Explained> {
        if !self.expects(Rule::pattern_lit) || !self.unit.text[self.at..].starts_with('/') {
            return None;
        }
        let rest = self.unit.text[self.at..].lines().next().unwrap_or_default().trim_end();
        let end = end_of_pattern(rest)?;
        let inner = &rest[1..end];
        let pattern = inner.replace("\\/", "/");
        let flags = rest[end + 1..].chars().take_while(char::is_ascii_alphanumeric).count();
        let range = self.at..self.at + end + 1 + flags;
        let native = format!("\"{pattern}\"");
        let help = if flags == 0 {
            format!("write `{native}`")
        } else {
            "write the pattern in quotes; `(?i)` at its start ignores case".to_owned()
        };
        let explained = Explained::new(faults::FOREIGN, range.clone(), "a pattern is written in double quotes", help);
        let plain = flags == 0 && !inner.replace("\\/", "").contains(['"', '/']);
        Some(Explained { offered: plain, ..explained.edit(range, native) })
    }

    /// Whether the statement is not made whole as well by leaving out the word that was found, or by a value before it.
    pub(super) fn is_only_reading(&self) -> bool {
        let less = self.is_word() && self.parses_with(&self.found, "");
        let here = self.at..self.at;
        let values = [(Rule::path_lit, "$.x "), (Rule::text_lit, "\"x\" "), (Rule::name_word, "x ")];
        let more = values.iter().filter(|(rule, _)| self.expects(*rule)).any(|(_, value)| self.parses_with(&here, value));
        !less && !more
    }
}

/// The place of the `/` that ends a pattern which begins with one: the next that has no `\` before it.
fn end_of_pattern(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().skip(1).find_map(|(at, c)| {
        let ends = c == '/' && !escaped;
        escaped = c == '\\' && !escaped;
        ends.then_some(at)
    })
}

/// What a pattern of SQL asks for.
fn native_of_like(pattern: &str) -> Option<String> {
    let (starts, ends) = (pattern.starts_with('%'), pattern.len() > 1 && pattern.ends_with('%'));
    let inner = pattern.strip_prefix('%').unwrap_or(pattern);
    let inner = if ends { &inner[..inner.len() - 1] } else { inner };
    if inner.is_empty() || inner.contains(['%', '_', '\\', '{', '}']) {
        return None;
    }
    match (starts, ends) {
        (true, true) => Some(format!("contains \"{inner}\"")),
        (true, false) => Some(format!("ends with \"{inner}\"")),
        (false, true) => Some(format!("starts with \"{inner}\"")),
        (false, false) => None,
    }
}
