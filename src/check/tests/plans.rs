//! What compiles, and what its hash stands for.

use super::{
    fixtures::folder,
    support::{Disk, check_in, names, plan_of, plan_with, rendered, repository},
};
use crate::{
    compile::{
        LeaverKind,
        pipeline::{CompileError, compile},
        program::Program,
    },
    value::Value,
};
use std::collections::HashMap;

#[test]
fn the_lucca_pipeline_compiles_and_reads_no_more_than_it_uses() {
    let plan = plan_of(&repository("pipelines/lucca_to_reward_gateway.sync"), "lucca_to_reward_gateway");
    assert_eq!(
        names(&plan.source),
        "id employee_number display_name email first_name last_name contract_start contract_end birth_date department"
    );
    assert_eq!(names(&plan.target), "id external_id user_name email first_name last_name active division birth_date");
    assert_eq!(plan.schedule_words.as_deref(), Some("daily at 02:00"));
    assert_eq!(plan.rules.iter().map(|rule| plan.rule_name(rule)).collect::<Vec<_>>(), ["external_id", "email and last_name"]);
    assert!(plan.uses_today && plan.leavers[0].conditions[0].due.is_some());
}

#[test]
fn the_quickstart_pipeline_compiles() {
    let plan = plan_of(&repository("pipelines/quickstart.sync"), "quickstart");
    assert_eq!((plan.source.name().as_str(), plan.target.name().as_str()), ("files.people", "files.accounts"));
    assert!(plan.settings.is_empty() && plan.id == format!("p-{}", &plan.hash[..8]));
}

#[test]
fn every_statement_arrives_in_the_plan() {
    let plan = plan_of(&check_in(&Disk(folder()), "everything.sync"), "everything");
    assert_eq!(plan.source.alias, "people");
    assert_eq!(plan.scope.iter().map(|scope| scope.before_key).collect::<Vec<_>>(), [true, false, false, false]);
    assert_eq!(plan.scope[0].reason, "no number");
    assert_eq!(plan.scope[1].reason, "people.email is present and people.department not in [\"x\"]");
    assert!(matches!(plan.leavers[0].conditions[1].kind, LeaverKind::OutOfScope));
    assert_eq!((plan.leavers.len(), plan.leavers[0].stages.len(), plan.guards.len()), (2, 1, 8));
    assert!(plan.hold_leavers_only && plan.leavers[0].create_again && plan.leavers[0].enforce);
    assert_eq!((plan.requires.len(), plan.show.len(), plan.zone_name.as_deref()), (2, 2, Some("UTC")));
    assert_eq!(plan.schedule_words.as_deref(), Some("weekly on monday at 02:00"));
    let path = plan.source.slots.last().map(|slot| slot.path.text.as_str());
    assert_eq!(path, Some("$.phones[?@.type == \"work\"].value"));
}

const SMALL: &str = r#"
system files {
  collection people {
    file "people.csv" csv
    key id
    attributes {
      id   : text  at $.id
      name : text? at $.name
    }
  }
}
pipeline small {
  setting prefix : text = "x"
  setting needed : text?
  from files.people as person
  to files.people
  match { id = person.id }
  mode create and update
  map {
    id   = person.id
    name = "{setting.prefix}{person.name}" keep when missing
  }
}
"#;

fn hash_of(text: &str, settings: &HashMap<&str, Value>) -> String {
    let checked = check_in(&HashMap::from([("small.sync".into(), text.to_owned())]), "small.sync");
    plan_with(&checked, "small", settings).hash
}

#[test]
fn the_hash_is_of_the_meaning() {
    let given = HashMap::new();
    let hash = hash_of(SMALL, &given);
    let same = [
        SMALL.replace("pipeline small {", "# a comment\n\n\npipeline small { # another"),
        SMALL.replace("    id   = person.id", "    id = person.id"),
        SMALL.replace("mode create and update", "mode   create and update"),
        format!("{SMALL}\nsetting elsewhere : text = \"unused\"\n"),
    ];
    same.iter().for_each(|text| assert_eq!(hash_of(text, &given), hash, "{text}"));
    let other = [
        SMALL.replace("keep when missing", "clear when missing"),
        SMALL.replace("= \"x\"", "= \"y\""),
        SMALL.replace("mode create and update", "mode create"),
        SMALL.replace("name : text? at $.name", "name : text? at $.title"),
        SMALL.replace("file \"people.csv\" csv", "file \"people.csv\" csv { delimiter = \";\" }"),
        SMALL.replace("small {", "small {\n  zone \"UTC\""),
    ];
    other.iter().for_each(|text| assert_ne!(hash_of(text, &given), hash, "{text}"));
    assert_ne!(hash_of(SMALL, &HashMap::from([("prefix", Value::text("z"))])), hash);
    assert_eq!(hash_of(SMALL, &HashMap::from([("prefix", Value::text("x"))])), hash);
}

#[test]
fn settings_are_asked_for_by_name_and_held_against_what_they_declare() {
    let checked = repository("pipelines/lucca_to_reward_gateway.sync");
    let project = checked.project.as_ref().unwrap_or_else(|| panic!("{}", rendered(&checked)));
    let wrong = |settings: &HashMap<&str, Value>| match compile(project, "lucca_to_reward_gateway", settings, false) {
        Err(CompileError::Settings(wrong)) => wrong.into_iter().map(|(name, why)| format!("{name} {why}")).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(wrong(&HashMap::new()), ["lucca.domain has no value", "reward_gateway.base_url has no value"]);
    let given = HashMap::from([
        ("lucca.domain", Value::text("example.com")),
        ("reward_gateway.base_url", Value::Int(1)),
        ("reward_gateway.date_format", Value::text("%d")),
        ("welcome_mail", Value::text("yes")),
        ("frequency", Value::text("now and then")),
    ]);
    let wrong = wrong(&given);
    assert!(wrong[0].starts_with("lucca.domain `example.com` does not match"), "{wrong:?}");
    assert_eq!(wrong[1], "reward_gateway.base_url must be a text");
    assert_eq!(wrong[2], "reward_gateway.date_format can't be `%d`: it is one of `%d/%m/%Y`, `%m/%d/%Y`");
    assert_eq!(wrong[3], "lucca_to_reward_gateway.frequency `now and then` is not a schedule, such as `daily at 02:00` or `every 15 min`");
    assert_eq!(wrong[4], "lucca_to_reward_gateway.welcome_mail must be `true` or `false`");
}

#[test]
fn values_of_settings_reach_the_plan() {
    let checked = repository("pipelines/lucca_to_reward_gateway.sync");
    let settings = HashMap::from([("frequency", Value::text("every 15 min")), ("reward_gateway.date_format", Value::text("%m/%d/%Y"))]);
    let plan = plan_with(&checked, "lucca_to_reward_gateway", &settings);
    assert_eq!(plan.schedule_words.as_deref(), Some("every 15 min"));
    let birth_date = plan.target.slots.iter().find(|slot| slot.name == "birth_date").unwrap();
    assert_eq!(birth_date.codec.forms, [crate::value::format::Form::Pattern("%m/%d/%Y".to_owned())]);
    let secret = plan.setting_uses.iter().find(|setting| setting.name == "api_key").unwrap();
    assert!(secret.secret && secret.required && secret.value.is_none() && secret.system.as_deref() == Some("lucca"));
}

#[test]
fn fields_that_use_each_other_many_times_are_checked_in_no_time() {
    let fields: String = (1..200).map(|at| format!("  field f{at} = if f{0} == f{0} then f{0} else f{0}\n", at - 1)).collect();
    let text = SMALL.replace("  match {", &format!("  field f0 = person.name\n{fields}  include when f199 is present\n  match {{"));
    let text = text.replace("{person.name}\" keep when missing", "{f199}\"");
    hash_of(&text, &HashMap::new());
}

#[test]
fn one_system_file_is_two_systems_under_two_names() {
    let plan = plan_of(&check_in(&Disk(folder()), "aliases.sync"), "aliases");
    let settings: Vec<_> = plan.setting_uses.iter().map(|one| (one.system.as_deref().unwrap_or_default(), one.name.as_str())).collect();
    assert_eq!(settings, [("north", "account"), ("south", "account")]);
    assert_eq!((names(&plan.source), names(&plan.target)), ("id mail".to_owned(), "id mail badge".to_owned()));
    let names: Vec<_> = plan.files.iter().map(|file| file.display().to_string()).collect();
    assert_eq!(names, ["aliases.sync", "one_system.sync"]);
}

#[test]
fn a_setting_may_say_what_a_text_matches() {
    let text = SMALL.replace("  match {", "  setting ends : text?\n  include when person.name matches setting.ends\n  match {");
    let checked = check_in(&HashMap::from([("small.sync".into(), text)]), "small.sync");
    let project = checked.project.as_ref().unwrap_or_else(|| panic!("{}", rendered(&checked)));
    let given = |pattern: &str| HashMap::from([("ends", Value::text(pattern))]);
    let asked = |settings: &HashMap<&str, Value>| match &plan_with(&checked, "small", settings).scope[0].condition {
        Program::Matches(_, pattern) => pattern.as_str().to_owned(),
        Program::Constant(Value::Bool(false)) => "nothing".to_owned(),
        other => panic!("{other:?}"),
    };
    assert_eq!((asked(&given("son$")), asked(&HashMap::new())), ("son$".to_owned(), "nothing".to_owned()));
    let Err(CompileError::Settings(wrong)) = compile(project, "small", &given("(son"), false) else { panic!("`(son` is no pattern") };
    assert_eq!(wrong, [("small.ends".to_owned(), "can't be `(son`: it is not a regular expression: unclosed group".to_owned())]);
}
