//! Outside the sandbox a pipeline is held until its first change set is applied by hand; `apply` does exactly what was shown, or refuses.

use super::{
    project::{Answer, TestProject},
    terminal::TerminalSession,
};

/// This many people, of whom the first `left` left long ago.
fn people(all: usize, left: usize) -> String {
    let person = |n: usize| format!("{n:05};Anna;Berg;p{n}@example.com;{};no\n", if n <= left { "31/12/2020" } else { "" });
    "Number;First name;Last name;Email;Left on;Manager\n".to_owned() + &(1..=all).map(person).collect::<String>()
}

fn planned(project: &TestProject) -> (Answer, String) {
    let plan = project.counterpart(&["plan", "quickstart"]);
    let id = plan.keys("id").first().unwrap_or_else(|| panic!("{plan:?}")).clone();
    (plan, id)
}

/// Twenty people with an account each, published.
fn published() -> TestProject {
    let project = TestProject::quickstart(&people(20, 0), "");
    let (_, id) = planned(&project);
    let applied = project.counterpart(&["apply", &id]);
    assert_eq!((applied.code, applied.count("result", "created")), (0, 20), "{applied:?}");
    project
}

/// The change set is refused as out of date with these words, and nothing was written.
#[track_caller]
fn out_of_date(project: &TestProject, id: &str, says: &str) {
    let accounts = project.read("accounts.jsonl");
    let refused = project.counterpart(&["apply", id]);
    assert_eq!((refused.code, refused.out.as_str()), (6, ""), "{refused:?}");
    assert!(refused.err.contains("nothing was written") && refused.err.contains(says), "{}", refused.err);
    assert_eq!(project.read("accounts.jsonl"), accounts);
}

#[test]
fn a_run_is_held_until_a_first_change_set_was_applied_by_hand() {
    let project = TestProject::quickstart(&people(20, 0), "");
    let held = project.counterpart(&["run", "quickstart"]);
    assert_eq!((held.code, project.read("accounts.jsonl").as_str()), (3, ""), "{held:?}");
    assert!(project.counterpart(&["run", "quickstart", "--format", "text"]).out.contains("published"), "says what it waits for");
    let (plan, id) = planned(&project);
    assert_eq!((plan.code, plan.keys("create").len()), (0, 20));
    assert_eq!(plan.fact("result", "published").as_deref(), Some("no"), "says what it waits for in a pipe too: {plan:?}");
    assert_eq!(project.sandboxed(&["plan", "quickstart"]).fact("result", "published"), None, "the sandbox needs no publishing");
    assert_eq!(project.counterpart(&["plan", "quickstart", "--exit-code"]).code, 10);
    assert_eq!(project.counterpart(&["apply", &id]).code, 0);
    assert_eq!(project.read("accounts.jsonl").lines().count(), 20);

    project.write("people.csv", people(21, 0));
    assert_eq!(project.counterpart(&["plan", "quickstart"]).fact("result", "published"), None);
    let run = project.counterpart(&["run", "quickstart"]);
    assert_eq!((run.code, run.count("result", "created")), (0, 1), "{run:?}");
    assert_eq!(project.counterpart(&["plan", "quickstart", "--exit-code"]).code, 0, "nothing is left to do");
    let results: Vec<String> =
        project.counterpart(&["history"]).out.lines().map(|line| line.rsplit('=').next().unwrap().to_owned()).collect();
    assert_eq!(results, ["done", "done", "held", "held"]);
}

#[test]
fn a_change_set_is_good_for_once_and_for_the_file_it_was_made_of() {
    let project = TestProject::quickstart(&people(20, 0), "");
    let (_, id) = planned(&project);
    let good = project.read("quickstart.sync");
    project.write("quickstart.sync", good.replace("trim | lower", "trim"));
    out_of_date(&project, &id, "was changed since");
    project.write("quickstart.sync", format!("# a remark\n{good}"));
    let remarked = project.counterpart(&["apply", &id]);
    assert_eq!(remarked.code, 0, "a remark is no change: {remarked:?}");
    out_of_date(&project, &id, "applied in run");
}

#[test]
fn a_newer_change_set_takes_the_place_of_one_that_waits() {
    let project = TestProject::quickstart(&people(20, 0), "");
    let (_, older) = planned(&project);
    project.write("people.csv", people(21, 0));
    let (_, newer) = planned(&project);
    assert_ne!(older, newer);
    out_of_date(&project, &older, "newer change set");
    assert_eq!(project.counterpart(&["apply", &newer]).count("result", "created"), 21);
}

#[test]
fn of_two_change_sets_only_one_is_applied() {
    let project = published();
    project.write("people.csv", people(21, 0));
    let (_, one) = planned(&project);
    project.write("people.csv", people(22, 0));
    let (_, other) = planned(&project);
    assert_eq!(project.counterpart(&["apply", &other]).count("result", "created"), 2);
    out_of_date(&project, &one, "has written since");
}

#[test]
fn a_leaver_who_no_longer_leaves_is_not_made_to() {
    let project = published();
    project.write("people.csv", people(20, 2));
    let (plan, id) = planned(&project);
    assert_eq!((plan.code, plan.keys("leave")), (0, vec!["00001".into(), "00002".into()]));
    project.write("people.csv", people(20, 1));
    out_of_date(&project, &id, "one of its leavers no longer leaves");
    project.write("people.csv", people(20, 2));
    let (_, id) = planned(&project);
    let applied = project.counterpart(&["apply", &id]);
    assert_eq!((applied.code, applied.count("result", "left")), (0, 2), "{applied:?}");
}

/// A later step that only closes takes the account no less than a leave does.
#[test]
fn a_later_step_is_not_applied_to_somebody_who_is_back() {
    const LEAVE: &str = "    set  active = false\n";
    let project = TestProject::quickstart(&people(20, 0), "");
    let pipeline = project.read("quickstart.sync");
    assert!(pipeline.contains(LEAVE));
    project.write("quickstart.sync", pipeline.replace(LEAVE, "    set  manager = true\n    after 10 days { set active = false }\n"));
    let (_, id) = planned(&project);
    assert_eq!(project.counterpart(&["apply", &id]).code, 0);
    project.write("people.csv", people(20, 2));
    let run = project.counterpart(&["run", "quickstart"]);
    assert_eq!((run.code, run.count("result", "left")), (0, 2), "{run:?}");
    let database = rusqlite::Connection::open(project.file(".counterpart/production/state.db")).unwrap();
    assert_eq!(
        database
            .execute("UPDATE links SET next_day = '2021-01-11', stage_done = '2021-01-01T00:00:00.000000Z' WHERE next_day IS NOT NULL", [])
            .unwrap(),
        2
    );
    let (plan, id) = planned(&project);
    assert_eq!(plan.count("count", "stage"), 2, "{plan:?}");
    project.write("people.csv", people(20, 1));
    out_of_date(&project, &id, "one of its leavers no longer leaves");
    project.write("people.csv", people(20, 2));
    let (_, id) = planned(&project);
    let applied = project.counterpart(&["apply", &id]);
    assert_eq!((applied.code, project.read("accounts.jsonl").matches("\"active\":false").count()), (0, 2), "{applied:?}");
}

#[test]
fn a_touched_file_is_refused_whatever_byte_it_is() {
    let project = published();
    project.write("people.csv", people(21, 0));
    let (_, id) = planned(&project);
    let file = format!(".counterpart/production/changes/{id}.jsonl");
    let good = project.read(&file);
    for at in [good.len() / 4, good.len() / 2, good.len() - 20] {
        let at = (at..).find(|at| good.as_bytes()[*at].is_ascii_alphanumeric()).unwrap();
        let mut bytes = good.clone().into_bytes();
        bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
        project.write(&file, bytes);
        out_of_date(&project, &id, &id);
    }
    project.write(&file, &good[..good.len() / 2]);
    out_of_date(&project, &id, &id);
    std::fs::remove_file(project.file(&file)).unwrap();
    out_of_date(&project, &id, "can't be read");
    project.write(&file, &good);
    assert_eq!(project.counterpart(&["apply", &id]).code, 0);
}

/// Applies a change set at a terminal, and answers the question about the leavers.
fn apply_at_a_terminal(project: &TestProject, id: &str, answer: &str) -> (i32, String) {
    let mut session = TerminalSession::start(project, &["apply", id]);
    session.wait_for("how many will leave?").answer(answer);
    session.end()
}

#[test]
fn past_the_guard_somebody_has_to_say_how_many_will_leave() {
    let project = published();
    project.write("people.csv", people(20, 8));
    let (plan, id) = planned(&project);
    assert_eq!((plan.code, plan.fact("guard", "verdict").as_deref()), (3, Some("exceeded")), "{}", plan.out);
    let accounts = project.read("accounts.jsonl");
    let run = project.counterpart(&["run", "quickstart"]);
    assert_eq!((run.code, project.read("accounts.jsonl") == accounts), (3, true), "{run:?}");

    let alone = project.counterpart(&["apply", &id]);
    assert_eq!(alone.code, 3, "{alone:?}");
    assert!(alone.err.contains("nothing was written") && alone.err.contains("8 of 20"), "{}", alone.err);

    let (code, screen) = apply_at_a_terminal(&project, &id, "7");
    assert_eq!((code, project.read("accounts.jsonl") == accounts), (3, true), "{screen}");
    assert!(screen.contains("how many will leave?") && screen.contains("nothing was written"), "{screen}");
    let (code, screen) = apply_at_a_terminal(&project, &id, "");
    assert_eq!((code, project.read("accounts.jsonl") == accounts), (3, true), "{screen}");
    let (code, screen) = apply_at_a_terminal(&project, &id, "8");
    assert_eq!(code, 0, "{screen}");
    assert_eq!(project.read("accounts.jsonl").matches("\"active\":false").count(), 8);
}

#[test]
fn hold_leavers_holds_them_and_nobody_else() {
    let project = published();
    let file = project.read("quickstart.sync");
    project.write("quickstart.sync", file.replace("leavers at most 10% or 5", "leavers at most 10% or 5\n    hold leavers"));
    project.write("people.csv", people(21, 8));
    let run = project.counterpart(&["run", "quickstart"]);
    let accounts = project.read("accounts.jsonl");
    assert_eq!((accounts.lines().count(), accounts.matches("\"active\":false").count()), (21, 0), "{run:?}");
    assert_eq!((run.code, run.count("result", "created"), run.count("result", "left")), (3, 1, 0), "{run:?}");
    assert_eq!(project.counterpart(&["run", "quickstart"]).code, 3, "they wait for a person, run after run");

    let (plan, id) = planned(&project);
    assert_eq!((plan.code, plan.keys("leave").len()), (3, 8));
    let (code, screen) = apply_at_a_terminal(&project, &id, "8");
    assert_eq!((code, project.read("accounts.jsonl").matches("\"active\":false").count()), (0, 8), "{screen}");
}

/// The error file is a copy of what the state has: a run that was carried out is remembered without it, and says so.
#[test]
fn a_run_whose_error_file_can_t_be_written_is_carried_out_all_the_same() {
    let project = published();
    project.write("people.csv", people(21, 0) + "00022;Anna;Berg;p22@example.com;31/02/2020;no\n");
    let (_, id) = planned(&project);
    let _ = std::fs::remove_dir_all(project.file(".counterpart/production/errors"));
    project.write(".counterpart/production/errors", "in the way");
    let applied = project.counterpart(&["apply", &id]);
    assert_eq!((applied.code, applied.count("result", "created")), (0, 1), "{applied:?}");
    assert!(applied.err.contains("the error file of run 2 can't be written"), "{}", applied.err);
    out_of_date(&project, &id, "applied in run 2");
    assert!(project.counterpart(&["errors", "2"]).out.contains("code=R0204"));
}

#[test]
fn who_was_linked_since_is_not_created() {
    let project = published();
    project.write("people.csv", people(21, 0));
    let (plan, id) = planned(&project);
    assert_eq!(plan.keys("create"), ["00021"]);
    let account = r#"{"id":"00021","name":"Anna Berg","email":"p21@example.com","manager":false,"active":true}"#;
    project.write("accounts.jsonl", project.read("accounts.jsonl") + account + "\n");
    let run = project.counterpart(&["run", "quickstart"]);
    assert_eq!((run.code, run.count("result", "written")), (0, 0), "linked, and nothing to write: {run:?}");
    out_of_date(&project, &id, "has written since");
}
