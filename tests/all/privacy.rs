//! The state is readable by its owner alone, and messages show no records and no values of addresses.

use super::{
    http::{StandIn, ok, reply},
    project::{Answer, TestProject},
};
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

/// What others may read below a folder, with its mode.
fn readable(folder: &Path, found: &mut Vec<String>) {
    let mode = fs::symlink_metadata(folder).unwrap().permissions().mode();
    if mode & 0o077 != 0 {
        found.push(format!("{mode:o} {}", folder.display()));
    }
    if folder.is_dir() {
        fs::read_dir(folder).unwrap().for_each(|entry| readable(&entry.unwrap().path(), found));
    }
}

fn readable_by_others(project: &TestProject) -> Vec<String> {
    let mut found = Vec::new();
    readable(&project.file(".counterpart"), &mut found);
    found
}

fn wrong_day() -> TestProject {
    let project = TestProject::quickstart(
        "Number;First name;Last name;Email;Left on;Manager\n1;Anna;Berg;anna@example.com;;yes\n2;Paul;Durand;paul@example.com;never;no\n",
        "",
    );
    // Without a mask every file is made as wide as the program asks for.
    project.write("run.sh", "umask 0; exec \"$@\"\n");
    project
}

fn unmasked(project: &TestProject, args: &[&str]) -> Answer {
    let binary = env!("CARGO_BIN_EXE_counterpart");
    let mut shell = Command::new("sh");
    shell.envs(project.command(&[]).get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.current_dir(project.path()).args(["run.sh", binary]).args(args).output().unwrap().into()
}

#[test]
fn the_state_is_its_owners_alone() {
    let project = wrong_day();
    let sandbox = unmasked(&project, &["run", "--sandbox"]);
    assert!(sandbox.out.contains("created"), "{sandbox:?}");
    assert_eq!(readable_by_others(&project), [] as [String; 0]);
    let plan = unmasked(&project, &["plan"]);
    let applied = unmasked(&project, &["apply", &plan.keys("id")[0]]);
    assert_eq!(applied.code, 0, "{applied:?}");
    let run = unmasked(&project, &["run"]);
    assert!(project.file(".counterpart/production/errors").exists(), "{run:?}");
    assert_eq!(readable_by_others(&project), [] as [String; 0]);
    let checked = unmasked(&project, &["check"]);
    assert!(!checked.err.contains("others could read"), "{checked:?}");
}

#[test]
fn a_state_that_others_could_read_is_narrowed_and_that_is_said() {
    let project = wrong_day();
    project.counterpart(&["plan"]);
    for path in [".counterpart", ".counterpart/production", ".counterpart/production/state.db", ".counterpart/production/changes"] {
        let mode = if path.ends_with(".db") { 0o644 } else { 0o755 };
        fs::set_permissions(project.file(path), fs::Permissions::from_mode(mode)).unwrap();
    }
    let plan = project.counterpart(&["plan"]);
    assert!(plan.err.contains("others could read 4 files and folders in `./.counterpart`: now only their owner can"), "{plan:?}");
    assert_eq!(readable_by_others(&project), [] as [String; 0]);
    assert!(!project.counterpart(&["plan"]).err.contains("others could read"));
}

#[test]
fn a_record_is_not_quoted_as_the_words_of_its_system() {
    let body = r#"{"rows": [{"number": "1", "name": "Anna Berg", "salary": 5000}], "title": "Sick leave of Anna"}"#;
    let crm = StandIn::new(move |path| if path == "/me" { ok("{}") } else { ok(body) });
    says_the_shape_alone(&crm.project(), "it is an object with `rows` (a list of 1), `title` (a text)");
}

const ARGS: [&[&str]; 3] =
    [&["plan", "crm_to_files"], &["plan", "crm_to_files", "--people", "full", "-v"], &["run", "crm_to_files", "--format", "json"]];

/// The read is broken, and the names of members are all that is said of an answer.
#[track_caller]
fn says_the_shape_alone(project: &TestProject, shape: &str) {
    for args in ARGS {
        let answer = project.counterpart(args);
        let said = format!("{}{}", answer.out, answer.err);
        assert_eq!(answer.code, 5, "{answer:?}");
        assert!(said.contains(shape), "{answer:?}");
        assert!(!said.contains("Anna") && !said.contains("5000") && !said.contains("Sick"), "{answer:?}");
    }
}

#[test]
fn a_record_of_xml_is_not_quoted_as_the_words_of_its_system() {
    let body = "<answer><rows><row><number>1</number><name>Anna Berg</name><salary>5000</salary></row></rows><title>Sick leave of Anna</title></answer>";
    let crm = StandIn::new(move |path| reply("200 OK", "application/xml", if path == "/me" { "<me/>" } else { body }));
    let project = crm.project();
    let text = project.read("crm_to_files.sync").replace("http setting.base {", "http setting.base {\n    format xml");
    let text = text.replace("items $.items", "items $.answer.people.person").replace("total $.total", "total $.answer.total");
    project.write("crm_to_files.sync", text);
    says_the_shape_alone(&project, "200 and no list at `$.answer.people.person`");
}

/// The answer to a question about one person is none that was asked for.
#[test]
fn a_record_that_answers_a_get_is_not_quoted() {
    for body in [
        r#"{"rows": [{"number": "1", "name": "Anna Berg", "salary": 5000}], "title": "Sick leave of Anna"}"#,
        r#"{"message": "Anna Berg", "title": "Sick leave of Anna", "salary": 5000}"#,
        r#"[{"message": "Anna Berg", "salary": 5000}]"#,
    ] {
        let crm = StandIn::new(move |path| match path {
            "/me" => ok("{}"),
            "/people/1" => ok(body),
            _ => ok(r#"{"total": 1, "items": [{"id": "1"}]}"#),
        });
        let project = crm.project();
        let text = project.read("crm_to_files.sync");
        let text = text.replace("    attributes {\n      id   : text at $.id\n      name : text at $.name", "    get GET \"/people/{id}\" { item $.person }\n    attributes {\n      id   : text at $.id\n      name : text from get at $.name");
        assert!(text.contains("from get"), "{text}");
        project.write("crm_to_files.sync", text);
        for args in ARGS {
            let answer = project.counterpart(args);
            let said = format!("{}{}", answer.out, answer.err);
            assert!(crm.asked().iter().any(|asked| asked.contains("/people/1")), "{answer:?}");
            assert!(!said.contains("Anna") && !said.contains("5000") && !said.contains("Sick"), "{answer:?}");
            assert!(said.contains("unread") || said.contains("\"result\":\"held\""), "{answer:?}");
        }
    }
}

#[test]
fn the_values_of_a_query_are_not_shown() {
    let crm = StandIn::new(|path| if path == "/me" { ok("{}") } else { ok(r#"{"total": 1, "items": [{"id": "1", "name": "A"}]}"#) });
    let project = crm.project();
    let text = project.read("crm_to_files.sync");
    project.write(
        "crm_to_files.sync",
        text.replace("query \"page\" = page.number", "query \"page\" = page.number\n      query \"of\" = \"anna@example.com\""),
    );
    let plan = project.counterpart(&["plan", "crm_to_files", "-v"]);
    assert!(plan.code == 0 && crm.asked().iter().any(|asked| asked.contains("of=anna")), "{plan:?}");
    assert!(plan.err.contains("/people?page&of  200") && !plan.err.contains("anna"), "{plan:?}");
}

#[test]
fn a_result_that_is_not_written_is_no_success() {
    let project = wrong_day();
    for format in ["text", "lines", "json"] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let output = project.command(&["plan", "--format", format]).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(5), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("the result can't be written"), "{output:?}");
    }
}

/// What a system says of a person, and the values in what is found, are in no format where people are not printed.
#[test]
fn the_words_of_a_system_are_no_part_of_a_change_set_without_people() {
    let people = "Number;First name;Last name;Email;Left on;Manager\n1;Anna;Berg;anna@example.com;;yes\n2;Paul;Durand;paul@example.com;;no\n2;Pauline;Durand;pauline@example.com;;no\n";
    let project = TestProject::quickstart(people, "");
    for format in ["json", "jsonl", "lines", "text"] {
        let keys = project.counterpart(&["plan", "--format", format, "--people", "keys"]);
        assert!(!keys.out.contains("Paul") && !keys.out.contains("aul@example"), "{format}: {keys:?}");
    }
    let keys = project.counterpart(&["plan", "--format", "json", "--people", "keys"]);
    let set: serde_json::Value = serde_json::from_str(&keys.out).unwrap();
    let findings = set["findings"].as_array().unwrap();
    assert!(findings.iter().any(|finding| finding["verdict"] == "held"), "{findings:?}");
    assert!(findings.iter().all(|finding| finding["detail"] == ""), "{findings:?}");
}
