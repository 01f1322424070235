//! The integrations that come with the program: without a mistake, compiled with all that they ask for.

use super::support::{Disk, check_in, names, rendered};
use crate::{
    check::{Checked, DiscoveredAttribute, LoadError, Loader},
    compile::{
        Conflict, ExecutionPlan, Mapping, Mode, OnConflict, Reference,
        pipeline::{CompileError, compile, pipelines},
    },
    value::Value,
};
use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

const FOLDERS: [&str; 2] = ["pipelines", "tests/fixtures/language/pipelines"];

/// This repository; Arlo was asked for its custom fields.
pub(super) struct Asked(Disk);

impl Loader for Asked {
    fn load(&self, path: &Path) -> Result<String, LoadError> {
        self.0.load(path)
    }

    fn files_in(&self, folder: &Path) -> Vec<PathBuf> {
        self.0.files_in(folder)
    }

    fn discovered(&self, system: &str, collection: &str, part: Option<&str>) -> Option<Vec<DiscoveredAttribute>> {
        let field = |name: &str, ty: &str| DiscoveredAttribute {
            name: name.to_owned(),
            ty: ty.to_owned(),
            path: format!("$.Field[?@.Name == \"{name}\"].Value.{ty}"),
        };
        match (system, collection, part) {
            ("arlo", "contacts", Some("custom")) => Some(vec![field("MemberTier", "String"), field("Badge", "Integer")]),
            ("arlo", "organisations", Some("custom")) => Some(vec![field("WicketID", "String")]),
            _ => None,
        }
    }
}

pub(super) fn asked() -> Asked {
    Asked(Disk(PathBuf::from(env!("CARGO_MANIFEST_DIR"))))
}

pub(super) fn given() -> HashMap<&'static str, Value> {
    let text = |(name, value)| (name, Value::text(value));
    let texts = [
        ("wicket.tenant", "acme"),
        ("wicket.person", "6a90b0c2-0000-4000-8000-000000000001"),
        ("arlo.platform", "acme"),
        ("lucca.domain", "acme.ilucca.net"),
        ("reward_gateway.base_url", "https://api.rewardgateway.net/6a90b0c2-0000-4000-8000-000000000001/scim/v2"),
        ("sage_people.base_url", "https://people.example.com"),
        ("oomnitza.organisation", "acme"),
        ("uuid_field", "WicketID"),
        ("membership_field", "MemberTier"),
        ("service", "6a90"),
    ];
    texts.into_iter().map(text).collect()
}

fn checked(file: &str) -> Checked {
    let checked = check_in(&asked(), file);
    assert!(!checked.diagnostics.iter().any(|one| one.is_error()), "{}", rendered(&checked));
    checked
}

fn plan(file: &str, settings: &HashMap<&str, Value>) -> Result<ExecutionPlan, Vec<String>> {
    let checked = checked(&format!("{}/{file}.sync", FOLDERS[1]));
    match compile(checked.project.as_ref().expect("without an error"), file, settings, false) {
        Ok(plan) => Ok(plan),
        Err(CompileError::Settings(wrong)) => Err(wrong.into_iter().map(|(name, why)| format!("{name} {why}")).collect()),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn every_pipeline_that_comes_with_the_program_checks_and_compiles() {
    for folder in FOLDERS {
        let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap().map(|entry| entry.unwrap().file_name());
        for file in files.filter_map(|name| name.into_string().ok()).filter(|name| name.ends_with(".sync")) {
            let checked = checked(&format!("{folder}/{file}"));
            let project = checked.project.as_ref().unwrap();
            for name in pipelines(project) {
                compile(project, &name, &given(), true).unwrap_or_else(|why| panic!("{folder}/{file} {name}: {why:?}"));
            }
        }
    }
}

#[test]
fn joined_records_stand_after_the_record_itself() {
    let plan = plan("wicket_people_to_arlo", &given()).unwrap();
    assert_eq!(
        names(&plan.source),
        "id full_name title status updated_at email.address phone.number address.line_1 address.line_2 address.city address.state \
         address.postcode address.country memberships.id memberships.person_id memberships.tier memberships.ends_at"
    );
    let [join] = &plan.joins[..] else { panic!("{:?}", plan.joins) };
    assert_eq!((join.end.name().as_str(), names(&join.end).as_str()), ("wicket.person_memberships", "id person_id tier ends_at"));
    assert!(join.many && join.on.keys.len() == 1 && join.on.rest.is_some() && plan.uses_today);
    assert_eq!(plan.source.slot_of(0), Some(0), "an attribute of a joined record is none of the record itself");
}

#[test]
fn a_setting_chooses_an_attribute_that_the_system_told() {
    let written = |plan: &ExecutionPlan| {
        plan.map.iter().map(|line| plan.target.collection().attributes[line.attribute].name.clone()).collect::<Vec<_>>()
    };
    let all = plan("wicket_people_to_arlo", &given()).unwrap();
    assert_eq!(written(&all).last().unwrap(), "custom.MemberTier");
    let mut settings = given();
    settings.remove("membership_field");
    let fewer = plan("wicket_people_to_arlo", &settings).unwrap();
    assert_eq!(written(&fewer), written(&all)[..all.map.len() - 1], "nothing chosen, nothing written");
    let refused = |setting: &'static str, value: &str, pipeline: &str| {
        let mut settings = given();
        settings.insert(setting, Value::text(value));
        plan(pipeline, &settings).unwrap_err()
    };
    let people = "wicket_people_to_arlo";
    assert_eq!(
        refused("membership_field", "MemberTear", people),
        [
            "wicket_people_to_arlo.membership_field can't be `MemberTear`: `arlo.contacts` has no such attribute; there is `MemberTier` and `Badge`; did you mean `MemberTier`?"
        ]
    );
    assert_eq!(
        refused("membership_field", "Badge", people),
        ["wicket_people_to_arlo.membership_field can't be `custom.Badge`: its type is int, and the value next to it has the type text"]
    );
    assert_eq!(refused("membership_field", "uuid", people), ["wicket_people_to_arlo.membership_field can't be `uuid`: it is read only"]);
    assert_eq!(
        refused("membership_field", "phone_work", people),
        ["wicket_people_to_arlo.membership_field can't be `phone_work`: another line of `map` writes it"]
    );
    let found = plan("wicket_organisations_to_arlo", &given()).unwrap();
    assert_eq!(found.rule_name(&found.rules[0]), "custom.WicketID");
    assert!(found.target.slot_of(found.rules[0].parts[0].attribute).is_some(), "what is matched is read");
    settings.remove("uuid_field");
    assert_eq!(plan("wicket_organisations_to_arlo", &settings).unwrap_err(), ["wicket_organisations_to_arlo.uuid_field has no value"]);
}

#[test]
fn an_event_has_a_row_for_each_state_and_waits_for_its_person() {
    let plan = plan("arlo_registrations_to_touchpoints", &given()).unwrap();
    assert_eq!((plan.mode, plan.rules.len()), (Mode::Append, 0));
    assert_eq!(plan.source.slots.last().map(|slot| slot.name.as_str()), Some("state"));
    assert_eq!(plan.each.as_ref().map(|each| each.name.as_str()), Some("state"));
    let since = plan.since.as_ref().unwrap();
    assert_eq!((since.lookback.map(|span| span.seconds()), since.full_every.map(|span| span.seconds())), (Some(3600), Some(30 * 86_400)));
    let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
    let reference = Reference {
        pipeline: "arlo_contacts_to_wicket".to_owned(),
        key_text: "contact.id".to_owned(),
        source: pair("arlo", "contacts"),
        target: pair("wicket", "people"),
    };
    assert_eq!(plan.references, [reference]);
}

#[test]
fn two_directions_know_each_other_and_what_they_share() {
    let newest = Some(OnConflict { first: Conflict::Newest, then: None });
    for (name, other, shared) in [
        ("wicket_people_to_arlo", "arlo_contacts_to_wicket", ("phone_work", "phone.number")),
        ("arlo_contacts_to_wicket", "wicket_people_to_arlo", ("phone.number", "phone_work")),
    ] {
        let plan = plan(name, &given()).unwrap();
        let twin = plan.twin.as_ref().unwrap();
        assert_eq!((twin.pipeline.as_str(), plan.line(twin.span).file.as_str()), (other, format!("{other}.sync").as_str()));
        let lines: Vec<&Mapping> = plan.map.iter().filter(|line| line.shared.is_some()).collect();
        let [line] = lines[..] else { panic!("{lines:?}") };
        let back = line.shared.as_ref().unwrap();
        let (source, target) = (plan.source.collection(), plan.target.collection());
        assert_eq!((&*target.attributes[line.attribute].name, &*source.attributes[back.attribute].name), shared);
        let slot = plan.source.slot_of(back.attribute).expect("what is shared is read");
        assert_eq!((line.on_conflict, plan.source.slots[slot].attribute), (newest, Some(back.attribute)));
        let changed = |side: &crate::compile::Side| side.slot_of(side.collection().changed.unwrap()).is_some();
        assert!(changed(&plan.source) && changed(&plan.target), "the newest is told by both");
        assert!(plan.map.iter().all(|line| line.shared.is_some() || line.on_conflict.is_none()));
    }
}
