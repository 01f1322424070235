//! A change to a file of the language shows nothing of the machine: no file outside the project, no content of a file that is not one
//! of the language.

use super::project::{Answer, TestProject};
use std::os::unix::fs::symlink;

const TOKEN: &str = "ghp_5f1c7a90d2e4b6";

/// A project in a folder beside a secret file.
fn project() -> TestProject {
    let project = TestProject::empty();
    project.write("secret.txt", format!("{TOKEN}\n")).write("shared/people.csv", "Number;Name\n1;Anna\n");
    project.write("project/own.txt", format!("{TOKEN}\n")).write("project/counterpart.toml", "");
    symlink(project.file("secret.txt"), project.file("project/link.txt")).unwrap();
    symlink(project.file("secret.txt"), project.file("project/link.sync")).unwrap();
    symlink(project.file("shared"), project.file("project/linked")).unwrap();
    project
}

fn give(project: &TestProject, args: &[&str]) -> Answer {
    let all: Vec<&str> = args.iter().copied().chain(["--folder", "project"]).collect();
    project.command(&all).env("HR_TOKEN", TOKEN).output().unwrap().into()
}

/// No format of no command shows the token.
#[track_caller]
fn says_nothing(project: &TestProject, args: &[&str]) -> String {
    let said = said_by_all(project, args);
    assert!(!said.contains(TOKEN) && !said.contains("ghp_"), "{said}");
    said
}

/// The same where the pipeline itself has the first line of the file, as the name of a column.
#[track_caller]
fn says_nothing_but_the_file(project: &TestProject, args: &[&str]) -> String {
    let said = said_by_all(project, args);
    assert!(!said.contains(&format!("{TOKEN}a")) && !said.contains(&format!("{TOKEN}b")), "{said}");
    said
}

/// What a command that fails says in every format.
#[track_caller]
fn said_by_all(project: &TestProject, args: &[&str]) -> String {
    let mut all = String::new();
    for format in ["text", "lines", "json", "github", "markdown"] {
        let answer = give(project, &[args, &["--format", format]].concat());
        assert_ne!(answer.code, 0, "{answer:?}");
        all += &format!("{}{}", answer.out, answer.err);
    }
    all
}

/// A pipeline from a file of people.
fn pipeline(file: &str, format: &str, column: &str) -> String {
    let newest = if file.contains('*') { "newest " } else { "" };
    format!(
        "system files {{\n  collection people {{\n    file {newest}\"{file}\" {format}\n    key number\n    attributes {{\n      number : text at $[\"{column}\"]\n    }}\n  }}\n\
         \u{20} collection accounts {{\n    file \"accounts.jsonl\" json_lines\n    key id\n    lists all\n    attributes {{\n      id : text unique at $.id\n    }}\n  }}\n}}\n\
         pipeline p {{\n  zone \"Europe/Paris\"\n  from files.people as person\n  to files.accounts\n  key person.number\n  match {{ id = person.number }}\n\
         \u{20} mode create and update\n  map {{ id = person.number }}\n}}\n"
    )
}

#[test]
fn tables_and_used_files_stay_inside() {
    let project = project();
    let outside = ["../secret.txt", "/proc/self/environ", "link.txt", "sub/../../secret.txt"];
    let state = [".counterpart/production/state.key", "./.counterpart/x.sync"];
    for file in outside.iter().chain(&state) {
        for line in [format!("table d from \"{file}\" key \"a\" value \"b\"\n"), format!("use \"{file}\"\n")] {
            project
                .write("project/p.sync", format!("{line}{}", pipeline("people.csv", "csv", "Number")))
                .write("project/.counterpart/production/state.key", TOKEN);
            let said = says_nothing(&project, &["check", "p"]);
            let why = if state.contains(file) { "belongs to the state of the project" } else { "is outside the project folder" };
            assert!(said.contains("E0710") && said.contains(&format!("`{file}` {why}")), "{file}: {said}");
        }
    }
}

#[test]
fn what_is_in_a_file_that_is_no_table_or_of_the_language_is_not_quoted() {
    let project = project();
    project.write("project/p.sync", "table d from \"own.txt\" key \"a\" value \"b\"\n");
    assert!(says_nothing(&project, &["check"]).contains("E0706"));
    project.write("project/own.txt", format!("a,b,a\n{TOKEN},2,3\n{TOKEN},3,4\n"));
    says_nothing(&project, &["check"]);
    project.write("project/own.txt", format!("a,b\n{TOKEN},2\nx,1\n{TOKEN},3\n"));
    assert!(says_nothing(&project, &["check"]).contains("lines 2 and 4 of `own.txt` have the same `a`"));
    project.write("project/own.txt", format!("{TOKEN},{TOKEN}=1,c\n"));
    assert!(says_nothing(&project, &["check"]).contains("its first row has 3 cells"));
    project.write("project/p.sync", "use \"own.txt\"\n");
    assert!(says_nothing(&project, &["check"]).contains("`own.txt` is not a file of the language"));
    std::fs::remove_file(project.file("project/p.sync")).unwrap();
    assert!(says_nothing(&project, &["check"]).contains("is outside the project folder"), "link.sync is a link to a file elsewhere");
}

#[test]
fn files_of_records_stay_inside() {
    let project = project();
    std::fs::remove_file(project.file("project/link.sync")).unwrap();
    for file in ["../secret.txt", "/proc/self/environ", "link.txt", ".counterpart/production/own.csv", "../*.txt", "linked/*.csv"] {
        project.write("project/p.sync", pipeline(file, "csv", "Number")).write("project/.counterpart/production/own.csv", TOKEN);
        for command in ["plan", "run", "suggest"] {
            let said = says_nothing(&project, &[command, "p", "--people", "full"]);
            assert!(said.contains("is outside the project folder") || said.contains("belongs to the state"), "{file}: {said}");
        }
        let sandbox = give(&project, &["plan", "p", "--sandbox", "--people", "full"]);
        assert!(!format!("{}{}", sandbox.out, sandbox.err).contains(TOKEN), "{file}: {sandbox:?}");
    }
    project
        .write("project/own.txt", format!("{TOKEN}\n"))
        .write("project/p.sync", pipeline("own.txt", "csv { delimiter = \";\" }", "Number"));
    says_nothing(&project, &["plan", "p", "--people", "full"]);
}

/// `key.pem` is the token of a system in one environment or another, or the vault's; `linked.pem` leads to it.
#[test]
fn the_file_of_a_secret_is_no_file_of_records() {
    for section in [
        "[env.production.crm]\ntoken = { file = \"key.pem\" }\n",
        "[env.production.crm]\ntoken = { file = \"linked.pem\" }\n",
        "[env.production]\n[env.test.crm]\ntoken = { file = \"./sub/../key.pem\" }\n",
        "[vault]\naddress = \"https://vault.example.com\"\ntoken = { file = \"key.pem\" }\n",
    ] {
        let project = project();
        std::fs::remove_file(project.file("project/link.sync")).unwrap();
        symlink(project.file("project/key.pem"), project.file("project/linked.pem")).unwrap();
        let key = format!("-----BEGIN {TOKEN}-----\n{TOKEN}a\n{TOKEN}b\n");
        project.write("project/key.pem", key).write("project/sub/x", "").write("project/counterpart.toml", section);
        for file in ["key.pem", "sub/../key.pem", "linked.pem", "*.pem"] {
            project.write("project/p.sync", pipeline(file, "csv", &format!("-----BEGIN {TOKEN}-----")));
            for command in ["plan", "run", "suggest"] {
                let said = says_nothing_but_the_file(&project, &[command, "p", "--people", "full"]);
                assert!(said.contains("holds a secret that `counterpart.toml` refers to"), "{file}: {said}");
            }
            let sandbox = give(&project, &["plan", "p", "--sandbox", "--people", "full"]);
            assert!(!format!("{}{}", sandbox.out, sandbox.err).contains(&format!("{TOKEN}a")), "{file}: {sandbox:?}");
        }
        project
            .write("project/p.sync", format!("table d from \"linked.pem\" key \"a\" value \"b\"\n{}", pipeline("a.csv", "csv", "Number")));
        let said = says_nothing(&project, &["check", "p"]);
        assert!(said.contains("E0710") && said.contains("`linked.pem` holds a secret"), "{said}");
    }
}

/// The configuration of git has the token of a checkout.
#[test]
fn what_git_keeps_is_no_file_of_records() {
    let project = project();
    std::fs::remove_file(project.file("project/link.sync")).unwrap();
    project.write("project/.git/config", format!("[http]\n\textraheader = AUTHORIZATION: basic {TOKEN}\n"));
    symlink(project.file("project/.git"), project.file("project/metadata")).unwrap();
    for file in [".git/config", "./.git/../.git/config", "metadata/config"] {
        project.write("project/p.sync", pipeline(file, "csv { delimiter = \"=\" }", "[http]"));
        for command in ["plan", "run", "suggest"] {
            let said = says_nothing(&project, &[command, "p", "--people", "full"]);
            assert!(said.contains("belongs to git"), "{file}: {said}");
        }
        project.write("project/p.sync", format!("table d from \"{file}\" key \"a\" value \"b\"\n{}", pipeline("a.csv", "csv", "Number")));
        assert!(says_nothing(&project, &["check", "p"]).contains("belongs to git"), "{file}");
    }
}

#[test]
fn a_target_outside_is_not_written() {
    let project = project();
    std::fs::remove_file(project.file("project/link.sync")).unwrap();
    project.write("project/people.csv", "Number\n1\n").write("target.jsonl", "");
    symlink(project.file("target.jsonl"), project.file("project/accounts.jsonl")).unwrap();
    project.write("project/p.sync", pipeline("people.csv", "csv", "Number"));
    let plan = give(&project, &["plan", "p"]);
    assert!(plan.code == 5 && plan.err.contains("`accounts.jsonl` is outside the project folder"), "{plan:?}");
    assert_eq!(project.read("target.jsonl"), "");
}

#[test]
fn a_folder_that_the_configuration_allows_is_inside() {
    let project = project();
    std::fs::remove_file(project.file("project/link.sync")).unwrap();
    project.write("project/counterpart.toml", "[files]\nroots = [\"../shared\"]\n");
    for file in ["../shared/people.csv", "linked/people.csv", "../shared/*.csv"] {
        project.write("project/p.sync", pipeline(file, "csv { delimiter = \";\" }", "Number")).write("project/accounts.jsonl", "");
        let plan = give(&project, &["plan", "p"]);
        assert_eq!((plan.code, plan.keys("create")), (0, vec!["1".to_owned()]), "{file}: {plan:?}");
    }
    project.write("project/p.sync", pipeline("../secret.txt", "csv", "Number"));
    says_nothing(&project, &["plan", "p"]);
}

#[test]
fn an_environment_is_no_path() {
    let project = project();
    for name in ["../../x", "/tmp/x", ".hidden"] {
        let answer = give(&project, &["plan", "p", "--env", name]);
        assert!(answer.code == 2 && answer.err.contains("is not the name of an environment"), "{answer:?}");
        project.write("project/counterpart.toml", format!("default = \"{name}\"\n"));
        let answer = give(&project, &["check"]);
        assert!(answer.code == 2 && answer.err.contains("is not the name of an environment"), "{answer:?}");
        project.write("project/counterpart.toml", "");
    }
}
