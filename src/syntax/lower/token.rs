//! Names, words, paths, numbers: what the statements are made of.

use super::{Lower, all, child, first, has};
use crate::{
    syntax::{
        faults,
        grammar::{Pair, Rule},
        tree::{CollectionName, Ident, PathText, Template, TemplatePart, TypeName, Words},
    },
    value::{Kind, Span as Duration, Type},
};
use std::str::FromStr;

/// The depth at which nested list types are cut.
const DEEPEST_LIST: usize = 8;

impl Lower<'_> {
    /// A pair's text as a name, its blanks made one: `create again`.
    pub(super) fn ident(&self, pair: &Pair<'_>) -> Ident {
        Ident { text: pair.as_str().split_whitespace().collect::<Vec<_>>().join(" "), span: self.span(pair) }
    }

    pub(super) fn no_name(&self, pair: &Pair<'_>) -> Ident {
        Ident { text: String::new(), span: self.span(pair) }
    }

    pub(super) fn maybe_name(&self, pair: &Pair<'_>) -> Option<Ident> {
        child(pair, Rule::name_word).map(|name| self.ident(&name))
    }

    /// The first name among the children.
    pub(super) fn name(&self, pair: &Pair<'_>) -> Ident {
        self.maybe_name(pair).unwrap_or_else(|| self.no_name(pair))
    }

    /// The child of a rule that holds one word of several.
    pub(super) fn word(&self, pair: &Pair<'_>, rule: Rule) -> Ident {
        child(pair, rule).map_or_else(|| self.no_name(pair), |word| self.ident(&word))
    }

    /// The child at a place, as a word.
    pub(super) fn nth(&self, pair: &Pair<'_>, at: usize) -> Ident {
        pair.clone().into_inner().nth(at).map_or_else(|| self.no_name(pair), |word| self.ident(&word))
    }

    pub(super) fn names_of(&self, dotted: &Pair<'_>) -> Vec<Ident> {
        all(dotted, Rule::name_word).map(|name| self.ident(&name)).collect()
    }

    /// The first dotted name among the children.
    pub(super) fn dotted(&self, pair: &Pair<'_>) -> Vec<Ident> {
        child(pair, Rule::dotted_name).map_or_else(|| vec![self.no_name(pair)], |dotted| self.names_of(&dotted))
    }

    pub(super) fn maybe_collection_name(&self, pair: &Pair<'_>) -> Option<CollectionName> {
        let mut names = self.names_of(&child(pair, Rule::coll_name)?).into_iter();
        Some(CollectionName { system: names.next()?, collection: names.next()? })
    }

    pub(super) fn collection_name(&self, pair: &Pair<'_>) -> CollectionName {
        self.maybe_collection_name(pair).unwrap_or_else(|| CollectionName { system: self.no_name(pair), collection: self.no_name(pair) })
    }

    /// The first text among the children, which may hold no `{…}`.
    pub(super) fn words(&mut self, pair: &Pair<'_>) -> Words {
        self.maybe_words(pair).unwrap_or_else(|| Words { text: String::new(), span: self.span(pair) })
    }

    pub(super) fn maybe_words(&mut self, pair: &Pair<'_>) -> Option<Words> {
        child(pair, Rule::text_lit).map(|text| self.words_of(&text))
    }

    pub(super) fn as_words(&mut self, pair: &Pair<'_>) -> Option<Words> {
        self.words_under(pair, Rule::as_words)
    }

    pub(super) fn words_under(&mut self, pair: &Pair<'_>, rule: Rule) -> Option<Words> {
        let clause = child(pair, rule)?;
        self.maybe_words(&clause)
    }

    pub(super) fn words_of(&mut self, text: &Pair<'_>) -> Words {
        let template = self.template_of(text);
        let mut words = Words { text: String::new(), span: template.span };
        for part in template.parts {
            match part {
                TemplatePart::Text(part) => words.text.push_str(&part),
                TemplatePart::Expr(value) => self.faults.push(faults::hole_in_words(value.span)),
            }
        }
        words
    }

    /// A text as it is written after `matches`.
    pub(super) fn pattern(&self, pair: &Pair<'_>) -> Words {
        let Some(pattern) = child(pair, Rule::pattern_lit) else {
            return Words { text: String::new(), span: self.span(pair) };
        };
        Words { text: unquoted(pattern.as_str()), span: self.span(&pattern) }
    }

    pub(super) fn template(&mut self, pair: &Pair<'_>) -> Template {
        match child(pair, Rule::text_lit) {
            Some(text) => self.template_of(&text),
            None => Template { parts: Vec::new(), span: self.span(pair) },
        }
    }

    pub(super) fn template_of(&mut self, text: &Pair<'_>) -> Template {
        let span = self.span(text);
        let Some(inner) = first(text) else { return Template { parts: Vec::new(), span } };
        let parts = if inner.as_rule() == Rule::text_raw { raw_parts(inner.as_str()) } else { self.template_parts(&inner) };
        Template { parts, span }
    }

    fn template_parts(&mut self, plain: &Pair<'_>) -> Vec<TemplatePart> {
        let mut parts = Vec::new();
        for pair in plain.clone().into_inner() {
            match pair.as_rule() {
                Rule::text_chunk => push_text(&mut parts, pair.as_str()),
                Rule::text_escape => push_text(&mut parts, &self.escape(&pair)),
                Rule::text_foreign => parts.push(TemplatePart::Expr(self.foreign(&pair))),
                _ => parts.push(TemplatePart::Expr(self.value(&pair))),
            }
        }
        parts
    }

    fn escape(&mut self, pair: &Pair<'_>) -> String {
        let text = pair.as_str();
        match &text[1..] {
            "n" => "\n".to_owned(),
            "t" => "\t".to_owned(),
            "r" => "\r".to_owned(),
            "\"" | "\\" | "{" | "}" => text[1..].to_owned(),
            code => self.code_point(pair, code),
        }
    }

    fn code_point(&mut self, pair: &Pair<'_>, code: &str) -> String {
        let digits = code.strip_prefix("u{").and_then(|code| code.strip_suffix('}'));
        let read = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
        if read.is_none() {
            self.faults.push(faults::bad_escape(self.span(pair), pair.as_str()));
        }
        read.map_or_else(|| code.to_owned(), String::from)
    }

    pub(super) fn path_of(&self, pair: &Pair<'_>) -> PathText {
        let text = match child(pair, Rule::foreign_tail) {
            Some(tail) => format!("${}", tail.as_str()),
            None => pair.as_str().to_owned(),
        };
        PathText { text, span: self.span(pair) }
    }

    pub(super) fn maybe_path(&self, pair: &Pair<'_>) -> Option<PathText> {
        pair.clone().into_inner().find(is_path).map(|path| self.path_of(&path))
    }

    /// All paths among the children, in order.
    pub(super) fn paths(&self, pair: &Pair<'_>) -> Vec<PathText> {
        pair.clone().into_inner().filter(is_path).map(|path| self.path_of(&path)).collect()
    }

    /// The first path among the children.
    pub(super) fn path(&self, pair: &Pair<'_>) -> PathText {
        self.maybe_path(pair).unwrap_or_else(|| PathText { text: "$".to_owned(), span: self.span(pair) })
    }

    /// The first type among the children.
    pub(super) fn type_name(&mut self, pair: &Pair<'_>) -> TypeName {
        self.maybe_type(pair).unwrap_or_else(|| TypeName { ty: Type::optional(Kind::Json), span: self.span(pair) })
    }

    pub(super) fn maybe_type(&mut self, pair: &Pair<'_>) -> Option<TypeName> {
        let pair = child(pair, Rule::type_name)?;
        let lists = all(&pair, Rule::k_list).count();
        if lists > DEEPEST_LIST {
            self.faults.push(faults::lists_too_deep(self.span(&pair)));
        }
        let base = pair.clone().into_inner().find_map(|word| kind(word.as_rule())).unwrap_or(Kind::Json);
        let kind = (0..lists.min(DEEPEST_LIST)).fold(base, |item, _| Kind::List(Box::new(item)));
        Some(TypeName { ty: Type { kind, optional: has(&pair, Rule::p_optional) }, span: self.span(&pair) })
    }

    /// A whole number, zero or more, among the children.
    pub(super) fn maybe_number(&mut self, pair: &Pair<'_>) -> Option<u64> {
        child(pair, Rule::int_lit).map(|number| self.number_of(&number))
    }

    pub(super) fn number(&mut self, pair: &Pair<'_>) -> u64 {
        self.maybe_number(pair).unwrap_or_default()
    }

    pub(super) fn number_of(&mut self, number: &Pair<'_>) -> u64 {
        self.read(number, |text| text.parse().ok(), "a whole number, zero or more")
    }

    pub(super) fn maybe_duration(&mut self, pair: &Pair<'_>) -> Option<Duration> {
        child(pair, Rule::duration_lit).map(|duration| self.duration_of(&duration))
    }

    /// The first length of time among the children.
    pub(super) fn duration(&mut self, pair: &Pair<'_>) -> Duration {
        self.maybe_duration(pair).unwrap_or(Duration::Seconds(0))
    }

    pub(super) fn duration_under(&mut self, pair: &Pair<'_>, rule: Rule) -> Option<Duration> {
        let clause = child(pair, rule)?;
        self.maybe_duration(&clause)
    }

    pub(super) fn duration_of(&mut self, pair: &Pair<'_>) -> Duration {
        let text = pair.as_str();
        let read = duration(text);
        if read.is_none() {
            self.faults.push(faults::bad_literal(
                self.span(pair),
                text,
                "a length of time such as `30 s`, `15 min`, `2 h` or `7 days`, at most 36525 days",
            ));
        }
        read.unwrap_or(Duration::Seconds(0))
    }

    /// Reads a token, or says what it should have been.
    pub(super) fn read<T: Default>(&mut self, pair: &Pair<'_>, read: impl Fn(&str) -> Option<T>, expected: &str) -> T {
        let value = read(pair.as_str());
        if value.is_none() {
            self.faults.push(faults::bad_literal(self.span(pair), pair.as_str(), expected));
        }
        value.unwrap_or_default()
    }

    pub(super) fn percent_of(&mut self, pair: &Pair<'_>) -> rust_decimal::Decimal {
        self.read(pair, |text| rust_decimal::Decimal::from_str(text.trim_end_matches('%')).ok(), "a percentage such as `10%`")
    }
}

pub(super) fn is_path(pair: &Pair<'_>) -> bool {
    matches!(pair.as_rule(), Rule::path_lit | Rule::foreign_path)
}

/// Up to a hundred years, so that no clock and no calendar ends within it.
fn duration(text: &str) -> Option<Duration> {
    const LONGEST: i64 = 36_525 * 86_400;
    let unit_at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let amount: i64 = text[..unit_at].trim().parse().ok()?;
    let unit = match &text[unit_at..] {
        "s" => 1,
        "min" => 60,
        "h" => 3600,
        _ => 86_400,
    };
    let seconds = amount.checked_mul(unit).filter(|seconds| (0..=LONGEST).contains(seconds))?;
    Some(if unit == 86_400 { Duration::Days(amount) } else { Duration::Seconds(seconds) })
}

fn kind(rule: Rule) -> Option<Kind> {
    Some(match rule {
        Rule::k_text => Kind::Text,
        Rule::k_bool => Kind::Bool,
        Rule::k_int => Kind::Int,
        Rule::k_decimal => Kind::Decimal,
        Rule::k_date => Kind::Date,
        Rule::k_datetime => Kind::DateTime,
        Rule::k_duration => Kind::Duration,
        Rule::k_json => Kind::Json,
        Rule::k_schedule => Kind::Schedule,
        _ => return None,
    })
}

fn push_text(parts: &mut Vec<TemplatePart>, text: &str) {
    match parts.last_mut() {
        Some(TemplatePart::Text(last)) => last.push_str(text),
        _ => parts.push(TemplatePart::Text(text.to_owned())),
    }
}

fn raw_parts(quoted: &str) -> Vec<TemplatePart> {
    let text = unquoted(quoted);
    if text.is_empty() { Vec::new() } else { vec![TemplatePart::Text(text)] }
}

/// The content between one or three quotes, its line ends made `\n`.
fn unquoted(quoted: &str) -> String {
    let quotes = if quoted.len() >= 6 && quoted.starts_with("\"\"\"") { 3 } else { 1 };
    quoted[quotes..quoted.len() - quotes].replace("\r\n", "\n")
}
