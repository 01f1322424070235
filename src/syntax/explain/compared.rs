//! What people write behind `is`: a value is compared with `==`, and other words have a sign of their own.

use super::{Explained, Stop, stop, token::*};
use crate::{
    syntax::{faults, grammar::Rule, words},
    value::functions,
};
use std::ops::Range;

/// What is said behind `is`, the longer first, and how it is compared.
const SAID: [(&str, &str); 16] = [
    ("not one of", "not in"),
    ("not in", "not in"),
    ("not equal to", "!="),
    ("one of", "in"),
    ("in", "in"),
    ("equal to", "=="),
    ("greater than or equal to", ">="),
    ("greater than", ">"),
    ("more than", ">"),
    ("later than", ">"),
    ("after", ">"),
    ("less than or equal to", "<="),
    ("less than", "<"),
    ("earlier than", "<"),
    ("before", "<"),
    ("different from", "!="),
];

/// What a comparison with `is` says.
struct Is {
    is: Range<usize>,
    not: bool,
    value: Range<usize>,
}

impl Stop<'_> {
    /// `is after today`, `is not in ["a"]`, `equals "x"`
    pub(super) fn is_in_words(&self) -> Option<Explained> {
        let text = self.unit.text;
        if matches!(self.found(), "equals" | "eq") && self.parses_with(&self.found, "==") {
            return Some(self.foreign(self.found.clone(), "=="));
        }
        let is = token_before(text, self.at);
        let (end, native) = SAID.iter().find_map(|(said, native)| Some((self.end_of(said)?, native)))?;
        let range = is.start..end;
        (&text[is] == "is" && self.helps(&range, native)).then(|| self.foreign(range, native))
    }

    /// `is true`, `is "left"`, `is not 5`, `is e.other`, `is today`: a value is compared with `==`, whatever follows.
    pub(super) fn is_value(&self) -> Option<Explained> {
        let said = self.said_of_is()?;
        let text = self.unit.text;
        let word = &text[said.value.clone()];
        let sign = match (word, said.not) {
            ("[", false) => "in",
            ("[", true) => "not in",
            (_, false) => "==",
            (_, true) => "!=",
        };
        let range = said.is.start..said.value.start;
        if self.is_a_bare_word(&said) {
            return self.is_bare(&said, sign);
        }
        if !self.helps(&range, &format!("{sign} ")) {
            return None;
        }
        if matches!(word, "true" | "false") || word.starts_with('"') {
            return Some(self.foreign(said.is.start..said.value.end, &format!("{sign} {word}")));
        }
        let message = format!("a value is compared by `{sign}`, not by `is`");
        Some(Explained::new(faults::FOREIGN, said.is, message, format!("write `{sign}`")).edit(range, format!("{sign} ")))
    }

    /// The `is` before the place, with the value behind it.
    fn said_of_is(&self) -> Option<Is> {
        let text = self.unit.text;
        let before = token_before(text, self.at);
        let (is, not, value) = match (&text[before.clone()], self.found()) {
            ("not", _) => (token_before(text, before.start), true, self.found.clone()),
            (_, "not") => (before, true, token(text, skip_blanks(text, self.found.end))),
            _ => (before, false, self.found.clone()),
        };
        let word = &text[value.clone()];
        let is_one = matches!(word, "-" | "[" | "(" | "true" | "false" | "today" | "now")
            || word.starts_with(|c: char| c == '"' || c.is_ascii_digit())
            || text[value.end..].starts_with('.')
            || is_name(word) && words::native_words(word).is_empty() && self.misspelt().is_none();
        (&text[is.clone()] == "is" && is_one).then_some(Is { is, not, value })
    }

    /// A word of its own, which may be a field, a text without its quotes, or a function without its value.
    fn is_a_bare_word(&self, said: &Is) -> bool {
        let word = &self.unit.text[said.value.clone()];
        let called = self.unit.text[said.value.end..].starts_with(['.', '(']);
        is_name(word) && !called && !matches!(word, "today" | "now" | "true" | "false")
    }

    fn is_bare(&self, said: &Is, sign: &str) -> Option<Explained> {
        let text = self.unit.text;
        let word = &text[said.value.clone()];
        let left = text[..said.is.start].trim_end();
        let start = left.trim_end_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.')).len();
        let left = &left[start..];
        let function = functions::by_name(word).is_some_and(|function| function.signature == function.name);
        let (message, help) = if function && !left.is_empty() {
            let message = format!("`{word}` is a function, and `is` asks for `missing`, `present` or `absent`");
            (message, format!("write `{left} {sign} ({left} | {word})` to compare the value with what the function makes of it"))
        } else {
            let message = format!("a value is compared by `{sign}`, not by `is`");
            (message, format!("write `{sign} \"{word}\"` for the text, or `{sign} {word}` if this is the name of a field"))
        };
        self.parses_with(&(said.is.start..said.value.start), &format!("{sign} "))
            .then(|| Explained::new(faults::FOREIGN, said.is.clone(), message, help))
    }
}

fn is_name(word: &str) -> bool {
    let state = matches!(word, "missing" | "present" | "absent" | "not");
    word.starts_with(|c: char| c.is_ascii_alphabetic()) && !state && stop(Rule::name_word, word).is_none()
}
