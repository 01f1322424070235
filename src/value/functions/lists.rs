//! Lists.

use super::declaration::{Apply, Argument, Checked, Function, Misuse, internal, kinds, no_args, optional, text_arg};
use crate::value::canonical::{Comparison, index_key, order};
use crate::value::{Fault, FaultCode, Kind, Type, Value};
use std::{cmp::Ordering, collections::HashSet};

fn of_item(input: &Type, args: &[Argument<'_>]) -> Checked<Type> {
    no_args(args)?;
    item(input).map(|kind| Type::optional(kind.clone()))
}

fn same_list(input: &Type, args: &[Argument<'_>]) -> Checked<Type> {
    no_args(args)?;
    item(input).map(|_| input.clone())
}

fn of_bools(input: &Type, args: &[Argument<'_>]) -> Checked<Type> {
    no_args(args)?;
    match item(input)? {
        Kind::Bool | Kind::Nothing => Ok(Type { kind: Kind::Bool, optional: input.optional }),
        _ => Err(Misuse::Input("list of bool".to_owned())),
    }
}

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "first",
        signature: "first",
        types: "list of T → T?",
        help: "Gives the first value of a list.",
        fails: false,
        examples: &[("[\"a\", \"b\"]", "first", "\"a\""), ("[]", "first", "null")],
        result: of_item,
        bind: |_| on_list(|items| Ok(items.first().cloned().unwrap_or(Value::Null))),
    },
    Function {
        name: "only",
        signature: "only",
        types: "list of T → T?",
        help: "Gives the single value of a list, and fails if there are several.",
        fails: true,
        examples: &[("[\"a\"]", "only", "\"a\""), ("[]", "only", "null"), ("[\"a\", \"b\"]", "only", "fails")],
        result: of_item,
        bind: |_| {
            on_list(|items| match items {
                [] => Ok(Value::Null),
                [one] => Ok(one.clone()),
                several => Err(Fault::new(FaultCode::SeveralItems, format!("there are {} values where one is wanted", several.len()))),
            })
        },
    },
    Function {
        name: "count",
        signature: "count",
        types: "list of T → int",
        help: "Counts the values of a list.",
        fails: false,
        examples: &[("[\"a\", \"b\"]", "count", "2"), ("[]", "count", "0")],
        result: |input, args| {
            no_args(args)?;
            item(input).map(|_| Type { kind: Kind::Int, optional: input.optional })
        },
        bind: |_| on_list(|items| Ok(Value::Int(i64::try_from(items.len()).unwrap_or(i64::MAX)))),
    },
    Function {
        name: "any",
        signature: "any",
        types: "list of bool → bool",
        help: "Is true if one of the values is true.",
        fails: false,
        examples: &[("[false, true]", "any", "true"), ("[]", "any", "false")],
        result: of_bools,
        bind: |_| on_list(|items| Ok(Value::Bool(items.iter().any(Value::is_true)))),
    },
    Function {
        name: "all",
        signature: "all",
        types: "list of bool → bool",
        help: "Is true if all values are true; a missing value is not.",
        fails: false,
        examples: &[("[true, true]", "all", "true"), ("[true, null]", "all", "false"), ("[]", "all", "true")],
        result: of_bools,
        bind: |_| on_list(|items| Ok(Value::Bool(items.iter().all(Value::is_true)))),
    },
    Function {
        name: "unique",
        signature: "unique",
        types: "list of T → list of T",
        help: "Removes repeated values; the first of each keeps its place.",
        fails: false,
        examples: &[("[\"b\", \"a\", \"b\"]", "unique", "[\"b\", \"a\"]")],
        result: same_list,
        bind: |_| on_list(|items| Ok(Value::list(unique(items)))),
    },
    Function {
        name: "sort",
        signature: "sort",
        types: "list of T → list of T",
        help: "Sorts the values: numbers by value, dates by time, texts by their characters, missing values last.",
        fails: false,
        examples: &[("[\"b\", \"a\"]", "sort", "[\"a\", \"b\"]"), ("[10, 9]", "sort", "[9, 10]"), ("[null, 1]", "sort", "[1, null]")],
        result: |input, args| {
            no_args(args)?;
            typed_item(input).map(|_| input.clone())
        },
        bind: |_| on_list(|items| Ok(Value::list(sorted(items)))),
    },
    Function {
        name: "present",
        signature: "present",
        types: "list of T → list of T",
        help: "Removes missing values.",
        fails: false,
        examples: &[("[\"a\", null, \"b\"]", "present", "[\"a\", \"b\"]")],
        result: same_list,
        bind: |_| on_list(|items| Ok(Value::list(items.iter().filter(|item| !item.is_missing()).cloned().collect()))),
    },
    Function {
        name: "join",
        signature: "join(\", \")",
        types: "list of T → text?",
        help: "Joins the values to one text, with a separator or a comma between them. The result is missing if one of them is missing: put `| present` before it.",
        fails: false,
        examples: &[
            ("[\"a\", \"b\"]", "join(\", \")", "\"a, b\""),
            ("[1, 2]", "join", "\"1,2\""),
            ("[\"a\", null]", "join", "null"),
            ("[]", "join", "null"),
        ],
        result: |input, args| {
            kinds(args, 0, &[Kind::Text])?;
            typed_item(input).map(|_| optional(Type::present(Kind::Text)))
        },
        bind: |args| {
            let separator = if args.is_empty() { ",".into() } else { text_arg(args, 0)? };
            on_list(move |items| {
                let texts: Option<Vec<_>> = items.iter().map(Value::to_text).collect();
                Ok(texts.map_or(Value::Null, |texts| Value::text(texts.join(&separator))))
            })
        },
    },
];

fn item(input: &Type) -> Checked<&Kind> {
    if let Kind::List(item) = &input.kind { Ok(item) } else { Err(Misuse::Input("a list".to_owned())) }
}

/// Raw values have no order and no way to be written: sorting and joining need a type.
fn typed_item(input: &Type) -> Checked<&Kind> {
    match item(input)? {
        Kind::Json => Err(Misuse::Input("a list of one type".to_owned())),
        kind => Ok(kind),
    }
}

fn on_list(change: impl Fn(&[Value]) -> Result<Value, Box<Fault>> + Send + Sync + 'static) -> Checked<Apply> {
    Ok(Box::new(move |value| if let Value::List(items) = value { change(items) } else { Err(internal(value)) }))
}

fn unique(items: &[Value]) -> Vec<Value> {
    let mut seen = HashSet::new();
    items.iter().filter(|item| seen.insert(index_key(item, Comparison::default()))).cloned().collect()
}

fn sorted(items: &[Value]) -> Vec<Value> {
    let mut items = items.to_vec();
    items.sort_by(|left, right| left.is_missing().cmp(&right.is_missing()).then_with(|| order(left, right).unwrap_or(Ordering::Equal)));
    items
}
