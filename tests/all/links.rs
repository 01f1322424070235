//! Links as a list: moved out of one state and into another, all of them or none.

use super::project::{Answer, TestProject};
use std::{io::Write as _, process::Stdio};

const HEADER: &str = "Number;First name;Last name;Email;Left on;Manager\n";

fn account(id: &str, first_name: &str, active: bool) -> String {
    let mail = format!("{}@example.com", first_name.to_lowercase());
    format!("{}\n", serde_json::json!({ "id": id, "name": format!("{first_name} Berg"), "email": mail, "manager": true, "active": active }))
}

/// People whose accounts have ids that no line of `match` finds.
fn project(keys: &[&str]) -> TestProject {
    let names = ["Anna", "Bea", "Cleo", "Dora", "Eva", "Fay"];
    let quoted = |key: &str| format!("\"{}\"", key.replace('"', "\"\""));
    let people = keys.iter().zip(names).map(|(key, name)| format!("{};{name};Berg;{name}@example.com;;yes\n", quoted(key)));
    let accounts = (1..).zip(names).take(keys.len()).map(|(at, name)| account(&format!("a{at}"), name, true));
    let project = TestProject::quickstart(&format!("{HEADER}{}", people.collect::<String>()), &accounts.collect::<String>());
    let pipeline = project.read("quickstart.sync").replace("    id      = person.number\n", "    id      = person.number on create\n");
    assert!(pipeline.contains("person.number on create"), "{pipeline}");
    project.write("quickstart.sync", pipeline.split("\ntest ").next().unwrap());
    project
}

pub fn given(project: &TestProject, args: &[&str], input: &str) -> Answer {
    let mut command = project.command(args);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Answer { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn an_imported_link_is_stronger_than_match_and_a_person_still_reviews_the_first_change_set() {
    let project = project(&["1", "2"]);
    let plan = project.counterpart(&["plan"]);
    assert_eq!(plan.count("count", "create") + plan.keys("held").len() as u64, 2, "nothing finds the accounts: {plan:?}");
    let imported = given(&project, &["import"], "key,account\n1,a1\n2,a2\n");
    assert_eq!((imported.code, imported.out.as_str()), (0, "linked 2 records of quickstart\n"), "{imported:?}");
    let old = project.counterpart(&["apply", &plan.keys("id")[0]]);
    assert!(old.code == 6 && old.err.contains("links were imported since it was made"), "{old:?}");
    assert_eq!(project.counterpart(&["run"]).code, 3, "nobody has seen what it does yet");
    let plan = project.counterpart(&["plan"]);
    assert_eq!((plan.count("count", "create"), plan.count("count", "unchanged")), (0, 2), "{plan:?}");
    let again = given(&project, &["import"], "{\"account\": \"a2\", \"key\": 2}\n");
    assert_eq!(again.out, "linked 0 records of quickstart, 1 there already\n", "{again:?}");
}

#[test]
fn what_is_exported_is_imported_as_it_was() {
    let keys = ["-1", "=1+1", "'5", "a,b", "a\"b", "00112"];
    let from = project(&keys);
    let list: String =
        keys.iter().zip(1..).map(|(key, at)| format!("{}\n", serde_json::json!({ "key": key, "account": format!("a{at}") }))).collect();
    assert_eq!(given(&from, &["import"], &list).code, 0);
    let csv = from.counterpart(&["export"]);
    assert!(csv.code == 0 && csv.out.starts_with("key,account,life,since,by\n") && csv.out.contains("'-1,a1,open,"), "{csv:?}");
    let jsonl = from.counterpart(&["export", "quickstart", "--format", "jsonl"]).out;
    assert_eq!(jsonl.lines().count(), keys.len());
    for list in [&csv.out, &jsonl] {
        let to = project(&keys);
        assert_eq!(given(&to, &["import"], list).out, "linked 6 records of quickstart\n");
        let links = |project: &TestProject| {
            let out = project.counterpart(&["export", "--format", "jsonl"]).out;
            let each = |line: &str| {
                let link: serde_json::Value = serde_json::from_str(line).unwrap();
                (link["key"].clone(), link["account"].clone())
            };
            out.lines().map(each).collect::<Vec<_>>()
        };
        assert_eq!(links(&to), links(&from));
    }
}

#[test]
fn a_list_that_can_not_be_used_as_a_whole_links_nobody() {
    let project = project(&["1", "2", "3"]);
    assert_eq!(given(&project, &["import"], "key,account\n1,a1\n").code, 0);
    assert_eq!(project.counterpart(&["forget", "3"]).code, 0);
    for (list, says) in [
        ("key,account\n2,a2\n2,a3\n", "line 3 has the key 2, as line 2 does"),
        ("key,account\n2,a2\n4,a2\n", "line 3 has the account a2, as line 2 does"),
        ("key,account\n2,a2\n1,a3\n", "line 3 has the key 1, which is linked to a1"),
        ("key,account\n2,a1\n", "line 2 has the account a1, which is linked to 1"),
        ("key,account\n2,a2\n,a3\n", "line 3 has no key or no account"),
        ("key,account\n2,a2\n3,a3\n", "line 3 has the key 3, which a person asked to forget"),
        ("number,account\n2,a2\n", "no column `key`"),
        ("", "nothing came on standard input"),
    ] {
        let refused = given(&project, &["import"], list);
        assert!(refused.code == 2 && refused.err.contains("nothing was linked") && refused.err.contains(says), "{list:?}: {refused:?}");
        assert_eq!(project.counterpart(&["export"]).out.lines().count(), 2, "{list:?}");
    }
    let many: String = (0..30).map(|at| format!("5,b{at}\n")).collect();
    let refused = given(&project, &["import"], &format!("key,account\n{many}"));
    assert!(refused.err.contains("and 19 more"), "{refused:?}");
}

/// A key and an account are compared as everywhere: composed or not, with blanks or invisible characters around.
#[test]
fn a_key_or_an_account_in_another_spelling_is_the_same() {
    let project = project(&["é1", "2", "3"]);
    assert_eq!(given(&project, &["import"], "key,account\n e\u{301}1,\u{feff}a1 \n").out, "linked 1 record of quickstart\n");
    let listed = project.counterpart(&["export"]).out;
    assert!(listed.contains("\né1,a1,open,"), "{listed}");
    let again = given(&project, &["import"], "key,account\né1\u{200b},a1\u{a0}\n");
    assert_eq!(again.out, "linked 0 records of quickstart, 1 there already\n", "{again:?}");
    assert_eq!(project.counterpart(&["forget", "3"]).code, 0);
    for (list, says) in [
        ("key,account\n2,a2\n2\u{200b},a3\n", "line 3 has the key 2, as line 2 does"),
        ("key,account\n2,a2\n4,\u{200e}a2\n", "line 3 has the account a2, as line 2 does"),
        ("key,account\ne\u{301}1,a3\n", "line 2 has the key é1, which is linked to a1"),
        ("key,account\n2, a1\n", "line 2 has the account a1, which is linked to é1"),
        ("key,account\n2,\u{200b}\n", "line 2 has no key or no account"),
        ("key,account\n\u{feff}3 ,a3\n", "line 2 has the key 3, which a person asked to forget"),
    ] {
        let refused = given(&project, &["import"], list);
        assert!(refused.code == 2 && refused.err.contains(says), "{list:?}: {refused:?}");
    }
}

#[test]
fn a_refused_list_leaves_no_lease() {
    let project = project(&["1", "2"]);
    assert_eq!(given(&project, &["import"], "key,account\n1,a1\n").code, 0);
    assert_eq!(given(&project, &["import"], "key,account\n2,a1\n").code, 2);
    assert_eq!(project.unreleased_leases(), 0);
}

#[test]
fn an_account_that_is_closed_or_not_there_is_held_and_never_made_again() {
    let project = project(&["1", "2"]);
    project.write("accounts.jsonl", account("a1", "Anna", false));
    assert_eq!(given(&project, &["import"], "key,account\n1,a1\n2,a2\n").code, 0);
    let plan = project.counterpart(&["plan"]);
    assert!(plan.out.contains("held 1 ") && plan.out.contains("reason=\"closed by hand\""), "{plan:?}");
    assert!(plan.out.contains("held 2 ") && plan.out.contains("reason=\"account missing\""), "{plan:?}");
    assert_eq!(plan.count("count", "create"), 0, "{plan:?}");
}

/// A key may hold what steers a terminal, or what a build takes for a command; a file has every character.
#[test]
fn an_export_is_harmless_where_it_is_looked_at_and_exact_in_a_file() {
    let project = TestProject::quickstart("", "");
    let keys = ["d\n::error file=x::hiF", "::warning::x", "##[error]y"];
    let list = keys.iter().enumerate().map(|(at, key)| format!("\"{key}\",a{at}\n")).collect::<String>();
    project.write("links.csv", format!("key,account\n{list}"));
    let links = std::fs::File::open(project.file("links.csv")).unwrap();
    let imported = project.command(&["import"]).stdin(links).output().unwrap();
    assert!(imported.status.success(), "{imported:?}");
    let piped = project.counterpart(&["export"]).out;
    assert!(keys.iter().all(|key| piped.contains(key)), "{piped}");
    let built = project.command(&["export"]).env("CI", "true").output().unwrap();
    let built = String::from_utf8(built.stdout).unwrap();
    assert!(!built.contains("\n::") && !built.contains("\n##["), "{built}");
    assert!(built.lines().all(|line| !line.trim_start().starts_with("::")), "{built}");
    assert!(built.contains("error file=x"), "{built}");
    let file = std::fs::File::create(project.file("out.csv")).unwrap();
    assert!(project.command(&["export"]).env("CI", "true").stdout(file).status().unwrap().success());
    assert_eq!(project.read("out.csv"), piped);
}
