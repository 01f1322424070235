//! What each command prints where nothing is found, something fails, or a text comes from elsewhere.

use super::project::{Answer, TestProject};
use serde_json::Value as Json;

const HEADER: &str = "Number;First name;Last name;Email;Left on;Manager\n";
const ANNA: &str = "1;Anna;Berg;anna@example.com;;yes\n";
const ACCOUNT: &str = "{\"id\": \"1\", \"name\": \"Anna Berg\", \"email\": \"anna@example.com\", \"manager\": true, \"active\": true}\n";

fn with_people(rows: &str) -> TestProject {
    TestProject::quickstart(&format!("{HEADER}{rows}"), "")
}

/// The one JSON object on standard output.
#[track_caller]
fn object(answer: &Answer) -> Json {
    let object: Json = serde_json::from_str(&answer.out).unwrap_or_else(|error| panic!("{error}: {answer:?}"));
    assert_eq!(object["format"], 1, "{answer:?}");
    object
}

/// The command fails with this exit code, and says so in JSON.
#[track_caller]
fn fails_in_json(project: &TestProject, args: &[&str], code: i32, class: &str) -> Json {
    let answer = project.counterpart(&[args, &["--format", "json"]].concat());
    assert_eq!(answer.code, code, "{answer:?}");
    let error = object(&answer)["error"].clone();
    assert_eq!((&error["class"], &error["exit"]), (&Json::from(class), &Json::from(code)), "{answer:?}");
    assert!(!error["message"].as_str().unwrap_or_default().is_empty(), "{answer:?}");
    error
}

#[test]
fn a_failure_in_json_is_one_object_with_its_class_and_exit_code() {
    let project = with_people(ANNA);
    fails_in_json(&project, &["plan", "nobody"], 2, "command");
    fails_in_json(&project, &["plan", "--nothing"], 2, "command");
    fails_in_json(&project, &["errors", "seven"], 2, "command");
    fails_in_json(&project, &["show", "c-00000000"], 2, "command");
    let id = project.counterpart(&["plan"]).keys("id")[0].clone();
    project.write("quickstart.sync", project.read("quickstart.sync").replace("email | trim | lower", "email | trim"));
    let moved = fails_in_json(&project, &["apply", &id], 6, "out_of_date");
    assert_eq!(moved["next"], "counterpart plan quickstart");
    project.write("people.csv", "Number;First name\n1\n");
    fails_in_json(&project, &["run", "quickstart"], 5, "stopped");
}

#[test]
fn a_paused_pipeline_is_a_note_in_json_and_in_markdown() {
    let project = with_people(ANNA);
    let text = project.read("quickstart.sync");
    let paused = text.replace("  field email", "  setting on : bool = false\n  enabled when setting.on\n  field email");
    project.write("quickstart.sync", paused);
    for command in ["plan", "run", "suggest"] {
        let answer = project.counterpart(&[command, "quickstart", "--format", "json"]);
        assert_eq!(answer.code, 0, "{answer:?}");
        assert!(object(&answer)["note"]["message"].as_str().unwrap().contains("paused"), "{answer:?}");
    }
    let markdown = project.counterpart(&["plan", "--format", "markdown"]);
    assert!(markdown.out.starts_with("### ") && markdown.out.contains("paused"), "{markdown:?}");
}

#[test]
fn before_the_first_run_the_lists_are_empty() {
    let project = with_people(ANNA);
    let history = project.counterpart(&["history", "--format", "json"]);
    assert_eq!((history.code, &object(&history)["runs"]), (0, &serde_json::json!([])), "{history:?}");
    let errors = project.counterpart(&["errors", "--format", "json"]);
    assert_eq!((errors.code, &object(&errors)["errors"]), (0, &serde_json::json!([])), "{errors:?}");
    assert!(errors.err.contains("note: there was no run"), "{errors:?}");
}

#[test]
fn control_characters_of_records_and_files_do_not_reach_the_terminal() {
    let project = with_people("1;A\u{1b}[31mB;Berg;anna@example.com;;yes\n");
    let text = project.read("quickstart.sync");
    let title = text.lines().find(|line| line.trim_start().starts_with("title")).expect("the pipeline has a title").to_owned();
    project.write("quickstart.sync", text.replace(&title, "  title \"A \\n \\u{1b}[31m\""));
    for format in ["text", "lines", "markdown"] {
        let plan = project.counterpart(&["plan", "--people", "full", "--format", format]);
        assert_eq!(plan.code, 0, "{plan:?}");
        assert!(!plan.out.contains('\u{1b}') && !plan.err.contains('\u{1b}'), "{plan:?}");
    }
    let screen = project.counterpart(&["plan", "--people", "full", "--format", "text"]).out;
    assert!(screen.contains("A\u{fffd}[31mB") && screen.lines().next().unwrap().starts_with("A   \u{fffd}[31m"), "{screen}");
}

#[test]
fn a_file_that_cannot_be_read_or_parsed_does_not_stop_fmt() {
    let project = with_people("");
    let unformatted = project.read("quickstart.sync").replace("\n  from", "\n     from");
    project.write("quickstart.sync", &unformatted).write("a.sync", b"caf\xe9\n").write("b.sync", "pipeline {\n");
    std::fs::create_dir(project.file("c.sync")).unwrap();
    let check = project.counterpart(&["fmt", "--check", "--format", "json"]);
    assert_eq!(check.code, 1, "{check:?}");
    let object = object(&check);
    assert_eq!(object["not_formatted"], serde_json::json!(["quickstart.sync"]));
    let wrong: Vec<_> = object["errors"].as_array().unwrap().iter().map(|one| one["file"].as_str().unwrap()).collect();
    assert_eq!(wrong, ["a.sync", "b.sync", "c.sync"], "{check:?}");
    let formatted = project.counterpart(&["fmt"]);
    assert_eq!((formatted.code, formatted.out.as_str()), (1, "formatted quickstart.sync\n"), "{formatted:?}");
    for file in ["a.sync", "b.sync", "c.sync"] {
        assert!(formatted.err.contains(file), "{formatted:?}");
    }
}

#[test]
fn a_change_set_of_another_environment_is_found_by_the_command_of_the_hint() {
    let project = with_people(ANNA);
    let id = project.counterpart(&["plan"]).keys("id")[0].clone();
    let refused = project.counterpart(&["apply", &id, "--sandbox"]);
    assert!(refused.err.contains("the environment `production` has one: select it with `--env production`"), "{refused:?}");
    assert_eq!(project.counterpart(&["apply", &id, "--env", "production"]).code, 0);
    let both = project.counterpart(&["plan", "--sandbox", "--env", "nope"]);
    assert!(both.code == 2 && both.err.contains("the sandbox is an environment of its own"), "{both:?}");
}

#[test]
fn one_record_is_counted_in_the_singular() {
    let project = TestProject::quickstart(&format!("{HEADER}{ANNA}"), ACCOUNT);
    let screen = project.counterpart(&["plan", "--format", "text"]).out;
    assert!(screen.contains("  1 person read, complete      1 account read, complete"), "{screen}");
}

#[test]
fn options_without_effect_are_refused() {
    let project = with_people(ANNA);
    let both = project.counterpart(&["sandbox", "quickstart", "--load", "next_day", "--reset"]);
    assert!(both.code == 2 && both.err.contains("cannot be used with"), "{both:?}");
    let filtered = project.counterpart(&["show", "quickstart", "--filter", "create"]);
    assert!(filtered.code == 2 && filtered.err.contains("`--filter` selects records of a change set"), "{filtered:?}");
}

#[test]
fn a_negation_is_printed_for_include_only() {
    let project = with_people(&format!("{ANNA}2;Paul;Durand;paul@example.com;;no\n"));
    let text = project.read("quickstart.sync");
    let scope = "  exclude when person.number == \"2\" as \"not yet approved\"\n";
    project.write("quickstart.sync", text.replacen("  match {", &format!("{scope}\n  match {{"), 1));
    let lines = project.counterpart(&["plan"]);
    assert!(lines.out.contains("reason=\"not yet approved\""), "{lines:?}");
    let screen = project.counterpart(&["plan", "--format", "text"]).out;
    assert!(screen.contains("1 \"not yet approved\" ("), "{screen}");
    let json: Json = serde_json::from_str(&project.counterpart(&["plan", "--format", "json"]).out).unwrap();
    assert_eq!(json["ledger"]["out_of_scope"][0]["rule"], "exclude", "{json}");
}

#[test]
fn a_wrong_argument_is_explained_in_plain_words() {
    let project = with_people(ANNA);
    for (args, words) in [
        (&["plan", "--today", "2026-13-01"][..], "write a day of the calendar, such as 2026-03-01"),
        (&["errors", "abc"], "write the number of a run"),
        (&["new", "--source", "nope.csv", "--target", "accounts.jsonl"], "`nope.csv` can't be read: no such file or directory"),
    ] {
        let refused = project.counterpart(args);
        assert!(refused.code == 2 && refused.err.contains(words), "{refused:?}");
        assert!(!refused.err.contains("os error") && !refused.err.contains("digit"), "{refused:?}");
    }
}

#[test]
fn new_refuses_a_file_with_two_columns_of_one_name() {
    let project = TestProject::empty();
    project.write("people.csv", "id,name,name\n1,Anna,Berg\n");
    let refused =
        project.counterpart(&["new", "--source", "people.csv", "--target", "accounts.jsonl", "--match", "id=id", "--leavers", "none"]);
    assert!(refused.code == 2 && refused.err.contains("`people.csv` has two columns named `name`"), "{refused:?}");
}

#[test]
fn a_blank_setting_says_so_and_a_list_can_be_emptied() {
    let project = with_people(ANNA);
    let text = project.read("quickstart.sync");
    let settings = "  setting tag : text = \"a\"\n  setting codes : list of text = [\"a\"]\n  field tag = setting.tag\n  field coded = setting.codes\n";
    project.write("quickstart.sync", text.replace("  field email", &format!("{settings}  field email")));
    let blank = project.counterpart(&["settings", "set", "quickstart", "tag", ""]);
    let blank = if blank.err.contains("neither") { project.counterpart(&["settings", "set", "quickstart.tag", ""]) } else { blank };
    assert!(blank.code == 2 && blank.err.contains("is blank"), "{blank:?}");
    let emptied = project.counterpart(&["settings", "set", "quickstart.codes", "[]"]);
    assert_eq!(emptied.code, 0, "{emptied:?}");
    assert!(project.read("counterpart.toml").contains("codes = []"), "{emptied:?}");
}

#[test]
fn ascii_covers_the_mask_of_a_secret() {
    let project = TestProject::with_pipelines();
    let listed = project.counterpart(&["settings", "--sandbox", "--format", "text", "--ascii"]);
    assert!(listed.out.contains("****") && listed.out.is_ascii(), "{listed:?}");
}

#[test]
fn an_empty_table_is_said_once() {
    let project = with_people(ANNA);
    let text = project.read("quickstart.sync");
    project.write("codes.csv", "").write("quickstart.sync", format!("table codes from \"codes.csv\" key \"K\" value \"V\"\n\n{text}"));
    let check = project.counterpart(&["check"]);
    assert_eq!(check.out.matches("E0706").count(), 1, "{check:?}");
    assert!(check.out.contains("`codes.csv` is empty"), "{check:?}");
}

#[test]
fn a_recipient_that_is_not_an_address_is_named() {
    let project = with_people(ANNA);
    let text = project.read("quickstart.sync");
    project.write("quickstart.sync", text.replacen("  match {", "  notify \"abc\" when held\n  match {", 1));
    let check = project.counterpart(&["check"]);
    assert!(check.out.contains("\"abc\" is not an e-mail address, and `notify` has no effect"), "{check:?}");
    assert!(!check.out.contains("counterpart status"), "{check:?}");
}
