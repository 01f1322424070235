//! `check` and `explain` as people and programs read them.

use super::project::TestProject;
use serde_json::Value as Json;

const FILE: &str = "lucca_to_reward_gateway.sync";
const SCREEN: &str = include_str!("../fixtures/screens/three_mistakes.txt");

/// The pipeline of the screens, with three mistakes in it, in a folder below the project.
fn three_mistakes(folder: &str) -> TestProject {
    let project = TestProject::empty();
    let pipelines = concat!(env!("CARGO_MANIFEST_DIR"), "/pipelines/systems");
    project.write(&format!("{folder}{FILE}"), include_str!("../fixtures/screens/three_mistakes.sync"));
    for system in ["lucca.sync", "reward_gateway.sync"] {
        project.write(&format!("{folder}systems/{system}"), std::fs::read(format!("{pipelines}/{system}")).unwrap());
    }
    project
}

/// The screen at 120 columns, as designed.
fn drawn(args: &[&str]) -> std::process::Output {
    three_mistakes("").command(args).env("COLUMNS", "120").output().unwrap()
}

#[test]
fn three_mistakes_look_as_they_were_drawn() {
    let output = drawn(&["check", "--format", "text"]);
    assert_eq!((output.status.code(), String::from_utf8(output.stdout).unwrap().as_str()), (Some(1), SCREEN));
}

#[test]
fn in_ascii_each_line_has_the_same_columns() {
    let out = String::from_utf8(drawn(&["check", "--format", "text", "--ascii"]).stdout).unwrap();
    assert!(out.is_ascii(), "{out}");
    for (drawn, plain) in SCREEN.lines().zip(out.lines()) {
        assert_eq!(drawn.chars().count(), plain.chars().count(), "{plain}");
    }
}

#[test]
fn a_pipe_gets_one_fact_a_line() {
    let answer = three_mistakes("").counterpart(&["check"]);
    let expected = "\
lucca_to_reward_gateway.sync:13:30: error[E0203]: `lucca.users` has no attribute `mail` (did you mean `email`?)
lucca_to_reward_gateway.sync:31:20: error[E0311]: `employee.department` may be missing, and `division` does not say what happens then
lucca_to_reward_gateway.sync:36:3: lint[L0701]: people may leave, and no guard says how many
result errors=2 lints=1 files=3 exit=1
";
    assert_eq!((answer.code, answer.out.as_str(), answer.err.as_str()), (1, expected, ""));
}

#[test]
fn from_another_folder_files_are_named_from_there_and_mended_there() {
    let project = three_mistakes("pipelines/");
    let before = project.everything();
    let annotated = project.counterpart(&["check", "--format", "github"]);
    assert!(annotated.out.starts_with(&format!("::error file=pipelines/{FILE},line=13,")), "{}", annotated.out);
    let sarif: Json = serde_json::from_str(&project.counterpart(&["check", "--format", "sarif"]).out).unwrap();
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], format!("pipelines/{FILE}"));
    assert_eq!(project.everything(), before, "to check changes nothing");

    let fixed = project.counterpart(&["check", "--fix"]);
    assert_eq!((fixed.code, fixed.out.lines().count()), (1, 2), "the choice is left: {fixed:?}");
    assert!(fixed.out.contains("error[E0311]"), "{}", fixed.out);
    let names: Vec<_> = project.everything().into_iter().map(|(path, _)| path).collect();
    assert_eq!(names, before.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>(), "no other file is written");
    let text = project.read(&format!("pipelines/{FILE}"));
    assert!(text.contains("= employee.email | trim") && text.contains("leavers at most 10% or 5"), "{text}");

    project.write(&format!("pipelines/{FILE}"), text.replace("= employee.department\n", "= employee.department     keep when missing\n"));
    assert_eq!(project.counterpart(&["check"]).code, 0);
}

#[test]
fn a_second_fix_finds_nothing_to_mend() {
    let project = three_mistakes("");
    project.counterpart(&["check", "--fix"]);
    let once = project.everything();
    let again = project.counterpart(&["check", "--fix"]);
    assert_eq!(project.everything(), once, "{again:?}");
}

#[test]
fn codes_functions_and_words_are_explained() {
    let project = TestProject::empty();
    let explained = |what: &str| project.counterpart(&["explain", what]).out;
    assert!(explained("e0311").starts_with("E0311  "));
    assert!(explained("title_case").starts_with("title_case  text → text"));
    assert!(explained("held").starts_with("held  "));
    assert!(explained("join").starts_with("join(\", \")  list of T"), "{}", explained("join"));
    assert!(explained("create").starts_with("create  a record"), "{}", explained("create"));
    assert!(explained("already left").starts_with("already left  left before"), "{}", explained("already left"));
    assert!(explained("leaver").contains("in a pipeline\n\nSays who leaves"), "{}", explained("leaver"));
    assert!(explained("on return").starts_with("on return  in a `leaver` block, once"), "{}", explained("on return"));
    assert!(
        explained("cursor").starts_with("page  in a call or a collection or an `http` block (`list`, `find by`), once"),
        "{}",
        explained("cursor")
    );
    assert!(explained("functions").contains("title_case"));
    let overview = project.counterpart(&["explain"]);
    assert!(overview.code == 0 && overview.out.contains("in a `map` block: "), "{overview:?}");
    let unknown = project.counterpart(&["explain", "E0331"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("no help entry for `E0331`; did you mean `E03"), "{}", unknown.err);
}

#[test]
fn a_folder_of_systems_alone_is_checked_and_said_to_be_no_more() {
    let project = TestProject::empty();
    let lucca = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/pipelines/systems/lucca.sync")).unwrap();
    project.write("systems/lucca.sync", &lucca);
    let answer = project.counterpart(&["check"]);
    assert_eq!((answer.code, answer.out.as_str()), (0, "result errors=0 lints=0 files=1 exit=0\n"), "{answer:?}");
    assert!(answer.err.contains("there is no pipeline here: 1 file was checked alone"), "{answer:?}");
    project.write("systems/hr.sync", "system hr {\n  connekt\n}\n");
    let answer = project.counterpart(&["check"]);
    assert!(answer.code == 1 && answer.out.contains("systems/hr.sync:2:3: error") && answer.out.contains("files=2 exit=1"), "{answer:?}");
    let beside = TestProject::empty();
    beside.write("lucca.sync", &lucca);
    let answer = beside.counterpart(&["check"]);
    assert!(answer.code == 0 && answer.err.contains("1 file was checked alone"), "{answer:?}");
    let none = TestProject::empty().counterpart(&["check"]);
    assert!(none.code == 2 && none.err.contains("there is no pipeline file here"), "{none:?}");
}
