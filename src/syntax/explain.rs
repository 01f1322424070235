//! Says what is wrong with a statement that was not understood: the strict rule is run on it alone, and where it stops tells the
//! rest. What only one thing can be meant by is mended, so that the rest of the file is read as it was meant.

use super::{
    faults,
    grammar::{Grammar, Rule},
    words,
};
use crate::diagnose::{Diagnostic, FileId, Fix, Span};
use pest::{
    Parser,
    error::{ErrorVariant, InputLocation},
};
use std::ops::Range;

/// A statement that was not understood, or not to its end.
#[derive(Clone, Copy)]
pub(super) struct Unit<'t> {
    pub text: &'t str,
    /// The block it stands in.
    pub block: Rule,
}

/// What is said of it, in places of the unit's text.
pub(super) struct Explained {
    pub code: &'static str,
    pub at: Range<usize>,
    pub message: String,
    pub help: String,
    /// What stands instead, where only one thing can be meant.
    pub mend: Option<(Range<usize>, String)>,
    /// Whether the mend is also offered to the user.
    pub offered: bool,
}

/// Where the strict rule stopped.
struct Stop<'t> {
    unit: Unit<'t>,
    only: Rule,
    noun: &'static str,
    at: usize,
    expected: Vec<Rule>,
    found: Range<usize>,
}

impl Explained {
    fn new(code: &'static str, at: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code, at, message: message.into(), help: help.into(), mend: None, offered: true }
    }

    fn mend(mut self, at: Range<usize>, text: impl Into<String>) -> Self {
        self.mend = Some((at, text.into()));
        self
    }

    /// As a diagnostic, with a way from places in the unit to spans of the file.
    pub(super) fn diagnostic(&self, span: impl Fn(&Range<usize>) -> Span) -> Diagnostic {
        let fault = Diagnostic::error(self.code, span(&self.at), &self.message).help(&self.help);
        match &self.mend {
            Some((at, text)) if self.offered => fault.fix(Fix::replace(span(at), text, "")),
            _ => fault,
        }
    }
}

/// Explains a unit.
pub(super) fn explain(unit: Unit<'_>) -> Explained {
    let (only, noun) = words::statement_of(unit.block);
    let Some((at, expected)) = stop(only, unit.text) else { return on_its_own_line(unit.text) };
    let found = token(unit.text, at);
    let stop = Stop { unit, only, noun, at, expected, found };
    rules().iter().find_map(|rule| rule(&stop)).unwrap_or_else(|| stop.unexpected())
}

/// What is tried, the surest first.
fn rules<'t>() -> [fn(&Stop<'t>) -> Option<Explained>; 20] {
    [
        Stop::dangling_operator,
        Stop::foreign_arrow,
        Stop::assignment_or_comparison,
        Stop::misspelt,
        Stop::foreign_word,
        Stop::negated_missing,
        Stop::unit_of_time,
        Stop::missing_dollar,
        Stop::blank_before_percent,
        Stop::missing_quotes,
        Stop::quoted_name,
        Stop::hyphen,
        Stop::comma,
        Stop::ternary,
        Stop::reserved,
        Stop::second_statement,
        Stop::too_much,
        Stop::left_out,
        Stop::elsewhere,
        Stop::ends_early,
    ]
}

fn on_its_own_line(text: &str) -> Explained {
    let start = text.len() - text.trim_start().len();
    let found = token(text, start);
    let word = &text[found.clone()];
    let message = format!("`{word}` stands on the line of another statement");
    Explained::new(faults::ONE_A_LINE, found, message, "begin it on a line of its own").mend(start..start, "\n")
}

impl Stop<'_> {
    fn found(&self) -> &str {
        &self.unit.text[self.found.clone()]
    }

    fn is_word(&self) -> bool {
        self.found().starts_with(|c: char| c.is_alphabetic() || c == '_')
    }

    fn expects(&self, rule: Rule) -> bool {
        self.expected.contains(&rule)
    }

    fn expects_value(&self) -> bool {
        self.expects(Rule::expr_full) || self.expects(Rule::expr_value) || self.any_value()
    }

    /// Whether any operand could stand here: a name as well as a number.
    fn any_value(&self) -> bool {
        self.expects(Rule::int_lit) && (self.expects(Rule::dotted_name) || self.expects(Rule::name_word))
    }

    /// Whether the statement was complete before what was found.
    fn is_complete(&self) -> bool {
        self.expects(Rule::EOI)
    }

    fn repaired(&self, at: &Range<usize>, text: &str) -> String {
        format!("{}{text}{}", &self.unit.text[..at.start], &self.unit.text[at.end..])
    }

    /// Whether the statement would be understood with a change.
    fn mends(&self, at: &Range<usize>, text: &str) -> bool {
        stop(self.only, &self.repaired(at, text)).is_none()
    }

    /// Whether the statement would be understood further than now.
    fn helps(&self, at: &Range<usize>, text: &str) -> bool {
        stop(self.only, &self.repaired(at, text)).is_none_or(|(stop, _)| stop > at.start + text.len().saturating_sub(1))
    }

    fn foreign(&self, at: Range<usize>, native: &str) -> Explained {
        let foreign = &self.unit.text[at.clone()];
        let (message, help) = (format!("`{foreign}` is written `{}` here", native.trim()), format!("write `{}`", native.trim()));
        Explained::new(faults::FOREIGN, at.clone(), message, help).mend(at, native)
    }

    // ---- signs

    /// An operator at the end of a line takes the next statement in.
    fn dangling_operator(&self) -> Option<Explained> {
        let (before, line) = self.unit.text[..self.at].rsplit_once('\n')?;
        let last = token_before(before, before.len());
        let sign = &before[last.clone()];
        let begins = line.split_whitespace().count() <= 1;
        let dangles =
            begins && (sign.chars().all(is_sign) || matches!(sign, "and" | "or" | "then" | "else" | "in" | "contains" | "," | "with"));
        dangles.then(|| {
            let message = format!("`{sign}` takes the next line for its right side");
            Explained::new(faults::NOT_UNDERSTOOD, last, message, "write its right side, or remove it")
        })
    }

    fn foreign_arrow(&self) -> Option<Explained> {
        let arrow = self.found();
        if !matches!(arrow, "=>" | "->" | "<-" | "=<") {
            return None;
        }
        let native = ["=", ">=", "<="].into_iter().find(|native| self.helps(&self.found, native));
        let native = if arrow == "=<" { Some("<=") } else { native };
        native.map(|native| self.foreign(self.found.clone(), native))
    }

    fn assignment_or_comparison(&self) -> Option<Explained> {
        let found = self.found();
        let (native, why) = match found {
            "=" if self.expects(Rule::o_equal) => ("==", "`=` gives a value, `==` compares two"),
            "==" if self.expects(Rule::p_eq) => ("=", "`==` compares two values, `=` gives one"),
            ":" if self.expects(Rule::p_eq) => ("=", "`:` stands before a type, `=` before a value"),
            "=" if self.expects(Rule::p_colon) => (":", "`=` stands before a value, `:` before a type"),
            _ => return None,
        };
        if !self.helps(&self.found, native) {
            return None;
        }
        let explained =
            Explained::new(faults::FOREIGN, self.found.clone(), format!("`{found}` can't stand here: {why}"), format!("write `{native}`"));
        Some(explained.mend(self.found.clone(), native))
    }

    fn comma(&self) -> Option<Explained> {
        if self.found() != "," && self.found() != ";" {
            return None;
        }
        let at_end = self.unit.text[self.found.end..].trim().is_empty();
        let message = "no comma stands between the lines of a block";
        let explained = |help| Explained::new(faults::FOREIGN, self.found.clone(), message, help);
        if at_end && self.mends(&self.found, "") {
            return Some(explained("remove it").mend(self.found.clone(), ""));
        }
        let next = &self.unit.text[self.found.end..];
        let rest_stands = self.is_complete() && stop(self.only, next).is_none();
        rest_stands.then(|| explained("begin what follows on a line of its own").mend(self.found.clone(), "\n"))
    }

    fn ternary(&self) -> Option<Explained> {
        (self.found() == "?" && self.is_complete()).then(|| {
            let message = "a choice is not written with `?` here";
            Explained::new(faults::FOREIGN, self.found.clone(), message, "write `if CONDITION then VALUE else OTHER`")
        })
    }

    fn hyphen(&self) -> Option<Explained> {
        let range = self.run(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        let name = &self.unit.text[range.clone()];
        let hyphened = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.contains('-') && !name.ends_with('-');
        let native = name.replace('-', "_");
        (hyphened && self.helps(&range, &native)).then(|| self.foreign(range, &native))
    }

    /// The run of such characters around the place.
    fn run(&self, such: impl Fn(char) -> bool) -> Range<usize> {
        let (before, rest) = self.unit.text.split_at(self.at);
        before.trim_end_matches(&such).len()..self.at + rest.find(|c| !such(c)).unwrap_or(rest.len())
    }

    /// A sign that does not belong between two words.
    fn too_much(&self) -> Option<Explained> {
        (matches!(self.found(), "=" | ":") && self.mends(&self.found, "")).then(|| {
            let message = format!("`{}` does not belong here", self.found());
            Explained::new(faults::FOREIGN, self.found.clone(), message, "remove it").mend(self.found.clone(), "")
        })
    }

    // ---- words

    fn misspelt(&self) -> Option<Explained> {
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
        Some(explained.mend(self.found.clone(), near.into_iter().next()?))
    }

    fn foreign_word(&self) -> Option<Explained> {
        let fits = |native: &&&str| {
            let first = native.split(' ').next().unwrap_or(native);
            let expected = self.expected.iter().any(|rule| words::spellings(*rule).iter().any(|word| word == first));
            expected && self.helps(&self.found, native)
        };
        let native: Vec<&str> = words::native_words(self.found()).iter().filter(fits).copied().collect();
        let mut explained = self.foreign(self.found.clone(), native.first()?);
        if native.len() > 1 {
            explained.help = format!("write `{}`", native.join("` or `"));
            explained.offered = false;
        }
        Some(explained)
    }

    /// `is not missing`, `is not null`
    fn negated_missing(&self) -> Option<Explained> {
        if self.found() != "not" || !self.expects(Rule::is_postfix) && !self.expects(Rule::k_missing) {
            return None;
        }
        let next = token(self.unit.text, skip_blanks(self.unit.text, self.found.end));
        let range = self.found.start..next.end;
        matches!(&self.unit.text[next], "missing" | "null" | "empty" | "blank").then(|| self.foreign(range, "present"))
    }

    fn unit_of_time(&self) -> Option<Explained> {
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
    fn missing_dollar(&self) -> Option<Explained> {
        if !self.expects(Rule::path_lit) && !self.expects(Rule::place_any) || self.expects_value() || !self.is_word() {
            return None;
        }
        let rest = &self.unit.text[self.at..];
        let length = rest.find([' ', '\t', '\n', '{', '}']).unwrap_or(rest.len());
        let range = self.at..self.at + length;
        let native = format!("$.{}", &rest[..length]);
        let explained = Explained::new(faults::FOREIGN, range.clone(), "a path begins with `$`", format!("write `{native}`"));
        self.helps(&range, &native).then(|| explained.mend(range, native))
    }

    fn blank_before_percent(&self) -> Option<Explained> {
        let digits = digits_before(self.unit.text, self.at);
        let range = digits.start..self.found.end;
        let native = format!("{}%", &self.unit.text[digits.clone()]);
        (self.found() == "%" && !digits.is_empty() && self.helps(&range, &native)).then(|| self.foreign(range, &native))
    }

    fn missing_quotes(&self) -> Option<Explained> {
        let text_expected = self.expects(Rule::text_lit) || self.expects(Rule::pattern_lit);
        let begins = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_') || self.expects(Rule::pattern_lit);
        let inside = matches!(self.found().chars().next(), Some('@' | ':' | '/'));
        let range = if text_expected && !self.expects_value() && self.found().starts_with(begins) && !self.found().starts_with('"') {
            self.unquoted()?
        } else {
            Some(self.run(|c| !c.is_whitespace() && !matches!(c, '"' | '{' | '}'))).filter(|range| inside && range.start < self.at)?
        };
        let native = format!("\"{}\"", words::escaped(&self.unit.text[range.clone()]));
        let explained = Explained::new(faults::FOREIGN, range.clone(), "a text stands between double quotes", format!("write `{native}`"));
        (text_expected || self.helps(&range, &native)).then(|| explained.mend(range, native))
    }

    /// The words that lack their quotes: the shortest that make the statement whole, else all to the end of the line.
    fn unquoted(&self) -> Option<Range<usize>> {
        let rest = &self.unit.text[self.at..];
        let line = rest.split(['\n', '{', '"']).next().unwrap_or_default().trim_end();
        let ends = line.char_indices().filter(|(_, c)| *c == ' ').map(|(at, _)| at).chain([line.len()]);
        let ranges = ends.filter(|end| !line[..*end].ends_with(' ')).map(|end| self.at..self.at + end);
        let quoted = |range: &Range<usize>| format!("\"{}\"", words::escaped(&self.unit.text[range.clone()]));
        ranges.clone().find(|range| self.mends(range, &quoted(range))).or_else(|| ranges.last()).filter(|range| !range.is_empty())
    }

    fn quoted_name(&self) -> Option<Explained> {
        let name = self.found().strip_prefix('"')?.strip_suffix('"')?;
        let valid = !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !name.starts_with(|c: char| c.is_ascii_digit());
        if !valid
            || !(self.expects(Rule::name_word) || self.expects(Rule::dotted_name) || self.expects(Rule::target_any))
            || !self.helps(&self.found, name)
        {
            return None;
        }
        let explained = Explained::new(faults::FOREIGN, self.found.clone(), "a name stands without quotes", format!("write `{name}`"));
        Some(explained.mend(self.found.clone(), name))
    }

    fn reserved(&self) -> Option<Explained> {
        let reserved = stop(Rule::reserved, self.found()).is_none();
        if !reserved || !self.expected.iter().any(|rule| matches!(rule, Rule::name_word | Rule::target_any | Rule::dotted_name)) {
            return None;
        }
        let message = format!("`{}` is a word of the language and names nothing", self.found());
        Some(Explained::new(faults::NOT_UNDERSTOOD, self.found.clone(), message, "take another name"))
    }

    fn second_statement(&self) -> Option<Explained> {
        let rest = &self.unit.text[self.at..];
        if !self.is_complete() || !self.is_word() || stop(self.only, rest).is_some() {
            return None;
        }
        Some(on_its_own_line(&format!("{}{rest}", " ".repeat(self.at))))
    }

    /// One word or sign that was left out, or two words.
    fn left_out(&self) -> Option<Explained> {
        if self.unit.text[..self.at].trim().is_empty() || self.found().trim().is_empty() {
            return None;
        }
        let here = self.at..self.at;
        let candidates: Vec<String> = self.insertable(&self.expected).collect();
        let mut fitting = candidates.iter().filter(|word| self.mends(&here, &format!("{word} "))).cloned();
        let word = fitting.next().or_else(|| candidates.iter().find_map(|first| self.two_words(first)))?;
        let message = format!("`{word}` is missing before {}", self.named());
        let mut explained = Explained::new(faults::NOT_UNDERSTOOD, self.found.clone(), message, format!("write `{word}` before it"));
        explained.offered = fitting.next().is_none();
        Some(explained.mend(here, format!("{word} ")))
    }

    /// Signs and words that may be put in; an operator would only guess at a meaning.
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
        self.insertable(&expected).filter(|second| reached && plain(second)).map(two).find(|words| self.mends(&here, &format!("{words} ")))
    }

    /// A statement of another block.
    fn elsewhere(&self) -> Option<Explained> {
        let head = skip_blanks(self.unit.text, 0) == self.at || self.unit.text[..self.at].trim().is_empty();
        let word = token(self.unit.text, skip_blanks(self.unit.text, 0));
        if !self.is_word() || !(head || word.end == self.unit.text[..self.at].trim_end().len()) {
            return None;
        }
        let (_, noun) =
            words::all_statements().into_iter().find(|(only, _)| *only != self.only && stop(*only, self.unit.text).is_none())?;
        let message = format!("`{}` does not belong in {}", &self.unit.text[word.clone()], self.noun);
        let help = if noun == "a file" { "put it outside of all blocks".to_owned() } else { format!("put it in {noun}") };
        Some(Explained::new(faults::NOT_UNDERSTOOD, word, message, help))
    }

    fn ends_early(&self) -> Option<Explained> {
        if !self.found().trim().is_empty() || self.is_complete() {
            return None;
        }
        let before = token_before(self.unit.text, self.at);
        let wanted = self.wanted();
        let message = format!("{wanted} is missing after `{}`", shortened(&self.unit.text[before.clone()]));
        Some(Explained::new(faults::NOT_UNDERSTOOD, before, message, format!("write {wanted} after it")))
    }

    // ---- nothing else fits

    fn unexpected(&self) -> Explained {
        let at = if self.found.is_empty() { token_before(self.unit.text, self.at) } else { self.found.clone() };
        let begins = self.unit.text[..self.at].trim().is_empty();
        let (message, help) = match (begins, self.is_complete()) {
            (true, _) => (format!("{} begins no line of {}", self.named(), self.noun), format!("begin the line with {}", self.wanted())),
            (_, true) => (format!("{} can't stand here", self.named()), self.go_on()),
            _ => (format!("{} can't stand here", self.named()), format!("write {}", self.wanted())),
        };
        Explained::new(faults::NOT_UNDERSTOOD, at, message, help)
    }

    fn named(&self) -> String {
        if self.found().trim().is_empty() { "the end of the line".to_owned() } else { format!("`{}`", shortened(self.found())) }
    }

    /// What could go on where the statement was already whole.
    fn go_on(&self) -> String {
        let words = listed(self.expected.iter().filter(|rule| **rule != Rule::EOI));
        if words.is_empty() { "end the line before it".to_owned() } else { format!("end the line before it, or go on with {words}") }
    }

    fn wanted(&self) -> String {
        if self.only == Rule::only_pipeline && self.unit.text[..self.at].trim().is_empty() {
            return "`title`, `from`, `to`, `field`, `keep`, `match`, `mode`, `map`, `leaver`, `guard` or another of its words".to_owned();
        }
        let any_value = self.any_value();
        let words = listed(self.expected.iter().map(|rule| if any_value && is_value(*rule) { &Rule::expr_full } else { rule }));
        if words.is_empty() { "what belongs here".to_owned() } else { words }
    }
}

fn is_value(rule: Rule) -> bool {
    matches!(rule, Rule::p_lparen | Rule::p_lbracket | Rule::k_if | Rule::name_word) || crate::syntax::lower::is_value(rule)
}

/// Where a rule stops on a text, and what it could have gone on with; none if it is met.
fn stop(rule: Rule, text: &str) -> Option<(usize, Vec<Rule>)> {
    let error = Grammar::parse(rule, text).err()?;
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let expected = match error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives,
        ErrorVariant::CustomError { .. } => Vec::new(),
    };
    Some((skip_blanks(text, at), expected))
}

fn skip_blanks(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start_matches([' ', '\t']).len()
}

/// The word, number, text or sign at a place; empty at the end of a line.
fn token(text: &str, at: usize) -> Range<usize> {
    let rest = &text[at..];
    let wordly = |c: char| c.is_alphanumeric() || c == '_';
    let length = match rest.chars().next() {
        None | Some('\n') => 0,
        Some('"') => rest[1..].find(['"', '\n']).map_or(rest.len(), |end| end + 1 + usize::from(rest.as_bytes()[end + 1] == b'"')),
        Some(c) if wordly(c) => rest.find(|c| !wordly(c)).unwrap_or(rest.len()),
        Some(c) if is_sign(c) => rest.find(|c| !is_sign(c)).unwrap_or(rest.len()),
        Some(c) => c.len_utf8(),
    };
    at..at + length
}

fn is_sign(c: char) -> bool {
    matches!(c, '=' | '>' | '<' | '!' | '&' | '|' | '+' | '-' | '*' | '/' | '?')
}

/// What stands before a place: a word, a text, or a sign.
fn token_before(text: &str, at: usize) -> Range<usize> {
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

fn word_before(text: &str, at: usize) -> Range<usize> {
    let before = text[..at].trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');
    before.len()..at
}

fn digits_before(text: &str, at: usize) -> Range<usize> {
    let end = text[..at].trim_end().len();
    let start = text[..end].trim_end_matches(|c: char| c.is_ascii_digit()).len();
    start..end
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

/// A text of the user's, cut where it is long.
fn shortened(text: &str) -> String {
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(32).collect();
    if chars.next().is_some() { format!("{start}…") } else { start }
}

/// `a, b or c`, each once, at most eight.
fn listed<'r>(rules: impl Iterator<Item = &'r Rule>) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in rules.filter(|rule| **rule != Rule::k_not).filter_map(|rule| words::described(*rule)) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    if words.len() > 16 {
        words.truncate(16);
        words.push("another of its words".to_owned());
    }
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// The span of a stretch of the file.
pub(super) fn span_of(file: FileId, (start, end): (usize, usize)) -> Span {
    Span { file, start: start as u32, end: end as u32 }
}
