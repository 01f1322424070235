//! Completions and manual pages, for every command.

use super::desk::Desk;

fn commands(desk: &Desk) -> Vec<String> {
    let help = desk.counterpart(&["--help"]).out;
    let listed = help.lines().take_while(|line| *line != "Options:").filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<String> = listed.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    for known in ["new", "check", "fmt", "show", "plan", "apply", "run", "watch", "history", "errors", "sandbox", "explain"] {
        assert!(names.iter().any(|name| name == known), "{known} is not among {names:?}");
    }
    names
}

#[test]
fn completions_know_every_command_and_its_flags() {
    let desk = Desk::empty();
    for shell in ["bash", "zsh", "fish"] {
        let answer = desk.counterpart(&["completions", shell]);
        assert_eq!((answer.code, answer.err.as_str()), (0, ""));
        for word in commands(&desk).iter().map(String::as_str).chain(["sandbox", "filter", "people"]) {
            assert!(answer.out.contains(word), "{shell}: {word}");
        }
    }
    let bash = desk.counterpart(&["completions", "bash"]).out;
    desk.write("completions.bash", bash);
    let read = std::process::Command::new("bash").arg("-n").arg(desk.file("completions.bash")).status();
    assert!(read.is_ok_and(|status| status.success()), "bash reads its own");
    assert_eq!(desk.counterpart(&["completions", "clay"]).code, 2);
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    let desk = Desk::empty();
    let answer = desk.counterpart(&["man", "pages"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    for command in commands(&desk) {
        let page = desk.read(&format!("pages/counterpart-{command}.1"));
        assert!(page.contains(".TH") && page.contains(".SH SYNOPSIS"), "{page}");
    }
    assert!(desk.read("pages/counterpart.1").contains("Keeps the people"));
    desk.write("file", "");
    let refused = desk.counterpart(&["man", "file"]);
    assert_eq!(refused.code, 5);
    assert!(refused.err.contains("`file`"), "{}", refused.err);
}
