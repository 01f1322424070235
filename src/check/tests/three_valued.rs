//! No condition that takes access from people is accepted where it can come out true because a value is absent (E0406).

use super::support::{check_in, plan_with, rendered};
use crate::{
    check::Checked,
    compile::{
        ExecutionPlan, LeaverKind, Origin, Side,
        program::{Name, Names},
    },
    value::{Fault, Kind, Value},
};
use jiff::{Timestamp, civil::date};
use proptest::prelude::*;
use std::{borrow::Cow, collections::HashMap};

const AROUND: &str = r#"
system files {
  collection people {
    file "people.csv" csv
    key number
    attributes {
      number : text          at $.number
      size   : int           at $.size
      status : text?         at $.status
      name   : text?         at $.name
      level  : int?          at $.level
      flag   : bool?         at $.flag
      ends   : date?         at $.ends
      tags   : list of text? at $.tags
      extra  : json?         at $.extra
    }
  }
  collection memberships {
    file "memberships.csv" csv
    key id
    attributes {
      id     : text  at $.id
      person : text? at $.person
      tier   : text? at $.tier
      on     : bool? at $.on
    }
  }
  collection users {
    file "users.csv" csv
    key id
    lists all
    attributes {
      id     : text       at $.id
      kind   : text?      at $.kind
      active : bool opens at $.active
    }
  }
}
table ranks {
  "a"  = "high"
  "b"  = null
  else = "gone"
}
pipeline absent {
  zone "Europe/Paris"
  setting word : text?
  setting departments : list of text = ["a", "b"]
  from files.people as e
  to   files.users
  join files.memberships as m on m.id == e.number
  join files.memberships as ms many on ms.person == e.number
  field here    = e.status == "active"
  field not_a   = not (e.name == "a")
  field lowered = e.status | lower
  field rank    = if e.level > 3 then "high" else "low"
  field raw : text? = $.raw.status
  field once_more = lowered
  match { id = e.number }
  mode update
  MAP
  leaver {
    when CONDITION
    set active = false
  }
  guard { leavers at most 10% or 5 }
}
"#;

fn checked(condition: &str) -> Checked {
    let text = AROUND.replace("MAP", "map { kind = e.status keep when missing }").replace("CONDITION", condition);
    check_in(&HashMap::from([("absent.sync".into(), text)]), "absent.sync")
}

/// The codes that are said, in order.
fn codes(condition: &str) -> Vec<&'static str> {
    checked(condition).diagnostics.iter().map(|one| one.code).collect()
}

#[test]
fn a_condition_that_holds_because_nothing_is_known_is_refused() {
    for condition in [
        "e.status != \"active\"",
        "\"active\" != e.status",
        "not (e.status == \"active\")",
        "not here",
        "here == false",
        "false == here",
        "here != true",
        "not_a",
        "not_a == true",
        "(e.status == \"active\") == false",
        "false == (e.status == \"active\")",
        "(e.status starts with \"a\") == false",
        "not (e.status contains \"a\")",
        "not (e.status ends with \"e\")",
        "not (e.status matches \"^a\")",
        "(e.status matches \"^a\") == false",
        "e.status not in [\"a\", \"b\"]",
        "not (e.status in [\"a\", \"b\"])",
        "(e.status in [\"a\"]) == false",
        "e.status in [\"gone\", null]",
        "e.status not in setting.departments",
        "e.status == e.name",
        "e.status in [e.name]",
        "e.tags contains e.status",
        "e.status in e.tags",
        "not e.flag",
        "e.flag != true",
        "e.flag == false or not e.flag",
        "not (e.ends > today)",
        "(e.ends > today) == false",
        "(e.ends + 30 days > today) == false",
        "not (e.level > 3)",
        "rank == \"low\"",
        "rank != \"high\"",
        "(if e.level > 3 then \"high\" else \"low\") == \"low\"",
        "if e.status == \"active\" then false else true",
        "not (if e.status == \"active\" then true)",
        "(if e.status == \"active\" then \"here\") is missing",
        "((if e.status == \"active\" then \"here\") ?? \"gone\") == \"gone\"",
        "(if here then \"x\") == null",
        "once_more != \"active\"",
        "(e.status | lookup(ranks)) != \"high\"",
        "not ((e.status | lookup(ranks)) == \"high\")",
        "\"{e.status}\" != \"active\"",
        "raw != \"active\"",
        "not (raw starts with \"a\")",
        "m.tier != \"gold\"",
        "not m.on",
        "not (m.tier == \"gold\")",
        "\"gold\" not in ms.tier",
        "not (ms.tier contains \"gold\")",
        "(ms.tier | count) == 0",
        "(ms.tier | count) < 1",
        "(ms.on | all)",
        "(ms.on | any) == false",
        "(ms.on | all) == false",
        "not (ms.on | all)",
        "not (ms.on | any)",
        "ms.tier is present and not (ms.tier contains \"gold\")",
        // Of a membership without a tier there is an item all the same.
        "(ms.tier | count) > 0 and not (ms.tier contains \"gold\")",
        "not ((ms.tier | count) == 0 or ms.tier contains e.number)",
        "(ms.on | count) > 0 and not (ms.on | any)",
        "not (e.tags contains \"x\")",
        "\"x\" not in e.tags",
        "(e.tags contains \"x\") == false",
        "not ((e.tags | count) > 0)",
        "([e.status, e.name] | present | count) == 0",
        "[e.status != \"a\"] | any",
        "[here == false, true] | all",
        "e.name != setting.word",
        "not (e.name == setting.word)",
        "current.kind != \"guest\"",
        "e.name is present and e.status != \"active\"",
        "e.status is present or e.status != \"active\"",
        "e.status is missing and e.name != \"a\"",
        "not (e.status is present and e.name == \"a\")",
        "e.ends < today or e.status != \"active\"",
        "(e.extra | at($.status)) != \"active\"",
        "e.extra is present and (e.extra | at($.status)) != \"active\"",
        // Nothing stands in for what is missing.
        "(e.status ?? null) != \"active\"",
        "not ((e.ends ?? null) > today)",
        "(e.status ?? e.name) != \"active\"",
        "\"{e.status ?? null}\" != \"active\"",
        "((e.status | lower) ?? null) != \"active\"",
        // What is there is made into nothing.
        "(e.number | lookup(ranks)) != \"high\"",
        "(e.number | slice(3, 5)) != \"x\"",
        "not ((e.number | digits) == \"1\")",
        "e.status is present and (e.status | digits) != \"1\"",
    ] {
        assert_eq!(codes(condition).iter().filter(|code| **code == "E0406").count(), codes(condition).len(), "{condition}");
        assert!(codes(condition).contains(&"E0406"), "{condition} is accepted");
    }
}

#[test]
fn a_condition_that_holds_of_what_is_known_or_asks_is_accepted() {
    for condition in [
        "e.status == \"gone\"",
        "e.status in [\"gone\", \"left\"]",
        "e.status in setting.departments",
        "e.status starts with \"g\"",
        "e.status matches \"^g\"",
        "e.number != \"1\"",
        "not (e.size > 3)",
        "e.ends < today",
        "e.flag",
        "e.flag == false",
        "here",
        "here == true",
        "rank == \"high\"",
        "m.tier == \"gone\"",
        "ms.tier contains \"gone\"",
        "(ms.tier | count) > 3",
        "ms.on | any",
        "e.tags contains \"gone\"",
        "[e.status == \"gone\", e.flag] | any",
        "[e.status == \"gone\", e.flag] | all",
        "e.status is missing",
        "e.status is absent",
        "e.status == null",
        "not (e.status is present)",
        "not (e.status != null)",
        "lowered is missing",
        "once_more == null",
        "(e.status ?? \"gone\") == \"gone\"",
        "(e.status ?? \"active\") != \"active\"",
        "not ((lowered ?? \"active\") == \"active\")",
        "(e.flag ?? true) == false",
        "not (e.flag ?? true)",
        "e.status is present and e.status != \"active\"",
        "e.status != \"active\" and e.status is present",
        "e.status is present and not here",
        "e.status is present and here == false",
        "not (e.status is missing or e.status == \"active\")",
        "e.status is missing or e.status != \"active\"",
        "e.level is present and rank == \"low\"",
        "m.tier is missing",
        "m.tier is present and m.tier != \"gold\"",
        "(ms.tier | first) is missing",
        "(ms.tier | first) is present and \"gold\" not in ms.tier",
        "([e.status, e.name] | present | first) is missing",
        "e.status is present and e.name is present and e.status != e.name",
        "if e.status is missing then false else e.status != \"active\"",
        "raw is present and raw != \"active\"",
        "current.kind == \"guest\"",
        "(e.extra | at($.status)) is present and (e.extra | at($.status)) != \"active\"",
        "setting.word is present and e.number != setting.word",
        "(e.status ?? null) == null",
        "(e.status ?? e.number) != \"active\"",
        "(e.number | digits) == \"1\"",
        "(e.number | digits) is missing",
        "(e.number | digits) is present and (e.number | digits) != \"1\"",
        "((e.number | lookup(ranks)) ?? \"gone\") == \"gone\"",
    ] {
        assert_eq!(codes(condition), [""; 0], "{condition}\n{}", rendered(&checked(condition)));
    }
}

/// A run reads a blank text as nothing, so this holds of everybody of whom nothing is known.
#[test]
fn a_blank_text_does_not_ask_for_a_missing_value() {
    for condition in [
        "e.status == \"\"",
        "\"\" == e.status",
        "e.status == \" \"",
        "not (e.status != \"\")",
        "(e.status | trim) == \"\"",
        "(e.status ?? \"\") == \"\"",
        "e.ends < today or e.name == \"\"",
    ] {
        says(&rendered(&checked(condition)), &["E0406", "a blank text is missing, always: write `"]);
    }
    for condition in ["e.status is missing", "e.status == null", "e.status != \"\" and e.status == \"left\""] {
        assert!(accepted(condition).is_some(), "{condition}: {}", rendered(&checked(condition)));
    }
}

#[test]
fn what_is_said_names_each_value_and_asks_for_all_of_them() {
    let said = |condition: &str| rendered(&checked(condition));
    says(
        &said("not (e.status == \"a\" and e.name == \"b\")"),
        &["`e.status` may be missing", "put `e.status is present and e.name is present and` before it"],
    );
    says(&said("\"gold\" not in ms.tier"), &["`ms.tier` may be empty", "put `(ms.tier | first) is present and` before it"]);
    says(&said("not_a"), &["`e.name` may be missing", "put `e.name is present and` before it"]);
}

fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

/// The edit that is offered leads to a condition that is accepted.
#[test]
fn the_fix_is_accepted() {
    for condition in [
        "e.status != \"active\"",
        "e.ends < today or not (e.status == \"a\" and e.name == \"b\")",
        "(e.status == \"active\") == false",
        "not e.flag",
        "if e.status == \"active\" then false else true",
        "\"gold\" not in ms.tier",
        "(e.extra | at($.status)) != \"active\"",
        "e.status == e.name",
    ] {
        let checked = checked(condition);
        let fixes: Vec<_> = checked.diagnostics.iter().flat_map(|one| &one.fixes).collect();
        let [fix] = &fixes[..] else { panic!("{condition}\n{}", rendered(&checked)) };
        let [edit] = &fix.edits[..] else { panic!("{condition}") };
        let text = &checked.sources.file(edit.span.file).text;
        let rest = text[edit.span.start as usize..].lines().next().expect("a line");
        let before = condition.strip_suffix(rest).unwrap_or_else(|| panic!("{rest} is no end of {condition}"));
        let fixed = format!("{before}{}{rest}", edit.text);
        assert_eq!(codes(&fixed), [""; 0], "{fixed}");
    }
}

#[test]
fn being_out_of_scope_is_judged_as_well_where_it_makes_people_leave() {
    let with = |scope: &str| {
        let text = AROUND
            .replace("MAP", "map { kind = e.name keep when missing }")
            .replace("when CONDITION", "when out of scope")
            .replace("  match {", &format!("  {scope}\n  match {{"));
        check_in(&HashMap::from([("absent.sync".into(), text)]), "absent.sync").diagnostics.iter().map(|one| one.code).collect::<Vec<_>>()
    };
    for refused in [
        "include when e.status == \"active\"",
        "include when here",
        "exclude when e.status != \"active\"",
        "exclude when not here",
        "include when e.name is present\n  include when e.status == \"active\"",
        "include when ms.tier contains \"gold\"",
    ] {
        assert_eq!(with(refused), ["L0710"], "{refused}");
    }
    for accepted in [
        "include when e.status is present",
        "include when e.status is missing or e.status == \"active\"",
        "include when e.status is present\n  include when e.status == \"active\"",
        "exclude when e.status is missing\n  exclude when e.status != \"active\"",
        "exclude when e.status == \"contractor\"",
        "include when (e.status ?? \"gone\") == \"active\"",
    ] {
        assert_eq!(with(accepted), [""; 0], "{accepted}");
    }
}

#[test]
fn what_clears_is_judged_as_well() {
    let with = |line: &str| {
        let text = AROUND.replace("MAP", &format!("map {{ {line} }}")).replace("CONDITION", "e.ends < today");
        check_in(&HashMap::from([("absent.sync".into(), text)]), "absent.sync").diagnostics.iter().map(|one| one.code).collect::<Vec<_>>()
    };
    assert_eq!(with("kind = e.name when e.status != \"a\" clear when missing"), ["E0406"]);
    assert_eq!(with("clear when missing when not here { kind = e.name }"), ["E0406"]);
    assert_eq!(with("kind = e.name when e.status != \"a\" keep when missing"), [""; 0]);
    assert_eq!(with("kind = e.name when e.status == \"a\" clear when missing"), [""; 0]);
    assert_eq!(with("kind = e.name when e.status is present and e.status != \"a\" clear when missing"), [""; 0]);
}

/// One value of a record; none where it is missing.
type Given = HashMap<String, Value>;

/// A record by the names of its values, in the slots of a plan.
struct Record<'a> {
    plan: &'a ExecutionPlan,
    given: &'a Given,
}

impl Record<'_> {
    fn source(&self, slot: usize) -> Value {
        let slot = &self.plan.source.slots[slot];
        let of = |side: &Side| slot.attribute.map_or_else(|| slot.path.text.clone(), |at| side.collection().attributes[at].name.clone());
        match slot.origin {
            Origin::Join(join) if self.plan.joins[join].many => {
                let name = format!("ms.{}", of(&self.plan.joins[join].end));
                self.given
                    .get("ms")
                    .map_or_else(|| Value::list(Vec::new()), |_| Value::list(vec![self.given.get(&name).cloned().unwrap_or(Value::Null)]))
            }
            Origin::Join(join) => self.given.get(&format!("m.{}", of(&self.plan.joins[join].end))).cloned().unwrap_or(Value::Null),
            Origin::Record | Origin::Each => self.given.get(&of(&self.plan.source)).cloned().unwrap_or(Value::Absent),
        }
    }
}

impl Names for Record<'_> {
    fn value(&self, name: &Name) -> Result<Cow<'_, Value>, Box<Fault>> {
        Ok(Cow::Owned(match name {
            Name::Source(slot) => self.source(*slot),
            Name::Current(slot) => {
                let at = self.plan.target.slots[*slot].attribute.expect("an attribute");
                let name = format!("current.{}", self.plan.target.collection().attributes[at].name);
                self.given.get(&name).cloned().unwrap_or(Value::Absent)
            }
            Name::Field(at) => return self.plan.fields[*at].value.run(self).map(Cow::Owned),
            Name::Today => Value::Date(date(2026, 3, 1)),
            Name::Now => Value::DateTime(Timestamp::constant(1_772_000_000, 0)),
            other => unreachable!("{other:?}"),
        }))
    }
}

const OPTIONAL: &[(&str, Kind)] = &[
    ("status", Kind::Text),
    ("name", Kind::Text),
    ("level", Kind::Int),
    ("flag", Kind::Bool),
    ("ends", Kind::Date),
    ("tags", Kind::Json),
    ("$.raw.status", Kind::Text),
    ("m.tier", Kind::Text),
    ("m.on", Kind::Bool),
    ("ms", Kind::Nothing),
    ("ms.tier", Kind::Text),
    ("ms.on", Kind::Bool),
    ("current.kind", Kind::Text),
];

fn value_of(kind: &Kind, seed: u8) -> Value {
    let texts = ["a", "b", "active", "gone"];
    let text = |seed: u8| Value::text(texts[usize::from(seed) % texts.len()]);
    match kind {
        Kind::Int => Value::Int(i64::from(seed % 6)),
        Kind::Bool => Value::Bool(seed.is_multiple_of(2)),
        Kind::Date => Value::Date(date(2026, 1 + (seed % 5) as i8, 1)),
        Kind::Json => {
            Value::list((0..seed % 3).map(|at| if (seed + at).is_multiple_of(5) { Value::Null } else { text(seed / 3 + at) }).collect())
        }
        _ => text(seed),
    }
}

/// A full record; which of its optional values are there is for `present` to say.
fn record(seeds: &[u8], present: impl Fn(usize) -> bool) -> Given {
    let all = OPTIONAL.iter().enumerate().filter(|(at, _)| present(*at));
    let mut given: Given = all.map(|(at, (name, kind))| ((*name).to_owned(), value_of(kind, seeds[at]))).collect();
    given.insert("number".into(), Value::text("a"));
    given.insert("size".into(), Value::Int(i64::from(seeds[OPTIONAL.len()] % 6)));
    given
}

fn holds(plan: &ExecutionPlan, given: &Given) -> bool {
    let LeaverKind::When(condition) = &plan.leavers[0].conditions[0].kind else { unreachable!() };
    condition.holds(&Record { plan, given }).unwrap_or(false)
}

fn accepted(condition: &str) -> Option<ExecutionPlan> {
    let checked = checked(condition);
    checked.project.is_some().then(|| plan_with(&checked, "absent", &HashMap::new()))
}

/// Conditions over all kinds of expression, none of which asks whether something is there.
fn condition() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(
            &["e.flag", "m.on", "here", "not_a", "ms.on | any", "ms.on | all", "e.ends < today", "e.ends + 7 days >= today"][..]
        )
        .prop_map(str::to_owned),
        (text(), prop::sample::select(&["==", "!=", "<", "starts with", "ends with", "contains"][..]), text())
            .prop_map(|(left, how, right)| format!("({left} {how} {right})")),
        (number(), prop::sample::select(&["==", "!=", "<", "<=", ">", ">="][..]), number())
            .prop_map(|(left, how, right)| format!("({left} {how} {right})")),
        (text(), prop::sample::select(&["in", "not in"][..]), list()).prop_map(|(value, how, list)| format!("({value} {how} {list})")),
        (list(), text()).prop_map(|(list, value)| format!("({list} contains {value})")),
        text().prop_map(|value| format!("({value} matches \"^[ag]\")")),
    ];
    leaf.prop_recursive(2, 8, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| format!("(not ({one}))")),
            (inner.clone(), prop::sample::select(&["and", "or", "==", "!="][..]), inner.clone())
                .prop_map(|(left, how, right)| format!("(({left}) {how} ({right}))")),
            (inner.clone(), prop::sample::select(&["== true", "== false", "!= true"][..]))
                .prop_map(|(one, how)| format!("(({one}) {how})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("(if {a} then {b} else {c})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(if {a} then {b})")),
            (inner.clone(), inner.clone(), prop::sample::select(&["any", "all"][..]))
                .prop_map(|(a, b, how)| format!("([{a}, {b}] | {how})")),
            (inner, text(), text()).prop_map(|(a, b, c)| format!("((if {a} then {b} else {c}) == \"a\")")),
        ]
    })
}

fn text() -> impl Strategy<Value = String> {
    let name = prop::sample::select(
        &[
            "e.status",
            "e.name",
            "e.number",
            "m.tier",
            "current.kind",
            "lowered",
            "once_more",
            "rank",
            "raw",
            "\"a\"",
            "\"active\"",
            "setting.word",
        ][..],
    )
    .prop_map(str::to_owned);
    name.prop_recursive(2, 4, 2, |inner| {
        prop_oneof![
            (inner.clone(), prop::sample::select(&["lower", "lookup(ranks)", "replace(\"a\", \"\")", "digits", "slice(0, 1)"][..]))
                .prop_map(|(value, function)| format!("({value} | {function})")),
            inner
                .clone()
                .prop_map(|value| format!("\"{{{value}}}-x\"").replace("\"{\"a\"}", "\"{e.number}").replace("{\"active\"}", "{e.name}")),
            (list(), prop::sample::select(&["first", "join(\"-\")", "present | first", "sort | first"][..]))
                .prop_map(|(list, function)| format!("({list} | {function})")),
            (inner.clone(), inner).prop_map(|(one, other)| format!("([{one}, {other}] | present | first)")),
        ]
    })
}

fn list() -> impl Strategy<Value = String> {
    prop::sample::select(&["e.tags", "ms.tier", "[\"a\", \"gone\"]", "[e.status, \"b\"]", "[e.name, m.tier]", "setting.departments", "(e.tags + [\"a\"])"][..])
        .prop_map(str::to_owned)
}

fn number() -> impl Strategy<Value = String> {
    prop::sample::select(
        &[
            "e.level",
            "e.size",
            "3",
            "0",
            "(e.level + e.size)",
            "(e.level * 2)",
            "(e.tags | count)",
            "(ms.tier | count)",
            "([e.level, e.size] | present | count)",
        ][..],
    )
    .prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// What holds of a record with absent values holds as well whatever those values turn out to be: never because they are absent.
    #[test]
    fn what_is_accepted_never_holds_by_absence(
        condition in condition(),
        seeds in prop::collection::vec(any::<u8>(), OPTIONAL.len() + 1),
        mask in any::<u16>(),
    ) {
        let Some(plan) = accepted(&condition) else { return Ok(()) };
        prop_assert!(!holds(&plan, &record(&seeds, |_| false)) || always(&plan, &seeds, 0), "{condition} holds of a record that has nothing but its key");
        for turn in 0..12_u8 {
            let mask = mask.rotate_left(u32::from(turn) * 3);
            if holds(&plan, &record(&seeds, |at| mask >> at & 1 == 1)) {
                prop_assert!(always(&plan, &seeds, mask), "{condition} holds because something is absent: {:?}", record(&seeds, |at| mask >> at & 1 == 1));
            }
        }
    }
}

/// Whether a condition holds whatever the values are that `mask` leaves out.
fn always(plan: &ExecutionPlan, seeds: &[u8], mask: u16) -> bool {
    (0..40_u8).all(|turn| {
        let filled: Vec<u8> = seeds
            .iter()
            .enumerate()
            .map(|(at, seed)| {
                if at < OPTIONAL.len() && mask >> at & 1 == 0 {
                    seed.wrapping_mul(turn).wrapping_add(turn.wrapping_mul(7).wrapping_add(at as u8))
                } else {
                    *seed
                }
            })
            .collect();
        holds(plan, &record(&filled, |_| true))
    })
}

/// The test above means something: much of what is made up is accepted, and most of what is refused can be shown to hold by absence.
#[test]
fn enough_is_accepted_and_what_is_refused_holds_by_absence() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let (mut taken, mut refused, mut shown) = (0, 0, 0);
    for _ in 0..120 {
        let condition = condition().new_tree(&mut runner).expect("a tree").current();
        let codes = codes(&condition);
        if codes.is_empty() {
            taken += 1;
        } else if codes.iter().all(|code| *code == "E0406") {
            refused += 1;
            shown += usize::from(holds_by_absence(&condition, &mut runner));
        }
    }
    assert!(taken >= 6 && shown * 2 >= refused, "{taken} of 120 are accepted; {shown} of {refused} that are refused hold by absence");
}

fn holds_by_absence(condition: &str, runner: &mut proptest::test_runner::TestRunner) -> bool {
    use proptest::strategy::ValueTree;
    // The same condition where nothing leaves by it, so that it compiles.
    let text = AROUND
        .replace("MAP", &format!("map {{ kind = e.status keep when missing when {condition} }}"))
        .replace("CONDITION", "e.ends < today");
    let checked = check_in(&HashMap::from([("absent.sync".into(), text)]), "absent.sync");
    let plan = plan_with(&checked, "absent", &HashMap::new());
    let program = plan.map[0].when.as_ref().expect("a condition");
    let holds = |given: &Given| program.holds(&Record { plan: &plan, given }).unwrap_or(false);
    (0..200).any(|turn: u16| {
        let seeds = prop::collection::vec(any::<u8>(), OPTIONAL.len() + 1).new_tree(runner).expect("a tree").current();
        let mask = turn.wrapping_mul(40_503);
        holds(&record(&seeds, |at| mask >> at & 1 == 1)) && !holds(&record(&seeds, |_| true))
    })
}
