//! Reads templates backwards: from the text of a request to the values that a client put into it.

use crate::{
    compile::program::{Name, Names, Program, TemplatePart},
    value::{Fault, Value},
};
use regex::Regex;
use std::borrow::Cow;

/// A template as a pattern: its text is literal, its values match anything.
#[derive(Debug)]
pub struct Pattern {
    regex: Regex,
    holes: Vec<Hole>,
}

/// A value inside a template.
#[derive(Debug, Clone, PartialEq)]
struct Hole {
    /// The value that fills it; none for a write-only value.
    name: Option<Name>,
    quote: Quote,
    /// `[EXPR for each record]`, joined.
    list: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quote {
    None,
    Json,
    /// `'O''Brien'`
    Doubled,
    /// `'O\'Brien'`
    Escaped,
}

enum Piece {
    Text(String),
    Hole(Hole),
}

impl Pattern {
    /// The pattern of a query or header.
    pub fn of(program: &Program) -> Self {
        Self::made(pieces(program), "", "(.*)")
    }

    /// The pattern of a path below the base's own; a query in the template is left out.
    pub fn of_path(base: &str, program: &Program) -> Self {
        let mut pieces = pieces(program);
        if let Some(at) = pieces.iter().position(|piece| matches!(piece, Piece::Text(text) if text.contains('?'))) {
            pieces.truncate(at + 1);
            if let Some(Piece::Text(text)) = pieces.last_mut() {
                text.truncate(text.find('?').unwrap_or(text.len()));
            }
        }
        Self::made(pieces, base, "([^/]+)")
    }

    fn made(pieces: Vec<Piece>, before: &str, hole: &str) -> Self {
        let mut text = format!("(?s)^{}", regex::escape(before));
        let mut holes = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Text(part) => text.push_str(&regex::escape(&part)),
                Piece::Hole(one) => {
                    text.push_str(hole);
                    holes.push(one);
                }
            }
        }
        text.push('$');
        Self { regex: Regex::new(&text).expect("escaped text and groups"), holes }
    }

    /// Whether it takes every text, or none but its own.
    pub const fn is_constant(&self) -> bool {
        self.holes.is_empty()
    }

    /// The number of its values.
    pub const fn holes(&self) -> usize {
        self.holes.len()
    }

    /// Whether a value of the given sort is in it.
    pub fn asks(&self, sort: impl Fn(&Name) -> bool) -> bool {
        self.holes.iter().filter_map(|hole| hole.name.as_ref()).any(sort)
    }

    /// The text that a list with one value for each record of a batch has become in this text.
    pub fn list<'t>(&self, text: &'t str) -> Option<&'t str> {
        let at = self.holes.iter().position(|hole| hole.list)?;
        Some(self.regex.captures(text)?.get(at + 1)?.as_str())
    }

    /// The values that make this text of the template; none if nothing does.
    pub fn read(&self, text: &str) -> Option<Vec<(Name, String)>> {
        let found = self.regex.captures(text)?;
        let mut values = Vec::new();
        for (at, hole) in self.holes.iter().enumerate() {
            let value = hole.quote.undo(&found[at + 1])?;
            values.extend(hole.name.clone().map(|name| (name, value)));
        }
        Some(values)
    }
}

impl Quote {
    fn by(function: &str) -> Self {
        match function {
            "json_quoted" => Self::Json,
            "doubled_quoted" => Self::Doubled,
            "soql_quoted" | "strictly_quoted" => Self::Escaped,
            _ => Self::None,
        }
    }

    fn undo(self, text: &str) -> Option<String> {
        let inside = || text.strip_prefix('\'')?.strip_suffix('\'');
        match self {
            Self::None => Some(text.to_owned()),
            Self::Json => serde_json::from_str(text).ok(),
            Self::Doubled => Some(inside()?.replace("''", "'")),
            Self::Escaped => Some(inside()?.replace("\\'", "'").replace("\\\\", "\\")),
        }
    }
}

fn pieces(program: &Program) -> Vec<Piece> {
    match program {
        Program::Constant(value) => vec![Piece::Text(constant(value))],
        Program::Template(parts) => parts
            .iter()
            .flat_map(|part| match part {
                TemplatePart::Text(text) => vec![Piece::Text(text.to_string())],
                TemplatePart::Program(program) => pieces(program),
            })
            .collect(),
        other => vec![Piece::Hole(hole(other, Quote::None))],
    }
}

fn hole(program: &Program, quote: Quote) -> Hole {
    match program {
        Program::Name(name) => Hole { name: Some(name.clone()), quote, list: false },
        Program::Apply { value, function, .. } if quote == Quote::None => hole(value, Quote::by(function)),
        Program::Default(both) => hole(&both.0, quote),
        _ => Hole { name: None, quote, list: matches!(program, Program::Each(_)) },
    }
}

fn constant(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Decimal(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Date(day) => day.to_string(),
        _ => String::new(),
    }
}

/// A list of requested fields or parts, and its other content.
#[derive(Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Parts, not fields.
    pub parts: bool,
    pub fixed: Vec<String>,
    /// What is sent for a name, where that is another text; and the name.
    pub renamed: Vec<(String, String)>,
}

impl Wanted {
    /// None if the program asks for neither.
    pub fn of(program: &Program) -> Option<Self> {
        if matches!(program, Program::Template(_)) {
            return None;
        }
        let (mut asks, mut fixed) = (None, Vec::new());
        walk_wanted(program, &mut asks, &mut fixed);
        asks.map(|parts| Self { parts, fixed, renamed: Vec::new() })
    }

    /// The same, with what a function makes of the names that a client may request: `requested.fields | join | replace("a.", "")`.
    pub fn of_names(program: &Program, names: &[String]) -> Option<Self> {
        let wanted = Self::of(program)?;
        let sent = |name: &String| program.run(&Requested(name)).ok().and_then(|sent| only(&sent)).filter(|sent| sent != name);
        let renamed =
            if wanted.fixed.is_empty() { names.iter().filter_map(|name| Some((sent(name)?, name.clone()))).collect() } else { Vec::new() };
        Some(Self { renamed, ..wanted })
    }

    /// The names that were requested, by what was sent.
    pub fn requested(&self, sent: Vec<String>) -> Vec<String> {
        let names = |sent: String| {
            let known: Vec<_> = self.renamed.iter().filter(|(text, _)| *text == sent).map(|(_, name)| name.clone()).collect();
            if known.is_empty() { vec![sent] } else { known }
        };
        sent.into_iter().flat_map(names).collect()
    }
}

/// One requested name, alone.
struct Requested<'n>(&'n str);

impl Names for Requested<'_> {
    fn value(&self, name: &Name) -> Result<Cow<'_, Value>, Box<Fault>> {
        Ok(Cow::Owned(match name {
            Name::RequestedFields | Name::RequestedParts => Value::list(vec![Value::text(self.0)]),
            _ => Value::Null,
        }))
    }
}

fn only(sent: &Value) -> Option<String> {
    match sent {
        Value::List(items) => items.first().and_then(only),
        one => one.as_text().map(str::to_owned),
    }
}

fn walk_wanted(program: &Program, parts: &mut Option<bool>, fixed: &mut Vec<String>) {
    match program {
        Program::Name(Name::RequestedFields) => *parts = Some(false),
        Program::Name(Name::RequestedParts) => *parts = Some(true),
        Program::Constant(Value::Text(text)) => fixed.push(text.to_string()),
        Program::Constant(Value::List(items)) => fixed.extend(items.iter().filter_map(Value::as_text).map(str::to_owned)),
        Program::List(items) => items.iter().for_each(|item| walk_wanted(item, parts, fixed)),
        Program::Arithmetic(_, both) => {
            walk_wanted(&both.0, parts, fixed);
            walk_wanted(&both.1, parts, fixed);
        }
        Program::Apply { value, .. } => walk_wanted(value, parts, fixed),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn template(parts: Vec<TemplatePart>) -> Program {
        Program::Template(parts.into())
    }

    fn text(text: &str) -> TemplatePart {
        TemplatePart::Text(text.into())
    }

    fn name(name: Name) -> TemplatePart {
        TemplatePart::Program(Program::Name(name))
    }

    fn quoted(function: &'static str, value: Name) -> TemplatePart {
        let apply: crate::value::functions::Apply = Box::new(|value| Ok(value.clone()));
        TemplatePart::Program(Program::Apply { value: Box::new(Program::Name(value)), function, apply: Arc::new(apply) })
    }

    #[test]
    fn two_values_in_one_parameter() {
        let paging = Pattern::of(&template(vec![name(Name::PageOffset), text(","), name(Name::PageSize)]));
        assert_eq!(paging.read("0,1000"), Some(vec![(Name::PageOffset, "0".to_owned()), (Name::PageSize, "1000".to_owned())]));
        assert_eq!(paging.read("0"), None);
    }

    #[test]
    fn a_filter_gives_its_value_unquoted() {
        let filter = Pattern::of(&template(vec![text("externalId eq "), quoted("json_quoted", Name::Own(1))]));
        assert_eq!(filter.read(r#"externalId eq "a \"b\"""#), Some(vec![(Name::Own(1), "a \"b\"".to_owned())]));
        assert_eq!(filter.read("externalId eq 00057"), None);
        assert_eq!(filter.read(r#"userName eq "00057""#), None);
        let filter = Pattern::of(&template(vec![text("Email eq "), quoted("doubled_quoted", Name::Own(1))]));
        assert_eq!(filter.read("Email eq 'o''brien'"), Some(vec![(Name::Own(1), "o'brien".to_owned())]));
    }

    #[test]
    fn a_path_stands_below_its_base_and_ends_where_a_segment_does() {
        let path = Pattern::of_path("/scim/v2.0", &template(vec![text("/Users/"), name(Name::Own(0))]));
        assert_eq!(path.read("/scim/v2.0/Users/83021"), Some(vec![(Name::Own(0), "83021".to_owned())]));
        assert_eq!(path.read("/scim/v2.0/Users/83021/more"), None);
        assert_eq!(path.read("/Users/83021"), None);
        let verify = Pattern::of_path("", &Program::Constant(Value::text("/api/v3/users?paging=0,1")));
        assert!(verify.read("/api/v3/users").is_some());
    }

    #[test]
    fn fields_besides_those_requested() {
        let list = Program::List(vec![Program::Constant(Value::text("collection.count"))].into());
        let sum = Program::Arithmetic(crate::compile::program::Operator::Add, Box::new((Program::Name(Name::RequestedFields), list)));
        assert_eq!(Wanted::of(&sum), Some(Wanted { parts: false, fixed: vec!["collection.count".to_owned()], renamed: Vec::new() }));
        assert_eq!(Wanted::of(&Program::Name(Name::RequestedParts)), Some(Wanted { parts: true, fixed: Vec::new(), renamed: Vec::new() }));
        assert_eq!(Wanted::of(&Program::Name(Name::PageSize)), None);
    }
}
