//! Explains a statement that could not be parsed: the strict rule is run on it alone, and the place where it stops decides the
//! explanation. Unambiguous mistakes are corrected internally, so that the rest of the file is read as it was meant.

mod calls;
mod compared;
mod enclosing;
mod habits;
mod idioms;
mod imported;
mod lacking;
mod objects;
mod old_blocks;
mod old_calls;
mod old_entries;
mod old_lines;
mod old_sources;
mod old_words;
mod one_reading;
mod outside;
mod sign_in;
mod signs;
mod spelling;
mod token;

use super::{
    blocks, catalogue, faults,
    grammar::{Grammar, Rule},
    words,
};
use crate::diagnose::{Diagnostic, Edit, FileId, Fix, Span};
pub(super) use objects::{YAML, is_yaml};
pub(super) use old_blocks::lists_statuses;
#[cfg(test)]
pub(super) use old_words::OLD_WORDS;
pub(super) use outside::{Outside, attributes_outside};
use pest::{
    Parser,
    error::{ErrorVariant, InputLocation},
};
use std::ops::Range;
use token::{skip_blanks, token, token_before};

/// A statement that was not understood, or not to its end.
#[derive(Clone, Copy)]
pub(super) struct Unit<'t> {
    pub text: &'t str,
    /// The block around it.
    pub block: Rule,
    /// The whole prepared text, and where the unit starts in it.
    pub file: &'t str,
    pub start: usize,
}

/// What is said of it, in places of the unit's text.
pub(super) struct Explained {
    pub code: &'static str,
    pub at: Range<usize>,
    pub message: String,
    pub help: String,
    /// What is replaced, if there is only one reading; in the order of the text.
    pub edits: Vec<(Range<usize>, String)>,
    /// Whether the edits are also offered to the user.
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
        Self { code, at, message: message.into(), help: help.into(), edits: Vec::new(), offered: true }
    }

    fn edit(mut self, at: Range<usize>, text: impl Into<String>) -> Self {
        self.edits = vec![(at, text.into())];
        self
    }

    /// As a diagnostic, with a way from places in the unit to spans of the file.
    pub(super) fn diagnostic(&self, span: impl Fn(&Range<usize>) -> Span) -> Diagnostic {
        let fault = Diagnostic::error(self.code, span(&self.at), &self.message).help(&self.help);
        if self.edits.is_empty() || !self.offered {
            return fault;
        }
        let edits = self.edits.iter().map(|(at, text)| Edit { span: span(at), text: text.clone() }).collect();
        fault.fix(Fix { words: String::new(), edits })
    }
}

/// Explains a unit. An edit that would open or close a block is not made: it would tear the lines around it apart.
pub(super) fn explain(unit: Unit<'_>) -> Explained {
    let mut explained = explanation(unit);
    let old = |at: &Range<usize>| unit.file.get(unit.start + at.start..unit.start + at.end).unwrap_or_default();
    let braces = |brace: char, other: char| -> usize {
        explained.edits.iter().map(|(at, new)| new.matches(brace).count() + old(at).matches(other).count()).sum()
    };
    // As many are opened, or no longer closed, as are closed, or no longer opened.
    if braces('{', '}') != braces('}', '{') {
        explained.edits.clear();
    }
    explained
}

fn explanation(unit: Unit<'_>) -> Explained {
    if unit.text.starts_with('}') {
        let help = "remove it, or look for the line that lost its opening one";
        return Explained::new(faults::STRAY_CLOSER, 0..1, "this `}` closes nothing", help);
    }
    if let Some(explained) = old_blocks::statuses_in_error(unit).filter(|_| unit.text.starts_with("error")) {
        return explained;
    }
    let (only, noun) = blocks::statement_of(unit.block);
    let Some((at, expected)) = stop(only, unit.text) else { return on_its_own_line(unit.text) };
    let found = token(unit.text, at);
    let stop = Stop { unit, only, noun, at, expected, found };
    rules().iter().find_map(|rule| rule(&stop)).unwrap_or_else(|| stop.unexpected())
}

/// The explanations in the order in which they are tried, the most certain first.
fn rules<'t>() -> [fn(&Stop<'t>) -> Option<Explained>; 81] {
    [
        Stop::said_elsewhere,
        Stop::old_body,
        Stop::old_results,
        Stop::jq_path,
        Stop::on_another_line,
        Stop::json_object,
        Stop::yaml,
        Stop::name_in_braces,
        Stop::braces_in_path,
        Stop::path_in_parentheses,
        Stop::without_block,
        Stop::address_in_block,
        Stop::mode_words,
        Stop::without_as,
        Stop::without_method,
        Stop::swapped_sides,
        Stop::dangling_operator,
        Stop::foreign_arrow,
        Stop::assignment_or_comparison,
        Stop::comma_in_number,
        Stop::comma_before,
        Stop::old_line,
        Stop::old_word,
        Stop::old_sign_in,
        Stop::old_file_option,
        Stop::old_database,
        Stop::phrase,
        Stop::schedule_in_words,
        Stop::day_with_dots,
        Stop::is_in_words,
        Stop::is_value,
        Stop::needless_only,
        Stop::between,
        Stop::member,
        Stop::optional_in_words,
        Stop::list_type,
        Stop::arrow_to_a_function,
        Stop::case_when,
        Stop::without_set,
        Stop::said_again,
        Stop::value_left_out,
        Stop::doubled_pipe,
        Stop::like,
        Stop::outcome_of_a_code,
        Stop::missing_policy,
        Stop::misspelt,
        Stop::foreign_word,
        Stop::negated_missing,
        Stop::unit_of_time,
        Stop::missing_dollar,
        Stop::slashed_pattern,
        Stop::blank_before_percent,
        Stop::too_much,
        Stop::missing_quotes,
        Stop::quoted_name,
        Stop::hyphen_in_path,
        Stop::hyphen,
        Stop::dot_before_bracket,
        Stop::blank_in_path,
        Stop::star_row,
        Stop::list_mark,
        Stop::optional_name,
        Stop::list_in_parentheses,
        Stop::one_credential,
        Stop::called,
        Stop::negated_name,
        Stop::before_its_value,
        Stop::assigned_words,
        Stop::comma_for_and,
        Stop::when_left_out,
        Stop::foreign_operator,
        Stop::comma,
        Stop::default_without_brackets,
        Stop::without_brackets,
        Stop::fallback,
        Stop::ternary,
        Stop::reserved,
        Stop::second_statement,
        Stop::left_out,
        Stop::elsewhere,
        Stop::ends_early,
    ]
}

fn on_its_own_line(text: &str) -> Explained {
    let start = text.len() - text.trim_start().len();
    let found = token(text, start);
    let word = &text[found.clone()];
    let message = format!("`{word}` is on the same line as another statement");
    Explained::new(faults::ONE_A_LINE, found, message, "begin it on a line of its own").edit(start..start, "\n")
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

    fn expects_word(&self, word: &str) -> bool {
        self.expected.iter().any(|rule| words::spellings(*rule).iter().any(|one| one == word))
    }

    fn expects_value(&self) -> bool {
        self.expects(Rule::expr_full) || self.expects(Rule::expr_value) || self.any_value()
    }

    /// Whether any operand is allowed here: a name as well as a number.
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
    fn parses_with(&self, at: &Range<usize>, text: &str) -> bool {
        stop(self.only, &self.repaired(at, text)).is_none()
    }

    /// Whether the statement would be understood further than now.
    fn helps(&self, at: &Range<usize>, text: &str) -> bool {
        stop(self.only, &self.repaired(at, text)).is_none_or(|(stop, _)| stop > at.start + text.len().saturating_sub(1))
    }

    fn foreign(&self, at: Range<usize>, native: &str) -> Explained {
        let foreign = &self.unit.text[at.clone()];
        let (message, help) = (format!("`{foreign}` is written `{}` here", native.trim()), format!("write `{}`", native.trim()));
        Explained::new(faults::FOREIGN, at.clone(), message, help).edit(at, native)
    }

    fn unexpected(&self) -> Explained {
        let at = if self.found.is_empty() { token_before(self.unit.text, self.at) } else { self.found.clone() };
        let begins = self.unit.text[..self.at].trim().is_empty();
        let (message, help) = match (begins, self.is_complete()) {
            (true, _) => {
                (format!("{} cannot begin a line of {}", self.named(), self.noun), format!("begin the line with {}", self.beginnings()))
            }
            (_, true) => (format!("{} is not expected here", self.named()), self.go_on()),
            _ => (format!("{} is not expected here", self.named()), format!("write {}", self.wanted())),
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

    /// What a line may begin with, the nearest to what was written first.
    fn beginnings(&self) -> String {
        if self.only != Rule::only_collection {
            return self.wanted();
        }
        let mut words: Vec<String> = Vec::new();
        for rule in self.expected.iter().filter(|rule| **rule != Rule::EOI) {
            // Of one outcome as of the other there is no more to say.
            let calls = catalogue::choice(*rule).filter(|choice| choice.rule == Rule::call_role).map_or(&[][..], |choice| choice.words);
            let described = words::described(*rule).filter(|_| calls.is_empty());
            words.extend(calls.iter().map(|word| format!("`{word}`")).chain(described));
        }
        let found = self.found().to_lowercase();
        words.sort_by_key(|word| strsim::damerau_levenshtein(&found, word.trim_matches('`').split(' ').next().unwrap_or_default()));
        either(&unique(words))
    }

    fn wanted(&self) -> String {
        if self.only == Rule::only_pipeline && self.unit.text[..self.at].trim().is_empty() {
            return "`title`, `from`, `to`, `field`, `include`, `match`, `mode`, `map`, `leaver`, `guard` or another of its words"
                .to_owned();
        }
        let any_value = self.any_value();
        // An operator would go on with a value, and what is missing comes after it.
        let needed =
            |rule: &&Rule| self.is_complete() || !words::is_operator(**rule) || self.expected.iter().all(|one| words::is_operator(*one));
        let words =
            listed(self.expected.iter().filter(needed).map(|rule| if any_value && is_value(*rule) { &Rule::expr_full } else { rule }));
        if words.is_empty() { "what belongs here".to_owned() } else { words }
    }
}

fn is_value(rule: Rule) -> bool {
    matches!(rule, Rule::p_lparen | Rule::p_lbracket | Rule::p_open | Rule::k_header | Rule::k_if | Rule::name_word)
        || crate::syntax::lower::is_value(rule)
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

/// More characters of a text of the user's are not repeated in a message.
const LONGEST: usize = 96;

/// A text of the user's, cut where it is long.
fn shortened(text: &str) -> String {
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(LONGEST).collect();
    if chars.next().is_some() { format!("{start}…") } else { start }
}

/// `a, b or c`, each once, at most eight.
fn listed<'r>(rules: impl Iterator<Item = &'r Rule>) -> String {
    let rules: Vec<Rule> = rules.copied().filter(|rule| *rule != Rule::k_not).collect();
    let one_operator = rules.iter().filter(|rule| words::is_operator(**rule)).count() == 1;
    let named = |rule: Rule| words::keyword(rule).filter(|_| one_operator).map(|word| format!("`{word}`"));
    let mut words: Vec<String> = Vec::new();
    for word in rules.into_iter().filter_map(|rule| named(rule).or_else(|| words::described(rule))) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    if words.len() > 16 {
        words.truncate(16);
        words.push("another of its words".to_owned());
    }
    either(&words)
}

/// Each once, in their order.
fn unique(words: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    words.into_iter().filter(|word| seen.insert(word.clone())).collect()
}

/// `a, b or c`
fn either(words: &[String]) -> String {
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
