//! Every function, over values that people and machines make by mistake, gives what its type says.

use super::*;
use crate::value::Span;
use jiff::Timestamp;
use rust_decimal::Decimal;

/// None is blank, and every one was chosen because a function might leave nothing of it, or more than it had.
const TEXTS: &[&str] = &[
    "a",
    "ANNA",
    " a ",
    "1",
    "-",
    "--",
    ".",
    "-.",
    "+",
    "'",
    "’s",
    "\"",
    "\\",
    ",",
    ", ,",
    "_",
    "$1",
    "0",
    "00",
    "1e5",
    "9223372036854775808",
    "99999999999999999999999999999999",
    "٣",
    "½",
    "\u{301}",
    "\u{301}\u{301}",
    " \u{301}",
    "e\u{301}",
    "\u{345}",
    "ß",
    "İ",
    "ŉ",
    "ǰ",
    "Σ",
    "ΑΣ ΑΣ",
    "ﬃ",
    "Øł",
    "\u{200b}",
    "\u{feff}",
    "\u{ad}",
    "\u{202e}",
    "\u{0}",
    "\u{1d11e}",
    "👨\u{200d}👩",
    "王",
    "31/03/2026",
    "31/02/2026",
    "2026-03-01 10:00",
    "2026-03-01T10:00:00Z",
    "9999-12-31",
    "06 12 34 56 78",
    "+33 (0)6 12 34 56 78",
    "00",
    "+0",
];

/// More ways to call a function than its examples show.
const CALLS: &[&str] = &[
    "replace(\"a\", \"\")",
    "replace(\"a\", \" \")",
    "replace(\"a\", \"b\")",
    "replace(\" \", \"\")",
    "replace(\"-\", \"a\")",
    "replace(\"\u{301}\", \"\")",
    "replace_matching(\"\"\".*\"\"\", \"\")",
    "replace_matching(\"\"\".*\"\"\", \" \")",
    "replace_matching(\"\"\"(x?).*\"\"\", \"$1\")",
    "replace_matching(\"\"\"(x?).*\"\"\", \" $1\")",
    "replace_matching(\"\"\"(?P<x>x?).*\"\"\", \"\"\"${x}${1}\"\"\")",
    "replace_matching(\"\"\"(x?).*\"\"\", \"$$\")",
    "replace_matching(\"\"\"(x?).*\"\"\", \"-$1\")",
    "replace_matching(\"\"\"\"\"\", \"b\")",
    "replace_matching(\"\"\"\\W\"\"\", \"_\")",
    "pad(0, \" \")",
    "pad(5, \" \")",
    "slice(0, 0)",
    "slice(1)",
    "slice(90000)",
    "strip(\"\")",
    "strip(\"-a\")",
    "split(\"-\")",
    "split(\" \")",
    "join(\"\")",
    "join(\" \")",
    "round",
    "round(28)",
    "e164(\"GB\")",
    "format(\"%y\")",
    "format(\"%Y%.f\")",
    "format(\"%A\")",
    "format(\"%s\")",
    "day_in(\"Pacific/Kiritimati\")",
    "day_in(\"Pacific/Niue\")",
    "parse_date(\"%d/%m/%y\")",
];

fn values() -> Vec<Value> {
    let texts = || TEXTS.iter().map(|text| Value::Text((*text).into()));
    let mut all: Vec<Value> = texts().collect();
    all.push(Value::Text("ŉ\u{301} ".repeat(3_000).into()));
    let singles = all.len();
    all.extend([0, 1, -1, i64::MIN, i64::MAX].map(Value::Int));
    all.extend(["0", "-0.0", "0.5", "-2.5", "0.0000000000000000000000000001"].map(|text| Value::Decimal(text.parse().unwrap())));
    all.extend([Decimal::MAX, Decimal::MIN].map(Value::Decimal));
    all.extend([true, false].map(Value::Bool));
    all.extend([Date::MIN, Date::MAX, Date::constant(0, 1, 1), Date::constant(2024, 2, 29), Date::constant(1968, 1, 1)].map(Value::Date));
    all.extend([Timestamp::MIN, Timestamp::MAX, Timestamp::UNIX_EPOCH].map(Value::DateTime));
    all.extend([Span::Days(i64::MAX), Span::Days(-1), Span::Seconds(0), Span::Seconds(i64::MIN)].map(Value::Duration));
    let lists: Vec<_> = all[singles..].iter().map(|one| Value::list(vec![one.clone(), Value::Null, Value::Absent, one.clone()])).collect();
    all.extend(lists);
    all.extend([vec![], vec![Value::Null], vec![Value::Absent, Value::Null]].map(Value::list));
    all.push(Value::list(texts().collect()));
    all.push(Value::list(texts().chain([Value::Null]).collect()));
    all
}

fn calls() -> impl Iterator<Item = (&'static Function, Vec<Value>)> {
    let shown = all().iter().flat_map(|function| function.examples.iter().map(|example| example.1));
    shown.chain(CALLS.iter().copied()).map(|text| {
        let (name, args) = call(text);
        (by_name(name).unwrap(), args)
    })
}

/// Items of a list may always be missing.
fn is_of(value: &Value, ty: &Type) -> bool {
    match (value, &ty.kind) {
        (Value::Absent | Value::Null, _) => ty.optional,
        (Value::Text(text), Kind::Text) => !is_blank(text),
        (Value::List(items), Kind::List(kind)) => items.iter().all(|item| is_of(item, &Type::optional((**kind).clone()))),
        (Value::Int(_), Kind::Decimal) => true,
        (value, kind) => type_of(value).kind == *kind,
    }
}

#[test]
fn every_function_gives_what_its_type_says() {
    let values = values();
    let mut tried = 0;
    for (function, args) in calls() {
        for value in &values {
            let Ok(ty) = result_of(function, &Type::present(type_of(value).kind), &args) else { continue };
            tried += 1;
            match run(function, value, &args) {
                Ok(result) => assert!(is_of(&result, &ty), "{value:?} | {} {args:?} is {result:?}, not {ty}", function.name),
                Err(fault) => {
                    let allowed = function.fails || fault.code == FaultCode::TooLarge;
                    assert!(allowed && fault.code != FaultCode::Internal, "{value:?} | {} {args:?}: {fault}", function.name);
                }
            }
        }
    }
    assert!(tried > 2_000, "{tried}");
}

#[test]
fn what_may_leave_nothing_is_optional_and_the_rest_is_not() {
    let ty = |text: &str| {
        let (name, args) = call(text);
        result_of(by_name(name).unwrap(), &Type::present(Kind::Text), &args).unwrap().to_string()
    };
    for always in ["unaccent", "normalise", "title_case", "replace(\"a\", \"b\")", "replace_matching(\"\"\"\\s+\"\"\", \"-$0\")"] {
        assert_eq!(ty(always), "text", "{always}");
    }
    for optional in [
        "digits",
        "replace(\"1\", \" \")",
        "replace(\"1\", \"\u{a0}\")",
        "replace_matching(\"\"\"\\s+\"\"\", \" \")",
        "replace_matching(\"\"\"^(.)(.*)$\"\"\", \"\"\"${1}$2\"\"\")",
    ] {
        assert_eq!(ty(optional), "text?", "{optional}");
    }
}

#[test]
fn a_replacement_names_groups_that_are_there() {
    let bind = |pattern: &str, to: &str| {
        let function = by_name("replace_matching").unwrap();
        (function.bind)(&[Value::Text(pattern.into()), Value::Text(to.into())]).map(|_| ())
    };
    let refused = |why: &str| Err(Misuse::Argument(1, why.to_owned()));
    for (pattern, to) in
        [("(a)", "$0$1"), ("(a)", "$$9"), ("(?P<first>a)", "$first-$1"), ("(a)", "${1}_"), ("a", "$"), ("a", "5 $ "), ("a", "${")]
    {
        assert_eq!(bind(pattern, to), Ok(()), "{pattern} by {to}");
    }
    let braces = "names the group `1_`, which the pattern does not have; write `\"\"\"${1}_$2\"\"\"`";
    assert_eq!(bind("^(.)(.*)$", "$1_$2"), refused(braces));
    assert_eq!(bind("(a)", "$2"), refused("names the group `2`, which the pattern does not have; it has `$0` and `$1`"));
    assert_eq!(bind("a", "${x}"), refused("names the group `x`, which the pattern does not have; it has `$0`"));
    assert_eq!(
        bind("(?P<day>a)(b)", "$dya"),
        refused("names the group `dya`, which the pattern does not have; it has `$0`, `$day` and `$2`")
    );
}
