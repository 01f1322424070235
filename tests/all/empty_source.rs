//! A source that returns nothing stops a run, and a change set that shows nothing publishes nothing.

use super::{
    halves,
    http::{StandIn, ok},
    project::{Answer, TestProject},
    terminal::TerminalSession,
};
use std::sync::{Arc, Mutex};

const NAMES: &str = "Number;First name;Last name;Email;Left on;Manager\n";

fn people(all: usize) -> String {
    let person = |n: usize| format!("{n:05};Anna;Berg;p{n}@example.com;;no\n");
    NAMES.to_owned() + &(1..=all).map(person).collect::<String>()
}

fn planned(project: &TestProject) -> String {
    let plan = project.counterpart(&["plan", "quickstart"]);
    plan.keys("id").first().unwrap_or_else(|| panic!("{plan:?}")).clone()
}

fn published(project: TestProject) -> TestProject {
    let applied = project.counterpart(&["apply", &planned(&project)]);
    assert_eq!(applied.code, 0, "{applied:?}");
    project
}

#[track_caller]
fn stopped(answer: &Answer) {
    assert_eq!(answer.code, 5, "{answer:?}");
    assert!(answer.err.contains("no record was returned, and 7 linked before; nobody counts as missing"), "{answer:?}");
}

#[test]
fn an_empty_source_stops_the_run_and_nobody_counts_as_missing() {
    let project = published(TestProject::quickstart(&people(7), ""));
    let pipeline = project.read("quickstart.sync").replace("missing for 3 runs", "missing for 1 run");
    project.write("quickstart.sync", pipeline).write("people.csv", NAMES);
    let accounts = project.read("accounts.jsonl");
    stopped(&project.counterpart(&["run", "quickstart"]));
    stopped(&project.counterpart(&["plan", "quickstart"]));
    let continued = project.read("quickstart.sync").replace("  leaver {", "  on incomplete read continue\n  leaver {");
    project.write("quickstart.sync", continued);
    stopped(&project.counterpart(&["run", "quickstart"]));
    assert_eq!(project.read("accounts.jsonl"), accounts);
    project.write("people.csv", people(7));
    let run = project.counterpart(&["run", "quickstart"]);
    assert_eq!((run.code, run.count("result", "nothing_to_do")), (0, 7), "{run:?}");
}

/// Each way in which a source can have nothing: the run stops, and nobody is closed.
#[test]
fn a_source_that_is_empty_in_its_own_way_stops_the_run() {
    let records: Vec<String> = (1..=30).map(|n| format!(r#"{{"number": "{n}", "name": "N{n}"}}"#)).collect();
    let (lines, list) = (records.join("\n"), records.join(", "));
    for (format, full, nothing) in [
        ("json_lines", lines.clone(), ""),
        ("json_lines", lines, "\n \n"),
        ("json", format!("[{list}]"), "[]"),
        ("json\n    items $.people", format!(r#"{{"people": [{list}]}}"#), r#"{"people": []}"#),
        ("json\n    items $.people", format!(r#"{{"people": [{list}], "total": 30}}"#), r#"{"total": 0, "people": []}"#),
    ] {
        let project = TestProject::empty();
        project.write("club.sync", halves::PIPELINE.replace("FORMAT", format)).write("accounts.jsonl", "").write("people.json", full);
        stops_where_nobody_is_read(&project, "club", || {
            project.write("people.json", nothing);
        });
    }
}

#[test]
fn an_empty_list_that_is_answered_stops_the_run() {
    for nothing in [r#"{"total": 0, "items": []}"#, r#"{"items": [], "total": "0"}"#] {
        let answers: Arc<Mutex<Option<&str>>> = Arc::default();
        let given = Arc::clone(&answers);
        let standing = StandIn::new(move |path| {
            let page = path.rsplit_once("page=").and_then(|(_, page)| page.parse::<usize>().ok()).unwrap_or(1);
            let records = (2 * page - 1..=2 * page).map(|n| format!(r#"{{"id": "{n}", "name": "N{n}"}}"#)).collect::<Vec<_>>().join(", ");
            match (path, *given.lock().unwrap()) {
                ("/me", _) => ok("{}"),
                (_, None) => ok(&format!(r#"{{"total": 30, "items": [{records}]}}"#)),
                (_, Some(nothing)) => ok(nothing),
            }
        });
        stops_where_nobody_is_read(&standing.project(), "crm_to_files", || *answers.lock().unwrap() = Some(nothing));
    }
}

/// Publishes thirty people, and runs again when nobody is there.
#[track_caller]
fn stops_where_nobody_is_read(project: &TestProject, pipeline: &str, empty: impl FnOnce()) {
    let plan = project.counterpart(&["plan", pipeline]);
    let id = plan.keys("id").first().unwrap_or_else(|| panic!("{plan:?}")).clone();
    assert_eq!(project.counterpart(&["apply", &id]).count("result", "created"), 30);
    let accounts = project.read("accounts.jsonl");
    empty();
    for command in ["run", "plan"] {
        let answer = project.counterpart(&[command, pipeline]);
        assert_eq!(answer.code, 5, "{answer:?}");
        assert!(answer.err.contains("no record was returned, and 30 linked before; nobody counts as missing"), "{answer:?}");
    }
    assert_eq!(project.read("accounts.jsonl"), accounts);
}

#[test]
fn an_empty_change_set_publishes_nothing() {
    let project = TestProject::quickstart(NAMES, "");
    let id = planned(&project);
    assert_eq!(project.counterpart(&["run", "quickstart"]).code, 3, "the first days of a pipeline");
    let applied = project.counterpart(&["apply", &id]);
    assert!(applied.code == 3 && applied.err.contains("nothing was published"), "{applied:?}");
    project.write("people.csv", people(7));
    let run = project.counterpart(&["run", "quickstart"]);
    assert_eq!((run.code, project.read("accounts.jsonl").as_str()), (3, ""), "unseen: {run:?}");
    let project = published(project);
    assert_eq!(project.counterpart(&["run", "quickstart"]).code, 0);
}

#[test]
fn change_sets_that_write_nothing_have_an_id_each() {
    let project = published(TestProject::quickstart(&people(7), ""));
    let id = planned(&project);
    assert_eq!(planned(&project), id, "nothing has happened in between");
    assert_eq!(project.counterpart(&["apply", &id]).code, 0);
    assert_ne!(planned(&project), id);
    let again = project.counterpart(&["apply", &id]);
    assert!(again.code == 6 && again.err.contains("it was applied in run"), "{again:?}");
    let history = project.counterpart(&["history"]).out;
    let refused = history.lines().next().unwrap_or_default();
    assert!(refused.contains(" read=0 ") && refused.ends_with("result=refused"), "whoever was refused has done nothing: {history}");
}

#[test]
fn an_applied_change_set_is_not_offered_again() {
    let project = TestProject::quickstart(&people(7), "");
    let id = planned(&project);
    let shown = |format: &str| project.counterpart(&["show", &id, "--format", format]).out;
    assert!(shown("markdown").contains(&format!("apply {id}")) && shown("text").contains("valid for 24 h"));
    assert_eq!(project.counterpart(&["apply", &id]).code, 0);
    assert!(!shown("markdown").contains("Next:"), "{}", shown("markdown"));
    for format in ["markdown", "text"] {
        let screen = shown(format).split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        assert!(screen.contains("no longer valid: it was applied in run") && !screen.contains("24 h"), "{screen}");
    }
}

#[test]
fn a_folder_in_place_of_the_target_stops_and_holds_nobody() {
    let project = published(TestProject::quickstart(&people(7), ""));
    project.write("people.csv", people(9));
    let (id, accounts) = (planned(&project), project.read("accounts.jsonl"));
    std::fs::remove_file(project.file("accounts.jsonl")).unwrap();
    std::fs::create_dir(project.file("accounts.jsonl")).unwrap();
    let applied = project.counterpart(&["apply", &id]);
    assert!(applied.code == 5 && applied.err.contains("is a folder"), "{applied:?}");
    std::fs::remove_dir(project.file("accounts.jsonl")).unwrap();
    project.write("accounts.jsonl", accounts);
    let run = project.counterpart(&["run", "quickstart"]);
    assert_eq!((run.code, run.count("result", "created")), (0, 2), "{run:?}");
}

#[test]
fn a_maximum_age_of_nothing_is_refused() {
    let project = TestProject::quickstart(&people(1), "");
    for (age, code) in [("0 h", 1), ("0 days", 1), ("1 h", 0)] {
        let pipeline = project.read("quickstart.sync").replace("  zone  ", &format!("  maximum age {age}\n  zone  "));
        project.write(
            "one.sync",
            pipeline.replace("pipeline quickstart", "pipeline one").replace("system files", "system other").replace("files.", "other."),
        );
        let check = project.counterpart(&["check", "one.sync"]);
        assert_eq!((check.code, check.out.contains("E0514") || check.err.contains("E0514")), (code, code == 1), "{age}: {check:?}");
    }
}

/// All linked people fall out of scope by an edit, or by the data: they keep their accounts, and that is no quiet success.
#[test]
fn linked_people_who_fall_out_of_scope_hold_the_change_set() {
    for (out, code) in [(7, 3), (5, 3), (3, 0)] {
        let project = published(TestProject::quickstart(&people(7), ""));
        assert_eq!(project.counterpart(&["run", "quickstart"]).code, 0);
        let beyond = (8 - out..=7).map(|n| format!("\"p{n}@example.com\"")).collect::<Vec<_>>().join(", ");
        let edited =
            project.read("quickstart.sync").replace("  leaver {", &format!("  exclude when person.email in [{beyond}]\n  leaver {{"));
        project.write("quickstart.sync", edited);
        for command in ["plan", "run"] {
            let answer = project.counterpart(&[command, "quickstart"]);
            let told = answer.out.contains(&format!("no_longer_read_or_in_scope={out} "));
            assert_eq!(told, command == "plan" || code == 3, "{out}: {answer:?}");
            let text = project.counterpart(&["plan", "quickstart", "--format", "text"]).out;
            let line = 1 + project.read("quickstart.sync").lines().position(|line| line.contains("exclude when")).unwrap();
            assert!(code == 0 || text.contains(&format!("line {line})")), "the line that puts them out is named: {text}");
            assert_eq!(answer.code, if command == "run" { code } else { answer.code }, "{out}: {answer:?}");
        }
        if code == 3 {
            let id = planned(&project);
            let mut session = TerminalSession::start(&project, &["approve", &id]);
            session.wait_for("how many of the linked").answer(&out.to_string());
            assert_eq!(session.end().0, 0, "{out}");
            let run = project.counterpart(&["run", "quickstart"]);
            assert_eq!(run.code, 0, "that is the new normal: {run:?}");
        }
    }
}
