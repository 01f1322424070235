//! A process that is killed with SIGKILL at any point of the journal: the next run completes the rest.
//!
//! The test runs itself as a child, which strikes itself dead; what the members file holds by then is what the target knows.

use super::apply_fixture::{ApplyFixture, call, member, people, person};
use crate::run::apply::{Moment, Watcher};
use crate::run::tests::fixture::{delete_after, target_of};
use serde_json::json;
use std::{
    cell::Cell,
    env,
    path::Path,
    process::{Command, ExitStatus, Stdio},
};

const FOLDER: &str = "COUNTERPART_TEST_FOLDER";
const POINT: &str = "COUNTERPART_TEST_POINT";

/// Where the lightning strikes: at the n-th of such moments, or after the n-th write was done and before its answer leaves.
fn kill() {
    let _ = Command::new("kill").args(["-9", &std::process::id().to_string()]).status();
    unreachable!("a dead process");
}

pub struct KillSwitch {
    moment: String,
    left: Cell<usize>,
}

/// Ends the process as a power cut does.
pub fn strike_if(now: bool) {
    if now {
        kill();
    }
}

impl KillSwitch {
    pub fn new(moment: &str, number: usize) -> Self {
        Self { moment: moment.to_owned(), left: Cell::new(number) }
    }

    fn count(&self, moment: &str) {
        if moment == self.moment {
            self.left.set(self.left.get().wrapping_sub(1));
            if self.left.get() == 0 {
                kill();
            }
        }
    }
}

impl Watcher for KillSwitch {
    fn at(&self, moment: Moment) {
        self.count(&format!("{moment:?}"));
    }
}

/// How the target is asked and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// One can be looked up.
    Finds,
    /// Only a read of the whole tells.
    Reads,
    /// One can be looked up, and five are written by one request.
    Together,
}

impl How {
    fn of(word: &str) -> Self {
        [Self::Finds, Self::Reads, Self::Together].into_iter().find(|how| format!("{how:?}") == word).unwrap()
    }
}

/// Twelve creates, two of which refer to each other, three updates, two leaves, one delete.
fn fixture(folder: &Path, how: How) -> ApplyFixture {
    let ended = r#""contract_end": "2026-02-27""#;
    let mut everybody: Vec<String> = (1..=10).map(|number| person(number, "")).collect();
    everybody.extend([person(11, r#""manager": 12"#), person(12, r#""manager": 11"#)]);
    everybody.extend((21..=23).map(|number| person(number, r#""department": "Sales""#)));
    everybody.extend((31..=32).map(|number| person(number, ended)));
    let mut fixture = ApplyFixture::new(folder, &everybody.join("\n"));
    let collection = target_of(&mut fixture.planning.plan);
    collection.named = vec![("farewell".into(), call("POST"))];
    if how == How::Reads {
        collection.finds.clear();
        collection.get = None;
    }
    fixture.members.gathers = (how == How::Together).then_some(5);
    fixture.planning.plan.leavers[0].actions.push(crate::compile::Action::Call {
        call: 0,
        once: true,
        span: crate::diagnose::Span::default(),
    });
    fixture.planning.plan.leavers[0].stages = vec![delete_after(60)];
    fixture
}

/// Links those who are there before the run that is struck.
fn before(folder: &Path, how: How) {
    let mut fixture = fixture(folder, how);
    let there: Vec<_> = [21, 22, 23, 31, 32].map(|number| member(number, &json!({}))).into();
    fixture.members.put(&there);
    let everybody = std::mem::replace(&mut fixture.planning.source, people([31, 32]));
    fixture.planning.source = [person(31, ""), person(32, ""), people([21, 22, 23])].join("\n");
    fixture.run();
    fixture.planning.source = everybody;
}

#[test]
#[ignore = "the child of the tests below"]
fn child() {
    let (Ok(folder), Ok(point)) = (env::var(FOLDER), env::var(POINT)) else { return };
    let [how, moment, number] = point.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let lightning = KillSwitch::new(moment, number.parse().unwrap());
    let mut fixture = fixture(Path::new(&folder), How::of(how));
    if moment == "Write" {
        let number: usize = number.parse().unwrap();
        *fixture.members.struck.borrow_mut() = Box::new(move |write| {
            strike_if(write == number);
        });
    }
    fixture.run_watched(&lightning);
}

/// Runs the child; true if it was struck, false if it came to its end before.
fn struck(folder: &Path, point: &str) -> bool {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "run::apply::tests::kill::child", "--ignored"]).env(FOLDER, folder).env(POINT, point);
    let status = child.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success() || was_killed(status), "{point}: {status}");
    !status.success()
}

/// Whether a child was struck, and did not end in another way.
#[cfg(unix)]
pub fn was_killed(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    const SIGKILL: i32 = 9;
    status.signal() == Some(SIGKILL)
}

#[cfg(not(unix))]
pub fn was_killed(status: ExitStatus) -> bool {
    status.code().is_none()
}

/// The members without their ids, which depend on the order.
fn members(fixture: &ApplyFixture) -> Vec<String> {
    let all = fixture.members.all();
    let name = |id: &serde_json::Value| all.iter().find(|member| member["id"] == *id).map(|member| member["external_id"].clone());
    let mut lines: Vec<String> = all
        .iter()
        .map(|member| {
            let mut member = member.clone();
            member["manager"] = json!(name(&member["manager"]));
            member.as_object_mut().unwrap().remove("id");
            // At most once: it is unknown whether it arrived, so it is not sent again.
            let called = member.as_object_mut().unwrap().remove("called");
            assert!(called.is_none_or(|called| called == 1), "{member}");
            let sorted: std::collections::BTreeMap<_, _> = member.as_object().unwrap().iter().collect();
            format!("{sorted:?}")
        })
        .collect();
    lines.sort();
    lines
}

fn lives(fixture: &ApplyFixture) -> Vec<String> {
    let numbers = (1..=12).chain(21..=23).chain(31..=32);
    numbers
        .map(|number| fixture.life(&format!("{number:05}")).split_once(' ').map(|(_, life)| life.to_owned()).unwrap_or_default())
        .collect()
}

/// Strikes at every such moment in turn, until the child comes to its end.
fn completes(how: How, moment: &str) {
    let reference = tempfile::tempdir().unwrap();
    before(reference.path(), how);
    let mut whole = fixture(reference.path(), how);
    whole.run();
    assert_eq!(whole.run().writes, 0);
    let mut strikes = 0;
    for number in (1..).step_by(if moment == "Write" { 2 } else { 1 }) {
        let folder = tempfile::tempdir().unwrap();
        before(folder.path(), how);
        if !struck(folder.path(), &format!("{how:?} {moment} {number}")) {
            break;
        }
        strikes += 1;
        let mut fixture = fixture(folder.path(), how);
        let next = fixture.run();
        assert_eq!(next.applied.stopped, None);
        let place = format!("{moment} {number}:\n{}", next.outcomes());
        if members(&fixture) != members(&whole) {
            // What only a read could tell is done a run later.
            assert_eq!(how, How::Reads, "{place}");
            fixture.run();
        }
        assert_eq!(members(&fixture), members(&whole), "{place}");
        assert_eq!(lives(&fixture), lives(&whole), "{place}");
        for joined in 1..=12 {
            assert_eq!(fixture.members.mails(&format!("p{joined}@example.com")), 1, "{place}\n{joined}");
        }
        assert_eq!(fixture.run().writes, 0, "{place}");
        assert!(fixture.store.open_intents(&fixture.set()).unwrap().is_empty(), "{place}");
    }
    assert!(strikes > 0, "never struck");
}

#[test]
fn killed_before_anything_is_intended() {
    completes(How::Finds, "Begun");
    completes(How::Reads, "Begun");
}

#[test]
fn killed_with_intents_and_nothing_sent() {
    completes(How::Finds, "Intended");
}

#[test]
fn killed_with_intents_and_nothing_sent_where_only_reads_tell() {
    completes(How::Reads, "Intended");
}

#[test]
fn killed_after_a_write_was_done_and_before_its_answer() {
    completes(How::Finds, "Write");
}

#[test]
fn killed_after_a_write_was_done_where_only_reads_tell() {
    completes(How::Reads, "Write");
}

#[test]
fn killed_with_an_answer_that_is_not_durable() {
    completes(How::Finds, "Answered");
}

#[test]
fn killed_with_outcomes_that_are_durable() {
    completes(How::Finds, "Settled");
}

#[test]
fn killed_with_the_intents_of_many_and_nothing_sent() {
    completes(How::Together, "Intended");
}

/// Some of those that go in one request are written by then, and the others are not.
#[test]
fn killed_in_the_middle_of_a_request_for_many() {
    completes(How::Together, "Write");
}

#[test]
fn killed_with_an_answer_for_many_that_is_not_durable() {
    completes(How::Together, "Answered");
}
