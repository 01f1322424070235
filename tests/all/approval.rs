//! What counts as approved by a person: a change set that was agreed to and carried out, and nothing else.

use super::{
    project::{Answer, TestProject},
    terminal::TerminalSession,
};

/// This many people, of whom the first `left` left long ago.
pub fn people(all: usize, left: usize) -> String {
    let person = |n: usize| format!("{n:05};Anna;Berg;p{n}@example.com;{};no\n", if n <= left { "31/12/2020" } else { "" });
    "Number;First name;Last name;Email;Left on;Manager\n".to_owned() + &(1..=all).map(person).collect::<String>()
}

pub fn planned(project: &TestProject) -> String {
    let plan = project.counterpart(&["plan", "quickstart"]);
    plan.keys("id").first().unwrap_or_else(|| panic!("{plan:?}")).clone()
}

/// Twenty people with an account each, and a state that is older than the last run: somebody put a copy back.
fn older_copy() -> TestProject {
    const STATE: &str = ".counterpart/production/state.db";
    let project = TestProject::quickstart(&people(20, 0), "");
    let applied = project.counterpart(&["apply", &planned(&project)]);
    assert_eq!(applied.code, 0, "{applied:?}");
    let copy = std::fs::read(project.file(STATE)).unwrap();
    project.write("people.csv", people(21, 0));
    let run = project.counterpart(&["run", "quickstart"]);
    assert_eq!((run.code, run.count("result", "created")), (0, 1), "{run:?}");
    for beside in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(project.file(&format!("{STATE}{beside}")));
    }
    project.write(STATE, copy).write("people.csv", people(21, 2));
    project
}

/// Twenty people with an account each, of whom two left since. The key of the hashes by which it is seen whether an account changed
/// hands was lost, or another one put in its place.
#[test]
fn nobody_leaves_by_a_state_whose_key_was_lost() {
    for replacement in [None, Some("00".repeat(32))] {
        let project = TestProject::quickstart(&people(20, 0), "");
        let applied = project.counterpart(&["apply", &planned(&project)]);
        assert_eq!(applied.code, 0, "{applied:?}");
        let key = project.file(".counterpart/production/state.key");
        replacement.map_or_else(|| std::fs::remove_file(&key).unwrap(), |text| std::fs::write(&key, text).unwrap());
        project.write("people.csv", people(20, 2));
        still_waits(&project);
        still_waits(&project);
        let plan = project.counterpart(&["plan", "quickstart"]);
        assert!(plan.out.contains("'state.key'") || plan.out.contains("`state.key`"), "{plan:?}");
        let (code, screen) = answered(&project, &planned(&project), "2");
        assert_eq!((code, closed(&project)), (0, 2), "{screen}");
    }
}

/// An unattended run still waits for a person, and closes nobody.
#[track_caller]
fn still_waits(project: &TestProject) {
    let run = project.counterpart(&["run", "quickstart"]);
    assert_eq!((run.code, closed(project)), (3, 0), "{run:?}");
}

fn closed(project: &TestProject) -> usize {
    project.read("accounts.jsonl").matches("\"active\":false").count()
}

/// At a terminal, with this answer to how many will leave.
fn answered(project: &TestProject, id: &str, answer: &str) -> (i32, String) {
    let mut session = TerminalSession::start(project, &["apply", id]);
    session.wait_for("how many will leave?").answer(answer);
    session.end()
}

fn refused(project: &TestProject, id: &str, code: i32) -> Answer {
    let answer = project.counterpart(&["apply", id]);
    assert_eq!((answer.code, closed(project)), (code, 0), "{answer:?}");
    answer
}

#[test]
fn what_nobody_confirmed_approves_nothing() {
    let project = older_copy();
    still_waits(&project);
    refused(&project, &planned(&project), 3);
    still_waits(&project);
}

#[test]
fn a_wrong_number_approves_nothing() {
    let project = older_copy();
    for answer in ["3", "", "no"] {
        assert_eq!(answered(&project, &planned(&project), answer).0, 3);
        still_waits(&project);
    }
}

#[test]
fn a_change_set_that_is_out_of_date_approves_nothing() {
    let project = older_copy();
    let id = planned(&project);
    project.write("people.csv", people(21, 1));
    let answer = refused(&project, &id, 6);
    assert!(answer.err.contains("no longer leaves"), "{}", answer.err);
    still_waits(&project);

    let (older, _) = (planned(&project), project.write("people.csv", people(21, 2)));
    planned(&project);
    let answer = refused(&project, &older, 6);
    assert!(answer.err.contains("newer change set"), "{}", answer.err);
    still_waits(&project);
}

#[test]
fn a_change_set_whose_leavers_could_not_be_asked_for_approves_nothing() {
    let project = older_copy();
    let id = planned(&project);
    let good = project.read("people.csv");
    std::fs::remove_file(project.file("people.csv")).unwrap();
    refused(&project, &id, 6);
    project.write("people.csv", good);
    still_waits(&project);
}

/// The read of the target breaks while a guard on the source is exceeded.
#[test]
fn a_run_whose_read_broke_approves_nothing() {
    let project = older_copy();
    let (people, accounts) = (project.read("people.csv"), project.read("accounts.jsonl"));
    project.write("people.csv", self::people(5, 1)).write("accounts.jsonl", format!("{accounts}{{\"id\":"));
    let run = project.counterpart(&["run", "quickstart"]);
    assert_eq!(run.code, 5, "{run:?}");
    project.write("people.csv", people).write("accounts.jsonl", accounts);
    still_waits(&project);
}

#[test]
fn what_a_person_confirmed_and_was_carried_out_is_approved() {
    let project = older_copy();
    let (code, screen) = answered(&project, &planned(&project), "2");
    assert_eq!((code, closed(&project)), (0, 2), "{screen}");
    project.write("people.csv", people(21, 3));
    let run = project.counterpart(&["run", "quickstart"]);
    assert_eq!((run.code, closed(&project)), (0, 3), "{run:?}");
}

#[test]
fn the_history_says_every_reason_why_a_run_was_held() {
    let project = older_copy();
    project.write("people.csv", people(21, 8));
    still_waits(&project);
    let history = project.counterpart(&["history", "--format", "json"]).out;
    assert!(history.contains("leavers 8 of 20, over") && history.contains("the state is an older copy"), "{history}");
}

/// The question, and what is said where nobody answers it or the answer is wrong.
#[test]
fn a_guard_asks_in_words_for_what_it_counts() {
    let cases = [
        ("source at least 50% of last run", 5, 21, "5", "were read from the source"),
        ("creates at most 3", 30, 20, "10", "will be created"),
    ];
    for (guard, all, before, number, asks) in cases {
        let project = TestProject::quickstart(&people(before, 0), "");
        let pipeline = project.read("quickstart.sync");
        let without_absence = pipeline.replace("    when missing for 3 runs\n", "");
        project.write(
            "quickstart.sync",
            without_absence.replace("leavers at most 10% or 5", &format!("leavers at most 10% or 5\n    {guard}")),
        );
        let (code, screen) = {
            let mut session = TerminalSession::start(&project, &["apply", &planned(&project)]);
            if before > 3 && guard.starts_with("creates") {
                session.wait_for(asks).answer(&before.to_string());
            }
            session.end()
        };
        assert_eq!(code, 0, "{screen}");
        project.write("people.csv", people(all, 0));
        let id = planned(&project);
        let alone = project.counterpart(&["apply", &id]);
        assert!(alone.code == 3 && alone.err.contains(&format!("has to say how many {asks}")), "{alone:?}");
        let mut session = TerminalSession::start(&project, &["apply", &id]);
        session.wait_for(&format!("how many {asks}?")).answer("99");
        let (code, screen) = session.end();
        assert!(code == 3 && screen.contains(&format!("the answer was `99`, and {number} {asks}")), "{screen}");
        let mut session = TerminalSession::start(&project, &["apply", &id]);
        session.wait_for(&format!("how many {asks}?")).answer(number);
        assert_eq!(session.end().0, 0);
    }
}

/// Fifteen people with an account each; then six of them leave, twenty are new, and the guards let neither happen unasked.
fn leaving_and_creating() -> TestProject {
    let project = TestProject::quickstart(&people(15, 0), "");
    assert_eq!(project.counterpart(&["apply", &planned(&project)]).code, 0);
    let pipeline = project.read("quickstart.sync").replace("leavers at most 10% or 5", "leavers at most 10% or 5\n    creates at most 3");
    project.write("quickstart.sync", pipeline).write("people.csv", people(35, 6));
    project
}

/// The answers to both questions, and how it ends.
fn answered_both(project: &TestProject, args: &[&str], left: &str, created: &str) -> (i32, String) {
    let mut session = TerminalSession::start(project, args);
    session.wait_for("how many will leave?").answer(left);
    session.wait_for("how many will be created?").answer(created);
    session.end()
}

#[test]
fn each_exceeded_guard_is_asked_for() {
    let project = leaving_and_creating();
    let id = planned(&project);
    let accounts = || project.read("accounts.jsonl").lines().count();
    let alone = project.counterpart(&["apply", &id]);
    assert!(alone.code == 3 && alone.err.contains("has to say how many will leave, and how many will be created"), "{alone:?}");
    for (left, created, wrong) in
        [("6", "6", "the answer was `6`, and 20 will be created"), ("5", "20", "the answer was `5`, and 6 will leave")]
    {
        let (code, screen) = answered_both(&project, &["apply", &id], left, created);
        assert_eq!((code, closed(&project), accounts()), (3, 0, 15), "{screen}");
        assert!(screen.contains(wrong), "{screen}");
    }
    let (code, screen) = answered_both(&project, &["apply", &id], "6", "20");
    assert_eq!((code, closed(&project), accounts()), (0, 6, 35), "{screen}");
}

#[test]
fn an_approval_answers_for_each_exceeded_guard() {
    let project = leaving_and_creating();
    let id = planned(&project);
    assert_eq!((answered_both(&project, &["approve", &id], "6", "").0, closed(&project)), (3, 0));
    let (code, screen) = answered_both(&project, &["approve", &id], "6", "20");
    assert_eq!((code, closed(&project), project.read("accounts.jsonl").lines().count()), (0, 6, 35), "{screen}");
}

/// A doubt about everything is no reason to ask for one number only.
#[test]
fn leavers_are_asked_for_beside_another_guard_where_a_doubt_holds_them() {
    let project = older_copy();
    let pipeline = project.read("quickstart.sync").replace("leavers at most 10% or 5", "leavers at most 10% or 5\n    creates at most 3");
    project.write("quickstart.sync", pipeline).write("people.csv", people(30, 2));
    let (code, screen) = answered_both(&project, &["apply", &planned(&project)], "2", "9");
    assert_eq!((code, closed(&project)), (0, 2), "{screen}");
}

/// What a guard that no line of the pipeline names counts: values of one attribute, and rejected records.
#[test]
fn guards_without_a_line_ask_for_what_they_count() {
    let renamed = people(30, 0).replace("Berg", "Stone");
    let unreadable = |n: usize| format!("{n:05};Anna;Berg;p{n}@example.com;40/40/2020;no\n");
    let rejected = people(30, 0).lines().take(18).map(|line| format!("{line}\n")).collect::<String>();
    let rejected = rejected + &(18..=30).map(unreadable).collect::<String>();
    for (read, number, asks) in [(renamed, "30", "will get another name"), (rejected, "13", "were rejected")] {
        let project = TestProject::quickstart(&people(30, 0), "");
        assert_eq!(project.counterpart(&["apply", &planned(&project)]).code, 0);
        project.write("people.csv", read);
        let id = planned(&project);
        let before = project.read("accounts.jsonl");
        let mut session = TerminalSession::start(&project, &["apply", &id]);
        session.wait_for(&format!("how many {asks}?")).answer("0");
        let (code, screen) = session.end();
        assert!(code == 3 && screen.contains(&format!("and {number} {asks}")), "{screen}");
        assert_eq!(project.read("accounts.jsonl"), before);
        let mut session = TerminalSession::start(&project, &["apply", &id]);
        session.wait_for(&format!("how many {asks}?")).answer(number);
        assert_ne!(session.end().0, 3);
    }
}

/// Sixty people with an account each; then the first `left` of them are to leave.
fn sixty(left: usize) -> TestProject {
    let project = TestProject::quickstart(&people(60, 0), "");
    assert_eq!(project.counterpart(&["apply", &planned(&project)]).code, 0);
    project.write("people.csv", people(60, left));
    project
}

/// What `approve` prints at a terminal, where this number is given.
fn approved(project: &TestProject, args: &[&str], number: &str) -> (i32, String) {
    let mut session = TerminalSession::start(project, &[&["approve"], args].concat());
    session.wait_for("how many will leave?").answer(number);
    session.end()
}

fn held_words(project: &TestProject) -> String {
    project.counterpart(&["held", "--format", "json"]).out
}

#[test]
fn an_approval_starts_a_run_that_does_what_it_names() {
    let project = sixty(9);
    let id = planned(&project);
    assert_eq!((project.counterpart(&["run"]).code, closed(&project)), (3, 0));
    let id = project.counterpart(&["held"]).keys("waits").pop().unwrap_or(id);
    assert!(held_words(&project).contains(&format!("counterpart approve {id}")));
    for wrong in ["8", "", "yes"] {
        assert_eq!((approved(&project, &[&id], wrong).0, closed(&project)), (3, 0), "{wrong}");
    }
    let (code, screen) = approved(&project, &[&id, "--why", "the department closes"], "9");
    assert_eq!((code, closed(&project)), (0, 9), "{screen}");
    let history = project.counterpart(&["history", "--format", "json", "--people", "full"]).out;
    assert!(history.contains("\"approval\"") && history.contains("the department closes"), "{history}");
    assert_eq!((project.counterpart(&["run"]).code, closed(&project)), (0, 9));
}

#[test]
fn without_a_terminal_nothing_is_approved() {
    let project = sixty(9);
    let answer = project.counterpart(&["approve", &planned(&project)]);
    assert!(answer.code == 3 && answer.err.contains("has to say how many will leave"), "{answer:?}");
    assert_eq!((project.counterpart(&["run"]).code, closed(&project)), (3, 0));
}

/// The target can't be written at first, so that the approval is not spent.
#[test]
fn later_runs_do_the_same_or_fewer_and_never_more() {
    for (left, code, done) in [(9, 0, 9), (8, 0, 8), (10, 3, 0)] {
        let project = sixty(9);
        let id = planned(&project);
        let accounts = project.read("accounts.jsonl");
        project.write("accounts.jsonl", "no JSON\n");
        assert_ne!(approved(&project, &[&id], "9").0, 0);
        project.write("accounts.jsonl", accounts).write("people.csv", people(60, left));
        let run = project.counterpart(&["run"]);
        assert_eq!((run.code, closed(&project)), (code, done), "{left}: {run:?}");
        if left == 10 {
            assert!(run.err.contains(&format!("the approval of {id} has ended: 9 were approved before, 1 are new")), "{run:?}");
            project.write("people.csv", people(60, 9));
            assert_eq!((project.counterpart(&["run"]).code, closed(&project)), (3, 0), "it has ended");
        }
    }
}

#[test]
fn an_edit_of_the_pipeline_ends_an_approval() {
    let project = sixty(9);
    let id = planned(&project);
    let accounts = project.read("accounts.jsonl");
    project.write("accounts.jsonl", "no JSON\n");
    approved(&project, &[&id], "9");
    let pipeline = project.read("quickstart.sync").replace("left the company", "gone");
    project.write("accounts.jsonl", accounts).write("quickstart.sync", pipeline);
    let run = project.counterpart(&["run"]);
    assert_eq!((run.code, closed(&project)), (3, 0), "{run:?}");
    assert!(run.err.contains("the pipeline, a file that it uses or a setting has changed since"), "{run:?}");
}

#[test]
fn whoever_is_left_out_waits_by_name_and_the_others_leave() {
    let project = sixty(9);
    let id = planned(&project);
    let unknown = project.counterpart(&["approve", &id, "--without", "00077"]);
    assert!(unknown.code == 2 && unknown.err.contains("00077 is not in c-"), "{unknown:?}");
    let (code, screen) = approved(&project, &[&id, "--without", "00003", "--why", "asked HR"], "8");
    assert_eq!((code, closed(&project)), (4, 8), "{screen}");
    for _ in 0..2 {
        let run = project.counterpart(&["run"]);
        assert_eq!((run.code, closed(&project)), (4, 8), "an account of a leaver stays open: {run:?}");
        let held = project.counterpart(&["held"]);
        assert!(held.keys("held") == ["00003"] && held.out.contains("reason=\"left out\""), "{held:?}");
    }
    assert_eq!(project.counterpart(&["retry"]).out, "no record waits to be written again\n", "it is let go by name alone");
    assert_eq!(project.counterpart(&["retry", "00003"]).code, 0);
    assert_eq!((project.counterpart(&["run"]).code, closed(&project)), (0, 9));
}

#[test]
fn what_is_declined_says_so_and_ends_an_approval() {
    let project = sixty(9);
    let id = planned(&project);
    let accounts = project.read("accounts.jsonl");
    project.write("accounts.jsonl", "no JSON\n");
    approved(&project, &[&id], "9");
    project.write("accounts.jsonl", accounts);
    let declined = project.counterpart(&["decline", &id, "--why", "half of the export is missing"]);
    assert_eq!((declined.code, declined.out), (0, format!("declined {id} of quickstart\n")));
    assert!(held_words(&project).contains("declined by somebody on"), "{}", held_words(&project));
    assert_eq!((project.counterpart(&["run"]).code, closed(&project)), (3, 0));
}

#[test]
fn only_what_is_held_is_approved() {
    let project = sixty(2);
    let ready = planned(&project);
    let answer = project.counterpart(&["approve", &ready]);
    assert!(answer.code == 2 && answer.err.contains("nothing holds"), "{answer:?}");
    project.write("people.csv", people(60, 9));
    let first = planned(&project);
    project.write("people.csv", people(60, 10));
    let second = planned(&project);
    let answer = project.counterpart(&["approve", &first]);
    assert!(answer.code == 6 && answer.err.contains(&format!("{second} has taken its place")), "{answer:?}");
}

/// What somebody declined is applied by nobody before somebody approves it.
#[test]
fn what_was_declined_is_not_applied() {
    let project = sixty(9);
    let id = planned(&project);
    assert_eq!(project.counterpart(&["decline", &id, "--why", "the department stays"]).code, 0);
    let applied = project.counterpart(&["apply", &id]);
    assert_eq!((applied.code, closed(&project)), (3, 0), "{applied:?}");
    for words in ["somebody declined it on 20", "the department stays", &format!("{id} waits")] {
        assert!(applied.err.contains(words), "{words}: {}", applied.err);
    }
    let (code, screen) = approved(&project, &[&id], "9");
    assert_eq!((code, closed(&project)), (0, 9), "{screen}");
    let late = project.counterpart(&["decline", &id, "--why", "late"]);
    assert_eq!(late.code, 6, "{late:?}");
    assert!(late.err.contains("nothing was declined"), "{}", late.err);
}

#[test]
fn what_was_replaced_is_not_declined() {
    let project = sixty(9);
    let first = planned(&project);
    project.write("people.csv", people(60, 10));
    let second = planned(&project);
    let late = project.counterpart(&["decline", &first, "--why", "late"]);
    assert_eq!(late.code, 6, "{late:?}");
    assert!(late.err.contains(&format!("{second} has taken its place")), "{}", late.err);
}

/// A clock that was ahead once: what it dated lies in the future, and a person goes on from there.
#[test]
fn a_clock_that_was_ahead_holds_until_a_person_has_looked() {
    let project = TestProject::quickstart(&people(20, 0), "");
    assert_eq!(project.counterpart(&["apply", &planned(&project)]).code, 0);
    let database = rusqlite::Connection::open(project.file(".counterpart/production/state.db")).unwrap();
    let ahead = "UPDATE runs SET started = '2999' || substr(started, 5), finished = '2999' || substr(finished, 5);
                 UPDATE links SET since = '2999' || substr(since, 5); UPDATE intents SET opened = '2999' || substr(opened, 5);
                 UPDATE change_sets SET made = '2999' || substr(made, 5);";
    database.execute_batch(ahead).unwrap();
    project.write("people.csv", people(20, 2));
    still_waits(&project);
    let id = planned(&project);
    let refused = refused(&project, &id, 3);
    assert!(refused.err.contains("and the last run began 2999-") && refused.err.contains("one of the two is wrong"), "{refused:?}");
    let (code, screen) = answered(&project, &id, "2");
    assert_eq!((code, closed(&project)), (0, 2), "{screen}");
    project.write("people.csv", people(20, 3));
    let run = project.counterpart(&["run"]);
    assert_eq!((run.code, closed(&project)), (0, 3), "the next run asks nobody: {run:?}");
}

/// The rest was done, and each of the leavers waits by name.
#[test]
fn leavers_that_are_held_alone_are_listed_and_approved() {
    let project = sixty(0);
    let file = project.read("quickstart.sync");
    project.write("quickstart.sync", file.replace("leavers at most 10% or 5", "leavers at most 10% or 5\n    hold leavers"));
    project.write("people.csv", people(61, 9));
    let run = project.counterpart(&["run"]);
    assert_eq!((run.code, run.count("result", "created"), closed(&project)), (3, 1, 0), "{run:?}");
    let held = project.counterpart(&["held"]);
    let id = held.keys("waits").first().unwrap_or_else(|| panic!("{held:?}")).clone();
    assert_eq!((held.keys("leave").len(), held.keys("held").len()), (0, 9), "{held:?}");
    assert!(held.out.contains("reason=\"guard exceeded\""), "{held:?}");
    let json = project.counterpart(&["held", "--format", "json"]);
    assert!(json.out.contains(&format!("counterpart approve {id}")) && !json.out.contains("counterpart apply"), "{json:?}");
    let (code, screen) = approved(&project, &[&id], "9");
    assert_eq!((code, closed(&project)), (0, 9), "{screen}");
    assert_eq!(project.counterpart(&["held"]).keys("held"), [""; 0]);
}

/// Who did not agree has refused: the history says so, and not that a run broke off.
#[test]
fn an_apply_that_nobody_confirmed_is_refused_in_the_history() {
    let project = sixty(7);
    let id = planned(&project);
    let before = project.counterpart(&["history"]);
    assert_eq!(refused(&project, &id, 3).code, 3, "without a terminal");
    for (at, answer) in ["6", "70", ""].into_iter().enumerate() {
        assert_eq!((answered(&project, &id, answer).0, closed(&project)), (3, 0), "{answer}");
        let history = project.counterpart(&["history", "--format", "json"]);
        let said = history.out.matches("not confirmed").count();
        assert_eq!((said, history.out.matches("\"refused\"").count()), (at + 2, at + 2), "{answer}: {history:?} {before:?}");
        assert!(!history.out.contains("interrupted"), "{answer}: {history:?}");
    }
    let (code, screen) = answered(&project, &id, "7");
    assert_eq!((code, closed(&project)), (0, 7), "{screen}");
}

/// Six and then five leave by change sets that are within the guard, and three more by an unattended run. The window of 7 days lets twelve
/// leave, and does not count those whom a person let leave at a terminal.
#[test]
fn leaves_that_a_person_applied_do_not_count_in_the_window() {
    for at_terminal in [true, false] {
        let project = sixty(0);
        for left in [6, 11] {
            project.write("people.csv", people(60, left));
            let id = planned(&project);
            let code = if at_terminal {
                TerminalSession::start(&project, &["apply", &id]).end().0
            } else {
                project.counterpart(&["apply", &id]).code
            };
            assert_eq!((code, closed(&project)), (0, left), "{at_terminal}");
        }
        project.write("people.csv", people(60, 14));
        let run = project.counterpart(&["run"]);
        let expected = if at_terminal { (0, 14) } else { (3, 11) };
        assert_eq!((run.code, closed(&project)), expected, "{at_terminal}: {run:?}");
    }
}

/// Six of ten leave, and a person has agreed to it: the runs after that have nothing to ask.
#[test]
fn leaves_that_were_approved_hold_no_later_run() {
    let project = TestProject::quickstart(&people(10, 0), "");
    assert_eq!(project.counterpart(&["apply", &planned(&project)]).code, 0);
    project.write("people.csv", people(10, 6));
    let (code, screen) = answered(&project, &planned(&project), "6");
    assert_eq!((code, closed(&project)), (0, 6), "{screen}");
    for joiners in [1, 1, 2] {
        project.write("people.csv", people(10 + joiners, 6));
        let run = project.counterpart(&["run"]);
        assert_eq!((run.code, closed(&project)), (0, 6), "{run:?}");
    }
}
