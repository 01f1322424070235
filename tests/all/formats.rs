//! `--format`: each command prints the requested format, or names the formats that it has.

use super::project::TestProject;
use serde_json::Value as Json;

const FORMATS: [&str; 8] = ["text", "lines", "json", "jsonl", "github", "sarif", "markdown", "csv"];
const PEOPLE: &str = "Number;First name;Last name;Email;Left on;Manager\n";

/// Every command that prints a result, and the formats that it declares besides text and lines.
fn commands(set: &str) -> Vec<(Vec<&str>, &'static [&'static str])> {
    vec![
        (vec![], &["json", "jsonl"]),
        (vec!["check"], &["json", "jsonl", "github", "sarif"]),
        (vec!["fmt", "--check"], &["json", "jsonl", "github"]),
        (vec!["fmt"], &[]),
        (vec!["show"], &["json", "jsonl"]),
        (vec!["show", set], &["json", "jsonl", "markdown"]),
        (vec!["show", "1"], &["json", "jsonl"]),
        (vec!["plan"], &["json", "jsonl", "markdown"]),
        (vec!["suggest"], &["json", "jsonl"]),
        (vec!["settings"], &["json", "jsonl"]),
        (vec!["settings", "verify"], &["json", "jsonl"]),
        (vec!["history"], &["json", "jsonl"]),
        (vec!["errors"], &["json", "jsonl", "csv"]),
        (vec!["held"], &["json", "jsonl", "csv"]),
        (vec!["explain", "held"], &["json", "jsonl"]),
        (vec!["explain", "E0311"], &["json", "jsonl"]),
        (vec!["run", "quickstart"], &["json", "jsonl"]),
    ]
}

/// Whether a text is valid in a format.
fn is(format: &str, out: &str) -> bool {
    let object = |line: &str| serde_json::from_str::<Json>(line).is_ok_and(|one| one.is_object());
    match format {
        "json" => serde_json::from_str::<Json>(out).is_ok_and(|one| one["format"] == 1),
        "sarif" => serde_json::from_str::<Json>(out).is_ok_and(|one| one["version"] == "2.1.0"),
        "jsonl" => out.lines().all(object),
        "markdown" => out.starts_with('#'),
        "csv" => out.starts_with("key,") || out.starts_with("pipeline,"),
        "github" => out.lines().all(|line| line.starts_with("::") || line.starts_with("result ")),
        _ => !out.starts_with('{') && !out.starts_with('#'),
    }
}

fn project() -> (TestProject, String) {
    let people =
        format!("{PEOPLE}1;Anna;Berg;anna@example.com;;yes\n2;Paul;Durand;paul@example.com;31/31/2019;no\n;Eva;Lind;eva@example.com;;no\n");
    let project = TestProject::quickstart(&people, "");
    let plan = project.counterpart(&["plan"]);
    let set = plan.keys("id")[0].clone();
    assert_eq!(project.counterpart(&["apply", &set]).code, 0, "{plan:?}");
    (project, set)
}

#[test]
fn every_command_prints_each_format_it_has_and_refuses_every_other() {
    let (project, set) = project();
    for (words, own) in commands(&set) {
        for format in FORMATS {
            let args: Vec<&str> = words.iter().copied().chain(["--format", format]).collect();
            let answer = project.counterpart(&args);
            if ["text", "lines"].contains(&format) || own.contains(&format) {
                assert_ne!(answer.code, 2, "{args:?} {answer:?}");
                assert!(is(format, &answer.out), "{args:?} {answer:?}");
            } else {
                assert_eq!(answer.code, 2, "{args:?}");
                let is_error = if ["json", "jsonl"].contains(&format) {
                    is("json", &answer.out) && answer.out.contains("error")
                } else {
                    answer.out.is_empty()
                };
                assert!(is_error, "{args:?} {answer:?}");
                assert!(answer.err.contains(&format!("has no {format}; it has text, lines")), "{args:?} {answer:?}");
                assert!(own.iter().all(|own| answer.err.contains(own)), "{args:?} {answer:?}");
            }
        }
    }
}

#[test]
fn files_that_are_not_formatted_are_annotated_and_their_edits_printed() {
    let project = TestProject::quickstart(PEOPLE, "");
    let before = project.read("quickstart.sync").replace("\n  from", "\n     from");
    project.write("quickstart.sync", &before);
    let annotated = project.counterpart(&["fmt", "--check", "--format", "github"]);
    assert_eq!(annotated.code, 1, "{annotated:?}");
    assert!(annotated.out.starts_with("::error file=quickstart.sync,line="), "{annotated:?}");
    let listed = project.counterpart(&["fmt", "--check", "--format", "json"]);
    assert_eq!(serde_json::from_str::<Json>(&listed.out).unwrap()["not_formatted"], serde_json::json!(["quickstart.sync"]));
    let diff = project.counterpart(&["fmt", "--diff"]);
    assert_eq!(diff.code, 0, "{diff:?}");
    assert!(diff.out.starts_with("--- quickstart.sync\n+++ quickstart.sync\n@@ "), "{diff:?}");
    assert!(diff.out.contains("\n-     from") && diff.out.contains("\n+  from"), "{diff:?}");
    assert_eq!(project.read("quickstart.sync"), before, "--diff changes nothing");
    assert_eq!(project.counterpart(&["fmt", "--check", "--diff"]).code, 1);
    assert_eq!(project.counterpart(&["fmt"]).out, "formatted quickstart.sync\n");
}

#[test]
fn lints_can_be_denied_all_or_one_by_one() {
    let project = TestProject::with_pipelines();
    let text = project.read("lucca_to_reward_gateway.sync");
    let from = text.find("  guard {").unwrap();
    let to = from + text[from..].find("\n  }\n").unwrap() + 5;
    project.write("lucca_to_reward_gateway.sync", format!("{}{}", &text[..from], &text[to..]));
    let check = |more: &[&str]| project.counterpart(&[&["check", "lucca_to_reward_gateway"], more].concat());
    assert_eq!((check(&[]).code, check(&[]).count("result", "lints")), (0, 1), "{:?}", check(&[]));
    assert_eq!([check(&["--deny", "lints"]).code, check(&["--deny", "L0701"]).code, check(&["--deny", "L0702"]).code], [1, 1, 0]);
    let unknown = check(&["--deny", "E0311"]);
    assert!(unknown.code == 2 && unknown.err.contains("L0701"), "{unknown:?}");
}

#[test]
fn an_execution_plan_in_a_pipe_is_one_fact_a_line() {
    const FACTS: [&str; 13] =
        ["id", "read", "join", "each", "field", "key", "leave", "include", "exclude", "match", "map", "call", "guard"];
    let project = TestProject::with_pipelines();
    // Arlo's custom fields are known only after Arlo was asked.
    project.sandboxed(&["plan", "wicket_people_to_arlo"]);
    for pipeline in ["lucca_to_reward_gateway", "wicket_people_to_arlo", "arlo_registrations_to_touchpoints", "quickstart"] {
        let shown = project.sandboxed(&["show", pipeline]);
        assert_eq!(shown.code, 0, "{shown:?}");
        let (head, facts) = shown.out.split_once('\n').unwrap();
        assert!(head.starts_with("id p-") && head.contains(&format!(" pipeline={pipeline} env=sandbox title=\"")), "{head}");
        for line in facts.lines() {
            let (word, _) = line.split_once(' ').unwrap_or_else(|| panic!("{line}"));
            assert!(FACTS.contains(&word) && line.contains(" line="), "{line}");
        }
        let json: Json = serde_json::from_str(&project.sandboxed(&["show", pipeline, "--format", "json"]).out).unwrap();
        for (word, list) in [("field", "fields"), ("map", "map"), ("match", "match"), ("guard", "guards"), ("leave", "leavers")] {
            assert_eq!(shown.keys(word).len(), json[list].as_array().unwrap().len(), "{word}: {}", shown.out);
        }
        assert_eq!(project.sandboxed(&["show", pipeline, "--format", "lines"]).out, shown.out);
    }
}
