use super::*;
use crate::value::comparator::Comparator;
use crate::value::{Pending, Span, Text, functions};
use jiff::civil::date;
use proptest::prelude::*;
use serde_json::json;
use std::sync::Arc;

/// Source slots; today is 2026-03-01.
struct Slots(Vec<Result<Value, Box<Fault>>>);

impl Names for Slots {
    fn value(&self, name: &Name) -> Answer<'_> {
        match name {
            Name::Source(slot) => self.0[*slot].as_ref().map(Cow::Borrowed).map_err(Clone::clone),
            Name::Today => owned(Value::Date(date(2026, 3, 1))),
            _ => owned(Value::Absent),
        }
    }

    fn counterpart(&self, pipeline: &str, key: &Value) -> Result<Value, Box<Fault>> {
        let key = key.canonical_key().unwrap();
        Ok(if key == "1" { Value::text("t1") } else { Value::Pending(Box::new(Pending { pipeline: pipeline.into(), key })) })
    }
}

fn run(program: &Program, slots: Vec<Result<Value, Box<Fault>>>) -> Result<Value, &'static str> {
    program.run(&Slots(slots)).map_err(|fault| fault.code.as_str())
}

fn constant(value: Value) -> Program {
    Program::Constant(value)
}

fn text(text: &str) -> Program {
    constant(Value::text(text))
}

fn slot(at: usize) -> Program {
    Program::Name(Name::Source(at))
}

fn both(left: Program, right: Program) -> Box<(Program, Program)> {
    Box::new((left, right))
}

fn compare(how: Comparator, left: Value, right: Value) -> bool {
    Program::Compare(how, both(constant(left), constant(right))).holds(&Slots(vec![])).unwrap()
}

fn pipe(value: Program, name: &str, args: &[Value]) -> Program {
    let function = functions::by_name(name).unwrap();
    Program::Apply { value: Box::new(value), function: function.name, apply: Arc::new((function.bind)(args).unwrap()) }
}

fn broken() -> Result<Value, Box<Fault>> {
    Err(Fault::new(FaultCode::NotDate, "is not a date"))
}

#[test]
fn missing_is_a_value_of_its_own_and_never_less_or_greater() {
    use Comparator::{Contains, Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual, StartsWith};
    for missing in [Value::Absent, Value::Null, Value::Json(Box::new(json!(null)))] {
        assert!(compare(Equal, missing.clone(), Value::Null));
        assert!(compare(NotEqual, missing.clone(), Value::text("active")));
        for how in [Less, LessOrEqual, Greater, GreaterOrEqual] {
            assert!(!compare(how, missing.clone(), Value::Date(date(2026, 1, 1))));
            assert!(!compare(how, Value::Int(0), missing.clone()));
            assert!(!compare(how, missing.clone(), missing.clone()));
        }
        assert!(!compare(StartsWith, missing.clone(), Value::text("a")));
        assert!(!compare(Contains, missing, Value::text("a")));
    }
}

#[test]
fn values_are_compared_by_what_they_are() {
    use Comparator::{Contains, EndsWith, Equal, Less, StartsWith};
    assert!(compare(Equal, Value::text("Hélène"), Value::text("He\u{301}le\u{300}ne")));
    assert!(!compare(Equal, Value::text("A"), Value::text("a")));
    assert!(compare(Equal, Value::Int(1), Value::Decimal("1.0".parse().unwrap())));
    assert!(compare(Less, Value::Decimal("1.5".parse().unwrap()), Value::Int(2)));
    assert!(compare(Equal, Value::Json(Box::new(json!("a"))), Value::text("a")));
    assert!(compare(StartsWith, Value::text("Élodie"), Value::text("E\u{301}")));
    assert!(compare(EndsWith, Value::text("a@b.org"), Value::text(".org")));
    assert!(compare(Contains, Value::list(vec![Value::text("a"), Value::text("b")]), Value::text("b")));
    assert!(!compare(Contains, Value::list(vec![Value::text("ab")]), Value::text("b")));
}

#[test]
fn membership() {
    let within =
        |value: Value, list: Program, negated| Program::In { negated, both: both(constant(value), list) }.holds(&Slots(vec![broken()]));
    let list = || Program::List(Arc::new([text("a"), text("b")]));
    assert_eq!(within(Value::text("b"), list(), false), Ok(true));
    assert_eq!(within(Value::text("c"), list(), true), Ok(true));
    assert_eq!(within(Value::Null, list(), false), Ok(false));
    assert_eq!(within(Value::Null, Program::List(Arc::new([constant(Value::Null)])), false), Ok(true));
    assert_eq!(within(Value::text("a"), constant(Value::list(vec![Value::text("a")])), false), Ok(true));
    assert_eq!(within(Value::text("a"), constant(Value::Null), true), Ok(true));
    assert!(within(Value::text("c"), Program::List(Arc::new([text("a"), slot(0)])), false).is_err());
}

#[test]
fn and_and_or_stop_where_the_answer_is_known_and_faults_go_on_until_a_default() {
    let (yes, no) = (|| constant(Value::Bool(true)), || constant(Value::Bool(false)));
    let fails = || Program::Compare(Comparator::Less, both(slot(0), Program::Name(Name::Today)));
    let holds = |program: Program| program.holds(&Slots(vec![broken()])).map_err(|fault| fault.code.as_str());
    assert_eq!(holds(Program::And(both(no(), fails()))), Ok(false));
    assert_eq!(holds(Program::And(both(yes(), fails()))), Err("R0204"));
    assert_eq!(holds(Program::Or(both(yes(), fails()))), Ok(true));
    assert_eq!(holds(Program::Or(both(fails(), yes()))), Err("R0204"));
    assert_eq!(holds(Program::Not(Box::new(no()))), Ok(true));
    assert_eq!(holds(Program::Not(Box::new(constant(Value::Null)))), Ok(true));
    assert_eq!(run(&Program::Default(both(slot(0), text("x"))), vec![broken()]), Ok(Value::text("x")));
    assert_eq!(run(&Program::Default(both(slot(0), text("x"))), vec![Ok(Value::Absent)]), Ok(Value::text("x")));
    assert_eq!(run(&Program::Default(both(slot(0), text("x"))), vec![Ok(Value::Int(1))]), Ok(Value::Int(1)));
    assert_eq!(run(&Program::IsMissing(Box::new(slot(0))), vec![broken()]), Err("R0204"));
}

#[test]
fn absent_null_and_blank() {
    for (value, missing, absent) in [
        (Value::Absent, true, true),
        (Value::Null, true, false),
        (Value::Json(Box::new(json!(null))), true, false),
        (Value::Json(Box::new(json!(" "))), true, false),
        (Value::Json(Box::new(json!(0))), false, false),
        (Value::list(vec![]), false, false),
    ] {
        let ask = |program: fn(Box<Program>) -> Program| program(Box::new(slot(0))).holds(&Slots(vec![Ok(value.clone())])).unwrap();
        assert_eq!(ask(Program::IsMissing), missing, "{value:?}");
        assert_eq!(ask(Program::IsPresent), !missing);
        assert_eq!(ask(Program::IsAbsent), absent);
    }
}

#[test]
fn a_text_with_a_missing_part_is_missing_and_parts_are_encoded() {
    let parts = Program::Template(Arc::new([TemplatePart::Text("/users/".into()), TemplatePart::Program(slot(0))]));
    assert_eq!(run(&parts, vec![Ok(Value::Int(7))]), Ok(Value::text("/users/7")));
    assert_eq!(run(&parts, vec![Ok(Value::Null)]), Ok(Value::Null));
    let encoded = |program: &Program, value: Value| program.text(&Slots(vec![Ok(value)]), &|part| part.replace('/', "%2F")).unwrap();
    assert_eq!(encoded(&parts, Value::text("a/b")).as_deref(), Some("/users/a%2Fb"));
    assert_eq!(encoded(&slot(0), Value::text("a/b")).as_deref(), Some("a%2Fb"));
    assert_eq!(encoded(&text("a/b"), Value::Null).as_deref(), Some("a/b"));
    assert_eq!(encoded(&parts, Value::Absent), None);
}

#[test]
fn functions_are_not_asked_about_what_is_missing() {
    let lower = pipe(slot(0), "lower", &[]);
    assert_eq!(run(&lower, vec![Ok(Value::text("A"))]), Ok(Value::text("a")));
    assert_eq!(run(&lower, vec![Ok(Value::Absent)]), Ok(Value::Null));
    assert_eq!(run(&pipe(slot(0), "count", &[]), vec![Ok(Value::Null)]), Ok(Value::Null));
    assert_eq!(run(&pipe(slot(0), "parse_int", &[]), vec![Ok(Value::text("x"))]), Err("R0203"));
    assert_eq!(run(&Program::Age(Box::new(slot(0))), vec![Ok(Value::Date(date(1990, 3, 2)))]), Ok(Value::Int(35)));
}

#[test]
fn arithmetic_and_choice() {
    let week = constant(Value::Duration(Span::Days(7)));
    let later = Program::Arithmetic(arithmetic::Operator::Add, both(Program::Name(Name::Today), week));
    assert_eq!(run(&later, vec![]), Ok(Value::Date(date(2026, 3, 8))));
    let by_zero = Program::Arithmetic(arithmetic::Operator::Divide, both(constant(Value::Int(1)), slot(0)));
    assert_eq!(run(&by_zero, vec![Ok(Value::Int(0))]), Err("R0214"));
    assert_eq!(run(&by_zero, vec![Ok(Value::Null)]), Ok(Value::Null));
    let choice = |otherwise| Program::If(Box::new((Program::IsPresent(Box::new(slot(0))), text("yes"), otherwise)));
    assert_eq!(run(&choice(None), vec![Ok(Value::Int(1))]), Ok(Value::text("yes")));
    assert_eq!(run(&choice(None), vec![Ok(Value::Null)]), Ok(Value::Null));
    assert_eq!(run(&choice(Some(text("no"))), vec![Ok(Value::Null)]), Ok(Value::text("no")));
}

#[test]
fn raw_json_is_looked_into_and_read() {
    let raw = Value::Json(Box::new(json!({"badge": "B1", "list": [1, 2]})));
    let at = |path: &str| Program::At { value: Box::new(slot(0)), path: JsonPath::parse(path).unwrap() };
    let read = |path: &str, kind: Kind| Program::ReadAs { value: Box::new(at(path)), kind };
    assert_eq!(run(&read("$.badge", Kind::Text), vec![Ok(raw.clone())]), Ok(Value::text("B1")));
    assert_eq!(run(&read("$.badge", Kind::Int), vec![Ok(raw.clone())]), Err("R0203"));
    assert_eq!(run(&at("$.none"), vec![Ok(raw.clone())]), Ok(Value::Absent));
    assert_eq!(run(&at("$.list[*]"), vec![Ok(raw)]), Err("R0207"));
    assert_eq!(run(&at("$.badge"), vec![Ok(Value::Absent)]), Ok(Value::Absent));
}

#[test]
fn tables_and_counterparts() {
    let key = canonical::index_key(&Value::text("FR"), Comparison::default()).unwrap();
    let table = |default| {
        Arc::new(Table { name: "countries".into(), rows: [(key.clone(), Value::text("France"))].into(), written: Vec::new(), default })
    };
    let lookup = |default| Program::Lookup { value: Box::new(slot(0)), table: table(default) };
    assert_eq!(run(&lookup(None), vec![Ok(Value::text("FR"))]), Ok(Value::text("France")));
    assert_eq!(run(&lookup(None), vec![Ok(Value::text("fr"))]), Err("R0215"));
    assert_eq!(run(&lookup(Some(Value::text("?"))), vec![Ok(Value::text("fr"))]), Ok(Value::text("?")));
    assert_eq!(run(&lookup(Some(Value::text("?"))), vec![Ok(Value::Null)]), Ok(Value::Null));
    let linked = Program::Counterpart { value: Box::new(slot(0)), pipeline: Text::from("p") };
    assert_eq!(run(&linked, vec![Ok(Value::Int(1))]), Ok(Value::text("t1")));
    assert!(matches!(run(&linked, vec![Ok(Value::Int(2))]), Ok(Value::Pending(_))));
    assert_eq!(run(&linked, vec![Ok(Value::Null)]), Ok(Value::Null));
    assert_eq!(run(&pipe(linked, "lower", &[]), vec![Ok(Value::Int(2))]), Err("R0903"));
}

#[test]
fn a_key_with_a_part_that_nobody_sees_is_missing() {
    let key = Program::Key(Arc::new([("group".to_owned(), slot(0)), ("account".to_owned(), slot(1))]));
    let of = |account: Value| run(&key, vec![Ok(Value::Int(7)), Ok(account)]);
    assert_eq!(of(Value::text("ada\u{200b}")), Ok(Value::text("group=7 account=ada")));
    for unseen in ["", " ", "\u{200b}", "\u{feff} \u{200e}"] {
        assert_eq!(of(Value::text(unseen)), Ok(Value::Null), "{unseen:?}");
    }
}

#[test]
fn all_names_are_visited() {
    let program = Program::And(both(
        Program::Compare(Comparator::Less, both(slot(3), Program::Name(Name::Today))),
        Program::In { negated: false, both: both(Program::Age(Box::new(slot(1))), Program::List(Arc::new([slot(2)]))) },
    ));
    let mut seen = Vec::new();
    program.names(&mut |name| seen.push(name.clone()));
    assert_eq!(seen, [Name::Source(3), Name::Today, Name::Today, Name::Source(1), Name::Source(2)]);
}

proptest! {
    #[test]
    fn conditions_are_two_valued(left in crate::value::testing::any_value(), right in crate::value::testing::any_value()) {
        use Comparator::{Equal, Less, GreaterOrEqual, NotEqual};
        prop_assert!(compare(Equal, left.clone(), right.clone()) != compare(NotEqual, left.clone(), right.clone()));
        prop_assert!(!(compare(Less, left.clone(), right.clone()) && compare(GreaterOrEqual, left, right)));
    }
}

/// What doubles ends with a fault, long before memory does.
#[test]
fn computed_values_have_a_maximum_size() {
    let grown = |program: &Program, start: Value| {
        let mut value = start;
        for _ in 0..40 {
            value = run(program, vec![Ok(value)])?;
        }
        Ok(value)
    };
    let twice = TemplatePart::Program(slot(0));
    let text = Program::Template(Arc::new([twice.clone(), TemplatePart::Text("-".into()), twice]));
    assert_eq!(grown(&text, Value::text("ab")), Err("R0213"));
    let joined = Program::Arithmetic(arithmetic::Operator::Add, both(slot(0), slot(0)));
    assert_eq!(grown(&joined, Value::list(vec![Value::text("a")])), Err("R0213"));
    assert_eq!(grown(&pipe(slot(0), "replace", &[Value::text("1"), Value::text("1".repeat(100))]), Value::text("1")), Err("R0213"));
    let listed = Program::List(Arc::new([slot(0), slot(0)]));
    assert_eq!(grown(&listed, Value::list(vec![Value::text("a")])), Err("R0213"));
    // Raw JSON counts with all that is in it, as an item and as a whole.
    let raw = |json: serde_json::Value| Value::Json(Box::new(json));
    assert_eq!(grown(&joined, Value::list(vec![raw("x".repeat(1 << 20).into())])), Err("R0213"));
    assert_eq!(grown(&listed, raw(serde_json::json!({ "a": ["x".repeat(1 << 20)] }))), Err("R0213"));
}
