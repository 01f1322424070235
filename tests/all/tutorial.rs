//! The tutorial, followed to the letter: each command is typed, and each answer that it shows is the one that is given.

use super::project::TestProject;
use regex::Regex;

const TUTORIAL: &str = include_str!("../../docs/tutorial.md");

/// The text between the marks of a block that begins with these words.
fn block(begins: &str) -> &'static str {
    let start = TUTORIAL.find(&format!("\n{begins}")).unwrap_or_else(|| panic!("no block begins with {begins:?}")) + 1;
    let body = &TUTORIAL[start..];
    &body[..body.find("```").unwrap()]
}

/// The command of a block, and what is shown below it.
fn shown(command: &str) -> (Vec<&'static str>, &'static str) {
    let (typed, answer) = block(&format!("$ {command}")).split_once('\n').unwrap();
    (typed.strip_prefix("$ counterpart ").unwrap().split_whitespace().collect(), answer)
}

/// Without what differs each time: ids, and how long it took.
fn usual(text: &str) -> String {
    let text = Regex::new("[cp]-[0-9a-f]{8}").unwrap().replace_all(text, "ID").into_owned();
    Regex::new(r"done in [0-9.]+ s +").unwrap().replace_all(&text, "done in T ").into_owned()
}

/// Gives a command as a terminal would, and compares the answer from its beginning with what the tutorial shows.
#[track_caller]
fn answers_as_shown(project: &TestProject, args: &[&str], code: i32, shown: &str) {
    let people: &[&str] = if ["check", "history"].contains(&args[0]) { &[] } else { &["--people", "full"] };
    let answer = project.counterpart(&[args, &["--format", "text"], people].concat());
    assert_eq!(answer.code, code, "{answer:?}");
    let fixed: String = answer.err.lines().filter(|line| line.starts_with("fixed")).map(|line| format!("{line}\n")).collect();
    assert!(
        usual(&(fixed + &answer.out)).starts_with(usual(shown).trim_end()),
        "{args:?} answers\n{}\nand the tutorial shows\n{shown}",
        answer.out
    );
}

/// A line of the tutorial: what stands before its comment.
fn line(begins: &str) -> &'static str {
    block(begins).lines().next().unwrap().split(" #").next().unwrap().trim_end()
}

/// An edit, as somebody makes it who follows the words around the block.
fn edited(text: &str, old: &str, new: &str) -> String {
    assert!(text.contains(old), "{old:?} is not in\n{text}");
    text.replacen(old, new, 1)
}

#[test]
fn each_step_of_the_tutorial_gives_what_it_shows() {
    let project = TestProject::empty();
    project.write("people.csv", block("Number;First name"));
    let (made, wrote) = shown("counterpart new staff");
    let answer = project.counterpart(&made);
    assert_eq!((answer.code, format!("{}{}", answer.out, answer.err).trim()), (0, wrote.trim()), "{answer:?}");

    let mut text = project.read("staff.sync");
    let accounts = format!("{}\n      {}", line("email      : text unique"), line("active     : bool"));
    text = edited(&text, "email      : text?       at $.email", &accounts);
    text = edited(&text, "  key person.number", &format!("  {}\n  key person.number", line("include when")));
    text = edited(&text, "last_name  = person.last_name  keep when missing", line("last_name  ="));
    text = edited(&text, "email      = person.email      keep when missing", line("email      = person"));
    project.write("staff.sync", &text);
    let (check, mistakes) = shown("counterpart check\n");
    answers_as_shown(&project, &check, 1, mistakes);

    text = edited(&text, "| title_case", "| title_case keep when missing");
    text = edited(&text, "person.email | lower", "person.email | lower\n    active = true on create");
    let end = text.rfind('}').unwrap();
    project.write("staff.sync", format!("{}{}}}\n", &text[..end], block("leaver {")));
    let (fix, fixed) = shown("counterpart check --fix");
    answers_as_shown(&project, &fix, 0, fixed);
    assert_eq!(project.counterpart(&["fmt"]).code, 0);

    let (plan, screen) = shown("counterpart plan staff");
    answers_as_shown(&project, &plan, 0, screen);
    let id = project.counterpart(&plan).keys("id")[0].clone();
    let (_, done) = shown("counterpart apply");
    answers_as_shown(&project, &["apply", &id], 0, done);
    assert!(project.read("accounts.jsonl").contains("\"last_name\":\"Martin\""), "{}", project.read("accounts.jsonl"));

    project.write("people.csv", edited(&project.read("people.csv"), "ines.moreau@example.com;", "ines.moreau@example.com;01/02/2026"));
    let left = project.counterpart(&["run", "staff"]);
    assert_eq!((left.code, left.count("result", "left")), (0, 1), "{left:?}");
    assert_eq!(project.counterpart(&["history"]).code, 0);
}
