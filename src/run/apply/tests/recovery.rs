//! Answers that no run ever saw.

use super::apply_fixture::{ApplyFixture, Misbehaviour, call, member, people, person};
use crate::{
    compile::system::{Call, ErrorClass, Follow, Method, Repeat},
    diagnose::Span,
    run::{
        apply::{Moment, Watcher},
        tests::fixture::{T_EXTERNAL, target_of},
    },
    systems::WriteKind,
};
use proptest::prelude::*;
use serde_json::json;

fn fixture(folder: &std::path::Path, source: &str) -> ApplyFixture {
    let mut fixture = ApplyFixture::new(folder, source);
    fixture.members.at_once = 1;
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, number| (number == 1).then_some(Misbehaviour::LostAfter));
    fixture
}

#[test]
fn a_create_that_can_not_be_looked_up_is_found_by_the_next_complete_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = fixture(folder.path(), &people(1..=2));
    target_of(&mut fixture.planning.plan).finds.clear();
    let first = fixture.run();
    assert_eq!(
        first.outcomes(),
        "create 00001 unknown: the target gave no answer (no answer); the next complete read will tell\ncreate 00002 done"
    );
    assert_eq!(fixture.store.open_keys(&fixture.set()).unwrap(), ["00001"]);

    let second = fixture.run();
    assert_eq!(second.recovered.by_read.len(), 1);
    assert_eq!((second.writes, fixture.life("00001").as_str()), (0, "m1 open"));
    assert_eq!((fixture.members.all().len(), fixture.members.mails("p1@example.com")), (2, 1));
    assert!(fixture.store.open_keys(&fixture.set()).unwrap().is_empty());
}

#[test]
fn a_create_that_never_arrived_is_made_by_the_next_run_with_its_welcome() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = fixture(folder.path(), &people(1..=1));
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, number| (number == 1).then_some(Misbehaviour::LostBefore));
    target_of(&mut fixture.planning.plan).finds.clear();
    assert_eq!(fixture.run().applied.counts.unknown, 1);
    let second = fixture.run();
    assert_eq!((second.outcomes().as_str(), fixture.members.mails("p1@example.com")), ("create 00001 done", 1));
}

#[test]
fn a_record_with_an_unknown_outcome_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = fixture(folder.path(), &people(1..=1));
    target_of(&mut fixture.planning.plan).create.as_mut().unwrap().repeat = Repeat::Never;
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, _| Some(Misbehaviour::LostBefore));
    assert_eq!(fixture.run().outcomes(), "create 00001 unknown: the target gave no answer, and the create is never repeated");
    let second = fixture.run();
    assert_eq!(second.recovered.unknown, ["00001"]);
    assert_eq!((second.writes, second.change_set.findings[0].kind.word()), (0, "unknown"));
}

/// The create makes a job, which may take up to ten minutes.
fn with_a_job(mut fixture: ApplyFixture) -> ApplyFixture {
    let create = target_of(&mut fixture.planning.plan).create.as_mut().unwrap();
    let job = Call::new(Method::Get, create.path.clone(), Span::default());
    create.follow = Some(Box::new(Follow { call: job, own: std::sync::Arc::default(), every_seconds: 5, up_to_seconds: 600 }));
    fixture
}

#[test]
fn what_a_job_may_still_make_is_not_sent_a_second_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = with_a_job(ApplyFixture::new(folder.path(), &people(1..=1)));
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, number| (number == 1).then_some(Misbehaviour::LostBefore));
    assert_eq!(fixture.run().outcomes(), "create 00001 unknown: its job may still be under way, so it is not sent again");
    assert_eq!(fixture.members.writes.get(), 1);
    let second = fixture.run();
    assert_eq!((second.recovered.unknown, fixture.members.writes.get()), (vec!["00001".to_owned()], 1), "held while the job may run");
    fixture.day("2026-03-03");
    let third = fixture.run();
    assert_eq!((third.outcomes().as_str(), fixture.members.all().len()), ("create 00001 done", 1), "the job never made it");
}

#[test]
fn what_a_job_may_still_make_is_held_where_only_a_read_can_show_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = with_a_job(ApplyFixture::new(folder.path(), &people(1..=1)));
    target_of(&mut fixture.planning.plan).finds.clear();
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, number| (number == 1).then_some(Misbehaviour::LostBefore));
    assert_eq!(fixture.run().outcomes(), "create 00001 unknown: its job may still be under way, so it is not sent again");
    let second = fixture.run();
    assert_eq!((second.recovered.unknown, fixture.members.writes.get()), (vec!["00001".to_owned()], 1), "held while the job may run");
    fixture.day("2026-03-03");
    let third = fixture.run();
    assert_eq!((third.recovered.by_read.len(), third.outcomes().as_str()), (1, "create 00001 done"), "the job never made it");
    assert_eq!(fixture.members.all().len(), 1);
}

#[test]
fn a_create_that_a_read_may_not_show_yet_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = fixture(folder.path(), &people(1..=1));
    let collection = target_of(&mut fixture.planning.plan);
    collection.finds.clear();
    collection.consistent_within = 3_600;
    assert_eq!(fixture.run().outcomes(), "create 00001 unknown: a read may not show it yet, so it is not sent again");
    // The list does not show the account that the lost create has made.
    let made = fixture.members.all();
    fixture.members.put(&[]);
    let second = fixture.run();
    assert_eq!((second.recovered.unknown, fixture.members.writes.get()), (vec!["00001".to_owned()], 1));
    fixture.members.put(&made);
    fixture.day("2026-03-03");
    let third = fixture.run();
    assert_eq!((third.recovered.by_read.len(), third.writes, fixture.life("00001").as_str()), (1, 0, "m1 open"));
}

#[test]
fn a_run_that_is_stopped_waits_for_no_job() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = with_a_job(ApplyFixture::new(folder.path(), &people(1..=1)));
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, number| (number == 1).then_some(Misbehaviour::LostBefore));
    fixture.members.endless.set(true);
    let cancel = fixture.cancel.clone();
    let ran = fixture.run_watched(&StoppedAtTheJob(&cancel));
    assert_eq!(ran.applied.stopped, Some(crate::run::apply::Stop::Cancelled));
    assert_eq!(ran.outcomes(), "create 00001 unknown: interrupted before it could be looked up");
    assert_eq!(fixture.store.open_keys(&fixture.set()).unwrap(), ["00001"], "the next run asks for it");
}

/// What an index that lags does not show yet is not proved absent by a run that was stopped before it could look again.
#[test]
fn a_run_that_is_stopped_before_it_looks_again_proves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = fixture(folder.path(), &people(1..=1));
    let collection = target_of(&mut fixture.planning.plan);
    collection.attributes[T_EXTERNAL].unique = false;
    collection.finds = vec![(T_EXTERNAL, call("GET"))];
    collection.consistent_within = 3_600;
    fixture.members.lag.set(1);
    let cancel = fixture.cancel.clone();
    fixture.run_watched(&StoppedAtTheJob(&cancel));
    cancel.send_replace(false);
    assert_eq!(fixture.members.all().len(), 1, "the lost create was made");
    assert_eq!(fixture.store.open_keys(&fixture.set()).unwrap(), ["00001"], "and is still looked for");
}

/// A person stops the run while the job of its first write is under way.
struct StoppedAtTheJob<'a>(&'a tokio::sync::watch::Sender<bool>);

impl Watcher for StoppedAtTheJob<'_> {
    fn at(&self, moment: Moment) {
        if moment == Moment::Intended {
            self.0.send_replace(true);
        }
    }
}

#[test]
fn what_a_job_has_made_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = with_a_job(fixture(folder.path(), &people(1..=1)));
    assert_eq!(fixture.run().outcomes(), "create 00001 done");
    assert_eq!((fixture.members.writes.get(), fixture.members.all().len()), (1, 1));
}

#[test]
fn a_leave_whose_answer_was_lost_is_recorded_once_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = ApplyFixture::new(folder.path(), &person(1, r#""contract_end": "2026-02-27""#));
    target_of(&mut fixture.planning.plan).get = None;
    fixture.members.put(&[member(1, &json!({}))]);
    fixture.run();
    *fixture.members.failure_rule.borrow_mut() = Box::new(|write, _| (write.kind == WriteKind::Update).then_some(Misbehaviour::LostAfter));
    assert_eq!(fixture.run().applied.counts.unknown, 1);
    assert_eq!(fixture.life("00001"), "m1 open");
    let third = fixture.run();
    assert_eq!((third.change_set.updates.left.len(), third.writes), (1, 0));
    assert_eq!(fixture.life("00001"), "m1 left 1");
}

#[derive(Clone, Copy, Debug)]
enum Luck {
    Good,
    LostBefore,
    LostAfter,
    NoId,
    Invalid,
    Busy,
}

impl Luck {
    fn misbehaviour(self) -> Option<Misbehaviour> {
        Some(match self {
            Self::Good => return None,
            Self::LostBefore => Misbehaviour::LostBefore,
            Self::LostAfter => Misbehaviour::LostAfter,
            Self::NoId => Misbehaviour::NoId,
            Self::Invalid => Misbehaviour::Refused(ErrorClass::Invalid, "no"),
            Self::Busy => Misbehaviour::Refused(ErrorClass::Temporary, "busy"),
        })
    }
}

fn lucks() -> impl Strategy<Value = Vec<Luck>> {
    let luck = prop_oneof![
        3 => Just(Luck::Good),
        1 => Just(Luck::LostBefore),
        1 => Just(Luck::LostAfter),
        1 => Just(Luck::NoId),
        1 => Just(Luck::Invalid),
        1 => Just(Luck::Busy)
    ];
    proptest::collection::vec(luck, 40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// No matter what happens to requests and responses in two runs: the next runs create every account once, with one welcome.
    #[test]
    fn no_account_is_created_twice_and_none_is_lost(lucks in lucks(), finds: bool, gets: bool) {
        let folder = tempfile::tempdir().unwrap();
        let leaver = person(9, r#""contract_end": "2026-02-27""#);
        let mut fixture = ApplyFixture::new(folder.path(), &[people(1..=8), leaver, person(10, r#""department": "Sales""#)].join("\n"));
        fixture.members.put(&[member(9, &json!({})), member(10, &json!({}))]);
        fixture.members.unique = false;
        let collection = target_of(&mut fixture.planning.plan);
        if !finds { collection.finds.clear(); }
        if !gets { collection.get = None; }
        *fixture.members.failure_rule.borrow_mut() = Box::new(move |_, number| lucks.get(number).and_then(|luck| luck.misbehaviour()));
        for _ in 0..2 {
            fixture.run();
        }
        *fixture.members.failure_rule.borrow_mut() = Box::new(|_, _| None);
        // What was refused is tried again two days later at the latest.
        fixture.day("2026-03-04");
        for _ in 0..3 {
            fixture.run();
        }
        for number in 1..=8 {
            let (key, email) = (format!("{number:05}"), format!("p{number}@example.com"));
            prop_assert!(fixture.life(&key).ends_with("open"), "{} {}", key, fixture.life(&key));
            prop_assert_eq!(fixture.members.mails(&email), 1);
        }
        prop_assert_eq!(fixture.members.all().len(), 10);
        prop_assert_eq!(fixture.life("00009"), "m9 left 1");
        prop_assert_eq!(fixture.members.of("00010")["division"].clone(), json!("Sales"));
        prop_assert_eq!(fixture.run().writes, 0);
    }
}
