//! Numbers.

use super::declaration::{Apply, Checked, Function, Misuse, internal, kinds, no_args, size_arg, text_to, try_on_text};
use crate::value::{Fault, FaultCode, Kind, Type, Value};
use crate::value::{arithmetic::rounded, number::whole};
use rust_decimal::Decimal;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "parse_int",
        signature: "parse_int",
        types: "text → int",
        help: "Reads a whole number: digits, with or without a sign.",
        fails: true,
        examples: &[("\"0042\"", "parse_int", "42"), ("\"-7\"", "parse_int", "-7"), ("\"4.5\"", "parse_int", "fails")],
        result: |input, args| {
            no_args(args)?;
            text_to(input, Kind::Int)
        },
        bind: |_| {
            try_on_text(|text| {
                text.trim().parse().map(Value::Int).map_err(|_| Fault::new(FaultCode::NotNumber, "is not a whole number").of(text))
            })
        },
    },
    Function {
        name: "parse_decimal",
        signature: "parse_decimal",
        types: "text → decimal",
        help: "Reads a number, with or without a decimal point; a decimal comma is replaced first: `replace(\",\", \".\") | parse_decimal`.",
        fails: true,
        examples: &[("\"12.50\"", "parse_decimal", "12.5"), ("\"1,250\"", "parse_decimal", "fails")],
        result: |input, args| {
            no_args(args)?;
            text_to(input, Kind::Decimal)
        },
        bind: |_| {
            try_on_text(|text| decimal(text).map(Value::Decimal).ok_or_else(|| Fault::new(FaultCode::NotNumber, no_number(text)).of(text)))
        },
    },
    Function {
        name: "round",
        signature: "round, round(n)",
        types: "decimal → int, or decimal",
        help: "Rounds to a whole number, or to n decimal places; halves are rounded away from zero.",
        fails: true,
        examples: &[
            ("2.345", "round(2)", "2.35"),
            ("-2.5", "round(0)", "-3"),
            ("7", "round(1)", "7"),
            ("400.5", "round", "401"),
            ("1000000000000000000000.5", "round", "fails"),
        ],
        result: |input, args| {
            kinds(args, 0, &[Kind::Int])?;
            let result = number(input)?;
            Ok(if args.is_empty() { Type { kind: Kind::Int, ..result } } else { result })
        },
        bind: bind_round,
    },
    Function {
        name: "abs",
        signature: "abs",
        types: "int or decimal → the same",
        help: "Gives the number without its sign.",
        fails: false,
        examples: &[("-3", "abs", "3"), ("-2.5", "abs", "2.5")],
        result: |input, args| {
            no_args(args)?;
            number(input)
        },
        bind: |_| {
            Ok(Box::new(|value| match value {
                Value::Decimal(number) => Ok(Value::Decimal(number.abs())),
                Value::Int(number) => number.checked_abs().map(Value::Int).ok_or_else(|| too_large(number)),
                other => Err(internal(other)),
            }))
        },
    },
];

fn bind_round(args: &[Value]) -> Checked<Apply> {
    let places = if args.is_empty() { None } else { u32::try_from(size_arg(args, 0, 28)?).ok() };
    Ok(Box::new(move |value| match (value, places) {
        (Value::Decimal(number), Some(places)) => Ok(Value::Decimal(rounded(*number, places))),
        (Value::Decimal(number), None) => whole(rounded(*number, 0)).map(Value::Int).ok_or_else(|| too_large(number)),
        (Value::Int(number), _) => Ok(Value::Int(*number)),
        (other, _) => Err(internal(other)),
    }))
}

fn too_large(number: impl ToString) -> Box<Fault> {
    Fault::new(FaultCode::TooLarge, "is too large to reckon with").of(number.to_string())
}

fn number(input: &Type) -> Checked<Type> {
    if matches!(input.kind, Kind::Int | Kind::Decimal) { Ok(input.clone()) } else { Err(Misuse::Input("a number".to_owned())) }
}

/// Digits with one point at most; no exponent, no grouping.
fn decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+'));
    text.parse().ok().filter(|_| plain)
}

/// Why a text is not a number, with a hint for a decimal comma. Three digits after a comma may be thousands, so there is no hint then.
fn no_number(text: &str) -> &'static str {
    let decimals = text.split_once(',').filter(|(_, decimals)| decimals.len() != 3).is_some();
    let reads = decimals && decimal(&text.replacen(',', ".", 1)).is_some();
    if reads { "is not a number; `replace(\",\", \".\") | parse_decimal` reads a decimal comma" } else { "is not a number" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_comma_is_refused_with_a_hint() {
        for (text, told) in [("12,5", true), ("-0,25", true), ("1,250", false), ("1,2,5", false), ("a,b", false), ("", false)] {
            assert_eq!(no_number(text).contains("replace(\",\", \".\")"), told, "{text}");
        }
    }
}
