//! Two pipelines that link one account: it is closed when the last of them lets go.

use super::project::{Answer, TestProject};

/// People of two kinds, each with a pipeline of its own, and one collection of accounts.
const FILES: &str = r#"system hr {
  collection people {
    file "people.jsonl" json_lines
    key number
    attributes {
      number : text  at $.number
      email  : text  at $.email
      kind   : text  at $.kind
      ends   : text? at $.ends
    }
  }
}
system app {
  collection users {
    file "users.jsonl" json_lines
    key  id
    attributes {
      id     : text unique  at $.id
      email  : text unique  at $.email
      active : bool opens   at $.active
    }
  }
}
"#;

/// A pipeline for one kind of people, with these lines in its `leaver`.
fn pipeline_of(name: &str, kind: &str, leave: &str) -> String {
    format!(
        r#"pipeline {name} {{
  from hr.people as e
  to   app.users
  include when e.kind == "{kind}" as "{kind}"
  key  e.number
  match {{ email = e.email }}
  mode update
  map {{ email = e.email }}
  leaver {{
    when e.ends is present as "ended"
    {leave}
    on return {{ set active = true }}
  }}
  guard {{ leavers at most 50% or 5 }}
}}
"#
    )
}

const CLOSE: &str = "set active = false";

/// The record of somebody, who may have left.
fn person(number: &str, email: &str, kind: &str, ended: bool) -> String {
    let ends = if ended { r#", "ends": "yes""# } else { "" };
    format!("{{\"number\": \"{number}\", \"email\": \"{email}@example.com\", \"kind\": \"{kind}\"{ends}}}\n")
}

/// Ada, as an employee and as a contractor, and others.
fn people(employee_left: bool, contractor_left: bool) -> String {
    let others: String = (2..8).map(|n| person(&format!("{n}"), &format!("p{n}"), "emp", false)).collect();
    let others_of_b: String = (22..28).map(|n| person(&format!("{n}"), &format!("p{n}"), "con", false)).collect();
    person("1", "ada", "emp", employee_left) + &person("21", "ada", "con", contractor_left) + &others + &others_of_b
}

fn users() -> String {
    let one = |email: String| format!("{{\"id\": \"{email}\", \"email\": \"{email}@example.com\", \"active\": true}}\n");
    std::iter::once("ada".to_owned()).chain((2..8).chain(22..28).map(|n| format!("p{n}"))).map(one).collect()
}

/// Both pipelines, with everybody linked.
fn linked(leave_of_a: &str, leave_of_b: &str) -> TestProject {
    let project = TestProject::empty();
    project.write("p.sync", FILES.to_owned() + &pipeline_of("a", "emp", leave_of_a) + &pipeline_of("b", "con", leave_of_b));
    project.write("people.jsonl", people(false, false)).write("users.jsonl", users());
    for name in ["a", "b"] {
        let applied = project.counterpart(&["apply", &planned(&project, name)]);
        assert_eq!(applied.code, 0, "{applied:?}");
    }
    project
}

fn planned(project: &TestProject, name: &str) -> String {
    let plan = project.counterpart(&["plan", name]);
    plan.keys("id").first().unwrap_or_else(|| panic!("{plan:?}")).clone()
}

#[track_caller]
fn run(project: &TestProject, name: &str) -> Answer {
    run_to(project, name, 0)
}

/// A run that ends with this code: 4 as long as a doubt keeps the account of a leaver open.
#[track_caller]
fn run_to(project: &TestProject, name: &str, code: i32) -> Answer {
    let run = project.counterpart(&["run", name]);
    assert_eq!(run.code, code, "{run:?}");
    run
}

/// `open`, `closed` or `deleted`
fn account(project: &TestProject) -> &'static str {
    let users = project.read("users.jsonl");
    let Some(line) = users.lines().find(|line| line.contains("ada@")) else { return "deleted" };
    if line.contains("true") { "open" } else { "closed" }
}

#[test]
fn the_account_is_closed_when_the_second_pipeline_lets_go() {
    for (first, second, left, both) in [("a", "b", (true, false), "21"), ("b", "a", (false, true), "1")] {
        let project = linked(CLOSE, CLOSE);
        project.write("people.jsonl", people(left.0, left.1));
        let gone = run(&project, first);
        assert_eq!((account(&project), gone.count("result", "left")), ("open", 0), "{gone:?}");
        assert!(held_words(&project, first).contains(&format!("user ada is still held by {second}")));
        assert_eq!(run(&project, first).count("result", "left"), 0, "it waits");
        run(&project, second);
        assert_eq!(account(&project), "open", "{both} is still there");
        project.write("people.jsonl", people(true, true));
        assert_eq!(run(&project, second).count("result", "left"), 1);
        assert_eq!(account(&project), "closed");
        assert_eq!(run(&project, first).count("result", "left"), 0, "closed by the other one");
        let held = project.counterpart(&["held", first]);
        assert!(!held.out.contains("still held"), "{held:?}");
    }
}

fn held_words(project: &TestProject, name: &str) -> String {
    let held = project.counterpart(&["held", name]);
    assert_eq!(held.code, 0, "{held:?}");
    held.out
}

/// Deletes, a later step, and calls are no less than a closing.
#[test]
fn no_way_of_leaving_takes_the_account_from_the_other_pipeline() {
    for leave in ["delete", "set active = false\n    after 1 day { delete }", CLOSE] {
        let project = linked(leave, leave);
        project.write("people.jsonl", people(true, false));
        run(&project, "a");
        assert_eq!(account(&project), "open", "{leave}");
        project.write("people.jsonl", people(true, true));
        run(&project, "b");
        assert_ne!(account(&project), "open", "{leave}");
        let (before, gone) = (account(&project), run(&project, "a"));
        assert_eq!((account(&project), gone.count("result", "left")), (before, 0), "{leave}");
    }
}

#[test]
fn what_the_last_link_leaves_behind_is_closed_by_whoever_let_go() {
    let project = linked(CLOSE, CLOSE);
    project.write("people.jsonl", people(true, false));
    run(&project, "a");
    let unlinked = project.counterpart(&["decide", "21", "unlink", "--pipeline", "b"]);
    assert_eq!(unlinked.code, 0, "{unlinked:?}");
    assert_eq!(run(&project, "a").count("result", "left"), 1);
    assert_eq!(account(&project), "closed");
}

#[test]
fn who_comes_back_before_the_account_is_closed_holds_it_again() {
    let project = linked(CLOSE, CLOSE);
    project.write("people.jsonl", people(true, false));
    run(&project, "a");
    project.write("people.jsonl", people(false, false));
    assert_eq!(run(&project, "a").count("result", "returned"), 0, "nothing was done that could be undone");
    project.write("people.jsonl", people(false, true));
    run(&project, "b");
    assert_eq!(account(&project), "open");
    assert!(held_words(&project, "b").contains("user ada is still held by a"));
}

#[test]
fn a_pipeline_that_was_removed_holds_until_a_person_decides() {
    let project = linked(CLOSE, CLOSE);
    project.write("people.jsonl", people(true, false)).write("p.sync", FILES.to_owned() + &pipeline_of("a", "emp", CLOSE));
    run(&project, "a");
    assert_eq!(account(&project), "open");
    assert!(held_words(&project, "a").contains("still held by b, which is no longer in the folder"));
    assert_eq!(project.counterpart(&["decide", "1", "leave"]).code, 0);
    run(&project, "a");
    assert_eq!(account(&project), "closed");
}

/// What only adds values neither makes nor closes accounts, and would hold them for ever.
#[test]
fn a_pipeline_that_neither_creates_nor_lets_anybody_leave_holds_nothing() {
    let notes = pipeline_of("b", "con", CLOSE);
    let start = notes.find("  leaver {").unwrap();
    let notes = format!("{}}}\n", &notes[..start]);
    let project = TestProject::empty();
    project.write("p.sync", FILES.to_owned() + &pipeline_of("a", "emp", CLOSE) + &notes);
    project.write("people.jsonl", people(false, false)).write("users.jsonl", users());
    for name in ["a", "b"] {
        assert_eq!(project.counterpart(&["apply", &planned(&project, name)]).code, 0);
    }
    project.write("people.jsonl", people(true, false));
    run(&project, "a");
    assert_eq!(account(&project), "closed");
}

#[test]
fn a_change_set_that_was_made_before_the_other_pipeline_linked_closes_nothing() {
    let project = TestProject::empty();
    project.write("p.sync", FILES.to_owned() + &pipeline_of("a", "emp", CLOSE) + &pipeline_of("b", "con", CLOSE));
    project.write("people.jsonl", people(false, false)).write("users.jsonl", users());
    assert_eq!(project.counterpart(&["apply", &planned(&project, "a")]).code, 0);
    project.write("people.jsonl", people(true, false)).write("links.csv", "key,account\n21,ada\n");
    let id = planned(&project, "a");
    let links = std::fs::File::open(project.file("links.csv")).unwrap();
    assert!(project.command(&["import", "b"]).stdin(links).status().unwrap().success());
    let refused = project.counterpart(&["apply", &id]);
    assert_eq!((refused.code, account(&project)), (6, "open"), "{refused:?}");
    assert!(refused.err.contains("1 leaves, and user ada is still held by b"), "{refused:?}");
}

/// Nobody has approved the leave of the other pipeline, so it has not let go.
#[test]
fn a_leave_that_is_held_lets_nothing_go() {
    let project = linked(CLOSE, CLOSE);
    let (of_a, of_b) = (pipeline_of("a", "emp", CLOSE), pipeline_of("b", "con", CLOSE));
    let of_b = of_b.replace("leavers at most 50% or 5", "leavers at most 1\n    hold leavers");
    project.write("p.sync", FILES.to_owned() + &of_a + &of_b).write("people.jsonl", people(true, false));
    run(&project, "a");
    let both = person("22", "p22", "con", false);
    project.write("people.jsonl", people(true, true).replace(&both, &person("22", "p22", "con", true)));
    assert_eq!((project.counterpart(&["run", "b"]).code, account(&project)), (3, "open"));
    run(&project, "a");
    assert_eq!(account(&project), "open");
    let waits = held_words(&project, "a");
    assert!(waits.contains("still held by b"), "{waits}");
}

/// Whoever was never linked by a pipeline, and is out of its scope, is a leaver of the other one alone.
#[test]
fn a_leaver_of_the_other_pipeline_is_none_of_this_one() {
    for (leave, first, second) in [(CLOSE, "a", "b"), (CLOSE, "b", "a"), ("delete", "a", "b"), ("delete", "b", "a")] {
        let project = TestProject::empty();
        let here = person("21", "ada", "con", false);
        let others: String = (2..8).map(|n| person(&format!("{n}"), &format!("p{n}"), "emp", false)).collect();
        let people = |ada: &str| ada.to_owned() + &others + &person("22", "p22", "con", false) + &person("23", "p23", "con", false);
        project.write("p.sync", FILES.to_owned() + &pipeline_of("a", "emp", leave) + &pipeline_of("b", "con", leave));
        project.write("people.jsonl", people(&here)).write("users.jsonl", users());
        for name in ["a", "b"] {
            assert_eq!(project.counterpart(&["apply", &planned(&project, name)]).code, 0);
        }
        project.write("people.jsonl", people(&person("21", "ada", "con", true)));
        let left: u64 = [first, second].map(|name| run(&project, name).count("result", "left")).iter().sum();
        assert_eq!(left, 1, "{leave} {first}");
        assert!(!project.counterpart(&["export", "a"]).out.contains("ada"), "a never had ada");
        let plan = project.counterpart(&["plan", "a"]);
        assert_eq!(plan.count("result", "out_of_scope"), 3, "{plan:?}");
    }
}

/// Somebody who moves from one kind to the other is a person of the first no more, and is closed by nobody.
#[test]
fn who_moves_to_the_other_pipeline_keeps_the_account() {
    let project = linked(CLOSE, CLOSE);
    let moved = people(false, false).replace(&person("21", "ada", "con", false), &person("21", "ada2", "emp", false));
    project.write("people.jsonl", moved);
    run(&project, "b");
    run(&project, "a");
    assert_eq!(account(&project), "open");
}

/// Pipelines that create, and find accounts by their number alone.
fn creating(name: &str, kind: &str) -> String {
    let text = pipeline_of(name, kind, CLOSE).replace("email = e.email }\n  mode update", "id = e.number }\n  mode create and update");
    text.replace("map { email = e.email }", "map {\n    id = e.number on create\n    email = e.email\n    active = true on create\n  }")
}

/// Contractor 21 ends, and somebody new wants the address of that account in the other pipeline.
fn converted(newcomer: &str) -> TestProject {
    let project = TestProject::empty();
    project.write("p.sync", FILES.to_owned() + &creating("a", "emp") + &creating("b", "con"));
    let others: String = (2..8).map(|n| person(&format!("{n}"), &format!("p{n}"), "emp", false)).collect();
    let more: String = (22..28).map(|n| person(&format!("{n}"), &format!("p{n}"), "con", false)).collect();
    let ada = |ended| person("21", "ada", "con", ended);
    let users = users().replace("\"id\": \"ada\"", "\"id\": \"21\"").replace("\"id\": \"p", "\"id\": \"");
    project.write("people.jsonl", ada(false) + &others + &more).write("users.jsonl", users);
    for name in ["a", "b"] {
        let applied = project.counterpart(&["apply", &planned(&project, name)]);
        assert_eq!(applied.code, 0, "{applied:?}");
    }
    project.write("people.jsonl", ada(true) + newcomer + &others + &more);
    project
}

#[test]
fn a_person_of_another_pipeline_who_wants_the_address_holds_the_close() {
    let project = converted(&person("99", "ada", "emp", false));
    run(&project, "a");
    run_to(&project, "b", 4);
    assert_eq!(account(&project), "open", "{}", held_words(&project, "b"));
    let held = held_words(&project, "b");
    assert!(held.contains("held 21 pipeline=b reason=\"same person?\""), "{held}");
    run_to(&project, "b", 4);
    assert_eq!(account(&project), "open", "it is not forgotten");

    assert_eq!(project.counterpart(&["decide", "21", "leave", "--pipeline", "b"]).code, 0);
    run(&project, "b");
    assert_eq!(account(&project), "closed", "a person may decide");
}

#[test]
fn a_claim_of_another_pipeline_ends_when_it_is_given_up() {
    let project = converted(&person("99", "ada", "emp", false));
    run(&project, "a");
    project.write(
        "people.jsonl",
        project.read("people.jsonl").replace("{\"number\": \"99\", \"email\": \"ada@", "{\"number\": \"99\", \"email\": \"new@"),
    );
    run(&project, "a");
    assert_eq!(run(&project, "b").count("result", "left"), 1);
    assert_eq!(account(&project), "closed");
}

#[test]
fn a_claim_of_another_pipeline_outlives_a_night_without_the_record() {
    let newcomer = person("99", "ada", "emp", false);
    let project = converted(&newcomer);
    run(&project, "a");
    project.write("people.jsonl", project.read("people.jsonl").replace(&newcomer, ""));
    run(&project, "a");
    run_to(&project, "b", 4);
    assert_eq!(account(&project), "open");
}

/// Teams, whose lead is somebody of another pipeline; `list` of several.
fn teams(lost: &str, list: bool) -> TestProject {
    let (kind, missing) = if list { ("list of text", "") } else { ("text?", " keep when missing") };
    let systems = format!(
        r#"system hr {{
  collection people {{
    file "people.jsonl" json_lines
    key number
    attributes {{
      number : text at $.number
      email  : text at $.email
    }}
  }}
  collection teams {{
    file "teams.jsonl" json_lines
    key name
    attributes {{
      name : text at $.name
      lead : {kind} at $.lead
    }}
  }}
}}
system app {{
  collection users {{
    file "users.jsonl" json_lines
    key  id
    lists all
    attributes {{
      id    : text unique at $.id
      email : text unique at $.email
    }}
  }}
  collection groups {{
    file "groups.jsonl" json_lines
    key  name
    lists all
    attributes {{
      name : text unique at $.name
      lead : {kind} at $.lead
    }}
  }}
}}
pipeline staff {{
  from hr.people as e
  to   app.users
  key  e.number
  match {{ id = e.number }}
  mode create and update
  map {{
    id    = e.number
    email = e.email
  }}
  {lost}
}}
pipeline groups {{
  from hr.teams as team
  to   app.groups
  key  team.name
  match {{ name = team.name }}
  mode create and update
  map {{
    name = team.name
    lead = team.lead | counterpart(staff){missing}
  }}
}}
"#
    );
    let people: String = (1..8).map(|n| format!("{{\"number\": \"{n}\", \"email\": \"p{n}@example.com\"}}\n")).collect();
    let project = TestProject::empty();
    project.write("p.sync", systems).write("people.jsonl", people).write("users.jsonl", "").write("groups.jsonl", "");
    project.write("teams.jsonl", led_by("", list));
    for name in ["staff", "groups"] {
        let applied = project.counterpart(&["apply", &planned(&project, name)]);
        assert_eq!(applied.code, 0, "{applied:?}");
    }
    project
}

fn led_by(person: &str, list: bool) -> String {
    let lead = match (person, list) {
        ("", true) => "[]".to_owned(),
        (_, true) => format!("[\"{person}\"]"),
        ("", false) => "null".to_owned(),
        (_, false) => format!("\"{person}\""),
    };
    (1..5).map(|n| format!("{{\"name\": \"t{n}\", \"lead\": {lead}}}\n")).collect()
}

/// The account of person 1 is deleted by hand, and can't be made again where its address is held by somebody else's.
fn without_first(project: &TestProject) {
    let users: String = project.read("users.jsonl").lines().filter(|line| !line.contains("p1@")).map(|line| format!("{line}\n")).collect();
    project.write("users.jsonl", users + "{\"id\": \"x\", \"email\": \"p1@example.com\"}\n");
}

#[test]
fn a_manager_whose_account_is_gone_in_the_other_pipeline_is_not_written() {
    for (lost, list) in [("", false), ("on lost counterpart create again", false), ("on lost counterpart create again", true), ("", true)] {
        let project = teams(lost, list);
        without_first(&project);
        project.counterpart(&["run", "staff"]);
        project.write("teams.jsonl", led_by("1", list));
        for _ in 0..3 {
            let run = project.counterpart(&["run", "groups"]);
            assert_eq!(run.count("result", "updated"), 0, "{lost}, {list}: {run:?}");
            assert!(!project.read("groups.jsonl").contains("\"1\""), "{lost}, {list}: {}", project.read("groups.jsonl"));
            project.counterpart(&["run", "staff"]);
        }
    }
}

/// What was written while the account was there stays: a reference in doubt is not cleared either.
#[test]
fn a_manager_whose_account_is_lost_later_is_left_and_written_when_it_is_there_again() {
    let project = teams("", false);
    project.write("teams.jsonl", led_by("1", false));
    assert_eq!(run(&project, "groups").count("result", "updated"), 4);
    let users = project.read("users.jsonl");
    without_first(&project);
    project.counterpart(&["run", "staff"]);
    assert_eq!(project.counterpart(&["run", "groups"]).count("result", "updated"), 0);
    assert_eq!(project.read("groups.jsonl").matches("\"lead\":\"1\"").count(), 4, "{}", project.read("groups.jsonl"));
    project.write("teams.jsonl", led_by("2", false));
    assert_eq!(project.counterpart(&["run", "groups"]).count("result", "updated"), 4);
    project.write("teams.jsonl", led_by("1", false));
    assert_eq!(project.counterpart(&["run", "groups"]).count("result", "updated"), 0, "still missing");
    project.write("users.jsonl", users);
    project.counterpart(&["run", "staff"]);
    assert_eq!(project.counterpart(&["run", "groups"]).count("result", "updated"), 4, "there again");
}
