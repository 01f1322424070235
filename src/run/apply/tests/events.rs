//! `mode append`: each state that a registration reaches is one touchpoint, whatever happens between.

use super::registrations::{DROPS, Misbehaviour, NEITHER, RegistrationFixture};
use crate::{
    run::change_set::{Outcome, Verdict},
    state::retention::Keyed,
};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn fixture(folder: &tempfile::TempDir, edits: &[(&str, &str)]) -> RegistrationFixture {
    let mut fixture = RegistrationFixture::new(folder.path(), edits);
    for id in 1..=3 {
        fixture.link(id);
        fixture.register(id, "Approved");
    }
    fixture
}

#[test]
fn each_state_is_sent_once_however_often_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = fixture(&folder, &[]);
    fixture.register(3, "Pending");
    assert_eq!(
        fixture.run().lines(),
        "send r-1-registered event=r-1-registered action=registered course=Safety_101 person=w1\n\
         send r-2-registered event=r-2-registered action=registered course=Safety_101 person=w2\n\
         3 read: 2 send, 1 out of scope"
    );
    fixture.later(10);
    fixture.register(2, "Completed");
    assert_eq!(
        fixture.run().lines(),
        "send r-2-completed event=r-2-completed action=completed course=Safety_101 person=w2\n\
         4 read: 1 send, 2 already sent, 1 out of scope"
    );
    fixture.later(10);
    fixture.register(3, "Approved");
    fixture.registrations.get_mut(&1).unwrap()["course"] = "Safety 102".into();
    assert_eq!(fixture.run().set.operations.len(), 1, "what was sent stays as it was, and who is let in later is sent then");
    fixture.later(10);
    assert_eq!(fixture.run().lines(), "4 read: 4 already sent");
    assert_eq!(fixture.touchpoints.requests.get(), 4);
    assert!(fixture.touchpoints.counts().values().all(|times| *times == 1));
}

#[test]
fn an_event_without_a_person_waits_and_is_sent_later() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = fixture(&folder, &DROPS);
    fixture.register(9, "Completed");
    assert_eq!(
        fixture.run().lines().lines().skip(3).collect::<Vec<_>>(),
        [
            "waiting r-9-registered reference: person needs the counterpart of c9 in `people`, which has none yet",
            "waiting r-9-completed reference: person needs the counterpart of c9 in `people`, which has none yet",
            "5 read: 3 send, 2 waiting"
        ]
    );
    assert_eq!(fixture.pending(), ["r-9-completed waiting", "r-9-registered waiting"]);
    fixture.later(3 * 24 * 60);
    assert_eq!(fixture.run().lines().lines().last(), Some("5 read: 2 waiting, 3 already sent"));
    fixture.link(9);
    let late = fixture.run();
    assert_eq!((fixture.again.clone(), late.set.of(Verdict::Send).count()), (vec!["9".to_owned()], 2));
    fixture.later(60);
    assert_eq!((fixture.run().lines().as_str(), fixture.pending().len()), ("0 read: ", 0));
    assert!(fixture.touchpoints.counts().values().all(|times| *times == 1));
}

#[test]
fn an_event_before_the_first_day_is_recorded_and_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = fixture(&folder, &NEITHER);
    fixture.at("2026-02-20T08:00:00Z");
    fixture.register(1, "Approved");
    fixture.at("2026-03-02T08:00:00Z");
    let first = fixture.run();
    assert_eq!(first.set.updates.seen, ["r-1-registered"]);
    assert_eq!(first.set.ledger.out_of_scope[0].reason, "before 2026-03-01");
    fixture.later(10);
    fixture.register(1, "Completed");
    fixture.run();
    assert_eq!(fixture.touchpoints.counts().into_keys().collect::<Vec<_>>(), ["r-1-completed", "r-2-registered", "r-3-registered"]);
}

#[test]
fn nothing_is_sent_after_a_broken_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = fixture(&folder, &[]);
    fixture.broken = true;
    assert_eq!(fixture.run().lines(), "3 read: 3 unread");
    fixture.broken = false;
    fixture.run();
    assert_eq!(fixture.touchpoints.counts().len(), 3);
}

fn once(fixture: &RegistrationFixture, events: usize) {
    assert_eq!(fixture.touchpoints.counts().len(), events);
    assert!(fixture.touchpoints.counts().values().all(|times| *times == 1), "{:?}", fixture.touchpoints.counts());
}

#[test]
fn an_event_with_a_lost_response_is_looked_up() {
    for misbehaviour in [Misbehaviour::LostBefore, Misbehaviour::LostAfter] {
        let folder = tempfile::tempdir().unwrap();
        let mut fixture = fixture(&folder, &[]);
        *fixture.touchpoints.failure_rule.borrow_mut() = Box::new(move |number| (number == 2).then_some(misbehaviour));
        let ran = fixture.run();
        assert!(ran.outcomes.iter().all(|outcome| *outcome == Outcome::Done), "{misbehaviour:?} {:?}", ran.outcomes);
        once(&fixture, 3);
    }
}

#[test]
fn an_event_without_a_response_is_sent_again_if_the_target_drops_duplicates() {
    for (misbehaviour, refuses) in [(Misbehaviour::LostBefore, false), (Misbehaviour::LostAfter, false), (Misbehaviour::LostAfter, true)] {
        let folder = tempfile::tempdir().unwrap();
        let mut fixture = fixture(&folder, &DROPS);
        fixture.touchpoints.refuses_doubles.set(refuses);
        *fixture.touchpoints.failure_rule.borrow_mut() = Box::new(move |number| [2, 4].contains(&number).then_some(misbehaviour));
        fixture.run();
        fixture.later(5);
        let next = fixture.run();
        // That it was there already is an answer, too.
        let again = u64::from(!refuses);
        assert_eq!((next.recovered.again, next.set.operations.len() as u64), (again, again), "{misbehaviour:?}");
        assert!(next.outcomes.iter().all(|outcome| *outcome == Outcome::Done), "{misbehaviour:?} {:?}", next.outcomes);
        once(&fixture, 3);
        fixture.later(5);
        assert_eq!(fixture.run().lines(), "3 read: 3 already sent");
    }
}

/// The next run has another number, and the event may have changed: the request is the same to who knows it by its token.
#[test]
fn an_event_that_is_sent_again_has_the_same_token() {
    let folder = tempfile::tempdir().unwrap();
    let [find, (told, _)] = DROPS;
    let mut fixture = fixture(&folder, &[find, (told, "idempotent")]);
    *fixture.touchpoints.failure_rule.borrow_mut() = Box::new(|number| [2, 4].contains(&number).then_some(Misbehaviour::LostAfter));
    fixture.run();
    fixture.later(5);
    fixture.registrations.get_mut(&2).unwrap()["course"] = "Safety 102".into();
    let next = fixture.run();
    assert_eq!(next.recovered.again, 1);
    assert!(next.outcomes.iter().all(|outcome| *outcome == Outcome::Done), "{:?}", next.outcomes);
    once(&fixture, 3);
}

#[test]
fn an_event_that_can_not_be_looked_up_is_held_and_never_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = fixture(&folder, &NEITHER);
    *fixture.touchpoints.failure_rule.borrow_mut() = Box::new(|number| (number == 2).then_some(Misbehaviour::LostAfter));
    let unknown = "the target gave no answer, and can't be asked whether it has it".to_owned();
    assert_eq!(fixture.run().outcomes[1], Outcome::Unknown { message: unknown });
    for _ in 0..2 {
        fixture.later(5);
        assert_eq!(
            fixture.run().lines(),
            "held r-2-registered unknown: it was sent, and it is not known yet whether it arrived\n3 read: 1 held, 2 already sent"
        );
    }
    once(&fixture, 3);
}

#[test]
fn a_refused_event_is_sent_once_the_target_accepts_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = fixture(&folder, &NEITHER);
    *fixture.touchpoints.failure_rule.borrow_mut() = Box::new(|number| match number {
        1 => Some(Misbehaviour::Refused),
        2 => Some(Misbehaviour::Busy),
        _ => None,
    });
    fixture.run();
    assert_eq!(fixture.pending(), ["r-1-registered failed", "r-2-registered failed"]);
    fixture.later(600);
    fixture.run();
    once(&fixture, 3);
}

#[test]
fn after_losing_the_state_no_event_is_sent_that_the_target_has() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = fixture(&folder, &[]);
    fixture.run();
    let fresh = tempfile::tempdir().unwrap();
    std::fs::copy(folder.path().join("touchpoints.jsonl"), fresh.path().join("touchpoints.jsonl")).unwrap();
    let mut anew = self::fixture(&fresh, &[]);
    anew.later(60);
    anew.register(2, "Completed");
    let first = anew.run();
    assert!(anew.adoption, "a person looks at it first");
    assert_eq!((first.set.updates.seen.len(), first.set.operations.len()), (3, 1));
    once(&anew, 4);
    anew.later(5);
    assert_eq!(anew.run().set.operations.len(), 0);
}

#[test]
fn an_old_copy_of_the_state_waits_for_a_person() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = fixture(&folder, &DROPS);
    fixture.run();
    let (file, kept) = (folder.path().join("state.db"), folder.path().join("kept.db"));
    rusqlite::Connection::open(&file).unwrap().execute("VACUUM INTO ?1", [kept.to_str().unwrap()]).unwrap();
    fixture.later(5);
    fixture.register(2, "Completed");
    fixture.run();
    let RegistrationFixture { store, .. } = fixture;
    drop(store);
    for end in ["db", "db-wal", "db-shm"] {
        let _ = std::fs::remove_file(file.with_extension(end));
    }
    std::fs::rename(&kept, &file).unwrap();
    let mut anew = RegistrationFixture::new(folder.path(), &DROPS);
    anew.at("2026-03-02T08:05:00Z");
    (1..=3).for_each(|id| anew.register(id, "Approved"));
    anew.register(2, "Completed");
    anew.later(5);
    let held = anew.run();
    assert_eq!(held.set.operations.len(), 1);
    assert!(held.set.is_held() && held.set.head.doubts[0].contains("1 events"), "{:?}", held.set.head.doubts);
    once(&anew, 4);
    anew.later(5);
    assert!(!anew.run().set.is_held(), "who applied it has agreed");
}

#[test]
fn events_with_a_duplicate_key_are_held_until_one_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture =
        fixture(&folder, &[("field event = \"r-{registration.id}-{state}\"", "field event = \"r-{registration.course}-{state}\"")]);
    assert_eq!(fixture.run().set.ledger.counts[&Verdict::Held], 3);
    fixture.later(600);
    fixture.register(4, "Approved");
    fixture.link(4);
    fixture.registrations.retain(|id, _| *id == 4);
    fixture.run();
    once(&fixture, 1);
    fixture.later(5);
    (1..=4).for_each(|id| fixture.register(id, "Approved"));
    assert_eq!(fixture.run().lines(), "4 read: 4 already sent", "the same event once more is no other");
}

/// Events are known by the hashes of their keys: with other keys all of them would be sent once more.
#[test]
fn an_edit_of_a_part_of_the_key_sends_nothing_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = fixture(&folder, &[]);
    fixture.run();
    drop(fixture);
    let edited = RegistrationFixture::new(folder.path(), &[("\"r-{registration.id}-{state}\"", "\"reg-{registration.id}-{state}\"")]);
    let refused = edited.link_set().unwrap_err().to_string();
    assert!(refused.contains("its key was `event, event = \"r-{registration.id}-{state}\"` and is `event, event = \"reg-"), "{refused}");
    let same = RegistrationFixture::new(
        folder.path(),
        &[("field event = \"r-{registration.id}-{state}\"", "field event =    \"r-{registration.id}-{state}\"")],
    );
    assert!(same.link_set().is_ok(), "another layout is the same key");
}

/// A conflict with something else is no proof that the event is there.
#[test]
fn a_conflict_counts_as_sent_only_if_the_target_has_the_event() {
    let folder = tempfile::tempdir().unwrap();
    let at_once = ("    key event\n    find by", "    key event\n    consistent within 0 s\n    find by");
    let mut fixture = fixture(&folder, &[("# how a double is told", "idempotent by event"), at_once]);
    *fixture.touchpoints.failure_rule.borrow_mut() = Box::new(|number| (number == 1).then_some(Misbehaviour::Conflicting));
    let ran = fixture.run();
    assert!(matches!(ran.outcomes[0], Outcome::Conflict { .. }), "{:?}", ran.outcomes);
    assert_eq!(fixture.touchpoints.counts().len(), 2);
    fixture.later(10);
    fixture.run();
    once(&fixture, 3);
}

#[test]
fn the_guard_counts_what_would_be_sent() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = fixture(&folder, &[("creates at most 5000", "creates at most 2")]);
    let set = fixture.run().set;
    assert!(set.is_held());
    assert_eq!((set.head.guards[0].what.to_string().as_str(), set.head.guards[0].count, set.head.guards[0].within), ("creates", 3, false));
}

/// KillSwitch at the n-th of some moments, or after the n-th touchpoint was made and before its answer leaves.
mod struck {
    use super::{DROPS, RegistrationFixture, once};
    use crate::run::apply::tests::kill::KillSwitch;
    use std::{
        env,
        path::Path,
        process::{Command, Stdio},
    };

    const FOLDER: &str = "COUNTERPART_TEST_FOLDER";
    const POINT: &str = "COUNTERPART_TEST_POINT";
    const REGISTRATIONS: i64 = 12;

    fn fixture(folder: &Path, way: &str) -> RegistrationFixture {
        let mut fixture = RegistrationFixture::new(folder, if way == "drops" { &DROPS } else { &[] });
        (1..=REGISTRATIONS).for_each(|id| fixture.register(id, if id % 3 == 0 { "Completed" } else { "Approved" }));
        fixture
    }

    #[test]
    #[ignore = "the child of the tests below"]
    fn child() {
        let (Ok(folder), Ok(point)) = (env::var(FOLDER), env::var(POINT)) else { return };
        let [way, moment, number] = point.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let (mut fixture, number) = (fixture(Path::new(&folder), way), number.parse().unwrap());
        if moment == "Write" {
            *fixture.touchpoints.struck.borrow_mut() = Box::new(move |write| crate::run::apply::tests::kill::strike_if(write == number));
        }
        fixture.run_watched(&KillSwitch::new(moment, number));
    }

    fn killed(folder: &Path, point: &str) -> bool {
        let mut child = Command::new(env::current_exe().unwrap());
        child.args(["--exact", "run::apply::tests::events::struck::child", "--ignored"]).env(FOLDER, folder).env(POINT, point);
        let status = child.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(status.success() || crate::run::apply::tests::kill::was_killed(status), "{point}: {status}");
        !status.success()
    }

    /// Strikes at every such moment in turn, until the child comes to its end.
    fn completes(way: &str, moment: &str) {
        let mut strikes = 0;
        for number in 1.. {
            let folder = tempfile::tempdir().unwrap();
            let before = fixture(folder.path(), way);
            (1..=REGISTRATIONS).for_each(|id| before.link(id));
            drop(before);
            if !killed(folder.path(), &format!("{way} {moment} {number}")) {
                break;
            }
            strikes += 1;
            let mut next = fixture(folder.path(), way);
            next.run();
            once(&next, 16);
            assert!(next.store.open_intents(&next.set()).unwrap().is_empty(), "{way} {moment} {number}");
            next.later(5);
            let (requests, last) = (next.touchpoints.requests.get(), next.run());
            assert_eq!((last.set.operations.len(), next.touchpoints.requests.get()), (0, requests));
        }
        assert!(strikes > 0, "never struck");
    }

    #[test]
    fn before_anything_is_intended() {
        ["asks", "drops"].into_iter().for_each(|way| completes(way, "Begun"));
    }

    #[test]
    fn with_entries_open_and_nothing_sent() {
        ["asks", "drops"].into_iter().for_each(|way| completes(way, "Intended"));
    }

    #[test]
    fn after_a_touchpoint_was_made_and_before_its_answer() {
        ["asks", "drops"].into_iter().for_each(|way| completes(way, "Write"));
    }

    #[test]
    fn with_an_answer_that_is_not_durable() {
        ["asks", "drops"].into_iter().for_each(|way| completes(way, "Answered"));
    }

    #[test]
    fn with_entries_that_are_durable() {
        ["asks", "drops"].into_iter().for_each(|way| completes(way, "Settled"));
    }
}

/// What happens to registrations and to requests.
#[derive(Clone, Debug)]
enum Step {
    Register(i64),
    Complete(i64),
    Cancel(i64),
    Link(i64),
    Later(i64),
    Run(Vec<Option<Misbehaviour>>),
    Broken,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let misbehaviour = prop_oneof![
        4 => Just(None),
        1 => Just(Some(Misbehaviour::LostBefore)),
        1 => Just(Some(Misbehaviour::LostAfter)),
        1 => Just(Some(Misbehaviour::Refused)),
        1 => Just(Some(Misbehaviour::Busy))
    ];
    let step = prop_oneof![
        2 => (1..6i64).prop_map(Step::Register),
        2 => (1..6i64).prop_map(Step::Complete),
        1 => (1..6i64).prop_map(Step::Cancel),
        2 => (1..6i64).prop_map(Step::Link),
        2 => (1..120i64).prop_map(Step::Later),
        4 => proptest::collection::vec(misbehaviour, 0..12).prop_map(Step::Run),
        1 => Just(Step::Broken)
    ];
    proptest::collection::vec(step, 1..24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// Whatever is read again, refused, lost on its way or on the way back: each state that was reached is one touchpoint in the end, and
    /// none that was not.
    #[test]
    fn each_state_reached_is_one_touchpoint(steps in steps(), drops: bool) {
        let folder = tempfile::tempdir().unwrap();
        let mut fixture = RegistrationFixture::new(folder.path(), if drops { &DROPS } else { &[] });
        // A state that a read finds is sent; a state between two reads is never seen.
        let (mut reached, mut not_done) = (BTreeSet::new(), BTreeSet::new());
        for step in steps {
            match step {
                Step::Register(id) if !fixture.registrations.contains_key(&id) => fixture.register(id, "Approved"),
                Step::Complete(id) if fixture.registrations.contains_key(&id) => fixture.register(id, "Completed"),
                Step::Cancel(id) if fixture.registrations.contains_key(&id) => fixture.register(id, "Cancelled"),
                Step::Link(id) => fixture.link(id),
                Step::Later(minutes) => fixture.later(minutes),
                Step::Run(troubles) => {
                    let before = fixture.touchpoints.requests.get();
                    *fixture.touchpoints.failure_rule.borrow_mut() = Box::new(move |number| troubles.get(number - before - 1).copied().flatten());
                    let ran = fixture.run();
                    reached.extend(ran.set.operations.iter().map(|operation| operation.key.clone()));
                    let outcomes = ran.set.operations.iter().zip(&ran.outcomes);
                    not_done.extend(outcomes.filter(|(_, outcome)| **outcome != Outcome::Done).map(|(operation, _)| operation.key.clone()));
                }
                Step::Broken => {
                    fixture.broken = true;
                    fixture.run();
                    fixture.broken = false;
                }
                _ => {}
            }
            prop_assert!(fixture.touchpoints.counts().values().all(|times| *times == 1));
        }
        *fixture.touchpoints.failure_rule.borrow_mut() = Box::new(|_| None);
        (1..6).for_each(|id| fixture.link(id));
        for _ in 0..3 {
            fixture.later(90);
            fixture.run();
        }
        for (id, registration) in &fixture.registrations {
            reached.insert(format!("r-{id}-registered"));
            match registration["status"].as_str() {
                Some("Completed") => drop(reached.insert(format!("r-{id}-completed"))),
                Some("Cancelled") => drop(reached.insert(format!("r-{id}-cancelled"))),
                _ => {}
            }
        }
        // One that was tried in vain, and whose registration has gone on before it was tried again, is reached no more.
        let sent: BTreeSet<String> = fixture.touchpoints.counts().into_keys().collect();
        let is_reached_no_more = |key: &String| not_done.contains(key) && is_past(&fixture, key);
        let lost: Vec<_> = reached.difference(&sent).filter(|key| !is_reached_no_more(key)).collect();
        prop_assert!(lost.is_empty() && sent.is_subset(&reached), "lost {:?}, sent {:?}", lost, sent);
        prop_assert!(fixture.touchpoints.counts().values().all(|times| *times == 1));
        prop_assert_eq!(fixture.run().set.operations.len(), 0);
        prop_assert!(fixture.pending().is_empty() && fixture.store.open_keys(&fixture.set()).unwrap().is_empty());
    }
}

/// Whether a registration is no longer in the state of an event.
fn is_past(fixture: &RegistrationFixture, key: &str) -> bool {
    let [_, id, state] = key.split('-').collect::<Vec<_>>().try_into().unwrap();
    let now = fixture.registrations[&id.parse().unwrap()]["status"].as_str().unwrap().to_lowercase();
    state != "registered" && state != now
}

#[test]
fn an_event_that_is_forgotten_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = fixture(&folder, &[]);
    let touchpoint = |key: &str| Keyed { pipeline: "touchpoints".into(), key: key.into() };
    let forget = |fixture: &RegistrationFixture, key: &str| {
        let transaction = fixture.store.transaction().unwrap();
        let (state, now) = (fixture.store.key(), "2026-03-02T08:00:00Z".parse().unwrap());
        transaction.forget(state, &[touchpoint(key)], "anna", now).unwrap();
        transaction.commit().unwrap();
    };
    forget(&fixture, "r-2-registered");
    let ran = fixture.run();
    assert_eq!(ran.set.of(Verdict::Send).map(|operation| operation.key.as_str()).collect::<Vec<_>>(), ["r-1-registered", "r-3-registered"]);
    assert!(ran.lines().contains("held r-2-registered forgotten: a person asked that it is forgotten"), "{}", ran.lines());
    forget(&fixture, "r-1-registered");
    fixture.later(10);
    fixture.register(1, "Approved");
    let lines = fixture.run().lines();
    assert!(!lines.contains("held r-1-registered") && lines.contains("already sent"), "what was sent needs nobody's attention: {lines}");
    assert_eq!(fixture.touchpoints.counts().into_iter().collect::<Vec<_>>(), [("r-1-registered".into(), 1), ("r-3-registered".into(), 1)]);
    assert!(fixture.store.remember(&touchpoint("r-2-registered")).unwrap());
    fixture.later(10);
    fixture.register(2, "Approved");
    fixture.run();
    assert_eq!(fixture.touchpoints.counts()["r-2-registered"], 1, "what is lifted is sent");
}
