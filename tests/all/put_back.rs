//! A state that somebody put back as a whole folder: nothing in it tells, but that no run has ended for long.

use super::{
    approval::{people, planned},
    project::TestProject,
    terminal::TerminalSession,
};
use std::path::PathBuf;

const STATE: &str = ".counterpart/production";

/// The quickstart with twenty people, each with an account; `schedule`: another line of the pipeline.
fn published(schedule: &str) -> TestProject {
    let project = TestProject::quickstart(&people(20, 0), "");
    let pipeline = project.read("quickstart.sync").replace("  title \"", &format!("  {schedule}\n  title \""));
    project.write("quickstart.sync", pipeline);
    let applied = project.counterpart(&["apply", &planned(&project)]);
    assert_eq!(applied.code, 0, "{applied:?}");
    project
}

/// Lets hours pass: whatever the state has dated was so long ago.
fn pass(project: &TestProject, hours: u32) {
    let database = rusqlite::Connection::open(project.file(&format!("{STATE}/state.db"))).unwrap();
    let columns = [("runs", "started"), ("runs", "finished"), ("links", "since"), ("intents", "opened"), ("change_sets", "made")];
    for (table, column) in columns {
        let earlier = format!("strftime('%Y-%m-%dT%H:%M:%S', {column}, '-{hours} hours') || '.000000Z'");
        database.execute(&format!("UPDATE {table} SET {column} = {earlier} WHERE {column} IS NOT NULL"), []).unwrap();
    }
}

fn closed(project: &TestProject) -> usize {
    project.read("accounts.jsonl").matches("\"active\":false").count()
}

/// An unattended run ends with this code, and so many accounts are closed then. What it says.
#[track_caller]
fn run(project: &TestProject, code: i32, left: usize) -> String {
    let run = project.counterpart(&["run"]);
    assert_eq!((run.code, closed(project)), (code, left), "{run:?}");
    run.err
}

fn in_state(project: &TestProject) -> Vec<(PathBuf, Vec<u8>)> {
    project.everything().into_iter().filter(|(path, _)| path.starts_with(project.file(STATE))).collect()
}

#[test]
fn a_whole_folder_that_was_put_back_is_noticed() {
    let project = published("");
    let copy = in_state(&project);
    project.write("people.csv", people(21, 0));
    run(&project, 0, 0);
    std::fs::remove_dir_all(project.file(STATE)).unwrap();
    for (path, bytes) in copy {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    pass(&project, 31 * 24);
    project.write("people.csv", people(21, 2));
    let plan = project.counterpart(&["plan"]);
    assert!(plan.out.contains("no run ended between"), "{plan:?}");
    for _ in 0..2 {
        assert!(run(&project, 3, 0).contains("no run ended between"), "a run that was held ends no doubt");
    }
    let history = project.counterpart(&["history", "--format", "json"]).out;
    assert!(history.contains("no run ended between") && history.contains("can't be taken back"), "{history}");
    let mut session = TerminalSession::start(&project, &["apply", &planned(&project)]);
    session.wait_for("how many will leave?").answer("2");
    let (code, screen) = session.end();
    assert_eq!((code, closed(&project)), (0, 2), "{screen}");
    project.write("people.csv", people(21, 3));
    run(&project, 0, 3);
}

/// Without anything that can't be taken back a run goes on, and the doubt waits for the first leaver.
#[test]
fn a_run_that_writes_nothing_final_goes_on_and_ends_no_doubt() {
    let project = published("");
    pass(&project, 31 * 24);
    project.write("people.csv", people(22, 0));
    run(&project, 0, 0);
    project.write("people.csv", people(22, 1));
    run(&project, 3, 0);
}

#[test]
fn a_pause_within_three_intervals_asks_nobody() {
    let hours = [
        ("", 29 * 24, 31 * 24),
        ("schedule every 1 h", 47, 49),
        ("schedule every 2 days", 6 * 24 - 1, 6 * 24 + 1),
        ("schedule daily at 02:00", 70, 74),
        ("schedule weekly on monday at 06:00", 20 * 24, 22 * 24),
    ];
    for (schedule, short, long) in hours {
        for (passed, code, left) in [(short, 0, 2), (long, 3, 0)] {
            let project = published(schedule);
            pass(&project, passed);
            project.write("people.csv", people(20, 2));
            let said = run(&project, code, left);
            assert_eq!(said.contains("no run ended between"), code == 3, "{schedule}, {passed} h: {said}");
        }
    }
}
