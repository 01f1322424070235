//! Every type in every place that takes one: what is accepted is read, written, set and compared.

use super::support::{check_in, rendered};
use crate::{
    compile::ExecutionPlan,
    value::{Kind, Type, Value, equal::equal, format::Codec},
};
use serde_json::{Value as Json, json};
use std::collections::HashMap;

/// A type with one of its values in the forms that places take.
struct Sample {
    name: &'static str,
    /// As the language writes it; none where it has no literal.
    literal: Option<&'static str>,
    json: Json,
    /// As `counterpart settings set` hands it over.
    set: &'static [&'static str],
    /// What is refused where it is set.
    refused: &'static [&'static str],
}

const fn sample(
    name: &'static str,
    literal: Option<&'static str>,
    json: Json,
    set: &'static [&'static str],
    refused: &'static [&'static str],
) -> Sample {
    Sample { name, literal, json, set, refused }
}

/// One for each kind that a file can name; `is_named` fails to compile when there is a new one.
fn samples() -> Vec<Sample> {
    vec![
        sample("text", Some("\"a\""), json!("a"), &["a"], &[" "]),
        sample("decimal", Some("2.5"), json!(2.5), &["2.5", "2.50"], &["2,5", "1_0", "ten"]),
        sample("date", Some("2026-03-01"), json!("2026-03-01"), &["2026-03-01"], &["2026-02-30", "01/03/2026"]),
        sample(
            "datetime",
            Some("2026-03-01T09:00:00Z"),
            json!("2026-03-01T09:00:00Z"),
            &["2026-03-01T09:00:00Z", "2026-03-01T10:00:00+01:00"],
            &["2026-03-01T09:00:00", "2026-03-01"],
        ),
        sample("duration", Some("7 days"), json!("7 days"), &["7 days", "7d", "P7D", "P1W"], &["604800", "P1M", "soon"]),
        sample("json", None, json!({"a": [1]}), &["{\"a\": [1]}"], &["{", "null", "soon"]),
        sample("list of text", Some("[\"a\"]"), json!(["a"]), &["a"], &[]),
        sample("list of duration", Some("[7 days]"), json!(["P7D"]), &["7 days", "P7D"], &["7"]),
    ]
}

fn is_named(kind: &Kind) -> bool {
    match kind {
        Kind::Text | Kind::Decimal | Kind::Date | Kind::DateTime | Kind::Duration | Kind::Json | Kind::List(_) => true,
        // Given as they are, not as text: below. A schedule is a type of settings alone: in `settings`.
        Kind::Bool | Kind::Int | Kind::Schedule => false,
        Kind::Nothing => false,
    }
}

const AROUND: &str = r#"
system files {
  collection people {
    file "people.jsonl" json_lines
    key id
    attributes {
      id    : text at $.id
      value : TYPE? at $.value
    }
  }
}
pipeline places {
  setting required : TYPE
  setting optional : TYPE?
  LITERALS
  from files.people as p
  to   files.people
  field same  = p.value == setting.required
  field one   : TYPE? = $.value
  match { id = p.id }
  mode update
  map {
    id    = p.id
    value = p.value  keep when missing
  }
}
"#;

fn text(sample: &Sample) -> String {
    let literals = sample.literal.map_or_else(String::new, |literal| {
        let items = literal.trim_matches(['[', ']']);
        format!("setting usual : {} = {literal}\n  setting chosen : {0}? one of [{items}]\n  field literal : {0} = {literal}", sample.name)
    });
    AROUND.replace("LITERALS", &literals).replace("TYPE", sample.name)
}

fn planned(sample: &Sample, given: Value) -> Result<ExecutionPlan, String> {
    let checked = check_in(&HashMap::from([("places.sync".into(), text(sample))]), "places.sync");
    let project = checked.project.as_ref().unwrap_or_else(|| panic!("{}:\n{}", sample.name, rendered(&checked)));
    let given = HashMap::from([("required", given)]);
    crate::compile::pipeline::compile(project, "places", &given, false).map_err(|error| format!("{error:?}"))
}

fn value_of(plan: &ExecutionPlan, name: &str) -> Option<String> {
    plan.setting_uses.iter().find(|one| one.name == name).and_then(|one| one.value.clone())
}

#[test]
fn every_type_is_set_as_its_literal_is_written() {
    for sample in samples() {
        let shown: Vec<_> = sample
            .set
            .iter()
            .map(|set| {
                let plan = planned(&sample, Value::text(set)).unwrap_or_else(|why| panic!("{}: {why}", sample.name));
                let shown = value_of(&plan, "required");
                if sample.literal.is_some() {
                    assert_eq!(shown, value_of(&plan, "usual"), "{} {set}", sample.name);
                }
                shown
            })
            .collect();
        assert!(shown.windows(2).all(|two| two[0] == two[1]), "{}: {shown:?}", sample.name);
        for refused in sample.refused {
            assert!(planned(&sample, Value::text(refused)).is_err(), "{} {refused}", sample.name);
        }
    }
}

#[test]
fn every_type_is_read_and_what_was_read_is_written_so_that_it_is_read_again() {
    for sample in samples() {
        let plan = planned(&sample, Value::text(sample.set[0])).unwrap();
        let attribute = plan.source.collection().attributes.iter().find(|one| one.name == *"value").unwrap();
        assert!(is_named(&attribute.ty.kind), "{}", sample.name);
        let codec = Codec::natural(attribute.ty.kind.clone());
        let read = codec.read(Some(&sample.json)).unwrap_or_else(|fault| panic!("{}: {fault}", sample.name));
        let again = codec.read(Some(&codec.write(&read).unwrap())).unwrap();
        assert!(equal(&read, &again), "{}: {read:?} {again:?}", sample.name);
        let from_raw = Value::Json(Box::new(sample.json.clone()));
        assert!(equal(&read, &from_raw), "{}: raw JSON is compared as what it holds", sample.name);
    }
}

#[test]
fn truths_and_whole_numbers_are_set_as_they_are() {
    for (name, literal, given, wrong) in
        [("bool", "true", Value::Bool(true), Value::text("true")), ("int", "57", Value::Int(57), Value::text("57"))]
    {
        let sample = sample(name, Some(literal), json!(null), &[], &[]);
        assert_eq!(value_of(&planned(&sample, given).unwrap(), "required").as_deref(), Some(literal));
        assert!(planned(&sample, wrong).is_err(), "{name}");
    }
    let json = sample("json", None, json!(null), &[], &[]);
    let table = Value::Json(Box::new(json!({"a": {"b": [1, true]}})));
    assert_eq!(value_of(&planned(&json, table).unwrap(), "required").as_deref(), Some("{\"a\":{\"b\":[1,true]}}"));
    assert_eq!(value_of(&planned(&json, Value::Bool(true)).unwrap(), "required").as_deref(), Some("true"));
}

const SCHEDULED: &str = "\npipeline places {\n  zone \"Europe/Paris\"\n  setting times : schedule\n  schedule setting.times\n  from files.people as p\n  \
     to files.people\n  match { id = p.id }\n  mode update\n  map { id = p.id }\n}\n";

#[test]
fn a_schedule_that_is_set_is_checked_as_one_that_is_written() {
    let system = AROUND.split("pipeline").next().unwrap().replace("TYPE", "text");
    let checked = check_in(&HashMap::from([("places.sync".into(), format!("{system}{SCHEDULED}"))]), "places.sync");
    let project = checked.project.as_ref().unwrap_or_else(|| panic!("{}", rendered(&checked)));
    let plan = |given: &HashMap<&str, Value>| crate::compile::pipeline::compile(project, "places", given, false);
    let set = |text: &str| plan(&HashMap::from([("times", Value::text(text))])).map(|plan| plan.schedule_words);
    for right in ["daily at 02:00", "every 15 min", "weekly on monday at 06:30", "cron \"0 2 * * 1-5\""] {
        assert_eq!(set(right).unwrap().as_deref(), Some(right));
    }
    for (wrong, why) in [
        ("every 30 s", "`every 30 s` can't be kept: a schedule is never shorter than a minute; write `every 1 min` or longer"),
        ("weekly on moonday at 06:30", "`weekly on moonday at 06:30` is not a schedule, such as `daily at 02:00` or `every 15 min`"),
        ("at night", "`at night` is not a schedule, such as `daily at 02:00` or `every 15 min`"),
        ("setting.times", "`setting.times` is not a schedule, such as `daily at 02:00` or `every 15 min`"),
    ] {
        assert_eq!(format!("{:?}", set(wrong).unwrap_err()), format!("Settings([(\"places.times\", {why:?})])"));
    }
    for wrong in ["cron \"61 2 * * 1-5\"", "cron \"0 2 * *\""] {
        assert!(set(wrong).is_err(), "{wrong}");
    }
    assert_eq!(format!("{:?}", plan(&HashMap::new()).unwrap_err()), "Settings([(\"places.times\", \"has no value\")])");
}

#[test]
fn types_of_a_plan_are_those_that_were_declared() {
    for sample in samples() {
        let plan = planned(&sample, Value::text(sample.set[0])).unwrap();
        let one = plan.fields.iter().find(|field| field.name == "one").unwrap();
        assert_eq!(one.ty.to_string(), format!("{}?", sample.name));
        assert_eq!(plan.fields.iter().find(|field| field.name == "same").unwrap().ty, Type::present(Kind::Bool));
    }
}
