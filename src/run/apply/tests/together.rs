//! Requests for many people: intended for each, answered for each, and never repeated blindly.

use super::apply_fixture::{ApplyFixture, Misbehaviour, call, member, people, person};
use crate::run::apply::{Moment, Watcher, error_rows};
use crate::{
    compile::{Action, system::ErrorClass},
    run::tests::fixture::{T_LAST_NAME, target_of},
    state::Store,
    systems::{Write, WriteKind},
};
use serde_json::json;
use std::{
    cell::{Cell, RefCell},
    path::Path,
};

/// Creates all records of a list, five at a time.
fn fixture(folder: &Path, people: &str) -> ApplyFixture {
    let mut fixture = ApplyFixture::new(folder, people);
    (fixture.members.gathers, fixture.members.at_once) = (Some(5), 2);
    fixture
}

fn is(write: &Write, name: &str) -> bool {
    write.values.iter().any(|(at, value)| *at == T_LAST_NAME && value.as_text() == Some(name))
}

#[test]
fn a_refused_item_fails_that_record_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = fixture(folder.path(), &people(1..=12));
    *fixture.members.failure_rule.borrow_mut() =
        Box::new(|write, _| is(write, "N7").then_some(Misbehaviour::Refused(ErrorClass::Invalid, "Last Name: letters only")));
    let ran = fixture.run();
    assert_eq!((ran.applied.counts.created, ran.applied.counts.failed, ran.applied.stopped.clone()), (11, 1, None));
    assert_eq!((fixture.members.calls.get(), ran.writes), (3, 12), "5, 5 and 2");
    let rows: Vec<_> =
        error_rows(&ran.change_set, &ran.applied).into_iter().map(|row| (row.key, row.code.to_string(), row.message)).collect();
    assert_eq!(rows, [("00007".to_owned(), "W0902".to_owned(), "invalid \"Last Name: letters only\"".to_owned())]);
    assert_eq!((fixture.life("00007").as_str(), fixture.store.open_intents(&fixture.set()).unwrap().len()), ("none", 0));
}

#[test]
fn an_item_without_a_result_is_looked_up_before_it_is_sent_again() {
    for (misbehaviour, calls, writes) in [(Misbehaviour::LostAfter, 1, 5), (Misbehaviour::LostBefore, 2, 6)] {
        let folder = tempfile::tempdir().unwrap();
        let mut fixture = fixture(folder.path(), &people(1..=5));
        *fixture.members.failure_rule.borrow_mut() = Box::new(move |_, number| (number == 3).then(|| misbehaviour.clone()));
        let ran = fixture.run();
        assert_eq!((ran.applied.counts.created, fixture.members.calls.get(), ran.writes), (5, calls, writes));
        assert!((1..=5).all(|number| fixture.members.mails(&format!("p{number}@example.com")) == 1));
        assert_eq!(fixture.run().writes, 0);
    }
}

/// A response with 97 results for 100 items.
#[test]
fn of_a_hundred_items_the_three_without_a_result_are_looked_up_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = fixture(folder.path(), &people(1..=100));
    fixture.members.gathers = Some(100);
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, number| [7, 50, 100].contains(&number).then_some(Misbehaviour::LostAfter));
    let ran = fixture.run();
    assert_eq!((ran.applied.counts.created, ran.applied.counts.unknown, fixture.members.calls.get(), ran.writes), (100, 0, 1, 100));
    assert!((1..=100).all(|number| fixture.members.mails(&format!("p{number}@example.com")) == 1));
    assert_eq!((fixture.run().writes, fixture.members.all().len()), (0, 100));
}

#[test]
fn an_item_that_can_not_be_looked_up_stays_unknown_until_the_next_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = fixture(folder.path(), &people(1..=5));
    let collection = target_of(&mut fixture.planning.plan);
    collection.finds.clear();
    collection.get = None;
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, number| (number == 3).then_some(Misbehaviour::LostAfter));
    let ran = fixture.run();
    assert_eq!((ran.applied.counts.created, ran.applied.counts.unknown, ran.writes), (4, 1, 5));
    assert!(
        ran.outcomes().contains("unknown: the target gave no answer (no answer); the next complete read will tell"),
        "{}",
        ran.outcomes()
    );
    assert_eq!((fixture.run().writes, fixture.members.all().len()), (0, 5));
    assert!((1..=5).all(|number| fixture.members.mails(&format!("p{number}@example.com")) == 1));
}

#[test]
fn a_call_marked_once_is_not_repeated_for_an_item_without_a_result() {
    let folder = tempfile::tempdir().unwrap();
    let leavers: Vec<_> = (1..=4).map(|number| person(number, r#""contract_end": "2026-02-27""#)).collect();
    let mut fixture = fixture(folder.path(), &leavers.join("\n"));
    target_of(&mut fixture.planning.plan).named = vec![("farewell".into(), call("POST"))];
    fixture.planning.plan.leavers[0].actions.push(Action::Call { call: 0, once: true, span: crate::diagnose::Span::default() });
    fixture.members.put(&(1..=4).map(|number| member(number, &json!({}))).collect::<Vec<_>>());
    fixture.run();
    *fixture.members.failure_rule.borrow_mut() = Box::new(|write, _| {
        let second = write.id.as_ref().and_then(|id| id.as_text()) == Some("m2");
        (second && matches!(write.kind, WriteKind::Call(_))).then_some(Misbehaviour::LostAfter)
    });
    let ran = fixture.run();
    assert_eq!((ran.applied.counts.left, ran.applied.perhaps), (3, 1), "{}", ran.outcomes());
    assert!((1..=4).all(|number| fixture.members.of(&format!("{number:05}"))["called"] == 1));
    assert_eq!(fixture.run().writes, 0);
}

/// What the journal holds while intents are opened: number of the request, and keys.
struct Journal<'f> {
    folder: &'f Path,
    set: String,
    opened: RefCell<Vec<(u32, String)>>,
    most: Cell<usize>,
}

impl Watcher for Journal<'_> {
    fn at(&self, moment: Moment) {
        if moment != Moment::Intended {
            return;
        }
        let open = Store::open(self.folder).unwrap().open_intents(&self.set).unwrap();
        self.most.set(self.most.get().max(open.len()));
        self.opened.borrow_mut().extend(open.into_iter().map(|open| (open.intent.batch, open.intent.key)));
    }
}

#[test]
fn each_has_an_intent_before_the_request_for_many_leaves_and_few_are_open_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = fixture(folder.path(), &people(1..=100));
    let journal = Journal { folder: folder.path(), set: fixture.set(), opened: RefCell::default(), most: Cell::new(0) };
    assert_eq!(fixture.run_watched(&journal).applied.counts.created, 100);
    let mut opened = journal.opened.into_inner();
    opened.sort();
    opened.dedup();
    let keys: std::collections::BTreeSet<_> = opened.iter().map(|(_, key)| key).collect();
    assert_eq!((opened.len(), keys.len()), (100, 100), "one intent each, in one request");
    assert!(opened.chunk_by(|left, right| left.0 == right.0).all(|one| one.len() == 5), "{opened:?}");
    assert_eq!(fixture.members.calls.get(), 20);
    assert!(journal.most.get() <= 20, "{}", journal.most.get());
}
