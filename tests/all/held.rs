//! What waits for a person is in one list, until it is decided.

use super::project::{Answer, TestProject};
use serde_json::Value as Json;

const HEADER: &str = "Number;First name;Last name;Email;Left on;Manager\n";
const ANNA: &str = "1;Anna;Berg;anna@example.com;;yes\n";

/// Anna, Paul twice under one key, and Eva with a day that can't be read.
fn project() -> TestProject {
    let people = format!(
        "{HEADER}{ANNA}2;Paul;Durand;paul@example.com;;no\n2;Paul;Dupont;dupont@example.com;;no\n3;Eva;Lind;eva@example.com;soon;no\n"
    );
    TestProject::quickstart(&people, "")
}

fn published() -> TestProject {
    let project = project();
    let id = project.counterpart(&["plan"]).keys("id")[0].clone();
    assert_eq!(project.counterpart(&["apply", &id]).count("result", "failed"), 0);
    project
}

fn json(answer: &Answer) -> Json {
    serde_json::from_str(&answer.out).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

/// The records of the first pipeline: key, reason, and the commands that end the wait.
fn records(project: &TestProject, args: &[&str]) -> Vec<(String, String, Vec<String>)> {
    let answer = project.counterpart(&[&["held", "--format", "json"], args].concat());
    assert_eq!(answer.code, 0, "{answer:?}");
    let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
    let one = |record: &Json| {
        let commands = record["commands"].as_array().unwrap().iter().map(text).collect();
        (text(&record["key"]), text(&record["reason"]), commands)
    };
    json(&answer)["pipelines"][0]["records"].as_array().unwrap().iter().map(one).collect()
}

fn database(project: &TestProject) -> rusqlite::Connection {
    rusqlite::Connection::open(project.file(".counterpart/production/state.db")).unwrap()
}

#[test]
fn a_change_set_and_records_wait_until_they_are_decided() {
    let project = project();
    let before = project.counterpart(&["held"]);
    assert!(before.code == 0 && before.out == "result change_sets=0 records=0\n" && before.err.contains("note: "), "{before:?}");
    let id = project.counterpart(&["plan"]).keys("id")[0].clone();
    let held = project.counterpart(&["held"]);
    assert_eq!((held.code, held.keys("waits")), (0, vec![id.clone()]), "{held:?}");
    assert_eq!(held.keys("rejected"), ["3"], "{held:?}");
    assert!(held.keys("held").iter().all(|key| key == "2") && held.out.contains("reason=\"duplicate key\""), "{held:?}");
    assert!(!held.out.contains("Eva") && !held.out.contains("soon"), "keys alone in a pipe: {held:?}");

    project.counterpart(&["apply", &id]);
    let held = project.counterpart(&["held", "quickstart"]);
    assert!(held.keys("waits").is_empty() && held.keys("rejected") == ["3"], "{held:?}");
    project.write("people.csv", format!("{HEADER}{ANNA}"));
    project.counterpart(&["run"]);
    assert_eq!(project.counterpart(&["held"]).out, "result change_sets=0 records=0\n");
    let unknown = project.counterpart(&["held", "nobody"]);
    assert_eq!(unknown.code, 2, "{unknown:?}");
}

#[test]
fn what_the_target_refused_waits_until_it_is_tried_again() {
    let project = published();
    let refused = |next: &str| {
        let sql = "INSERT OR REPLACE INTO refused VALUES (1, '1', 'x', 'taken', 2, '2026-03-01T00:00:00.000000Z', ?1)";
        database(&project).execute(sql, [next]).unwrap();
    };
    let waits = || records(&project, &[]).into_iter().filter(|(key, ..)| key == "1").collect::<Vec<_>>();
    assert_eq!(waits(), []);
    refused("2020-01-01T00:00:00.000000Z");
    assert_eq!(waits(), [], "the next run tries it anyway");
    for (next, reason) in [("9999-01-01T00:00:00.000000Z", "exists"), ("2999-01-01T00:00:00.000000Z", "failing")] {
        refused(next);
        assert_eq!(waits(), [("1".into(), reason.into(), vec!["counterpart retry 1".into()])]);
        assert_eq!(project.counterpart(&["retry", "1"]).code, 0);
        assert_eq!(waits(), [], "the command did it");
    }
}

/// The target has refused to create somebody who exists there: whatever `decide` takes is offered, and ends the wait.
#[test]
fn an_account_that_exists_can_be_linked_from_the_list() {
    for (choice, ids) in [("link m9", vec!["1", "m9"]), ("new", vec!["1", "m9", "4"]), ("keep", vec!["1", "m9"])] {
        let project = published();
        let pipeline = project.read("quickstart.sync").replace("    id      = person.number\n", "    id      = person.number on create\n");
        let other = r#"{"id": "m9", "name": "Ada Lind", "email": "a.lind@example.com", "manager": false, "active": true}"#;
        let people = format!("{HEADER}{ANNA}4;Ada;Lind;ada@example.com;;no\n");
        project.write("quickstart.sync", pipeline).write("accounts.jsonl", project.read("accounts.jsonl") + other + "\n");
        project.write("people.csv", &people);
        let plan = project.counterpart(&["plan"]);
        assert_eq!(plan.keys("create"), ["4"], "{plan:?}");
        let sql = "INSERT INTO refused VALUES (1, '4', 'x', 'exists', 1, '2026-03-01T00:00:00.000000Z', '9999-01-01T00:00:00.000000Z')";
        database(&project).execute(sql, []).unwrap();
        let waits = || records(&project, &[]).into_iter().find(|(key, ..)| key == "4");
        let offered = ["decide 4 link ID", "decide 4 new", "decide 4 keep", "retry 4"].map(|words| format!("counterpart {words}"));
        assert_eq!(waits(), Some(("4".into(), "exists".into(), offered.to_vec())));
        let decided = project.counterpart(&[&["decide", "4"][..], &choice.split(' ').collect::<Vec<_>>()].concat());
        assert_eq!((decided.code, waits()), (0, None), "{choice}: {decided:?}");
        if choice != "keep" {
            let run = project.counterpart(&["run"]);
            assert_eq!(run.code, 0, "{choice}: {run:?}");
        }
        let accounts = project.read("accounts.jsonl");
        let found: Vec<_> = accounts.lines().map(|line| serde_json::from_str::<Json>(line).unwrap()["id"].clone()).collect();
        assert_eq!(found, ids, "{choice}");
        assert_eq!(accounts.contains("ada@example.com"), choice != "keep", "{choice}");
    }
}

#[test]
fn a_call_that_was_never_answered_waits_until_somebody_says_what_became_of_it() {
    for (done, effect) in [(true, "call invite"), (false, "call invite"), (true, "call invite, stage 1")] {
        let project = published();
        let insert = "INSERT INTO effects VALUES (1, '1', 1, ?1, 1, 1, 'perhaps'), (1, '2', 1, 'call other', 1, 1, 'sent')";
        database(&project).execute(insert, [effect]).unwrap();
        let waits = || records(&project, &[]).into_iter().filter(|(_, reason, _)| reason == "perhaps not sent").collect::<Vec<_>>();
        let commands = vec!["counterpart resend 1 invite".to_owned(), "counterpart resend 1 invite --done".to_owned()];
        assert_eq!(waits(), [("1".into(), "perhaps not sent".into(), commands.clone())]);
        let words: Vec<&str> = commands[usize::from(done)].split(' ').skip(1).collect();
        assert_eq!(project.counterpart(&words).code, 0);
        assert_eq!(waits(), [], "{effect}");
    }
}

#[test]
fn whoever_is_forgotten_waits_until_it_is_lifted() {
    let project = published();
    assert_eq!(project.counterpart(&["forget", "1"]).code, 0);
    project.counterpart(&["plan"]);
    let forgotten = || records(&project, &[]).into_iter().find(|(key, ..)| key == "1");
    assert_eq!(forgotten(), Some(("1".into(), "forgotten".into(), vec!["counterpart forget 1 --lift".into()])));
    project.counterpart(&["forget", "1", "--lift"]);
    assert_eq!(forgotten(), None, "before anything is planned again");
}

#[test]
fn each_format_has_the_same_and_people_are_named_where_asked() {
    let people = format!("{HEADER}\"=1\";Anna;Berg;anna@example.com;soon;yes\n");
    let project = TestProject::quickstart(&people, "");
    let id = project.counterpart(&["plan"]).keys("id")[0].clone();
    let csv = project.counterpart(&["held", "--format", "csv"]).out;
    assert!(csv.starts_with("pipeline,change set,key,name,verdict,reason,detail,target,what ends the wait\n"), "{csv}");
    assert!(csv.contains(&format!("quickstart,{id},,,held,")) && csv.contains(&format!("counterpart apply {id}")), "{csv}");
    assert!(csv.contains("quickstart,,'=1,,rejected,R0204,,,"), "a spreadsheet computes nothing, and keys alone: {csv}");
    let full = project.counterpart(&["held", "--format", "csv", "--people", "full"]).out;
    assert!(full.contains("quickstart,,'=1,Anna Berg,rejected,R0204,") || full.contains("soon"), "{full}");

    let whole = json(&project.counterpart(&["held", "--format", "json"]));
    assert_eq!((&whole["format"], whole["pipelines"][0]["judged_by"].as_str()), (&1.into(), Some(&*id)));
    assert_eq!(whole["pipelines"][0]["change_set"]["commands"][0], format!("counterpart apply {id}"));
    let record = &whole["pipelines"][0]["records"][0];
    assert_eq!((&record["key"], &record["verdict"], &record["detail"]), (&"=1".into(), &"rejected".into(), &Json::Null));
    assert!(!record["advice"].as_str().unwrap().is_empty());
    let lines = project.counterpart(&["held", "--format", "jsonl"]).out;
    let kinds: Vec<Json> = lines.lines().map(|line| serde_json::from_str::<Json>(line).unwrap()["kind"].clone()).collect();
    assert_eq!(kinds, ["change_set", "record"]);

    let text = project.counterpart(&["held", "--format", "text"]).out;
    assert!(text.starts_with("1 change set and 1 record wait for a person\n"), "{text}");
    assert!(text.contains(&format!("counterpart apply {id}")) && text.contains("? 1 rejected (R0204)"), "{text}");
    assert!(!text.contains("Anna") && !text.contains("soon"), "{text}");
    let text = project.counterpart(&["held", "--format", "text", "--people", "full"]).out;
    assert!(text.contains("soon"), "{text}");
}

/// With several pipelines in a folder, the commands name the one that is meant.
#[test]
fn commands_name_the_pipeline_where_there_are_several() {
    let project = published();
    let other = project.read("quickstart.sync").split("\ntest ").next().unwrap().replace("pipeline quickstart", "pipeline second");
    let pipeline = other.split_once("pipeline second").unwrap().1.to_owned();
    project.write("second.sync", format!("use \"quickstart.sync\"\n\npipeline second{pipeline}"));
    let sql = "INSERT INTO refused VALUES (1, '1', 'x', 'taken', 1, '2026-03-01T00:00:00.000000Z', '9999-01-01T00:00:00.000000Z')";
    database(&project).execute(sql, []).unwrap();
    let all = json(&project.counterpart(&["held", "--format", "json"]));
    let names: Vec<&Json> = all["pipelines"].as_array().unwrap().iter().map(|one| &one["pipeline"]).collect();
    assert_eq!(names, ["quickstart", "second"], "{all}");
    let of_one = records(&project, &["quickstart"]).into_iter().find(|(key, ..)| key == "1");
    assert_eq!(of_one.map(|(.., commands)| commands), Some(vec!["counterpart retry 1 --pipeline quickstart".to_owned()]));
}
