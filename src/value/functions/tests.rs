//! Every example of every function is run.

mod declared;

use super::*;
use crate::value::{Fault, FaultCode, Kind, Text, Type, Value, is_blank};
use crate::value::{
    canonical::{Comparison, same},
    testing::any_value,
};
use jiff::civil::Date;
use proptest::prelude::*;

/// Reads the few literals that examples use.
struct Literals<'a>(&'a str);

impl Literals<'_> {
    fn value(&mut self) -> Value {
        self.0 = self.0.trim_start();
        match self.0.as_bytes()[0] {
            b'"' => self.text(),
            b'[' => self.list(),
            _ => self.word(),
        }
    }

    fn text(&mut self) -> Value {
        if let Some(raw) = self.0.strip_prefix("\"\"\"") {
            let end = raw.find("\"\"\"").unwrap();
            self.0 = &raw[end + 3..];
            return Value::Text(raw[..end].into());
        }
        let end = (1..self.0.len()).find(|&at| self.0.as_bytes()[at] == b'"' && escapes_before(self.0, at).is_multiple_of(2)).unwrap();
        let text: String = serde_json::from_str(&self.0[..=end]).unwrap();
        self.0 = &self.0[end + 1..];
        Value::Text(text.into())
    }

    fn list(&mut self) -> Value {
        self.0 = &self.0[1..];
        let mut items = Vec::new();
        while !self.0.trim_start().starts_with(']') {
            items.push(self.value());
            self.0 = self.0.trim_start().trim_start_matches(',');
        }
        self.0 = &self.0.trim_start()[1..];
        Value::list(items)
    }

    fn word(&mut self) -> Value {
        let end = self.0.find([',', ']', ' ']).unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at(end);
        self.0 = rest;
        match word {
            "null" => Value::Null,
            "true" | "false" => Value::Bool(word == "true"),
            _ => number(word)
                .or_else(|| word.parse::<jiff::Timestamp>().ok().map(Value::DateTime))
                .unwrap_or_else(|| Value::Date(word.parse::<Date>().unwrap())),
        }
    }
}

fn number(word: &str) -> Option<Value> {
    word.parse().ok().map(Value::Int).or_else(|| word.parse().ok().map(Value::Decimal))
}

fn escapes_before(text: &str, at: usize) -> usize {
    text[..at].bytes().rev().take_while(|byte| *byte == b'\\').count()
}

fn literal(text: &str) -> Value {
    Literals(text).value()
}

/// `pad(5, "0")` as a name and its arguments.
fn call(text: &str) -> (&str, Vec<Value>) {
    let Some((name, args)) = text.split_once('(') else { return (text, Vec::new()) };
    let Value::List(args) = literal(&format!("[{}]", args.strip_suffix(')').unwrap())) else { unreachable!() };
    (name, *args)
}

fn type_of(value: &Value) -> Type {
    let kind = match value {
        Value::Text(_) => Kind::Text,
        Value::Bool(_) => Kind::Bool,
        Value::Int(_) => Kind::Int,
        Value::Decimal(_) => Kind::Decimal,
        Value::Date(_) => Kind::Date,
        Value::DateTime(_) => Kind::DateTime,
        Value::Duration(_) => Kind::Duration,
        Value::List(items) => {
            Kind::List(Box::new(items.iter().map(|item| type_of(item).kind).find(|kind| *kind != Kind::Nothing).unwrap_or(Kind::Nothing)))
        }
        Value::Json(_) => Kind::Json,
        Value::Absent | Value::Null | Value::Pending(_) => Kind::Nothing,
    };
    let blank = matches!(value, Value::Text(text) if is_blank(text));
    Type { optional: blank || value.is_missing(), kind }
}

fn result_of(function: &Function, input: &Type, args: &[Value]) -> Result<Type, Misuse> {
    let types: Vec<_> = args.iter().map(type_of).collect();
    let args: Vec<_> = types.iter().zip(args).map(|(ty, value)| Argument { ty, value: Some(value) }).collect();
    (function.result)(input, &args)
}

fn run(function: &Function, input: &Value, args: &[Value]) -> Result<Value, Box<Fault>> {
    (function.bind)(args).unwrap()(input)
}

/// Raw JSON.
fn raw(text: &str) -> Value {
    Value::Json(serde_json::from_str(text).unwrap())
}

/// The day that stands for no end.
#[test]
fn the_last_day_of_9999_is_formatted() {
    let format = all().iter().find(|function| function.name == "format").unwrap();
    for (pattern, text) in [("%d/%m/%Y", "31/12/9999"), ("%Y-%m-%d", "9999-12-31"), ("%d %B %Y", "31 December 9999")] {
        assert_eq!(run(format, &Value::Date(Date::MAX), &[Value::text(pattern)]), Ok(Value::text(text)), "{pattern}");
    }
}

#[test]
fn every_example_holds() {
    for function in all() {
        for (input, text, expected) in function.examples {
            let (name, args) = call(text);
            assert_eq!(name, function.name);
            let literal = |text: &str| if function.types.starts_with("json") { raw(text) } else { literal(text) };
            let input = literal(input);
            let ty = result_of(function, &type_of(&input), &args).unwrap();
            match (run(function, &input, &args), *expected) {
                (Err(fault), "fails") => assert!(function.fails && fault.code.is_of_value(), "{text}"),
                (result, expected) => {
                    let result = result.unwrap();
                    assert!(same(&result, &literal(expected), Comparison::default()), "{input:?} | {text} is {result:?}");
                    assert!(ty.optional || !result.is_missing(), "{text} is missing and not optional");
                }
            }
        }
    }
}

#[test]
fn every_function_has_help_and_all_but_the_special_an_example() {
    let mut names: Vec<_> = all().iter().map(|function| function.name).collect();
    for function in all() {
        assert!(function.help.ends_with('.') && function.signature.starts_with(function.name) && function.types.contains('→'));
        let special =
            ["lookup", "counterpart", "at", "age", "json_api", "scim_patch", "xml_diff", "random_text", "jwt"].contains(&function.name);
        assert_eq!(function.examples.is_empty(), special, "{}", function.name);
        assert!(!function.fails || special || function.examples.iter().any(|example| example.2 == "fails"), "{}", function.name);
        assert_eq!(special, (function.bind)(&[]).is_err() && function.examples.is_empty());
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all().len());
}

#[test]
fn misuse_says_what_is_needed() {
    let misuse = |name: &str, input: Kind, args: &[Value]| {
        let function = by_name(name).unwrap();
        result_of(function, &Type::present(input), args).and_then(|_| (function.bind)(args).map(|_| ())).unwrap_err()
    };
    assert_eq!(misuse("lower", Kind::Int, &[]), Misuse::Input("text".into()));
    for name in ["sort", "join"] {
        assert_eq!(misuse(name, Kind::List(Box::new(Kind::Json)), &[]), Misuse::Input("a list of one type".into()), "{name}");
    }
    assert_eq!(misuse("trim", Kind::Text, &[Value::Int(1)]), Misuse::Count("none".into()));
    assert_eq!(misuse("pad", Kind::Text, &[Value::Int(3)]), Misuse::Count("2".into()));
    assert_eq!(misuse("pad", Kind::Text, &[Value::text("x"), Value::text("0")]), Misuse::Argument(0, "must be a whole number".into()));
    assert_eq!(misuse("slice", Kind::Text, &[Value::Int(3), Value::Int(1)]), Misuse::Argument(1, "must not come before the first".into()));
    assert_eq!(misuse("parse_date", Kind::Text, &[Value::text("%m/%Y")]), Misuse::Argument(0, "needs a day, a month and a year".into()));
    assert!(matches!(misuse("parse_datetime", Kind::Text, &[Value::text("%Y-%m-%d %H:%M")]), Misuse::Argument(0, _)));
    assert!(matches!(misuse("day_in", Kind::DateTime, &[Value::text("Europe/Atlantis")]), Misuse::Argument(0, _)));
    assert!(matches!(misuse("replace_matching", Kind::Text, &[Value::text("("), Value::text("x")]), Misuse::Argument(0, _)));
    assert!(matches!(misuse("e164", Kind::Text, &[Value::text("XX")]), Misuse::Argument(0, _)));
    assert_eq!(misuse("any", Kind::List(Box::new(Kind::Text)), &[]), Misuse::Input("list of bool".into()));
}

#[test]
fn results_are_optional_where_they_may_be_missing() {
    let ty = |name: &str, input: Type, args: &[Value]| result_of(by_name(name).unwrap(), &input, args).unwrap().to_string();
    assert_eq!(ty("lower", Type::optional(Kind::Text), &[]), "text?");
    assert_eq!(ty("digits", Type::present(Kind::Text), &[]), "text?");
    assert_eq!(ty("replace", Type::present(Kind::Text), &[Value::text("a"), Value::text("b")]), "text");
    assert_eq!(ty("replace", Type::present(Kind::Text), &[Value::text("a"), Value::Text(Text::default())]), "text?");
    assert_eq!(ty("split", Type::present(Kind::Text), &[Value::text(",")]), "list of text");
    assert_eq!(ty("first", Type::present(Kind::List(Box::new(Kind::Int))), &[]), "int?");
}

fn samples() -> Vec<(&'static str, Vec<Value>)> {
    all().iter().filter_map(|function| function.examples.first()).map(|example| call(example.1)).collect()
}

proptest! {
    #[test]
    fn making_a_text_uniform_twice_changes_nothing_more(text in "\\PC{0,16}") {
        for name in ["trim", "lower", "upper", "title_case", "unaccent", "normalise", "digits"] {
            let Ok(once) = run(by_name(name).unwrap(), &Value::Text(text.as_str().into()), &[]) else { unreachable!() };
            if !once.is_missing() {
                prop_assert_eq!(&run(by_name(name).unwrap(), &once, &[]).unwrap(), &once, "{}", name);
            }
        }
    }

    #[test]
    fn what_the_types_allow_is_never_an_internal_error(value in any_value()) {
        for (name, args) in samples() {
            let function = by_name(name).unwrap();
            if value.is_missing() || result_of(function, &type_of(&value), &args).is_err() {
                continue;
            }
            if let Err(fault) = run(function, &value, &args) {
                prop_assert!(function.fails || fault.code == FaultCode::TooLarge, "{} {:?}", name, fault);
                prop_assert!(fault.code != FaultCode::Internal, "{} {:?}", name, value);
            }
        }
    }
}
