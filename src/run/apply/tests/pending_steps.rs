//! Operations that one run begins and another finishes: calls of a write, and operations that the target keeps refusing.

use super::apply_fixture::{ApplyFixture, Misbehaviour, call, member, person};
use crate::run::apply::{Moment, Watcher};
use crate::{
    compile::{
        MapCall, On,
        system::{ErrorClass, Follow, Method},
    },
    run::tests::fixture::{Fixture, T_EXTERNAL, render, replaced, target_of},
    systems::WriteKind,
};
use serde_json::json;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// `call greet on create once`, `call notice on update`
fn calling(folder: &std::path::Path, people: &str) -> ApplyFixture {
    let mut fixture = ApplyFixture::new(folder, people);
    target_of(&mut fixture.planning.plan).named = vec![("greet".into(), call("POST")), ("notice".into(), call("POST"))];
    fixture.planning.plan.map_calls = vec![
        MapCall { call: 0, on: On::Create, when: None, once: true, span: crate::diagnose::Span::default() },
        MapCall { call: 1, on: On::Update, when: None, once: false, span: crate::diagnose::Span::default() },
    ];
    fixture
}

fn called(fixture: &ApplyFixture, key: &str) -> u64 {
    fixture.members.of(key)["called"].as_u64().unwrap_or(0)
}

#[test]
fn calls_are_made_with_their_writes() {
    let folder = folder();
    let mut fixture = calling(folder.path(), &[person(1, ""), person(2, r#""department": "Sales""#), person(3, "")].join("\n"));
    fixture.members.put(&[member(2, &json!({})), member(3, &json!({}))]);
    let ran = fixture.run();
    assert_eq!(ran.outcomes(), "update 00002 done\ncreate 00001 done");
    assert!(render(&ran.change_set).contains("division:-→Sales; call notice"));
    assert_eq!(["00001", "00002", "00003"].map(|key| called(&fixture, key)), [1, 1, 0], "who does not change is not called");
    assert_eq!(fixture.run().writes, 0);
}

/// `call greet on create when employee.id < 2`
#[test]
fn a_call_with_a_condition_is_made_where_it_holds() {
    let folder = folder();
    let mut fixture = calling(folder.path(), &[person(1, ""), person(2, "")].join("\n"));
    let line = ("employee.department              keep", "employee.department when employee.id < 2 keep");
    let when = Fixture::edited(&[line], "", "", "").plan.map.iter().find_map(|line| line.when.clone());
    assert!(when.is_some());
    fixture.planning.plan.map_calls[0].when = when;
    assert_eq!(fixture.run().outcomes(), "create 00001 done\ncreate 00002 done");
    assert_eq!(["00001", "00002"].map(|key| called(&fixture, key)), [1, 0]);
}

#[test]
fn a_failed_call_is_made_by_the_next_run_without_a_second_create() {
    let folder = folder();
    let mut fixture = calling(folder.path(), &person(1, ""));
    *fixture.members.failure_rule.borrow_mut() =
        Box::new(|write, _| matches!(write.kind, WriteKind::Call(_)).then_some(Misbehaviour::Refused(ErrorClass::Temporary, "later")));
    assert_eq!(fixture.run().outcomes(), "create 00001 failed temporary: later");
    assert_eq!(fixture.life("00001"), "m1 open");
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, _| None);
    let next = fixture.run();
    assert_eq!(next.outcomes(), "update 00001 done");
    assert!(render(&next.change_set).starts_with("update 00001 = m1 (completes what an earlier run began) call greet"));
    assert_eq!((called(&fixture, "00001"), fixture.members.all().len()), (1, 1));
    assert_eq!(fixture.run().writes, 0);
}

/// Asks the run to stop once the first answer is there.
struct Pulled<'a>(&'a tokio::sync::watch::Sender<bool>);

impl Watcher for Pulled<'_> {
    fn at(&self, moment: Moment) {
        if moment == Moment::Answered {
            self.0.send_replace(true);
        }
    }
}

#[test]
fn a_run_stopped_between_a_create_and_its_call_makes_the_call_later() {
    let folder = folder();
    let mut fixture = calling(folder.path(), &person(1, ""));
    let cancel = tokio::sync::watch::Sender::new(false);
    fixture.cancel = cancel.clone();
    fixture.run_watched(&Pulled(&cancel));
    assert_eq!((fixture.members.all().len(), called(&fixture, "00001")), (1, 0));
    cancel.send_replace(false);
    assert_eq!(fixture.run().outcomes(), "update 00001 done");
    assert_eq!(called(&fixture, "00001"), 1);
    assert_eq!(fixture.run().writes, 0);
}

/// Asks the run to stop while its first request is under way.
struct StoppedAtTheJob<'a>(&'a tokio::sync::watch::Sender<bool>);

impl Watcher for StoppedAtTheJob<'_> {
    fn at(&self, moment: Moment) {
        if moment == Moment::Intended {
            self.0.send_replace(true);
        }
    }
}

/// A call may begin a job like a write: what it does may take hours.
#[test]
fn a_run_that_is_stopped_waits_for_no_job_of_a_call() {
    let folder = folder();
    let mut fixture = calling(folder.path(), &person(1, ""));
    let greet = &mut target_of(&mut fixture.planning.plan).named[0].1;
    let job = crate::compile::system::Call::new(Method::Get, greet.path.clone(), crate::diagnose::Span::default());
    greet.follow = Some(Box::new(Follow { call: job, own: std::sync::Arc::default(), every_seconds: 5, up_to_seconds: 600 }));
    *fixture.members.failure_rule.borrow_mut() =
        Box::new(|write, _| matches!(write.kind, WriteKind::Call(_)).then_some(Misbehaviour::Refused(ErrorClass::Temporary, "later")));
    assert_eq!(fixture.run().outcomes(), "create 00001 failed temporary: later");
    fixture.members.endless.set(true);
    let cancel = fixture.cancel.clone();
    let ran = fixture.run_watched(&StoppedAtTheJob(&cancel));
    assert_eq!(ran.applied.stopped, Some(crate::run::apply::Stop::Cancelled));
    assert_eq!(called(&fixture, "00001"), 0);
}

#[test]
fn a_call_that_the_file_no_longer_has_is_not_made() {
    let folder = folder();
    let mut fixture = calling(folder.path(), &person(1, ""));
    *fixture.members.failure_rule.borrow_mut() =
        Box::new(|write, _| matches!(write.kind, WriteKind::Call(_)).then_some(Misbehaviour::Refused(ErrorClass::Temporary, "later")));
    fixture.run();
    fixture.planning.plan.map_calls.clear();
    assert_eq!(fixture.run().writes, 0);
}

#[test]
fn what_the_target_refuses_is_tried_again_on_another_day_or_when_it_changes() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &[person(1, r#""manager": 2"#), person(2, "")].join("\n"));
    let refused = |write: &crate::systems::Write, _| {
        let two = write.values.iter().any(|(at, value)| *at == T_EXTERNAL && value.as_text() == Some("00002"));
        two.then_some(Misbehaviour::Refused(ErrorClass::Invalid, "Last Name: letters only"))
    };
    *fixture.members.failure_rule.borrow_mut() = Box::new(refused);
    let day = |fixture: &mut ApplyFixture, day: &str| {
        fixture.day(day);
        let ran = fixture.run();
        let held = render(&ran.change_set).lines().find(|line| line.starts_with("held")).map(str::to_owned);
        (ran.writes, held)
    };
    let held = |times: &str, next: &str| {
        let words = format!(
            "held 00002 failing: refused {times} since 2026-03-02: Last Name: letters only; tried again on {next}, or when it changes [25]"
        );
        (0, Some(words))
    };
    assert_eq!(day(&mut fixture, "2026-03-02"), (2, None));
    assert_eq!(day(&mut fixture, "2026-03-02"), held("once", "2026-03-03"));
    assert_eq!(day(&mut fixture, "2026-03-03"), (1, None));
    assert_eq!(day(&mut fixture, "2026-03-04"), held("2 times", "2026-03-05"));
    fixture.planning.source = replaced(&fixture.planning.source, "N2", "M2");
    assert_eq!(day(&mut fixture, "2026-03-04"), (1, None), "it changed");
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, _| None);
    fixture.planning.source = replaced(&fixture.planning.source, "M2", "O2");
    assert_eq!(day(&mut fixture, "2026-03-04"), (2, None));
    assert_eq!(fixture.members.of("00001")["manager"], fixture.members.of("00002")["id"]);
    assert!(fixture.store.refused(&fixture.set()).unwrap().is_empty());
}

/// `call greet on create once` of a target where only the next complete read shows what a lost create came to.
fn calling_unseen(folder: &std::path::Path, people: &str, how: Misbehaviour) -> ApplyFixture {
    let mut fixture = calling(folder, people);
    target_of(&mut fixture.planning.plan).finds.clear();
    let how = std::cell::Cell::new(Some(how));
    *fixture.members.failure_rule.borrow_mut() =
        Box::new(move |write, _| if matches!(write.kind, WriteKind::Create) { how.take() } else { None });
    fixture
}

#[test]
fn the_call_of_a_create_that_a_read_settles_is_made_once() {
    for how in [Misbehaviour::LostAfter, Misbehaviour::NoId] {
        let folder = folder();
        let mut fixture = calling_unseen(folder.path(), &person(1, ""), how);
        assert_eq!(fixture.run().applied.counts.unknown, 1);
        let second = fixture.run();
        assert_eq!((second.recovered.by_read.len(), second.outcomes().as_str()), (1, "update 00001 done"));
        assert_eq!((called(&fixture, "00001"), fixture.members.all().len()), (1, 1));
        assert_eq!((fixture.run().writes, called(&fixture, "00001")), (0, 1));
    }
}

/// The run ends after the intent is closed and before the record is linked.
#[test]
fn a_run_that_dies_between_the_read_and_the_link_leaves_the_call_to_the_next() {
    let folder = folder();
    let mut fixture = calling_unseen(folder.path(), &person(1, ""), Misbehaviour::LostAfter);
    fixture.run();
    fixture.settle();
    assert!(fixture.store.open_keys(&fixture.set()).unwrap().is_empty());
    assert_eq!((fixture.run().outcomes().as_str(), called(&fixture, "00001")), ("update 00001 done", 1));
    assert_eq!(fixture.run().writes, 0);
}

#[test]
fn the_steps_of_a_create_that_did_not_happen_are_dropped() {
    let folder = folder();
    let mut fixture = calling_unseen(folder.path(), &person(1, ""), Misbehaviour::LostBefore);
    fixture.run();
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, _| Some(Misbehaviour::Refused(ErrorClass::Invalid, "no")));
    assert_eq!(fixture.run().outcomes(), "create 00001 failed invalid: no");
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, _| None);
    // Somebody makes the account by hand: it gets no welcome of a create that never was.
    fixture.members.put(&[member(1, &json!({}))]);
    assert_eq!((fixture.run().writes, called(&fixture, "00001"), fixture.life("00001").as_str()), (0, 0, "m1 open"));
}

#[test]
fn the_call_of_an_update_that_a_read_settles_is_made_once() {
    for (how, outcome) in [(Misbehaviour::LostAfter, "update 00001 done"), (Misbehaviour::LostBefore, "update 00001 done")] {
        let folder = folder();
        let mut fixture = calling(folder.path(), &person(1, r#""department": "Sales""#));
        target_of(&mut fixture.planning.plan).get = None;
        fixture.members.put(&[member(1, &json!({}))]);
        let how = std::cell::Cell::new(Some(how));
        *fixture.members.failure_rule.borrow_mut() =
            Box::new(move |write, _| if matches!(write.kind, WriteKind::Update) { how.take() } else { None });
        assert_eq!(fixture.run().applied.counts.unknown, 1);
        assert_eq!((fixture.run().outcomes().as_str(), called(&fixture, "00001")), (outcome, 1));
        assert_eq!(fixture.run().writes, 0);
    }
}

/// The answer names an account that was there, so nothing is linked; the next read shows the one that was made.
#[test]
fn the_call_of_a_create_that_was_answered_with_another_record_is_made_by_the_run_that_links_it() {
    let folder = folder();
    let other = json!({"id": "x9", "external_id": null, "email": null, "last_name": "Other", "active": true});
    let mut fixture = calling_unseen(folder.path(), &person(1, ""), Misbehaviour::Shows(other.clone()));
    fixture.members.put(std::slice::from_ref(&other));
    assert_eq!(fixture.run().applied.counts.conflicts, 1);
    assert_eq!((fixture.run().outcomes().as_str(), called(&fixture, "00001")), ("update 00001 done", 1));
    assert_eq!((fixture.run().writes, fixture.members.all().len()), (0, 2));
}
