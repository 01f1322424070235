//! Integration A in the sandbox, over real HTTP: the first run, the run after it, the next day, and what is said of them.

use super::project::{Answer, INTEGRATION_A, TestProject};
use serde_json::Value as Json;
use std::collections::BTreeSet;

fn expected(part: &str) -> Json {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/pipelines/seed/expected.json")).unwrap();
    serde_json::from_str::<Json>(&text).unwrap()[part].clone()
}

fn keys(day: &Json, verdict: &str) -> Vec<String> {
    let mut keys: Vec<String> = day[verdict].as_array().unwrap().iter().map(|key| key.as_str().unwrap().replace(' ', ":")).collect();
    keys.sort();
    keys
}

/// Each verdict of the plan lists exactly the people that the seed says.
#[track_caller]
fn says(plan: &Answer, day: &Json) {
    for verdict in ["create", "update", "leave", "return", "held", "rejected"] {
        let mut listed = plan.keys(verdict);
        listed.sort();
        assert_eq!(listed, keys(day, verdict), "{verdict}\n{}", plan.out);
        assert_eq!(plan.count("count", verdict), listed.len() as u64, "{verdict}\n{}", plan.out);
    }
}

/// Each record read stands in exactly one row.
#[track_caller]
fn adds_up(plan: &Answer) {
    let row = |name| plan.count("result", name);
    let read = plan.count("count", "read");
    assert!(read > 0, "{}", plan.out);
    assert_eq!(row("to_write") + row("needs_attention") + row("nothing_to_do") + row("out_of_scope"), read, "{}", plan.out);
}

#[track_caller]
fn report_adds_up(run: &Answer, read: u64) {
    let row = |name| run.count("result", name);
    let rows = ["written", "failed", "not_attempted", "needs_attention", "nothing_to_do", "out_of_scope"];
    assert_eq!(rows.into_iter().map(row).sum::<u64>(), read, "{}", run.out);
    let done = ["created", "updated", "left", "returned"];
    assert_eq!(done.into_iter().map(row).sum::<u64>(), row("written"), "{}", run.out);
}

/// Welcome e-mails in all, and to how many different members.
fn welcomed(project: &TestProject) -> (u64, u64) {
    let sent = |what: &str| project.counted(&format!("SELECT count({what}) FROM effects WHERE effect = 'a welcome e-mail'"));
    (sent("*"), sent("DISTINCT key"))
}

#[test]
fn the_first_run_joins_the_second_writes_nothing_the_next_day_gives_what_the_seed_says() {
    let project = TestProject::with_pipelines();
    let (first_day, next_day) = (expected("first_run"), expected("next_day"));
    let plan = project.sandboxed(&["plan", INTEGRATION_A]);
    says(&plan, &first_day);
    adds_up(&plan);

    let first = project.sandboxed(&["run", INTEGRATION_A]);
    assert_eq!(first.code, 0, "{first:?}");
    report_adds_up(&first, 320);
    assert_eq!((first.count("result", "created"), first.count("result", "updated")), (12, 40), "{}", first.out);
    assert_eq!(welcomed(&project), (12, 12));

    let wrote = project.writing_requests();
    assert_eq!(wrote, 52, "one writing request for each of the 12 who join and the 40 who change");
    let second = project.sandboxed(&["run", INTEGRATION_A]);
    assert_eq!((second.code, second.count("result", "written")), (0, 0), "{second:?}");
    report_adds_up(&second, 320);
    assert_eq!(project.writing_requests(), wrote, "the second run writes nothing: {second:?}");
    let told = project.sandboxed(&["run", INTEGRATION_A, "--format", "text"]);
    assert!(told.out.contains("nothing to write"), "{}", told.out);
    assert_eq!((project.writing_requests(), welcomed(&project)), (wrote, (12, 12)));

    assert_eq!(project.sandboxed(&["sandbox", INTEGRATION_A, "--load", "next_day"]).code, 0);
    let plan = project.sandboxed(&["plan", INTEGRATION_A]);
    assert_eq!(project.writing_requests(), wrote, "planning writes nothing");
    says(&plan, &next_day);
    adds_up(&plan);
    let third = project.sandboxed(&["run", INTEGRATION_A]);
    assert_eq!(third.code, 0, "{third:?}");
    report_adds_up(&third, 324);
    assert_eq!(project.writing_requests(), wrote + 17, "7 joins, 5 changes, 4 leavers, 1 return");
    assert_eq!(welcomed(&project), (19, 19), "nobody twice");
}

/// A day with joins, changes, leavers and a return, planned and not yet run.
fn next_day_planned() -> (TestProject, String) {
    let project = TestProject::with_pipelines();
    assert_eq!(project.sandboxed(&["run", INTEGRATION_A]).code, 0);
    assert_eq!(project.sandboxed(&["sandbox", INTEGRATION_A, "--load", "next_day"]).code, 0);
    let plan = project.sandboxed(&["plan", INTEGRATION_A]);
    let id = plan.keys("id").remove(0);
    (project, id)
}

fn json(answer: &Answer) -> Json {
    serde_json::from_str(&answer.out).unwrap_or_else(|error| panic!("{error}\n{}\n{}", answer.out, answer.err))
}

#[test]
fn every_way_to_ask_for_a_change_set_agrees() {
    let (project, id) = next_day_planned();
    let plan = project.sandboxed(&["plan", INTEGRATION_A]);
    let shown = project.sandboxed(&["show", &id]);
    assert_eq!(shown.out, plan.out, "`show c-…` is what `plan` said");

    let set = json(&project.sandboxed(&["show", &id, "--format", "json"]));
    assert_eq!((&set["format"], &set["id"]), (&1.into(), &id.as_str().into()));
    assert_eq!(set["operations"].as_array().unwrap().len() as u64, plan.count("result", "to_write"));
    assert_eq!(json(&project.sandboxed(&["plan", INTEGRATION_A, "--format", "json"]))["hash"], set["hash"]);

    let markdown = project.sandboxed(&["show", &id, "--format", "markdown"]).out;
    assert!(markdown.starts_with("### 7 create, 5 update, 4 leave, 1 return · guard within (4 of 254 leave, 1.6 %)\n"), "{markdown}");
    for words in ["| 324 read | complete |", "| 17 | to write |", "00106, 00165, 00179, 00224", "--sandbox`"] {
        assert!(markdown.contains(words), "{words}\n{markdown}");
    }
    let rows = regex::Regex::new(r"(?m)^\| (\d+) \|").unwrap();
    let sum: u64 = rows.captures_iter(&markdown).map(|row| row[1].parse::<u64>().unwrap()).sum();
    assert_eq!(sum, 324, "{markdown}");

    let text = project.sandboxed(&["show", &id, "--format", "text"]).out;
    for words in ["7 create   5 update   4 leave   1 return", "324 users read, complete", "SANDBOX"] {
        assert!(text.contains(words), "{words}\n{text}");
    }
}

#[test]
fn a_filter_chooses_and_one_that_finds_nothing_says_what_there_is() {
    let (project, id) = next_day_planned();
    let plan = project.sandboxed(&["plan", INTEGRATION_A]);
    let filtered = |filters: &[&str]| {
        let mut args = vec!["show", &id];
        args.extend(filters.iter().flat_map(|filter| ["--filter", filter]));
        project.sandboxed(&args)
    };
    let listed = |answer: &Answer| -> BTreeSet<String> {
        ["create", "update", "leave", "return", "held", "rejected"].into_iter().flat_map(|verdict| answer.keys(verdict)).collect()
    };
    for verdict in ["create", "update", "leave", "return", "held", "rejected"] {
        let only = filtered(&[verdict]);
        assert_eq!(listed(&only), plan.keys(verdict).into_iter().collect(), "{verdict}");
        assert_eq!(only.count("count", "read"), 324, "the ledger stays whole");
    }
    assert_eq!(listed(&filtered(&["update:division"])), BTreeSet::from(["00199".into(), "00202".into(), "00258".into()]));
    assert_eq!(listed(&filtered(&["update:email,return"])), BTreeSet::from(["00081".into(), "00204".into()]), "a comma is or");
    assert_eq!(listed(&filtered(&["leave", "key:00106"])), BTreeSet::from(["00106".into()]), "repeating is and");
    assert_eq!(filtered(&["line:46"]).keys("update").len(), 3);
    let none = filtered(&["key:99999"]);
    assert_eq!((none.code, none.out.as_str()), (2, ""));
    assert!(none.err.contains("nothing matches the filter") && none.err.contains("leave"), "{}", none.err);
    let planned = project.sandboxed(&["plan", INTEGRATION_A, "--filter", "leave"]);
    assert_eq!((listed(&planned), planned.keys("id")), (plan.keys("leave").into_iter().collect(), vec![id.clone()]));
}

#[test]
fn a_pipe_gets_keys_and_no_people_unless_they_are_asked_for() {
    let (project, id) = next_day_planned();
    let names: Vec<String> = std::fs::read_to_string(project.file("seed/lucca.users.jsonl"))
        .unwrap()
        .lines()
        .chain(project.read("seed/next_day/lucca.users.jsonl").lines())
        .filter_map(|line| serde_json::from_str::<Json>(line).ok()?["lastName"].as_str().map(str::to_owned))
        .filter(|name| name.len() > 4)
        .collect();
    assert!(names.len() > 300);
    let commands: [&[&str]; 9] = [
        &["plan", INTEGRATION_A],
        &["plan", INTEGRATION_A, "--format", "json"],
        &["plan", INTEGRATION_A, "--format", "markdown"],
        &["plan", INTEGRATION_A, "--format", "text", "--all"],
        &["show", &id],
        &["run", INTEGRATION_A],
        &["errors", "--format", "csv"],
        &["errors", "--format", "text"],
        &["history"],
    ];
    for args in commands {
        let answer = project.sandboxed(args);
        assert_eq!(answer.code, 0, "{args:?} {answer:?}");
        let all = format!("{}{}", answer.out, answer.err);
        assert!(!all.contains("@example.com"), "{args:?}\n{all}");
        let named: Vec<&String> = names.iter().filter(|name| all.contains(name.as_str())).collect();
        assert_eq!(named, Vec::<&String>::new(), "{args:?}\n{all}");
    }
    let full = project.sandboxed(&["show", &id, "--people", "full"]);
    assert!(full.out.contains("karim.urbain@example.com"), "{}", full.out);
    let full = project.sandboxed(&["show", &id, "--people", "full", "--format", "text", "--all"]);
    assert!(full.out.contains("karim.urbain.new@example.com"), "{}", full.out);
}

#[test]
fn history_runs_and_errors_agree_in_every_format() {
    let project = TestProject::with_pipelines();
    assert_eq!(project.sandboxed(&["run", INTEGRATION_A]).code, 0);
    assert_eq!(project.sandboxed(&["run", INTEGRATION_A]).code, 0);
    let history = project.sandboxed(&["history"]);
    assert_eq!(history.keys("run"), ["2", "1"]);
    let listed = json(&project.sandboxed(&["history", "--format", "json"]));
    let one = json(&project.sandboxed(&["show", "1", "--format", "json"]));
    assert_eq!(listed["format"], 1);
    assert_eq!(listed["runs"][1]["counts"], one["counts"]);
    assert_eq!((&one["counts"]["created"], &one["result"], &one["format"]), (&12.into(), &"done".into(), &1.into()));
    let lines = project.sandboxed(&["history", "--format", "jsonl"]).out;
    let lines: Vec<Json> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(Json::Array(lines), listed["runs"]);
    assert_eq!(project.sandboxed(&["show", "1"]).out.trim(), history.out.lines().nth(1).unwrap());

    let errors = project.sandboxed(&["errors", "1"]);
    let codes: Vec<(String, String)> = errors.out.lines().map(|line| (word(line, 1), fact(line, "code"))).collect();
    let wanted = expected("first_run")["rejected_codes"].clone();
    let wanted: BTreeSet<(String, String)> =
        wanted.as_object().unwrap().iter().map(|(key, code)| (key.replace(' ', ":"), code.as_str().unwrap().into())).collect();
    assert_eq!(codes.into_iter().collect::<BTreeSet<_>>(), wanted, "{}", errors.out);
    let table = project.sandboxed(&["errors", "1", "--format", "csv"]).out;
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let column = |name: &str| reader_column(&table, name);
    assert_eq!(reader.headers().unwrap().get(0), Some("key"));
    let objects: Vec<Json> =
        project.sandboxed(&["errors", "1", "--format", "jsonl"]).out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |name: &str| objects.iter().map(|object| object[name].as_str().unwrap_or("").to_owned()).collect::<Vec<_>>();
    assert_eq!((column("key"), column("code"), column("message")), (of("key"), of("code"), of("message")));
    let whole = json(&project.sandboxed(&["errors", "1", "--format", "json"]));
    assert_eq!((&whole["format"], &whole["run"], &whole["errors"]), (&1.into(), &1.into(), &Json::Array(objects)));
    assert_eq!(project.read(".counterpart/sandbox/errors/run-1.csv"), table);
}

fn word(line: &str, at: usize) -> String {
    line.split(' ').nth(at).unwrap_or_default().to_owned()
}

fn fact(line: &str, name: &str) -> String {
    line.split(' ').find_map(|part| part.strip_prefix(&format!("{name}="))).unwrap_or_default().to_owned()
}

fn reader_column(table: &str, name: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let at = reader.headers().unwrap().iter().position(|header| header == name).unwrap();
    reader.records().map(|record| record.unwrap()[at].to_owned()).collect()
}

#[test]
fn a_setting_of_the_pipeline_stands_in_its_own_section() {
    let project = TestProject::with_pipelines();
    let config = project.read("counterpart.toml");
    project.write("counterpart.toml", format!("{config}\n[env.sandbox.{INTEGRATION_A}]\nwelcome_mail = false\n"));
    assert_eq!(project.sandboxed(&["run", INTEGRATION_A]).count("result", "created"), 12);
    assert_eq!(welcomed(&project), (0, 0));
}
