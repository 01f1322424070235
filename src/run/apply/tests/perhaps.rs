//! Calls that were sent and never answered: made at most once, and known to be in doubt.

use super::apply_fixture::{ApplyFixture, Misbehaviour, call, member, people, person};
use crate::{
    compile::Action,
    run::{
        change_set::Reason,
        tests::fixture::{Fixture, target_of},
    },
    systems::WriteKind,
};
use serde_json::json;

fn leaving(folder: &std::path::Path, calls: &[&str], once: bool) -> ApplyFixture {
    let mut fixture = ApplyFixture::new(folder, &person(1, r#""contract_end": "2026-02-27""#));
    target_of(&mut fixture.planning.plan).named = calls.iter().map(|name| ((*name).to_owned(), call("POST"))).collect();
    for at in 0..calls.len() {
        fixture.planning.plan.leavers[0].actions.push(Action::Call { call: at, once, span: crate::diagnose::Span::default() });
    }
    fixture.members.put(&[member(1, &json!({}))]);
    fixture.run();
    fixture
}

fn lose(fixture: &ApplyFixture, lost: usize, how: &Misbehaviour) {
    let how = how.clone();
    *fixture.members.failure_rule.borrow_mut() = Box::new(move |write, _| (write.kind == WriteKind::Call(lost)).then(|| how.clone()));
}

#[test]
fn a_procedure_stops_at_a_call_that_was_perhaps_not_made() {
    for once in [true, false] {
        for how in [Misbehaviour::LostBefore, Misbehaviour::LostAfter] {
            let folder = tempfile::tempdir().unwrap();
            let mut fixture = leaving(folder.path(), &["groups", "archive"], once);
            lose(&fixture, 0, &how);
            let ran = fixture.run();
            assert_eq!((ran.outcomes().as_str(), ran.writes), ("leave 00001 perhaps not sent: groups", 2));
            assert_eq!((ran.applied.counts.left, ran.applied.counts.unknown), (0, 1));
            lose(&fixture, 9, &how);
            let held = fixture.run();
            assert_eq!((held.writes, fixture.life("00001").as_str()), (0, "m1 open"));
            assert_eq!(held.change_set.findings[0].kind.word(), "perhaps not sent");
            assert_eq!(held.change_set.ledger.needs_attention(), 1);
        }
    }
}

#[test]
fn the_last_call_of_a_leave_in_doubt_is_shown_by_every_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = leaving(folder.path(), &["farewell"], false);
    lose(&fixture, 0, &Misbehaviour::LostBefore);
    assert_eq!(fixture.run().outcomes(), "leave 00001 perhaps not sent: farewell");
    assert_eq!(fixture.life("00001"), "m1 left 1");
    for _ in 0..2 {
        let held = fixture.run();
        assert_eq!((held.writes, held.change_set.findings[0].kind.word()), (0, "perhaps not sent"));
        assert!(held.change_set.findings[0].detail.contains("call farewell, stage 1"));
    }
}

#[test]
fn a_call_that_was_refused_is_made_by_the_next_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = leaving(folder.path(), &["groups", "archive"], true);
    lose(&fixture, 0, &Misbehaviour::Status(400, "no"));
    assert_eq!(fixture.run().applied.counts.failed, 1);
    lose(&fixture, 9, &Misbehaviour::LostBefore);
    assert_eq!(fixture.run().outcomes(), "leave 00001 done");
    assert_eq!((fixture.members.of("00001")["called"].clone(), fixture.life("00001").as_str()), (json!(2), "m1 left 1"));
}

#[test]
fn a_person_says_what_became_of_a_call() {
    for (made, calls) in [(true, 1), (false, 2)] {
        let folder = tempfile::tempdir().unwrap();
        let mut fixture = leaving(folder.path(), &["groups", "archive"], false);
        lose(&fixture, 0, &Misbehaviour::LostBefore);
        fixture.run();
        lose(&fixture, 9, &Misbehaviour::LostBefore);
        assert!(!fixture.store.resend("fixture", "00001", "archive", made).unwrap(), "nobody doubts it");
        assert!(fixture.store.resend("fixture", "00001", "groups", made).unwrap());
        assert_eq!(fixture.run().outcomes(), "leave 00001 done");
        assert_eq!((fixture.members.of("00001")["called"].clone(), fixture.life("00001").as_str()), (json!(calls), "m1 left 1"));
        assert_eq!(fixture.run().writes, 0);
    }
}

#[test]
fn the_last_call_of_a_leave_is_made_after_all() {
    for (made, calls) in [(true, json!(null)), (false, json!(1))] {
        let folder = tempfile::tempdir().unwrap();
        let mut fixture = leaving(folder.path(), &["farewell"], false);
        lose(&fixture, 0, &Misbehaviour::LostBefore);
        fixture.run();
        lose(&fixture, 9, &Misbehaviour::LostBefore);
        assert!(fixture.store.resend("fixture", "00001", "farewell", made).unwrap());
        for _ in 0..2 {
            fixture.run();
            assert_eq!((fixture.members.of("00001")["called"].clone(), fixture.life("00001").as_str()), (calls.clone(), "m1 left 1"));
        }
    }
}

/// The call that closes the account was never answered. As long as the account is open no run ends well, whatever the leave is by.
#[test]
fn an_account_that_is_open_by_a_call_in_doubt_is_told_whatever_the_leave_is_by() {
    let others = people(2..=12);
    let ended = person(1, r#""contract_end": "2026-02-27""#) + "\n" + &others;
    let contractor = person(1, r#""department": "Contractors""#) + "\n" + &others;
    for (by, source) in [("when missing for 1 run", others.clone()), ("when out of scope", contractor), ("when missing for 1 run", ended)] {
        let folder = tempfile::tempdir().unwrap();
        let mut fixture = ApplyFixture::of(folder.path(), Fixture::new(&people(1..=12), "", "").leaver(by));
        target_of(&mut fixture.planning.plan).named = vec![("close".to_owned(), call("POST"))];
        let close = Action::Call { call: 0, once: false, span: crate::diagnose::Span::default() };
        fixture.planning.plan.leavers[0].actions = vec![close];
        fixture.run();
        fixture.planning.source = source;
        lose(&fixture, 0, &Misbehaviour::LostBefore);
        assert_eq!(fixture.run().outcomes(), "leave 00001 perhaps not sent: close", "{by}");
        let in_doubt = |fixture: &mut ApplyFixture| {
            let set = fixture.run().change_set;
            let found = set.findings.into_iter().find(|finding| finding.key == "00001").expect("it is told");
            (found.kind == Reason::PerhapsNotSent, found.leaves_open)
        };
        for _ in 0..2 {
            assert_eq!(in_doubt(&mut fixture), (true, true), "{by}");
        }
        let mut all = fixture.members.all();
        all.iter_mut().filter(|member| member["external_id"] == "00001").for_each(|member| member["active"] = json!(false));
        fixture.members.put(&all);
        let closed = fixture.run().change_set;
        // Out of scope and with a closed account, nothing is left to do for somebody whose leave is not known to be done.
        let left = fixture.life("00001").contains(" left 1");
        assert!(left || by == "when out of scope", "{by}: {}", fixture.life("00001"));
        assert!(closed.findings.iter().all(|finding| !finding.leaves_open), "{by}: it is closed");
    }
}
