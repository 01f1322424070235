//! Completions and manual pages, for every command.

use super::project::TestProject;

fn commands(project: &TestProject) -> Vec<String> {
    let help = project.counterpart(&["--help"]).out;
    let listed = help.lines().take_while(|line| *line != "Options:").filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<String> = listed.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    for known in ["new", "check", "fmt", "show", "plan", "apply", "run", "watch", "history", "errors", "sandbox", "explain"] {
        assert!(names.iter().any(|name| name == known), "{known} is not among {names:?}");
    }
    names
}

#[test]
fn completions_know_every_command_and_its_flags() {
    let project = TestProject::empty();
    for shell in ["bash", "zsh", "fish"] {
        let answer = project.counterpart(&["completions", shell]);
        assert_eq!((answer.code, answer.err.as_str()), (0, ""));
        for word in commands(&project).iter().map(String::as_str).chain(["sandbox", "filter", "people"]) {
            assert!(answer.out.contains(word), "{shell}: {word}");
        }
    }
    let bash = project.counterpart(&["completions", "bash"]).out;
    project.write("completions.bash", bash);
    let read = std::process::Command::new("bash").arg("-n").arg(project.file("completions.bash")).status();
    assert!(read.is_ok_and(|status| status.success()), "bash reads its own");
    assert_eq!(project.counterpart(&["completions", "clay"]).code, 2);
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    let project = TestProject::empty();
    let answer = project.counterpart(&["man", "pages"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    for command in commands(&project) {
        let page = project.read(&format!("pages/counterpart-{command}.1"));
        assert!(page.contains(".TH") && page.contains(".SH SYNOPSIS"), "{page}");
    }
    assert!(project.read("pages/counterpart.1").contains("Keeps the people"));
    project.write("file", "");
    let refused = project.counterpart(&["man", "file"]);
    assert_eq!(refused.code, 5);
    assert!(refused.err.contains("`file`"), "{}", refused.err);
}
