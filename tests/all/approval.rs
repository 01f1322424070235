//! What counts as approved by a person: a change set that was agreed to and carried out, and nothing else.

use super::{
    project::{Answer, TestProject},
    terminal::TerminalSession,
};

/// This many people, of whom the first `left` left long ago.
fn people(all: usize, left: usize) -> String {
    let person = |n: usize| format!("{n:05};Anna;Berg;p{n}@example.com;{};no\n", if n <= left { "31/12/2020" } else { "" });
    "Number;First name;Last name;Email;Left on;Manager\n".to_owned() + &(1..=all).map(person).collect::<String>()
}

fn planned(project: &TestProject) -> String {
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
