//! Text to path: the library parses, [`sound`](super::sound) refuses what it would evaluate wrongly, the rest is sorted into steps.

use super::{Equalities, JsonPath, Passage, PathError, Step, Walk, place, sound};
use jsonpath_rust::parser::{
    errors::JsonPathError,
    model::{Comparable, Comparison, Filter, FilterAtom, JpQuery, Literal, Segment, Selector, SingularQuery, SingularQuerySegment},
    parse_json_path,
};
use serde_json::Value as Json;
use std::{ops::Range, sync::Arc};

/// Brackets and parentheses inside each other; the library's parser slows down with each of them.
const DEPTH: usize = 8;
/// A path longer than this is no path.
const LENGTH: usize = 2_000;

impl JsonPath {
    /// Parses a path and refuses the forms that evaluate wrongly or unsafely.
    ///
    /// # Errors
    /// A [`PathError`] with the place inside the text.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        #[cfg(test)]
        crate::value::testing::compiled(text);
        parse(text)
    }

    /// The names it leads through, with `None` for what selects among several: an index, `*`, a slice or a filter. Ends where it can't be followed.
    #[must_use]
    pub fn outline(&self) -> Vec<Option<&str>> {
        let walked = self.walk.iter().map(|step| if let Walk::Name(name) = step { Some(name.as_str()) } else { None });
        walked.chain(self.tail.iter().flat_map(|tail| tail.segments.iter().map_while(outline))).collect()
    }

    /// What its beginning leads through one by one: names, and elements of lists by their index. The rest selects among several.
    #[must_use]
    pub fn passages(&self) -> Vec<Passage<'_>> {
        let of_walk = self.walk.iter().map_while(|step| match step {
            Walk::Name(name) => Some(Passage::Name(name)),
            Walk::Index(index) => Some(Passage::Index(*index)),
            Walk::All | Walk::Where(_) => None,
        });
        let mut all: Vec<_> = of_walk.collect();
        if all.len() == self.walk.len() {
            all.extend(self.tail.iter().flat_map(|tail| tail.segments.iter().map_while(passage)));
        }
        all
    }
}

impl JsonPath {
    /// Why it does not lead to a whole list: it takes a part of one, or finds values at any depth.
    #[must_use]
    pub fn strays(&self) -> Option<&'static str> {
        let segments = || self.tail.iter().flat_map(|tail| &tail.segments);
        let slices = |one: &Selector| matches!(one, Selector::Slice(..));
        let takes_some = |segment: &Segment| match segment {
            Segment::Selector(one) => slices(one),
            Segment::Selectors(_) => true,
            Segment::Descendant(_) => false,
        };
        if segments().any(|segment| matches!(segment, Segment::Descendant(_))) {
            return Some("`..` finds values at any depth");
        }
        segments().any(takes_some).then_some("this takes only some of its elements")
    }

    /// Whether it takes the elements of a list that meet a condition.
    #[must_use]
    pub fn filters(&self) -> bool {
        let in_tail = |segment: &Segment| matches!(segment, Segment::Selector(Selector::Filter(_)));
        self.walk.iter().any(|step| matches!(step, Walk::Where(_))) || self.tail.iter().flat_map(|tail| &tail.segments).any(in_tail)
    }
}

fn parse(text: &str) -> Result<JsonPath, PathError> {
    check_text(text)?;
    let filled = fill_placeholders(text)?;
    let plain = filled.as_deref().unwrap_or(text);
    let query = parse_json_path(plain).map_err(|error| explain(text, &error))?;
    let (walk, rest) = split(&query, uses_root(plain));
    sound::check(&query, walk.len()).map_err(|refusal| refused(text, &refusal))?;
    let tail = (!rest.is_empty()).then(|| Arc::new(JpQuery::new(rest)));
    let steps = if tail.is_none() { writable(&walk) } else { None };
    Ok(JsonPath { text: text.to_owned(), steps, placeholders: filled.is_some(), walk, tail, otherwise: None })
}

/// Forms that the library would accept but read differently, or take too long to evaluate.
fn check_text(text: &str) -> Result<(), PathError> {
    if !text.starts_with('$') {
        return Err(PathError::new(0, "a JSON path starts with `$`").help("write `$.name`"));
    }
    if text.len() > LENGTH {
        return Err(PathError::new(LENGTH, format!("a JSON path has at most {LENGTH} characters")));
    }
    if text.ends_with(char::is_whitespace) {
        return Err(PathError::new(text.trim_end().len(), "white space can't end a JSON path").help("take it away"));
    }
    let mut depth = 0_usize;
    for (offset, character) in unquoted(text) {
        match character {
            '[' | '(' => depth += 1,
            ']' | ')' => depth = depth.saturating_sub(1),
            other if other.is_whitespace() && inside_name(text, offset) => {
                return Err(PathError::new(offset, "a name or a number cannot contain white space")
                    .help("put a name in brackets: `[\"first name\"]`"));
            }
            other if other.is_whitespace() && !other.is_ascii() => {
                return Err(PathError::new(offset, "a JSON path cannot contain this white space").help("put the name in quotes: `[\"…\"]`"));
            }
            _ => {}
        }
        if depth > DEPTH {
            return Err(PathError::new(offset, format!("the brackets of this JSON path nest more than {DEPTH} deep")));
        }
    }
    Ok(())
}

/// Whether the characters on both sides of white space could be one word, because the library would read them as one name.
fn inside_name(text: &str, offset: usize) -> bool {
    let word = |character: char| character.is_alphanumeric() || character == '_' || !character.is_ascii() && !character.is_whitespace();
    text[..offset].trim_end().ends_with(word) && text[offset..].trim_start().starts_with(word)
}

/// The characters outside quotes, with their offsets.
fn unquoted(text: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut quote, mut escaped) = (None, false);
    text.char_indices().filter(move |&(_, character)| {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if character == '\\' => escaped = true,
            Some(open) if character == open => quote = None,
            Some(_) => {}
            None if matches!(character, '"' | '\'') => quote = Some(character),
            None => return true,
        }
        false
    })
}

/// Replaces each `{$.Name}` by a text for the parser; `None` if there is none.
fn fill_placeholders(text: &str) -> Result<Option<String>, PathError> {
    let places = checked_placeholders(text)?;
    let mut out = String::new();
    let mut from = 0;
    for place in &places {
        parse_inner(text, place.start + 1, place.end - 1)?;
        out.push_str(&text[from..place.start]);
        out.push_str(&Json::from(&text[place.clone()]).to_string());
        from = place.end;
    }
    out.push_str(&text[from..]);
    Ok((!places.is_empty()).then_some(out))
}

/// Where values are still to be filled in, with their braces, in a path that has been parsed.
pub(super) fn placeholders(text: &str) -> Vec<Range<usize>> {
    checked_placeholders(text).unwrap_or_default()
}

fn checked_placeholders(text: &str) -> Result<Vec<Range<usize>>, PathError> {
    let (mut places, mut open) = (Vec::new(), None);
    for (offset, character) in unquoted(text) {
        match (character, open) {
            ('{', None) => open = Some(offset),
            ('{', Some(_)) => return Err(PathError::new(offset, "a value to fill in can't hold another")),
            ('}', Some(begin)) => {
                places.push(begin..offset + 1);
                open = None;
            }
            _ => {}
        }
    }
    match open {
        Some(begin) => Err(PathError::new(begin, "this `{` is never closed").help("close it with `}`")),
        None => Ok(places),
    }
}

fn parse_inner(text: &str, from: usize, to: usize) -> Result<(), PathError> {
    let inner = parse(&text[from..to]).map_err(|error| PathError { offset: error.offset + from, ..error })?;
    if inner.is_singular() { Ok(()) } else { Err(PathError::new(from, "what is filled in must be one value: a path of names and indexes")) }
}

/// The place where the library stopped, in the terms of a path.
fn explain(text: &str, error: &JsonPathError) -> PathError {
    let offset = match error {
        JsonPathError::PestError(error) => match error.location {
            pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at.min(text.len()),
        },
        _ => 0,
    };
    if let Some(open) = unclosed(text) {
        return PathError::new(open, format!("this `{}` is never closed", &text[open..=open]));
    }
    let rest = &text[floor(text, offset)..];
    if rest.starts_with('-') && offset > 1 {
        return PathError::new(offset, "a name with `-` is written in brackets").help(bracketed(text, offset));
    }
    if rest.is_empty() {
        return PathError::new(offset, "this JSON path breaks off");
    }
    if let Some(marks) = text.find("[]") {
        let list = text.replace("[]", "");
        return PathError::new(marks, "`[]` is no part of a JSON path")
            .help(format!("write `{list}` for the list itself, or `[*]` for each element"));
    }
    PathError::new(offset, "this is not a JSON path").help("write `$.name`, `$[\"a name\"]`, `$.list[0]` or `$.list[?@.type == \"work\"]`")
}

fn refused(text: &str, refusal: &sound::Refusal) -> PathError {
    let offset = unquoted(text).filter(|(offset, _)| text[*offset..].starts_with(refusal.sign)).last().map_or(0, |(offset, _)| offset);
    PathError::new(offset, refusal.message).help(refusal.help)
}

fn floor(text: &str, mut offset: usize) -> usize {
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// The quote or the last bracket that has no end.
fn unclosed(text: &str) -> Option<usize> {
    let mut open = Vec::new();
    let mut outside = vec![false; text.len()];
    for (offset, character) in unquoted(text) {
        outside[offset] = true;
        match character {
            '[' | '(' => open.push(offset),
            ']' | ')' => drop(open.pop()),
            _ => {}
        }
    }
    let quotes: Vec<_> = text.char_indices().filter(|&(at, _)| !outside[at]).map(|(at, _)| at).collect();
    let ends_inside = quotes.last().is_some_and(|&last| last + 1 >= text.len() && !matches!(text.as_bytes()[last], b'"' | b'\''));
    if ends_inside { quotes.iter().rev().copied().find(|&at| at == 0 || outside[at - 1]) } else { open.pop() }
}

/// The name around `offset`, in brackets: `["first-name"]`.
fn bracketed(text: &str, offset: usize) -> String {
    let from = text[..offset].rfind(['.', ']']).map_or(offset, |at| at + 1);
    let to = text[offset..].find(['.', '[']).map_or(text.len(), |at| at + offset);
    format!("write `{}[\"{}\"]`", text[..from].trim_end_matches('.'), &text[from..to])
}

/// The beginning that our own code walks, and the rest.
fn split(query: &JpQuery, uses_root: bool) -> (Vec<Walk>, Vec<Segment>) {
    let walk: Vec<_> = if uses_root { Vec::new() } else { query.segments.iter().map_while(step).collect() };
    let rest = query.segments[walk.len()..].to_vec();
    (walk, rest)
}

/// Whether a filter looks back at the whole record: another `$` in it.
fn uses_root(text: &str) -> bool {
    unquoted(text).filter(|(_, character)| *character == '$').count() > 1
}

fn step(segment: &Segment) -> Option<Walk> {
    let Segment::Selector(selector) = segment else { return None };
    match selector {
        Selector::Name(name) => Some(Walk::Name(name.clone())),
        Selector::Index(index) => Some(Walk::Index(*index)),
        Selector::Wildcard => Some(Walk::All),
        Selector::Filter(filter) => equalities(filter).map(|all| Walk::Where(Equalities { all, ignoring_case: false })),
        Selector::Slice(..) => None,
    }
}

/// The steps that a segment may be: several where a filter has `||`.
pub(super) fn choices(segment: &Segment) -> Option<Vec<Step>> {
    let asks = |filter: &Filter| equalities(filter).map(|all| Step::Where(Equalities { all, ignoring_case: false }));
    match segment {
        Segment::Selector(Selector::Filter(Filter::Or(filters))) => filters.iter().map(asks).collect(),
        one => step(one).map(|step| vec![step.loose()]),
    }
}

/// The name that a segment leads to, if it leads to one; `None` if it can't be followed.
fn outline(segment: &Segment) -> Option<Option<&str>> {
    match segment {
        Segment::Selector(Selector::Name(name)) => Some(Some(name)),
        Segment::Selector(_) => Some(None),
        Segment::Selectors(all) => all.iter().all(|one| !matches!(one, Selector::Name(_))).then_some(None),
        Segment::Descendant(_) => None,
    }
}

fn passage(segment: &Segment) -> Option<Passage<'_>> {
    match segment {
        Segment::Selector(Selector::Name(name)) => Some(Passage::Name(name)),
        Segment::Selector(Selector::Index(index)) => Some(Passage::Index(*index)),
        _ => None,
    }
}

/// `@.a.b == "x" && @.c == 1`: names and literals; `None` if the filter says anything else.
fn equalities(filter: &Filter) -> Option<Vec<(Vec<String>, Json)>> {
    match filter {
        Filter::And(filters) => filters.iter().map(equalities).collect::<Option<Vec<_>>>().map(|all| all.concat()),
        Filter::Atom(FilterAtom::Filter { expr, not: false }) => equalities(expr),
        Filter::Atom(FilterAtom::Comparison(comparison)) => equality(comparison).map(|one| vec![one]),
        _ => None,
    }
}

fn equality(comparison: &Comparison) -> Option<(Vec<String>, Json)> {
    let Comparison::Eq(left, right) = comparison else { return None };
    let (query, literal) = match (left, right) {
        (Comparable::SingularQuery(SingularQuery::Current(query)), Comparable::Literal(literal))
        | (Comparable::Literal(literal), Comparable::SingularQuery(SingularQuery::Current(query))) => (query, literal),
        _ => return None,
    };
    let name = |segment: &SingularQuerySegment| if let SingularQuerySegment::Name(name) = segment { Some(name.clone()) } else { None };
    Some((query.iter().map(name).collect::<Option<Vec<_>>>()?, to_json(literal)))
}

fn to_json(literal: &Literal) -> Json {
    match literal {
        Literal::Int(number) => (*number).into(),
        Literal::Float(number) => (*number).into(),
        Literal::String(text) => text.as_str().into(),
        Literal::Bool(truth) => (*truth).into(),
        Literal::Null => Json::Null,
    }
}

fn writable(walk: &[Walk]) -> Option<Vec<Step>> {
    let steps: Vec<_> = walk.iter().map(writable_step).collect::<Option<_>>()?;
    let undone = (0..steps.len()).any(|at| matches!(&steps[at], Step::Where(conditions) if overwrites(&steps[at + 1..], conditions)));
    (!undone).then_some(steps)
}

/// Whether a value placed by the steps would change what the filter before them asks, or take an object for a list.
fn overwrites(steps: &[Step], conditions: &[(Vec<String>, Json)]) -> bool {
    if !matches!(steps.first(), None | Some(Step::Name(_))) {
        return true;
    }
    let names: Vec<_> = steps.iter().map_while(|step| if let Step::Name(name) = step { Some(name) } else { None }).collect();
    conditions.iter().any(|(asked, _)| !names.is_empty() && asked.iter().zip(&names).all(|(asked, name)| asked == *name))
}

fn writable_step(step: &Walk) -> Option<Step> {
    match step {
        Walk::Name(name) => Some(Step::Name(name.clone())),
        Walk::Index(index) if *index >= 0 => Some(Step::Index(*index)),
        Walk::Where(conditions) if builds(conditions) => Some(Step::Where(conditions.clone())),
        Walk::Index(_) | Walk::All | Walk::Where(_) => None,
    }
}

/// Whether an element built from the conditions meets them: not `@ == 1`, not `@.a == 1 && @.a == 2`.
fn builds(conditions: &Equalities) -> bool {
    conditions.iter().all(|(names, _)| !names.is_empty()) && conditions.are_met(&place::element(conditions))
}
