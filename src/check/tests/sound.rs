//! What the checker accepts never fails on a type when it is run, and is missing only where the checker said so.

use super::support::{check_in, plan_with};
use crate::{
    compile::{
        ExecutionPlan,
        program::{Name, Names},
    },
    value::{Fault, FaultCode, Kind, Span, Type, Value},
};
use jiff::{Timestamp, civil::date};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::{borrow::Cow, collections::HashMap};

const AROUND: &str = r#"
system files {
  collection people {
    file "people.csv" csv
    key id
    attributes {
      id    : text          at $.id
      name  : text?         at $.name
      level : int?          at $.level
      size  : int           at $.size
      pay   : decimal?      at $.pay
      on    : bool?         at $.on
      start : date?         at $.start
      seen  : datetime?     at $.seen
      tags  : list of text? at $.tags
      wait  : duration?     at $.wait
      raw   : json?         at $.raw
    }
  }
}
table names {
  "a" = "b"
  "b" = null
}
table sizes {
  1    = "one"
  else = "many"
}
pipeline sound {
  zone "Europe/Paris"
  setting word : text = "a"
  from files.people as p
  to   files.people
  field base = p.name | trim
  field made = MADE
  match { id = p.id }
  mode update
  map { id = p.id }
}
"#;

const NAMES: &[&str] = &[
    "p.id",
    "p.name",
    "p.level",
    "p.size",
    "p.pay",
    "p.on",
    "p.start",
    "p.seen",
    "p.tags",
    "p.wait",
    "p.raw",
    "$.path",
    "$.list[*]",
    "base",
    "today",
    "now",
    "setting.word",
];

const LITERALS: &[&str] = &[
    "\"a\"",
    "\"\"",
    "1",
    "2.5",
    "true",
    "null",
    "2026-03-01",
    "2 h",
    "7 days",
    "[\"a\", \"b\"]",
    "[1, p.level]",
    "\"{p.name}-{p.size}\"",
];

const FUNCTIONS: &[&str] = &[
    "trim",
    "lower",
    "title_case",
    "digits",
    "unaccent",
    "normalise",
    "replace(\"a\", \" \")",
    "replace_matching(\"\"\"a(.*)\"\"\", \"$1\")",
    "replace_matching(\"\"\"a\"\"\", \"b$0\")",
    "round",
    "at($.a)",
    "slice(1, 2)",
    "replace(\"a\", \"\")",
    "replace(\"a\", \"b\")",
    "pad(3, \"0\")",
    "split(\",\")",
    "parse_int",
    "parse_decimal",
    "parse_date(\"%Y\")",
    "parse_date(\"%d/%m/%Y\")",
    "format(\"%Y\")",
    "day_in(\"UTC\")",
    "age",
    "round(1)",
    "abs",
    "first",
    "only",
    "count",
    "any",
    "all",
    "unique",
    "sort",
    "present",
    "join",
    "join(\"-\")",
    "lookup(names)",
    "lookup(sizes)",
    "e164(\"FR\")",
    "json_quoted",
];

/// Expressions of one step, so that each function meets each name often.
fn step() -> impl Strategy<Value = String> {
    let name = || prop::sample::select(NAMES);
    prop_oneof![
        (name(), prop::sample::select(FUNCTIONS)).prop_map(|(name, function)| format!("{name} | {function}")),
        (name(), prop::sample::select(LITERALS)).prop_map(|(name, literal)| format!("if {name} == {literal} then {name} else {literal}")),
        (name(), name())
            .prop_map(|(one, other)| format!("if {one} is present and {other} is present then [{one}, {other}] | first else {one}")),
        (name(), name()).prop_map(|(one, other)| format!("if {one} < {other} then {one} else {other} ?? {one}")),
        (name(), prop::sample::select(LITERALS)).prop_map(|(name, literal)| format!("{name} ?? {literal}")),
    ]
}

/// Expressions as text, right and wrong ones.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![3 => prop::sample::select(NAMES), 2 => prop::sample::select(LITERALS)].prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 3, |inner| {
        let binary = prop::sample::select(
            &[
                "==",
                "!=",
                "<",
                "<=",
                ">",
                ">=",
                "in",
                "not in",
                "starts with",
                "ends with",
                "contains",
                "+",
                "-",
                "*",
                "/",
                "??",
                "and",
                "or",
            ][..],
        );
        let function = prop::sample::select(FUNCTIONS);
        prop_oneof![
            (inner.clone(), binary, inner.clone()).prop_map(|(left, op, right)| format!("({left} {op} {right})")),
            (inner.clone(), function).prop_map(|(value, function)| format!("({value} | {function})")),
            (inner.clone(), prop::sample::select(&["missing", "present", "absent"][..]))
                .prop_map(|(value, state)| format!("({value} is {state})")),
            inner.clone().prop_map(|value| format!("(not {value})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("(if {a} then {b} else {c})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(if {a} is present then {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("[{a}, {b}]")),
            inner.prop_map(|value| format!("({value} matches \"^a\")")),
        ]
    })
}

fn plan(made: &str) -> Option<ExecutionPlan> {
    let text = AROUND.replace("MADE", made);
    let checked = check_in(&HashMap::from([("sound.sync".into(), text)]), "sound.sync");
    checked.project.as_ref()?;
    Some(plan_with(&checked, "sound", &HashMap::new()))
}

/// JSON of every sort, by a number; never what counts as missing.
fn raw(seed: u8) -> Json {
    let all = [json!("a"), json!(["a"]), json!([]), json!([null]), json!({"a": "b"}), json!({}), json!(1), json!(false), json!("7 days")];
    all[usize::from(seed) % all.len()].clone()
}

/// A value of each kind, by a number; missing for one in three where it may be.
fn value_of(ty: &Type, seed: u8) -> Value {
    if ty.optional && seed.is_multiple_of(3) {
        return if seed.is_multiple_of(2) { Value::Null } else { Value::Absent };
    }
    let texts = ["a", "b", "a,b", " x ", "12", "31/03/2026", "0611223344", "\u{301}", "1"];
    let text = |at: usize| Value::text(texts[at % texts.len()]);
    match &ty.kind {
        Kind::Text => text(usize::from(seed)),
        Kind::Bool => Value::Bool(seed.is_multiple_of(2)),
        Kind::Int => Value::Int(i64::from(seed) - 100),
        Kind::Decimal => Value::Decimal(rust_decimal::Decimal::new(i64::from(seed) - 100, 1)),
        Kind::Date => Value::Date(date(2000 + i16::from(seed % 40), 3, 1)),
        Kind::DateTime => Value::DateTime(Timestamp::constant(i64::from(seed) * 10_000_000, 0)),
        Kind::List(item) => {
            Value::list((0..seed % 3).map(|at| value_of(&Type::optional((**item).clone()), seed.wrapping_add(at))).collect())
        }
        Kind::Duration => {
            Value::Duration(if seed.is_multiple_of(2) { Span::Days(i64::from(seed)) } else { Span::Seconds(i64::from(seed) * 60) })
        }
        Kind::Json => Value::Json(Box::new(raw(seed))),
        other => unreachable!("{other}"),
    }
}

struct Person<'a> {
    plan: &'a ExecutionPlan,
    seeds: &'a [u8],
}

impl Names for Person<'_> {
    fn value(&self, name: &Name) -> Result<Cow<'_, Value>, Box<Fault>> {
        match name {
            Name::Source(slot) => {
                let at = &self.plan.source.slots[*slot];
                let declared = at.attribute.map(|attribute| self.plan.source.collection().attributes[attribute].ty.clone());
                let ty = declared.unwrap_or_else(|| Type::optional(at.codec.kind.clone()));
                Ok(Cow::Owned(value_of(&ty, self.seeds[slot % self.seeds.len()])))
            }
            Name::Field(at) => self.plan.fields[*at].value.run(self).map(Cow::Owned),
            Name::Today => Ok(Cow::Owned(Value::Date(date(2026, 3, 1)))),
            Name::Now => Ok(Cow::Owned(Value::DateTime(Timestamp::constant(1_772_000_000, 0)))),
            other => unreachable!("{other:?}"),
        }
    }
}

fn is_of(value: &Value, ty: &Type) -> bool {
    match (value, &ty.kind) {
        (Value::Absent | Value::Null, _) => ty.optional,
        (Value::Text(_), Kind::Text) | (Value::Bool(_), Kind::Bool) | (Value::Int(_), Kind::Int | Kind::Decimal) => true,
        (Value::Decimal(_), Kind::Decimal) | (Value::Date(_), Kind::Date) | (Value::DateTime(_), Kind::DateTime) => true,
        (Value::Duration(_), Kind::Duration) | (Value::Json(_), Kind::Json) => true,
        (Value::List(items), Kind::List(kind)) => items.iter().all(|item| is_of(item, &Type::optional((**kind).clone()))),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_accepted_never_fails_on_a_type(made in prop_oneof![expression(), step()], seeds in prop::collection::vec(any::<u8>(), 9)) {
        let Some(plan) = plan(&made) else { return Ok(()) };
        for turn in 0..6_u8 {
            let seeds: Vec<_> = seeds.iter().map(|seed| seed.wrapping_add(turn)).collect();
            let field = &plan.fields[1];
            match field.value.run(&Person { plan: &plan, seeds: &seeds }) {
                Ok(value) => prop_assert!(is_of(&value, &field.ty), "{made} is {} and gave {value:?}", field.ty),
                Err(fault) => prop_assert!(fault.code != FaultCode::Internal, "{made}: {fault}"),
            }
        }
    }
}

#[test]
fn types_follow_what_is_known() {
    for (made, ty) in [
        ("p.name", "text?"),
        ("p.id", "text"),
        ("p.id | digits", "text?"),
        ("p.id | lookup(names)", "text?"),
        ("p.level | lookup(sizes)", "text?"),
        ("p.size | lookup(sizes)", "text"),
        ("p.size / 2", "decimal"),
        ("p.start + 7 days", "date?"),
        ("today - p.start", "duration?"),
        ("\"{p.id}-{p.name}\"", "text?"),
        ("\"{p.id}-{p.size}\"", "text"),
        ("p.name ?? p.id", "text"),
        ("p.name ?? base", "text?"),
        ("if p.name is present then base else p.id", "text"),
        ("if base is present then p.name else \"x\"", "text"),
        ("if p.name is missing then \"x\" else base", "text"),
        ("if p.name == \"a\" then p.name else \"x\"", "text"),
        ("if p.name != \"a\" then p.name else \"x\"", "text?"),
        ("if p.name != null then p.name else \"x\"", "text"),
        ("if p.name == base then p.name else \"x\"", "text?"),
        ("if p.start < today and p.level > 3 then p.level else 0", "int"),
        ("if p.start < today or p.level > 3 then p.level else 0", "int?"),
        ("if not (p.level is missing or p.start is missing) then p.level else 0", "int"),
        ("if p.name in [\"a\", \"b\"] then p.name else \"x\"", "text"),
        ("if p.name in [\"a\", null] then p.name else \"x\"", "text?"),
        ("if p.name not in [\"a\"] then \"x\" else p.name", "text"),
        ("if p.on then p.on else false", "bool"),
        ("if p.level == 1 then \"one\"", "text?"),
        ("p.tags | count", "int?"),
        ("[p.name, p.id] | present | first", "text?"),
        ("p.level + 2.5", "decimal?"),
        ("p.id | unaccent", "text"),
        ("p.id | replace(\"1\", \" \")", "text?"),
        ("p.id | replace(\"1\", setting.word)", "text"),
        ("p.id | replace_matching(\"\"\"x\"\"\", setting.word)", "text?"),
        ("p.id | replace_matching(\"\"\"x\"\"\", \"-\")", "text"),
        ("(today - p.start) / 1 day", "decimal?"),
        ("(today - p.start) / 365 days | round", "int?"),
        ("\"{p.wait}\"", "text?"),
        ("p.raw ?? []", "list of json"),
        ("p.raw ?? null", "json?"),
        ("if p.name in p.tags then p.name else \"x\"", "text?"),
        ("if p.tags contains p.name then p.name else \"x\"", "text?"),
        ("if (p.tags | present) contains p.name then p.name else \"x\"", "text"),
        ("if p.tags == [] then p.tags else [\"x\"]", "list of text"),
        ("if p.tags != [] then p.tags else [\"x\"]", "list of text?"),
        ("if p.raw contains p.name then p.name else \"x\"", "text?"),
        ("if p.raw == \"a\" then p.raw else null", "json?"),
        ("p.name is present and p.on", "bool"),
    ] {
        let plan = plan(made).unwrap_or_else(|| panic!("{made} is not accepted"));
        assert_eq!(plan.fields[1].ty.to_string(), ty, "{made}");
    }
}

#[test]
fn enough_of_what_is_made_up_is_accepted() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let accepted = (0..400).filter(|_| plan(&expression().new_tree(&mut runner).expect("a tree").current()).is_some()).count();
    assert!(accepted > 60, "{accepted} of 400");
}
