//! Integration C in the sandbox: Wicket's people and organisations to Arlo, and Arlo's contacts to Wicket, as the seed has them.

use super::project::TestProject;
use insta::assert_snapshot;
use serde_json::Value as Json;

const IN: &str = "arlo_contacts_to_wicket";
const OUT: &str = "wicket_people_to_arlo";
const ORGANISATIONS: &str = "wicket_organisations_to_arlo";

/// What a run did: created, updated.
#[track_caller]
fn did(project: &TestProject, pipeline: &str) -> [u64; 2] {
    let run = project.sandboxed(&["run", pipeline]);
    assert_eq!(run.code, 0, "{run:?}");
    ["created", "updated"].map(|what| run.count("result", what))
}

/// Requests that a system got and that write: Wicket's memberships are asked for with a POST.
fn writes(project: &TestProject, system: &str) -> u64 {
    let asks = "method IN ('GET', 'HEAD') OR path LIKE '%/query%'";
    project.counted(&format!("SELECT count(*) FROM requests WHERE system = '{system}' AND NOT ({asks})"))
}

fn next_day(project: &TestProject) {
    let loaded = project.sandboxed(&["sandbox", IN, "--load", "next_day"]);
    assert_eq!(loaded.code, 0, "{loaded:?}");
}

/// The values at these paths of a record of a stand-in.
fn held(project: &TestProject, collection: &str, key: &str, places: &[(&str, &str)]) -> String {
    let record = project.told(&format!("SELECT json FROM records WHERE collection = '{collection}' AND key = '{key}'"));
    let line = |(name, path): &(&str, &str)| format!("{name:<10} {}", at(&record, path));
    places.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A pointer whose `*` is whichever element has the rest.
fn at(record: &Json, path: &str) -> String {
    match path.split_once("/*") {
        None => record.pointer(path).map_or("nothing".to_owned(), Json::to_string),
        Some((list, rest)) => {
            let elements = record.pointer(list).and_then(Json::as_array).into_iter().flatten();
            elements.map(|element| at(element, rest)).find(|found| found != "nothing").unwrap_or("nothing".to_owned())
        }
    }
}

const CONTACT: &[(&str, &str)] = &[
    ("name", "/LastName"),
    ("phone", "/PhoneWork"),
    ("street", "/Link/*/PostalAddress/StreetLine1"),
    ("city", "/Link/*/PostalAddress/City"),
    ("title", "/Link/*/Employment/Position"),
    ("field", "/Link/*/CustomFields/Field/*/Name"),
    ("membership", "/Link/*/CustomFields/Field/*/Value/String"),
];

const PERSON: &[(&str, &str)] = &[
    ("name", "/attributes/family_name"),
    ("language", "/attributes/language"),
    ("e-mail", "/relationships/emails/data/*/attributes/address"),
    ("phone", "/relationships/phones/data/*/attributes/number"),
    ("kind", "/relationships/phones/data/*/attributes/type"),
];

#[test]
fn contacts_in_people_out_and_nothing_comes_back() {
    let project = TestProject::with_pipelines();
    assert_eq!(did(&project, IN), [3, 0], "three are in Arlo alone");
    let made = held(&project, "people", &key(&project, "people", "%jack.clarke20@%"), PERSON);
    assert_snapshot!(made, @r#"
    name       "Clarke"
    language   "en"
    e-mail     "jack.clarke20@example.com"
    phone      "+6421100740"
    kind       "work"
    "#);

    assert_eq!(did(&project, OUT), [0, 14], "four are behind, and ten have no title or membership in Arlo yet");
    let plan = project.sandboxed(&["plan", OUT]);
    assert_eq!((plan.count("count", "waiting"), plan.count("count", "out_of_scope")), (5, 2), "{}", plan.out);
    assert_snapshot!(held(&project, "contacts", "62", CONTACT), @r#"
    name       "Davis"
    phone      "+6421100444"
    street     "12 Queen Street"
    city       "Auckland"
    title      "Nurse"
    field      "MemberTier"
    membership "Fellow"
    "#);

    let before = (writes(&project, "wicket"), writes(&project, "arlo"));
    for pipeline in [IN, OUT, IN, OUT] {
        assert_eq!(did(&project, pipeline), [0, 0], "{pipeline}");
    }
    assert_eq!((writes(&project, "wicket"), writes(&project, "arlo")), before, "what came from one side does not go back");
}

fn key(project: &TestProject, collection: &str, like: &str) -> String {
    let record = project.told(&format!("SELECT json FROM records WHERE collection = '{collection}' AND json LIKE '{like}'"));
    record["id"].as_str().unwrap().to_owned()
}

#[test]
fn what_either_side_changes_the_next_day_crosses_once() {
    let project = TestProject::with_pipelines();
    did(&project, IN);
    did(&project, OUT);
    next_day(&project);
    assert_eq!(did(&project, IN), [1, 2], "one is new, one has another number, one another name");
    let moved = held(&project, "people", &key(&project, "people", "%jack.clarke20@%"), PERSON);
    assert!(moved.contains(r#"phone      "+6421199999""#), "{moved}");
    assert_eq!(did(&project, OUT), [0, 3], "one has moved, a membership has ended, one who waited has signed in");
    assert_snapshot!(held(&project, "contacts", "51", CONTACT), @r#"
    name       "Brown"
    phone      "+6421200037"
    street     "1 King Street"
    city       "Wellington"
    title      "Engineer"
    field      "MemberTier"
    membership "Member"
    "#);
    assert_snapshot!(held(&project, "contacts", "53", CONTACT), @r#"
    name       "Davis"
    phone      "+6421100111"
    street     "3 Queen Street"
    city       "Auckland"
    title      "Planner"
    field      nothing
    membership nothing
    "#);
    assert_snapshot!(held(&project, "contacts", "65", CONTACT), @r#"
    name       "Green"
    phone      "+6421100555"
    street     "15 Queen Street"
    city       "Auckland"
    title      "Planner"
    field      "MemberTier"
    membership "Fellow"
    "#);
    let before = (writes(&project, "wicket"), writes(&project, "arlo"));
    for pipeline in [IN, OUT, IN] {
        assert_eq!(did(&project, pipeline), [0, 0], "{pipeline}");
    }
    assert_eq!((writes(&project, "wicket"), writes(&project, "arlo")), before);
}

#[test]
fn organisations_are_found_by_the_uuid_in_the_chosen_field() {
    let project = TestProject::with_pipelines();
    assert_eq!(did(&project, ORGANISATIONS), [0, 2], "an old street, an old number");
    assert_eq!(did(&project, ORGANISATIONS), [0, 0]);
    let plan = project.sandboxed(&["plan", ORGANISATIONS]);
    assert_eq!(
        (plan.count("count", "read"), plan.count("count", "waiting")),
        (6, 2),
        "one has no UUID in Arlo, one is not there: {}",
        plan.out
    );
    let places = [("phone", "/PhonePrimary"), ("street", "/Link/*/PostalAddress/StreetLine1")];
    let both = format!("{}\n{}", held(&project, "organisations", "502", &places), held(&project, "organisations", "503", &places));
    assert_snapshot!(both, @r#"
    phone      "+6495550002"
    street     "2 Hospital Road"
    phone      "+6495550003"
    street     "3 Hospital Road"
    "#);
    next_day(&project);
    assert_eq!(did(&project, ORGANISATIONS), [0, 1]);
    assert_eq!(did(&project, ORGANISATIONS), [0, 0]);
    assert_eq!(writes(&project, "arlo"), 3);
}

/// The screen of a held run does not call a read of what had changed a complete one.
#[test]
fn a_run_that_is_held_says_what_it_read() {
    let project = TestProject::with_pipelines();
    let (file, guard) = (format!("{IN}.sync"), "updates at most 30% or 50");
    let text = project.read(&file);
    assert!(text.contains(guard));
    project.write(&file, text.replace(guard, "updates at most 1"));
    assert_eq!(did(&project, IN), [3, 0]);
    next_day(&project);
    let held = project.sandboxed(&["run", IN, "--format", "text"]);
    assert_eq!(held.code, 3, "{held:?}");
    assert!(held.out.contains("changed record") && !held.out.contains("read, complete"), "{}", held.out);
}

const TOUCHPOINTS: &str = "arlo_registrations_to_touchpoints";

/// The touchpoints of Wicket, by their id.
fn touchpoints(project: &TestProject) -> u64 {
    project.counted(
        "SELECT count(DISTINCT json_extract(json, '$.attributes.external_event_id')) FROM records WHERE collection = 'touchpoints'",
    )
}

#[track_caller]
fn sends(project: &TestProject) -> u64 {
    let run = project.sandboxed(&["run", TOUCHPOINTS]);
    assert_eq!(run.code, 0, "{run:?}");
    run.count("result", "sent")
}

#[test]
fn each_state_of_a_registration_is_one_touchpoint_once_its_person_is_linked() {
    let project = TestProject::with_pipelines();
    assert_eq!((sends(&project), touchpoints(&project)), (0, 0), "nobody is linked yet");
    did(&project, IN);
    assert_eq!((sends(&project), touchpoints(&project)), (10, 10));
    assert_eq!((sends(&project), touchpoints(&project)), (0, 10));
    next_day(&project);
    assert_eq!((sends(&project), touchpoints(&project)), (2, 12), "completed, cancelled; the third one's person has only signed in now");
    did(&project, IN);
    assert_eq!((sends(&project), touchpoints(&project)), (1, 13));
    let posted = project.counted("SELECT count(*) FROM requests WHERE method = 'POST' AND path LIKE '%/touchpoints'");
    assert_eq!((sends(&project), posted), (0, 13), "no state twice");
}
