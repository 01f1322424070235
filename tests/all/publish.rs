//! Outside the sandbox: held until a first change set was applied by hand; `apply` does exactly what was shown, or refuses.

use super::desk::{Answer, Desk};
use std::{
    io::Write,
    process::{Command, Stdio},
};

/// So many people, of whom the first `left` left long ago.
fn people(all: usize, left: usize) -> String {
    let person = |n: usize| format!("{n:05};Anna;Berg;p{n}@example.com;{};no\n", if n <= left { "31/12/2020" } else { "" });
    "Number;First name;Last name;Email;Left on;Manager\n".to_owned() + &(1..=all).map(person).collect::<String>()
}

fn planned(desk: &Desk) -> (Answer, String) {
    let plan = desk.counterpart(&["plan", "quickstart"]);
    let id = plan.keys("id").first().unwrap_or_else(|| panic!("{plan:?}")).clone();
    (plan, id)
}

/// Twenty people with an account each, published.
fn published() -> Desk {
    let desk = Desk::quickstart(&people(20, 0), "");
    let (_, id) = planned(&desk);
    let applied = desk.counterpart(&["apply", &id]);
    assert_eq!((applied.code, applied.count("result", "created")), (0, 20), "{applied:?}");
    desk
}

/// The answer is a refusal as out of date that says this, and nothing was written.
#[track_caller]
fn out_of_date(desk: &Desk, id: &str, says: &str) {
    let accounts = desk.read("accounts.jsonl");
    let refused = desk.counterpart(&["apply", id]);
    assert_eq!((refused.code, refused.out.as_str()), (6, ""), "{refused:?}");
    assert!(refused.err.contains("nothing was written") && refused.err.contains(says), "{}", refused.err);
    assert_eq!(desk.read("accounts.jsonl"), accounts);
}

#[test]
fn a_run_is_held_until_a_first_change_set_was_applied_by_hand() {
    let desk = Desk::quickstart(&people(20, 0), "");
    let held = desk.counterpart(&["run", "quickstart"]);
    assert_eq!((held.code, desk.read("accounts.jsonl").as_str()), (3, ""), "{held:?}");
    assert!(desk.counterpart(&["run", "quickstart", "--format", "text"]).out.contains("published"), "says what it waits for");
    let (plan, id) = planned(&desk);
    assert_eq!((plan.code, plan.keys("create").len()), (0, 20));
    assert_eq!(plan.fact("result", "published").as_deref(), Some("no"), "says what it waits for in a pipe too: {plan:?}");
    assert_eq!(desk.sandboxed(&["plan", "quickstart"]).fact("result", "published"), None, "the sandbox needs no publishing");
    assert_eq!(desk.counterpart(&["plan", "quickstart", "--exit-code"]).code, 10);
    assert_eq!(desk.counterpart(&["apply", &id]).code, 0);
    assert_eq!(desk.read("accounts.jsonl").lines().count(), 20);

    desk.write("people.csv", people(21, 0));
    assert_eq!(desk.counterpart(&["plan", "quickstart"]).fact("result", "published"), None);
    let run = desk.counterpart(&["run", "quickstart"]);
    assert_eq!((run.code, run.count("result", "created")), (0, 1), "{run:?}");
    assert_eq!(desk.counterpart(&["plan", "quickstart", "--exit-code"]).code, 0, "nothing is left to do");
    let results: Vec<String> = desk.counterpart(&["history"]).out.lines().map(|line| line.rsplit('=').next().unwrap().to_owned()).collect();
    assert_eq!(results, ["done", "done", "held", "held"]);
}

#[test]
fn a_change_set_is_good_for_once_and_for_the_file_it_was_made_of() {
    let desk = Desk::quickstart(&people(20, 0), "");
    let (_, id) = planned(&desk);
    let good = desk.read("quickstart.sync");
    desk.write("quickstart.sync", good.replace("trim | lower", "trim"));
    out_of_date(&desk, &id, "was changed since");
    desk.write("quickstart.sync", format!("# a remark\n{good}"));
    let remarked = desk.counterpart(&["apply", &id]);
    assert_eq!(remarked.code, 0, "a remark is no change: {remarked:?}");
    out_of_date(&desk, &id, "applied in run");
}

#[test]
fn a_newer_change_set_takes_the_place_of_one_that_waits() {
    let desk = Desk::quickstart(&people(20, 0), "");
    let (_, older) = planned(&desk);
    desk.write("people.csv", people(21, 0));
    let (_, newer) = planned(&desk);
    assert_ne!(older, newer);
    out_of_date(&desk, &older, "newer change set");
    assert_eq!(desk.counterpart(&["apply", &newer]).count("result", "created"), 21);
}

#[test]
fn of_two_change_sets_only_one_is_applied() {
    let desk = published();
    desk.write("people.csv", people(21, 0));
    let (_, one) = planned(&desk);
    desk.write("people.csv", people(22, 0));
    let (_, other) = planned(&desk);
    assert_eq!(desk.counterpart(&["apply", &other]).count("result", "created"), 2);
    out_of_date(&desk, &one, "has written since");
}

#[test]
fn a_leaver_who_no_longer_leaves_is_not_made_to() {
    let desk = published();
    desk.write("people.csv", people(20, 2));
    let (plan, id) = planned(&desk);
    assert_eq!((plan.code, plan.keys("leave")), (0, vec!["00001".into(), "00002".into()]));
    desk.write("people.csv", people(20, 1));
    out_of_date(&desk, &id, "one of its leavers no longer leaves");
    desk.write("people.csv", people(20, 2));
    let (_, id) = planned(&desk);
    let applied = desk.counterpart(&["apply", &id]);
    assert_eq!((applied.code, applied.count("result", "left")), (0, 2), "{applied:?}");
}

#[test]
fn a_touched_file_is_refused_whatever_byte_it_is() {
    let desk = published();
    desk.write("people.csv", people(21, 0));
    let (_, id) = planned(&desk);
    let file = format!(".counterpart/production/changes/{id}.jsonl");
    let good = desk.read(&file);
    for at in [good.len() / 4, good.len() / 2, good.len() - 20] {
        let at = (at..).find(|at| good.as_bytes()[*at].is_ascii_alphanumeric()).unwrap();
        let mut bytes = good.clone().into_bytes();
        bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
        desk.write(&file, bytes);
        out_of_date(&desk, &id, &id);
    }
    desk.write(&file, &good[..good.len() / 2]);
    out_of_date(&desk, &id, &id);
    std::fs::remove_file(desk.file(&file)).unwrap();
    out_of_date(&desk, &id, "can't be read");
    desk.write(&file, &good);
    assert_eq!(desk.counterpart(&["apply", &id]).code, 0);
}

/// Gives a command at a terminal of its own and types an answer; none where there is no `script` to do so.
fn at_a_terminal(desk: &Desk, args: &[&str], typed: &str) -> Option<(i32, String)> {
    let command = desk.command(args);
    let words: Vec<String> =
        std::iter::once(command.get_program()).chain(command.get_args()).map(|word| word.to_str().unwrap().to_owned()).collect();
    let mut script = Command::new("script");
    script.args(["-qec", &words.join(" "), "/dev/null"]).current_dir(desk.path()).env_remove("CI").env("TERM", "dumb");
    let child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = child else {
        println!("skipped: there is no `script` here to play a terminal");
        return None;
    };
    let mut keys = child.stdin.take().unwrap();
    keys.write_all(typed.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    drop(keys);
    Some((output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout).into_owned()))
}

#[test]
fn past_the_guard_somebody_has_to_say_how_many_will_leave() {
    let desk = published();
    desk.write("people.csv", people(20, 8));
    let (plan, id) = planned(&desk);
    assert_eq!((plan.code, plan.fact("guard", "verdict").as_deref()), (3, Some("exceeded")), "{}", plan.out);
    let accounts = desk.read("accounts.jsonl");
    let run = desk.counterpart(&["run", "quickstart"]);
    assert_eq!((run.code, desk.read("accounts.jsonl") == accounts), (3, true), "{run:?}");

    let alone = desk.counterpart(&["apply", &id]);
    assert_eq!(alone.code, 3, "{alone:?}");
    assert!(alone.err.contains("nothing was written") && alone.err.contains("8 of 20"), "{}", alone.err);

    let Some((code, screen)) = at_a_terminal(&desk, &["apply", &id], "7\n") else { return };
    assert_eq!((code, desk.read("accounts.jsonl") == accounts), (3, true), "{screen}");
    assert!(screen.contains("how many will leave?") && screen.contains("nothing was written"), "{screen}");
    let (code, screen) = at_a_terminal(&desk, &["apply", &id], "\n").unwrap();
    assert_eq!((code, desk.read("accounts.jsonl") == accounts), (3, true), "{screen}");
    let (code, screen) = at_a_terminal(&desk, &["apply", &id], "8\n").unwrap();
    assert_eq!(code, 0, "{screen}");
    assert_eq!(desk.read("accounts.jsonl").matches("\"active\":false").count(), 8);
}

#[test]
fn hold_leavers_holds_them_and_nobody_else() {
    let desk = published();
    let file = desk.read("quickstart.sync");
    desk.write("quickstart.sync", file.replace("leavers at most 10% or 5", "leavers at most 10% or 5\n    hold leavers"));
    desk.write("people.csv", people(21, 8));
    let run = desk.counterpart(&["run", "quickstart"]);
    let accounts = desk.read("accounts.jsonl");
    assert_eq!((accounts.lines().count(), accounts.matches("\"active\":false").count()), (21, 0), "{run:?}");
    assert_eq!((run.code, run.count("result", "created"), run.count("result", "left")), (3, 1, 0), "{run:?}");
    assert_eq!(desk.counterpart(&["run", "quickstart"]).code, 3, "they wait for a person, run after run");

    let (plan, id) = planned(&desk);
    assert_eq!((plan.code, plan.keys("leave").len()), (3, 8));
    let Some((code, screen)) = at_a_terminal(&desk, &["apply", &id], "8\n") else { return };
    assert_eq!((code, desk.read("accounts.jsonl").matches("\"active\":false").count()), (0, 8), "{screen}");
}

#[test]
fn who_was_linked_since_is_not_created() {
    let desk = published();
    desk.write("people.csv", people(21, 0));
    let (plan, id) = planned(&desk);
    assert_eq!(plan.keys("create"), ["00021"]);
    let account = r#"{"id":"00021","name":"Anna Berg","email":"p21@example.com","manager":false,"active":true}"#;
    desk.write("accounts.jsonl", desk.read("accounts.jsonl") + account + "\n");
    let run = desk.counterpart(&["run", "quickstart"]);
    assert_eq!((run.code, run.count("result", "written")), (0, 0), "linked, and nothing to write: {run:?}");
    out_of_date(&desk, &id, "has written since");
}
