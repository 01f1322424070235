//! Words that are misspelled, missing, misplaced, or from other languages.

use super::{Explained, Stop, on_its_own_line, shortened, stop, token::*};
use crate::syntax::{blocks, faults, grammar::Rule, words};
use std::ops::Range;

impl Stop<'_> {
    pub(super) fn misspelt(&self) -> Option<Explained> {
        if !self.is_word() {
            return None;
        }
        let candidates: Vec<String> = self.expected.iter().flat_map(|rule| words::spellings(*rule)).collect();
        let near = nearest(self.found(), candidates);
        let mut explained = Explained::new(
            faults::MISSPELT,
            self.found.clone(),
            format!("`{}` is not known here", self.found()),
            format!("did you mean `{}`?", near.join("` or `")),
        );
        explained.offered = near.len() == 1;
        Some(explained.edit(self.found.clone(), near.into_iter().next()?))
    }

    pub(super) fn foreign_word(&self) -> Option<Explained> {
        let fits = |native: &&&str| {
            let first = native.split_whitespace().next().unwrap_or(native);
            let is_first = |rule: &Rule| words::sign(*rule) == Some(first) || words::spellings(*rule).iter().any(|word| word == first);
            self.expected.iter().any(is_first) && self.helps(&self.found, native)
        };
        if self.found() == ":" && self.parses_with(&self.found, "") {
            return None;
        }
        let native: Vec<&str> = words::native_words(self.found()).iter().filter(fits).copied().collect();
        let mut explained = self.foreign(self.with_its_when(native.first()?), native.first()?);
        // `varchar(20)`: what its brackets ask for is lost.
        explained.offered = !self.unit.text[self.found.end..].starts_with('(') || self.parses_with(&self.found, native[0]);
        if native.len() > 1 {
            explained.help = format!("write `{}`", native.join("` or `"));
            explained.offered = false;
            // Of two types, neither is taken for granted in the lines that read the attribute.
            if self.unit.block == Rule::attribute_block {
                explained.edits.clear();
            }
        }
        // `<` is less than what `at most` allows.
        explained.offered &= self.found() != "<";
        Some(explained)
    }

    /// The foreign word, and a `when` behind it that the native words have as well: `only when …`.
    fn with_its_when(&self, native: &str) -> Range<usize> {
        let next = token(self.unit.text, skip_blanks(self.unit.text, self.found.end));
        let has = native.ends_with(" when") && self.unit.text[next.clone()] == *"when";
        self.found.start..if has { next.end } else { self.found.end }
    }

    /// `is not missing`, `is not null`, and the contrary
    pub(super) fn negated_missing(&self) -> Option<Explained> {
        if self.found() != "not" || !self.expects(Rule::is_postfix) && !self.expects(Rule::k_missing) {
            return None;
        }
        let next = token(self.unit.text, skip_blanks(self.unit.text, self.found.end));
        let range = self.found.start..next.end;
        match &self.unit.text[next] {
            "missing" | "null" | "empty" | "blank" => Some(self.foreign(range, "present")),
            "present" => Some(self.foreign(range, "missing")),
            _ => None,
        }
    }

    pub(super) fn unit_of_time(&self) -> Option<Explained> {
        let text = self.unit.text;
        let digits = digits_before(text, self.at);
        let start = if digits.is_empty() { self.at } else { digits.start };
        let end_of_digits = start + text[start..].find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len() - start);
        let word = token(text, skip_blanks(text, end_of_digits));
        if end_of_digits == start {
            return None;
        }
        let unit = words::unit(&text[word.clone()])?;
        let range = start..word.end;
        let native = format!("{} {unit}", &text[start..end_of_digits]);
        (text[range.clone()] != native && self.helps(&range, &native)).then(|| self.foreign(range, &native))
    }

    /// `items data.items`
    pub(super) fn missing_dollar(&self) -> Option<Explained> {
        if !self.expects(Rule::path_lit) || self.expects_value() || !self.is_word() {
            return None;
        }
        let rest = &self.unit.text[self.at..];
        let length = rest.find([' ', '\t', '\n', '{', '}']).unwrap_or(rest.len());
        let range = self.at..self.at + length;
        let native = format!("$.{}", &rest[..length]);
        let mut explained = Explained::new(faults::FOREIGN, range.clone(), "a path begins with `$`", format!("write `{native}`"));
        explained.offered = self.is_only_reading();
        self.helps(&range, &native).then(|| explained.edit(range, native))
    }

    pub(super) fn blank_before_percent(&self) -> Option<Explained> {
        let digits = digits_before(self.unit.text, self.at);
        let range = digits.start..self.found.end;
        let native = format!("{}%", &self.unit.text[digits.clone()]);
        (self.found() == "%" && !digits.is_empty() && self.helps(&range, &native)).then(|| self.foreign(range, &native))
    }

    pub(super) fn missing_quotes(&self) -> Option<Explained> {
        let text_expected = self.expects(Rule::text_lit) || self.expects(Rule::pattern_lit);
        let begins = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_') || self.expects(Rule::pattern_lit);
        let inside = matches!(self.found().chars().next(), Some('@' | ':' | '/'));
        let range = if text_expected && !self.expects_value() && self.found().starts_with(begins) && !self.found().starts_with('"') {
            self.unquoted()?
        } else {
            Some(self.run(|c| !c.is_whitespace() && !matches!(c, '"' | '{' | '}'))).filter(|range| inside && range.start < self.at)?
        };
        let native = format!("\"{}\"", words::escaped(&self.unit.text[range.clone()]));
        let explained = Explained::new(faults::FOREIGN, range.clone(), "texts are enclosed in double quotes", format!("write `{native}`"));
        (text_expected || self.helps(&range, &native)).then(|| explained.edit(range, native))
    }

    /// The words that lack their quotes: the shortest that make the statement whole, else all to the end of the line.
    fn unquoted(&self) -> Option<Range<usize>> {
        let rest = &self.unit.text[self.at..];
        let line = rest.split(['\n', '{', '"']).next().unwrap_or_default().trim_end();
        let ends = line.char_indices().filter(|(_, c)| *c == ' ').map(|(at, _)| at).chain([line.len()]);
        let ranges = ends.filter(|end| !line[..*end].ends_with(' ')).map(|end| self.at..self.at + end);
        let quoted = |range: &Range<usize>| format!("\"{}\"", words::escaped(&self.unit.text[range.clone()]));
        ranges
            .clone()
            .find(|range| self.parses_with(range, &quoted(range)))
            .or_else(|| ranges.clone().next_back())
            .filter(|range| !range.is_empty())
    }

    pub(super) fn quoted_name(&self) -> Option<Explained> {
        let name = self.found().strip_prefix('"')?.strip_suffix('"')?;
        let valid = !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
            && !name.starts_with(|c: char| c.is_ascii_digit());
        if !valid
            || !(self.expects(Rule::name_word)
                || self.expects(Rule::dotted_name)
                || self.expects(Rule::target_any)
                || self.expects_word(name))
            || !self.helps(&self.found, name)
        {
            return None;
        }
        let explained = Explained::new(faults::FOREIGN, self.found.clone(), "a name is written without quotes", format!("write `{name}`"));
        Some(explained.edit(self.found.clone(), name))
    }

    pub(super) fn reserved(&self) -> Option<Explained> {
        let reserved = stop(Rule::reserved, self.found()).is_none();
        if !reserved || !self.expected.iter().any(|rule| matches!(rule, Rule::name_word | Rule::target_any | Rule::dotted_name)) {
            return None;
        }
        let message = format!("`{}` is a word of the language and names nothing", self.found());
        Some(Explained::new(faults::NOT_UNDERSTOOD, self.found.clone(), message, "take another name"))
    }

    pub(super) fn second_statement(&self) -> Option<Explained> {
        let rest = &self.unit.text[self.at..];
        let begins = self.is_word() || self.unit.block == Rule::error_block;
        if !self.is_complete() || !begins || stop(self.only, rest).is_some() {
            return None;
        }
        Some(self.parted(on_its_own_line(&format!("{}{rest}", " ".repeat(self.at)))))
    }

    /// One word or sign that was left out, or two words.
    pub(super) fn left_out(&self) -> Option<Explained> {
        if self.unit.text[..self.at].trim().is_empty() || self.found().trim().is_empty() {
            return None;
        }
        let here = self.at..self.at;
        // Where the statement was whole, `when` would make a condition of anything.
        let optional = |rule: &Rule| self.is_complete() && *rule == Rule::k_when;
        // No line gives two values.
        let given = |rule: &Rule| *rule == Rule::p_eq && self.unit.text[..self.at].contains(" = ");
        // What `is` asks for is not guessed: `is missing` takes in everybody of whom nothing is known.
        let state = |rule: &Rule| matches!(rule, Rule::k_missing | Rule::k_present | Rule::k_absent);
        let asks = &self.unit.text[token_before(self.unit.text, self.at)] == "is";
        let fits = |rule: &Rule| !(optional(rule) || given(rule) || asks && state(rule));
        let expected: Vec<Rule> = self.expected.iter().copied().filter(fits).collect();
        let candidates: Vec<String> = self.insertable(&expected).collect();
        let mut fitting = candidates.iter().filter(|word| self.parses_with(&here, &format!("{word} "))).cloned();
        let word = fitting.next().or_else(|| candidates.iter().find_map(|first| self.two_words(first)))?;
        let message = format!("`{word}` is missing before {}", self.named());
        let mut explained = Explained::new(faults::NOT_UNDERSTOOD, self.found.clone(), message, format!("write `{word}` before it"));
        // A whole statement is not added to: a modifier that the author did not write would change what it says.
        let adds = self.is_complete() && self.is_word() && word.starts_with(char::is_alphabetic);
        if adds && self.unit.block == Rule::attribute_block {
            return None;
        }
        explained.offered = fitting.next().is_none() && !adds && self.is_only_reading();
        Some(explained.edit(here, format!("{word} ")))
    }

    /// Signs and words that may be inserted. Operators are not among them, because their meaning would be guessed.
    fn insertable<'e>(&self, expected: &'e [Rule]) -> impl Iterator<Item = String> + use<'e> {
        let guess = |rule: &&Rule| {
            !words::is_operator(**rule)
                && !matches!(rule, Rule::k_true | Rule::k_false | Rule::k_null | Rule::k_not | Rule::p_open | Rule::p_close)
        };
        expected.iter().filter(guess).filter_map(|rule| words::sign(*rule).map(str::to_owned).or_else(|| words::keyword(*rule)))
    }

    fn two_words(&self, first: &str) -> Option<String> {
        let here = self.at..self.at;
        let (at, expected) = stop(self.only, &self.repaired(&here, &format!("{first} ")))?;
        let two = |second: String| format!("{first} {second}");
        let plain = |second: &String| format!("{first}{second}").chars().all(char::is_alphabetic);
        let reached = at == self.at + first.len() + 1;
        let expected: Vec<Rule> = expected.into_iter().filter(|rule| *rule != Rule::k_when).collect();
        self.insertable(&expected)
            .filter(|second| reached && plain(second))
            .map(two)
            .find(|words| self.parses_with(&here, &format!("{words} ")))
    }

    /// A statement of another block.
    pub(super) fn elsewhere(&self) -> Option<Explained> {
        let head = skip_blanks(self.unit.text, 0) == self.at || self.unit.text[..self.at].trim().is_empty();
        let word = token(self.unit.text, skip_blanks(self.unit.text, 0));
        if !self.is_word() || !(head || word.end == self.unit.text[..self.at].trim_end().len()) {
            return None;
        }
        let (_, noun) =
            blocks::all_statements().into_iter().find(|(only, _)| *only != self.only && stop(*only, self.unit.text).is_none())?;
        let message = format!("`{}` does not belong in {}", &self.unit.text[word.clone()], self.noun);
        let help = match noun {
            _ if self.noun == "a system" && keeps_a_secret(self.unit.text) => {
                let name = self.unit.text[word.clone()].to_lowercase();
                format!("declare it as `secret {name}`, and use `secret.{name}`: `counterpart.toml` says where its value is kept")
            }
            "a file" => "put it outside of all blocks".to_owned(),
            "an `http` block" if matches!(&self.unit.text[word.clone()], "verify" | "auth" | "limit" | "retry" | "token") => {
                let line = shortened(self.unit.text.lines().next().unwrap_or_default().trim());
                format!("put it in the `http` block of the system: `http \"https://…\" {{ {line} }}`")
            }
            _ => format!("put it in {noun}"),
        };
        Some(Explained::new(faults::NOT_UNDERSTOOD, word, message, help))
    }

    pub(super) fn ends_early(&self) -> Option<Explained> {
        if !self.found().trim().is_empty() || self.is_complete() {
            return None;
        }
        let before = token_before(self.unit.text, self.at);
        let wanted = self.wanted();
        let message = format!("{wanted} is missing after `{}`", shortened(&self.unit.text[before.clone()]));
        Some(Explained::new(faults::NOT_UNDERSTOOD, before, message, format!("write {wanted} after it")))
    }
}

/// Whether a statement such as `token = "${HR_TOKEN}"` puts a credential in place, as other tools have it.
fn keeps_a_secret(statement: &str) -> bool {
    let name = statement.split(|c: char| !(c.is_alphanumeric() || c == '_')).find(|word| !word.is_empty()).unwrap_or_default();
    let name = name.to_lowercase();
    let names = ["token", "secret", "password", "api_key", "apikey", "key"];
    statement.contains('=') && (names.iter().any(|secret| name.contains(secret)) || statement.contains("${") || statement.contains("env("))
}

/// The candidates that a word was meant to be, if any is near enough; several only if they are equally near.
fn nearest(word: &str, mut candidates: Vec<String>) -> Vec<String> {
    let lower = word.to_lowercase();
    let distance = |candidate: &String| strsim::damerau_levenshtein(&lower, &candidate.to_lowercase());
    let allowed = |candidate: &String| {
        let long = candidate.len().max(lower.len());
        if candidate.len().min(lower.len()) < 3 { 0 } else { (long / 3).max(1) }
    };
    candidates.sort();
    candidates.dedup();
    candidates.retain(|candidate| distance(candidate) <= allowed(candidate));
    let least = candidates.iter().map(distance).min();
    candidates.retain(|candidate| Some(distance(candidate)) == least);
    candidates
}
