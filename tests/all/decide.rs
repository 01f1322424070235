//! A person decides about single records, by name: what waits is answered, and the next change set does it.

use super::{
    links::given,
    project::{Answer, TestProject},
    terminal::TerminalSession,
};
use serde_json::Value as Json;

const PIPELINE: &str = r#"system files {
  collection people {
    file "people.csv" csv
    key  number
    attributes {
      number  : text  at $.number
      name    : text  at $.name
      email   : text? at $.email
      left_on : date? at $.left_on
    }
  }
  collection accounts {
    file  "accounts.jsonl" json_lines
    key   id
    lists all
    attributes {
      id     : text unique               at $.id
      number : text?                     at $.number
      name   : text                      at $.name
      email  : text ignoring case        at $.email
      active : bool opens                at $.active
    }
  }
}

pipeline staff {
  title "Staff"
  zone  "Europe/Paris"
  from  files.people as person
  to    files.accounts
  include when person.email is present
  key  person.number
  match {
    number = person.number
    email  = person.email
  }
  mode create and update
  map {
    id     = "n{person.number}" on create
    number = person.number
    name   = person.name
    email  = person.email
    active = true on create
  }
  leaver {
    when person.left_on < today as "left the company"
    set  active = false
    on return { set active = true }
  }
  guard { leavers at most 50% or 5 }
}
"#;

/// Anna has an account of her own; Bea's address is that of an account with another number; Cleo left, and only her address finds hers.
fn project() -> TestProject {
    let project = unpublished();
    apply(&project);
    project
}

fn unpublished() -> TestProject {
    let project = TestProject::empty();
    project.write("staff.sync", PIPELINE);
    project.write(
        "people.csv",
        "number,name,email,left_on\n1,Anna,anna@example.com,\n2,Bea,bea@example.com,\n3,Cleo,cleo@example.com,2026-01-31\n",
    );
    let account = |id: &str, number: &str, name: &str| {
        let mail = format!("{}@example.com", name.to_lowercase());
        format!("{}\n", serde_json::json!({ "id": id, "number": number, "name": name, "email": mail, "active": true }))
    };
    project.write("accounts.jsonl", account("a1", "1", "Anna") + &account("a2", "9", "Bea") + &account("a3", "", "Cleo"));
    project
}

fn plan(project: &TestProject) -> Answer {
    project.counterpart(&["plan"])
}

fn apply(project: &TestProject) -> Answer {
    let id = plan(project).keys("id")[0].clone();
    project.counterpart(&["apply", &id])
}

/// What waits: the key, the reason, and the commands that end the wait.
fn held(project: &TestProject) -> Vec<(String, String, Vec<String>)> {
    let answer = project.counterpart(&["held", "--format", "json"]);
    let json: Json = serde_json::from_str(&answer.out).unwrap_or_else(|error| panic!("{error}: {answer:?}"));
    let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
    let one = |record: &Json| {
        let commands = record["commands"].as_array().unwrap().iter().map(text).collect();
        (text(&record["key"]), text(&record["reason"]), commands)
    };
    json["pipelines"][0]["records"].as_array().unwrap().iter().map(one).collect()
}

#[track_caller]
fn refused(project: &TestProject, args: &[&str], says: &str) {
    let before = (held(project), project.counterpart(&["history", "--format", "json"]).out);
    let answer = project.counterpart(args);
    assert!(answer.code == 2 && answer.err.contains("nothing was decided") && answer.err.contains(says), "{answer:?}");
    assert_eq!((held(project), project.counterpart(&["history", "--format", "json"]).out), before);
}

#[test]
fn who_waits_is_listed_with_what_can_be_decided() {
    let project = project();
    let commands = |key: &str, all: &[&str]| all.iter().map(|words| format!("counterpart decide {key} {words}")).collect::<Vec<_>>();
    let bea = ("2".to_owned(), "rules disagree".to_owned(), commands("2", &["link a2", "new", "keep"]));
    let cleo = ("3".to_owned(), "leaver with an account".to_owned(), commands("3", &["leave", "link a3", "keep"]));
    let mut all = held(&project);
    all.sort();
    assert_eq!(all, [bea, cleo]);
}

#[test]
fn a_record_is_linked_with_the_account_that_a_person_names() {
    let project = project();
    let before = plan(&project).keys("id")[0].clone();
    let decided = project.counterpart(&["decide", "2", "link", "a2", "--why", "asked her"]);
    assert_eq!((decided.code, decided.out.as_str()), (0, "decided 2 of staff: link a2\n"), "{decided:?}");
    refused(&project, &["decide", "2", "new"], "was decided about (link a2): `unlink` ends that link, and then `new` can be chosen");
    let stale = project.counterpart(&["apply", &before]);
    assert!(stale.code == 6 && stale.err.contains("a person has decided about 2 since"), "{stale:?}");

    let next = plan(&project);
    assert_eq!((next.keys("update"), next.keys("decided"), next.keys("held")), (vec!["2".into()], vec!["2".into()], vec![]), "{next:?}");
    assert_eq!(apply(&project).code, 0);
    assert!(project.read("accounts.jsonl").contains("\"id\":\"a2\",\"number\":\"2\""), "{}", project.read("accounts.jsonl"));
    assert_eq!(plan(&project).keys("decided"), [""; 0], "it has been carried out");
    let history = project.counterpart(&["history", "--format", "json", "--people", "full"]);
    let json: Json = serde_json::from_str(&history.out).unwrap();
    let decision = &json["decisions"][0];
    assert_eq!((&decision["decision"], &decision["account"], &decision["why"]), (&"2".into(), &"a2".into(), &"asked her".into()));
    assert!(decision["ended"].is_string() && decision["by"].is_string(), "{decision}");
    assert!(!project.counterpart(&["history"]).out.contains("asked"), "a pipe gets keys alone");
}

#[test]
fn a_record_is_decided_about_before_the_first_change_set_is_applied() {
    let project = unpublished();
    plan(&project);
    assert_eq!(project.counterpart(&["decide", "2", "link", "a2"]).code, 0);
    let next = plan(&project);
    assert_eq!((next.keys("update"), next.fact("result", "published")), (vec!["2".into()], Some("no".into())), "{next:?}");
    assert_eq!(project.counterpart(&["run"]).code, 3, "a person still reviews it");
}

#[test]
fn an_account_moves_with_its_link_to_the_record_that_a_person_names() {
    let project = project();
    let moved = project.counterpart(&["decide", "2", "link", "a1"]);
    assert_eq!(moved.out, "decided 2 of staff: link a1, which was linked to 1\n", "{moved:?}");
    let next = plan(&project);
    assert_eq!((next.keys("create"), next.keys("leave")), (vec![], vec![]), "nobody is made twice or closed: {next:?}");
    assert!(next.keys("held").contains(&"1".to_owned()), "its account is taken now: {next:?}");
    assert_eq!(project.counterpart(&["decide", "1", "link", "a1"]).code, 0);
    assert!(plan(&project).keys("held").contains(&"2".to_owned()));
}

#[test]
fn a_leaver_with_an_account_leaves_by_name() {
    let project = project();
    assert_eq!(project.counterpart(&["decide", "3", "leave"]).code, 0);
    assert_eq!(apply(&project).code, 0);
    assert!(project.read("accounts.jsonl").matches("\"active\":false").count() == 0, "linked first");
    let run = project.counterpart(&["run"]);
    assert_eq!(run.count("result", "left"), 1, "{run:?}");
    assert!(held(&project).iter().all(|(key, ..)| key != "3"));
    assert_eq!(project.read("accounts.jsonl").matches("\"active\":false").count(), 1);
}

#[test]
fn what_is_kept_waits_no_more() {
    let project = project();
    assert_eq!(project.counterpart(&["decide", "2", "keep"]).code, 0);
    assert_eq!(project.counterpart(&["decide", "3", "keep"]).code, 0);
    let run = project.counterpart(&["run"]);
    assert_eq!((run.code, held(&project)), (0, vec![]), "{run:?}");
    // Another account has the address as well: that is another question.
    let more = project.read("accounts.jsonl") + "{\"id\": \"a4\", \"name\": \"B\", \"email\": \"bea@example.com\", \"active\": true}\n";
    project.write("accounts.jsonl", more);
    plan(&project);
    assert_eq!(held(&project).into_iter().map(|(key, ..)| key).collect::<Vec<_>>(), ["2"]);
    assert_eq!(project.counterpart(&["decide", "3", "link", "a3"]).code, 0, "it may be decided about again");
}

#[test]
fn whoever_was_unlinked_stays_without_an_account_until_it_is_decided() {
    let project = project();
    assert_eq!(project.counterpart(&["decide", "1", "unlink"]).out, "decided 1 of staff: unlink a1\n");
    for _ in 0..2 {
        let next = plan(&project);
        assert!(next.keys("held").contains(&"1".to_owned()) && next.keys("create").is_empty(), "{next:?}");
        apply(&project);
    }
    let waits = held(&project).into_iter().find(|(key, ..)| key == "1").unwrap();
    assert_eq!((waits.1.as_str(), waits.2.last().unwrap().as_str()), ("unlinked", "counterpart decide 1 new"));
    assert_eq!(project.counterpart(&["decide", "1", "new"]).code, 0);
    assert_eq!(plan(&project).keys("create"), ["1"]);
    assert_eq!(project.counterpart(&["decide", "1", "link", "a1"]).code, 0);
}

#[test]
fn a_choice_that_answers_nothing_is_refused_with_what_can_be_chosen() {
    let project = project();
    refused(&project, &["decide", "2"], "2 is rules disagree; say what: link, new or keep");
    refused(&project, &["decide", "2", "leave", "a2"], "2 is rules disagree: choose link, new or keep");
    refused(&project, &["decide", "2", "link"], "needs the id of the account");
    refused(&project, &["decide", "1", "new"], "does not wait for a decision");
    refused(&project, &["decide", "1", "link", "a1"], "is linked to a1 already");
    refused(&project, &["decide", "2", "unlink"], "is not linked");
    refused(&project, &["decide", "1", "unlink", "a9"], "has the account a1, not a9");
    refused(&project, &["decide", "77", "keep"], "is no key that `staff` has read or linked");
    let word = project.counterpart(&["decide", "2", "merge"]);
    assert!(word.code == 2 && word.err.contains("link, new, leave, recreate, unlink, keep or wait"), "{word:?}");
    assert_eq!(project.counterpart(&["forget", "2"]).code, 0);
    refused(&project, &["decide", "2", "link", "a2"], "asked to forget");
}

/// Also where the new account has the id of the old one, as in each collection whose key is written.
#[test]
fn an_account_is_created_again_once() {
    let project = project();
    let others = |project: &TestProject| {
        let kept: String =
            project.read("accounts.jsonl").lines().filter(|line| !line.contains("Anna")).map(|line| format!("{line}\n")).collect();
        project.write("accounts.jsonl", kept);
    };
    for round in 0..2 {
        others(&project);
        assert_eq!((plan(&project).keys("create").len(), held(&project).iter().any(|(key, ..)| key == "1")), (0, true), "{round}");
        assert_eq!(project.counterpart(&["decide", "1", "recreate"]).code, 0, "{round}");
        assert_eq!(apply(&project).code, 0, "{round}");
        assert!(project.read("accounts.jsonl").contains("\"id\":\"n1\""), "{round}");
    }
    others(&project);
    assert_eq!(plan(&project).keys("create"), [""; 0], "nobody has decided that again");
}

#[test]
fn a_list_is_decided_whole_or_not_at_all() {
    let project = project();
    let list = |rows: &str| given(&project, &["decide", "-"], &format!("key,choice,account,why\n{rows}"));
    let wrong = list("2,link,a2,\n77,keep,,\n2,keep,,\n");
    assert!(
        wrong.code == 2 && wrong.err.contains("line 3 is no key") && wrong.err.contains("line 4 decides about 2, as line 2 does already"),
        "{wrong:?}"
    );
    let twice = list("2,link,a2,\n3,link,a2,\n");
    assert!(twice.code == 2 && twice.err.contains("line 3 links 3 with a2, as line 2 does with 2"), "{twice:?}");
    assert_eq!(held(&project).len(), 2, "nothing was decided");
    let word = list("2,join,a2,\n");
    assert!(word.code == 2 && word.err.contains("line 2: `join` is not a choice"), "{word:?}");
    let leaves = list("2,link,a2,\n3,leave,,\n");
    assert!(leaves.code == 3 && leaves.err.contains("1 record of the list would leave"), "{leaves:?}");
    assert_eq!(held(&project).len(), 2, "nobody confirmed it");
    let right = list("2,link,a2,moved\n3,keep,,\n");
    assert_eq!((right.code, right.out.as_str()), (0, "decided about 2 records of staff\n"), "{right:?}");
    assert_eq!(plan(&project).keys("update"), ["2"]);
    assert_eq!(held(&project), []);
}

/// The key is the same, and has another name.
#[test]
fn links_move_along_with_a_pipeline_that_a_person_binds_again() {
    let project = project();
    project.write("staff.sync", project.read("staff.sync").replace("key  person.number", "key  person.name"));
    for args in [&["plan"][..], &["run"]] {
        let elsewhere = project.counterpart(args);
        assert_eq!(elsewhere.code, 5, "{elsewhere:?}");
        assert!(elsewhere.err.contains("its key was `person.number` and is `person.name`"), "{elsewhere:?}");
        assert!(!elsewhere.err.contains("remove"), "{elsewhere:?}");
    }
    let bound = project.counterpart(&["rebind"]);
    let words = "1 link of staff moved along to the key that the pipeline has now; the next change set waits until a person applies it\n";
    assert_eq!((bound.code, bound.out.as_str()), (0, words), "{bound:?}");
    assert_eq!(project.counterpart(&["rebind"]).out, "the links of staff belong where they are\n");
    assert_eq!(project.counterpart(&["run"]).code, 3, "a person looks first");
}

/// Another text of the pipeline.
type Edit = fn(&str) -> String;

/// What a record is called in the file is no part of its key.
#[test]
fn a_key_that_is_written_in_another_way_is_the_same_key() {
    let renamed = |text: &str| text.replace("as person", "as worker").replace("person.", "worker.");
    let edits: [(&str, Edit); 5] = [
        ("alias", |text| text.replace("as person", "as worker").replace("person.", "worker.")),
        ("brackets", |text| text.replace("key  person.number", "key  ((person.number))")),
        ("blanks", |text| text.replace("key  person.number", "key  (\n    person.number\n  )")),
        ("attribute", |text| {
            text.replace("number  : text  at", "staff_no : text at")
                .replace("key  number", "key staff_no")
                .replace("person.number", "person.staff_no")
        }),
        ("field", |text| text.replace("  key  person.number", "  field own = person.number\n  key  own")),
    ];
    for (name, edit) in edits {
        let project = project();
        let links = project.counterpart(&["export"]).out;
        project.write("staff.sync", edit(&project.read("staff.sync")));
        let run = project.counterpart(&["run"]);
        assert!(matches!(run.code, 0 | 4), "{name}: {run:?}");
        assert_eq!(project.counterpart(&["export"]).out, links, "{name}");
        project.write("staff.sync", renamed(&project.read("staff.sync")));
        assert!(matches!(project.counterpart(&["run"]).code, 0 | 4), "{name}, twice");
    }
    for other in ["key  person.email ?? person.number", "key  person.number | trim", "key  person.name"] {
        let project = project();
        project.write("staff.sync", project.read("staff.sync").replace("key  person.number", other));
        assert_eq!(project.counterpart(&["plan"]).code, 5, "{other}");
    }
}

#[test]
fn a_person_is_asked_at_the_terminal() {
    let project = project();
    let mut session = TerminalSession::start(&project, &["decide", "2"]);
    session.wait_for("rules disagree").wait_for("link, new or keep?").answer("link a2");
    let (code, screen) = session.end();
    assert!(code == 0 && screen.contains("decided 2 of staff: link a2"), "{screen}");

    for (answer, ends, says) in [("2", 3, "the answer was `2`, and 1 record would leave"), ("1", 0, "decided about 1 record of staff")] {
        let mut session = TerminalSession::with_input(&project, &["decide", "-"], "key,choice\n3,leave\n");
        session.wait_for("how many records of the list will leave?").answer(answer);
        let (code, screen) = session.end();
        assert!(code == ends && screen.contains(says), "{code}: {screen}");
    }
}

/// What was decided about one record is not ended by what is decided about another, in whatever order.
#[test]
fn whoever_loses_an_account_keeps_what_was_decided() {
    let waits = |decide: &dyn Fn(&TestProject)| {
        let project = project();
        decide(&project);
        let waits = held(&project).into_iter().find(|(key, ..)| key == "1").map(|(_, reason, _)| reason);
        let next = plan(&project);
        assert_eq!((next.keys("create"), next.keys("leave")), (vec![], vec![]), "{next:?}");
        let reason = held(&project).into_iter().find(|(key, ..)| key == "1").map(|(_, reason, _)| reason);
        (waits, reason)
    };
    let list = |project: &TestProject, rows: &str| {
        let answer = given(project, &["decide", "-"], &format!("key,choice,account,why\n{rows}"));
        assert_eq!(answer.code, 0, "{answer:?}");
    };
    let wait = waits(&|project| list(project, "1,wait,,\n2,link,a1,\n"));
    assert_ne!(wait.1.as_deref(), Some("unlinked"), "{wait:?}");
    assert_eq!(waits(&|project| list(project, "2,link,a1,\n1,wait,,\n")), wait);
    let one_by_one = waits(&|project| {
        assert_eq!(project.counterpart(&["decide", "1", "wait"]).code, 0);
        assert_eq!(project.counterpart(&["decide", "2", "link", "a1"]).code, 0);
    });
    assert_eq!(one_by_one, wait);
    let alone = waits(&|project| list(project, "2,link,a1,\n"));
    assert_eq!(alone.1.as_deref(), Some("unlinked"), "nothing else is decided");
    for rows in ["1,link,a9,\n2,link,a1,\n", "2,link,a1,\n1,link,a9,\n"] {
        let project = project();
        list(&project, rows);
        let export = project.counterpart(&["export"]).out;
        assert!(export.contains("1,a9,") && export.contains("2,a1,"), "{export}");
        plan(&project);
        assert!(held(&project).iter().all(|(key, reason, _)| key != "1" || reason != "unlinked"), "{:?}", held(&project));
    }
}

fn alone(people: &str, edits: &[(&str, &str)]) -> TestProject {
    let project = TestProject::empty();
    let pipeline = edits.iter().fold(PIPELINE.to_owned(), |text, (from, to)| text.replace(from, to));
    let account = |id: &str, number: &str, name: &str| {
        let mail = format!("{}@example.com", name.to_lowercase());
        format!("{}\n", serde_json::json!({ "id": id, "number": number, "name": name, "email": mail, "active": true }))
    };
    project.write("staff.sync", pipeline).write("people.csv", format!("number,name,email,left_on\n{people}"));
    project.write("accounts.jsonl", account("a1", "1", "Anna") + &account("a4", "4", "Dora"));
    assert_eq!(apply(&project).code, 0);
    project
}

#[test]
fn whoever_waits_is_left_out_and_no_run_ends_well_while_the_account_stays_open_by_it() {
    const HERE: &str = "1,Anna,anna@example.com,\n4,Dora,dora@example.com,\n";
    let project = alone(HERE, &[]);
    let waits = |project: &TestProject| {
        let all: Vec<_> = held(project).into_iter().map(|(key, reason, commands)| (key, reason, commands.join(", "))).collect();
        assert_eq!(all, [("1".to_owned(), "left out".to_owned(), "counterpart retry 1".to_owned())]);
    };
    assert_eq!(project.counterpart(&["decide", "1", "wait"]).code, 0);
    waits(&project);
    assert_eq!(project.counterpart(&["run"]).code, 0);
    waits(&project);
    project
        .write("people.csv", "number,name,email,left_on\n".to_owned() + &HERE.replace("anna@example.com,", "anna@example.com,2026-01-31"));
    for _ in 0..2 {
        let run = project.counterpart(&["run"]);
        assert_eq!((run.code, project.read("accounts.jsonl").matches("\"active\":false").count()), (4, 0), "{run:?}");
        waits(&project);
    }
    assert_eq!(project.counterpart(&["retry", "1"]).code, 0);
    let run = project.counterpart(&["run"]);
    assert_eq!((run.code, project.read("accounts.jsonl").matches("\"active\":false").count()), (0, 1), "{run:?}");
}

/// Dora, who has an account, gets the address of Anna, who leaves.
#[test]
fn who_claims_the_account_of_a_leaver_is_not_offered_to_leave() {
    let project =
        alone("1,Anna,anna@example.com,\n4,Dora,dora@example.com,\n", &[("email  : text ignoring", "email  : text unique ignoring")]);
    project.write("people.csv", "number,name,email,left_on\n1,Anna,old@example.com,2026-01-31\n4,Dora,anna@example.com,\n");
    project.counterpart(&["run"]);
    let all = held(&project);
    let of = |key: &str| all.iter().find(|(each, ..)| each == key).cloned().unwrap_or_else(|| panic!("{all:?}"));
    assert_eq!((&*of("1").1, of("1").2.join(", ")), ("same person?", "counterpart decide 1 leave, counterpart decide 1 keep".into()));
    assert_eq!((&*of("4").1, of("4").2.join(", ")), ("same person?", "counterpart decide 4 keep".into()));
    assert_ne!(project.counterpart(&["decide", "4", "leave"]).code, 0);
}
