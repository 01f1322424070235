//! Targets that say yes and do nothing (*A write is believed only when it is seen*).

use super::apply_fixture::{ApplyFixture, Misbehaviour, call, member, person};
use crate::{
    compile::{
        Action, Stage,
        system::{ErrorClass, InPart, Part},
    },
    run::{
        change_set::Outcome,
        tests::fixture::{Fixture, delete_after, target_of},
    },
    systems::{Write, WriteKind},
};
use serde_json::json;

const LEAVER: &str = r#""contract_end": "2026-02-27""#;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// A person whose department is another one than the member's division.
fn moved(folder: &std::path::Path) -> ApplyFixture {
    let mut fixture = ApplyFixture::new(folder, &person(1, r#""department": "Sales""#));
    fixture.members.put(&[member(1, &json!({"division": "Sales"}))]);
    fixture.run();
    fixture.members.put(&[member(1, &json!({"division": "Support"}))]);
    fixture
}

/// A leaver whose account is linked and open.
fn leaving(folder: &std::path::Path) -> ApplyFixture {
    let mut fixture = ApplyFixture::new(folder, &person(1, LEAVER));
    fixture.members.put(&[member(1, &json!({}))]);
    fixture.run();
    fixture
}

fn always(fixture: &ApplyFixture, misbehaviour: Misbehaviour) {
    *fixture.members.failure_rule.borrow_mut() = Box::new(move |_, _| Some(misbehaviour.clone()));
}

fn never(fixture: &ApplyFixture) {
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, _| None);
}

fn without_get(fixture: &mut ApplyFixture) {
    target_of(&mut fixture.planning.plan).get = None;
}

const NOT_KEPT: &str = "update 00001 not kept: rewards.members took it and did not keep it: `division` is what it was before";
const SENT: &str = "leave 00001 not shown: rewards.members took it, and its answer does not show the account: the next read tells";
const CLOSED_IN_VAIN: &str = "leave 00001 not kept: rewards.members took it and did not keep it: `active` is what it was before";

#[test]
fn an_update_that_was_ignored_is_not_kept_and_given_up_after_three_times() {
    let folder = folder();
    let mut fixture = moved(folder.path());
    always(&fixture, Misbehaviour::Ignored);
    for _ in 0..3 {
        let ran = fixture.run();
        assert_eq!((ran.outcomes().as_str(), ran.applied.counts.failed), (NOT_KEPT, 1));
    }
    let held = fixture.run();
    let found: Vec<_> = held.change_set.findings.iter().map(|finding| format!("{}: {}", finding.kind, finding.detail)).collect();
    assert_eq!((held.writes, held.change_set.ledger.needs_attention()), (0, 1));
    assert_eq!(found, ["not kept: division is not kept by rewards.members, although it was written 3 times"]);

    never(&fixture);
    fixture.planning.source = person(1, r#""department": "Marketing""#);
    assert_eq!(fixture.run().outcomes(), "update 00001 done", "another value is wanted");
    assert_eq!(fixture.run().writes, 0);
}

#[test]
fn an_update_that_no_answer_shows_is_decided_by_the_next_read() {
    for has_get in [true, false] {
        let folder = folder();
        let mut fixture = moved(folder.path());
        if !has_get {
            without_get(&mut fixture);
        }
        always(&fixture, Misbehaviour::IgnoredInSilence);
        let first = fixture.run();
        assert_eq!((first.outcomes().as_str(), first.applied.unproved.len()), ("update 00001 done", 1));
        let second = fixture.run();
        assert!(second.outcomes().starts_with("update 00001 not kept: rewards.members took it"), "{}", second.outcomes());
        assert_eq!(second.change_set.operations[0].reason.as_deref(), Some("was not kept when it was written before"));
        never(&fixture);
        assert_eq!(fixture.run().outcomes(), "update 00001 done");
        assert_eq!(fixture.run().writes, 0);
    }
}

#[test]
fn an_answer_that_repeats_what_was_sent_is_not_believed_after_the_next_read() {
    let folder = folder();
    let mut fixture = moved(folder.path());
    always(&fixture, Misbehaviour::Parroted);
    for _ in 0..3 {
        assert_eq!(fixture.run().outcomes(), "update 00001 done");
    }
    assert_eq!(fixture.run().change_set.ledger.needs_attention(), 1);
}

#[test]
fn what_the_target_makes_of_a_value_is_settled() {
    let folder = folder();
    let mut fixture = moved(folder.path());
    for value in ["SALES", "Sal", ""] {
        fixture.members.put(&[member(1, &json!({"division": "Support"}))]);
        fixture.planning.source = person(1, &format!(r#""department": "Sales{value}""#));
        always(&fixture, Misbehaviour::IgnoredInSilence);
        fixture.run();
        fixture.members.put(&[member(1, &json!({"division": value}))]);
        assert_eq!(fixture.run().writes, 0, "`{value}` is neither what was sent nor what was there before");
        assert_eq!(fixture.run().writes, 0);
    }
}

#[test]
fn a_value_that_somebody_changes_back_again_and_again_is_written_each_time() {
    let folder = folder();
    let mut fixture = moved(folder.path());
    for _ in 0..5 {
        fixture.members.put(&[member(1, &json!({"division": "Support"}))]);
        assert_eq!(fixture.run().outcomes(), "update 00001 done");
        assert_eq!(fixture.run().writes, 0);
    }
}

#[test]
fn a_new_account_without_a_value_that_was_sent_gets_it_again() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &person(1, r#""department": "Sales""#));
    *fixture.members.struck.borrow_mut() = Box::new(|_| {});
    assert_eq!(fixture.run().outcomes(), "create 00001 done");
    fixture.members.put(&[member(1, &json!({}))]);
    assert_eq!(fixture.run().outcomes(), "update 00001 done");
    assert_eq!(fixture.members.of("00001")["division"], "Sales");
}

#[test]
fn nobody_has_left_before_the_account_is_seen_closed() {
    let folder = folder();
    let mut fixture = leaving(folder.path());
    always(&fixture, Misbehaviour::Ignored);
    for _ in 0..5 {
        assert_eq!(fixture.run().outcomes(), CLOSED_IN_VAIN, "a close is tried in every run");
        assert_eq!(fixture.life("00001"), "m1 open");
    }
    always(&fixture, Misbehaviour::IgnoredInSilence);
    assert_eq!(fixture.run().outcomes(), CLOSED_IN_VAIN, "`get` shows it");
    always(&fixture, Misbehaviour::Parroted);
    assert_eq!(fixture.run().outcomes(), "leave 00001 done");
    assert_eq!(fixture.life("00001"), "m1 left 1", "the answer shows it closed");
    never(&fixture);
    let open = fixture.run();
    assert_eq!(open.change_set.findings[0].kind.word(), "opened again");
}

/// The answer to the write says nothing, and the look after it shows nothing either: whoever left may still have an open account.
#[test]
fn a_close_whose_look_shows_nothing_is_not_done() {
    let nothing = "unknown: rewards.members took it, and the account does not show it";
    let looks = [
        (Err(ErrorClass::Temporary), "unknown: rewards.members took it, and looking at the account failed: no look"),
        (Err(ErrorClass::Auth), "unknown: rewards.members took it, and looking at the account failed: no look"),
        (Err(ErrorClass::Gone), "unknown: rewards.members took it, and the account is not there"),
        (Ok(json!({})), nothing),
        (Ok(json!([])), nothing),
        (Ok(json!({ "id": "m1" })), nothing),
        (Ok(json!({ "id": "m1", "active": null })), nothing),
        (Ok(json!({ "id": "m1", "active": "false" })), nothing),
    ];
    for (look, words) in looks {
        let folder = folder();
        let mut fixture = leaving(folder.path());
        always(&fixture, Misbehaviour::IgnoredInSilence);
        *fixture.members.blind.borrow_mut() = Some((fixture.members.writes.get(), look.clone()));
        let ran = fixture.run();
        assert_eq!((ran.outcomes(), ran.applied.counts.left), (format!("leave 00001 {words}"), 0), "{look:?}");
        assert_eq!(fixture.life("00001"), "m1 open", "{look:?}");
        // Once the account can be seen again, the close is made.
        *fixture.members.blind.borrow_mut() = None;
        never(&fixture);
        fixture.run();
        fixture.run();
        assert_eq!((fixture.life("00001"), &fixture.members.of("00001")["active"]), ("m1 left 1".into(), &json!(false)), "{look:?}");
    }
}

#[test]
fn without_get_the_next_read_decides_about_a_close() {
    let folder = folder();
    let mut fixture = leaving(folder.path());
    without_get(&mut fixture);
    fixture.planning.plan.leavers[0].stages = vec![delete_after(60)];
    always(&fixture, Misbehaviour::IgnoredInSilence);
    let first = fixture.run();
    let counts = first.applied.counts;
    assert_eq!((first.outcomes().as_str(), counts.left, counts.unknown), (SENT, 0, 1), "nobody has left before it is seen");
    assert_eq!((fixture.life("00001").as_str(), first.change_set.updates.shown.len()), ("m1 open", 0));
    for _ in 0..2 {
        let again = fixture.run();
        assert!(matches!(again.applied.outcomes[..], [Outcome::NotKept { .. }]), "{}", again.outcomes());
    }
    fixture.members.put(&[member(1, &json!({"active": false}))]);
    let seen = fixture.run();
    assert_eq!((seen.writes, seen.outcomes().as_str()), (0, ""), "it is seen closed, and nobody has to approve that again");
    assert_eq!(
        (fixture.life("00001").as_str(), &*seen.change_set.updates.shown),
        ("m1 left 1, next 2026-05-01", &["00001".to_owned()][..])
    );
    assert!(fixture.run().change_set.updates.shown.is_empty(), "once");
}

#[test]
fn a_close_before_a_call_is_seen_before_the_call_is_made() {
    let folder = folder();
    let mut fixture = leaving(folder.path());
    let set = "set  active = false\n    set last_name = \"gone\"\n";
    fixture.planning.plan.leavers = Fixture::new("", "", "").edit("set  active = false\n", set).plan.pipeline.leavers;
    always(&fixture, Misbehaviour::Ignored);
    assert_eq!(fixture.run().outcomes(), CLOSED_IN_VAIN);
    never(&fixture);
    assert_eq!(fixture.run().outcomes(), "leave 00001 done");
    assert_eq!(fixture.life("00001"), "m1 left 1");
}

#[test]
fn a_delete_that_was_ignored_is_not_kept() {
    for has_get in [true, false] {
        let folder = folder();
        let mut fixture = leaving(folder.path());
        fixture.planning.plan.leavers[0].actions = delete_after(1).actions;
        if !has_get {
            without_get(&mut fixture);
        }
        let ignored = |write: &Write, _| (write.kind == WriteKind::Delete).then_some(Misbehaviour::IgnoredInSilence);
        *fixture.members.failure_rule.borrow_mut() = Box::new(ignored);
        let first = fixture.run().outcomes();
        assert_eq!(first == SENT, !has_get, "{first}");
        assert_eq!(fixture.life("00001"), "m1 open");
        for _ in 0..2 {
            let again = fixture.run().outcomes();
            assert_eq!(again, "leave 00001 not kept: rewards.members took it and did not keep it: the account is still there");
        }
        never(&fixture);
        fixture.run();
        if !has_get {
            assert_eq!(fixture.life("00001"), "m1 open");
            let seen = fixture.run();
            assert_eq!((seen.writes, &*seen.change_set.updates.shown), (0, &["00001".to_owned()][..]));
        }
        assert_eq!((fixture.life("00001").as_str(), fixture.members.all().len()), ("m1 retired", 0));
    }
}

/// A target that notes each request in the record: it differs at each look, and is no proof of a delete.
#[test]
fn a_delete_that_was_ignored_is_not_kept_where_the_record_moves() {
    for moving in ["seen_at", "called", "updated_at"] {
        for merged in [false, true] {
            let folder = folder();
            let mut fixture = leaving(folder.path());
            fixture.planning.plan.leavers[0].actions = delete_after(1).actions;
            let ignored = |write: &Write, _| (write.kind == WriteKind::Delete).then_some(Misbehaviour::IgnoredInSilence);
            *fixture.members.failure_rule.borrow_mut() = Box::new(ignored);
            for round in 0..3 {
                let look = member(1, &json!({ moving: round }));
                let into = if merged { member(2, &json!({ moving: round })) } else { look };
                *fixture.members.blind.borrow_mut() = Some((fixture.members.writes.get(), Ok(into)));
                let ran = fixture.run().outcomes();
                *fixture.members.blind.borrow_mut() = None;
                assert_eq!(
                    ran, "leave 00001 not kept: rewards.members took it and did not keep it: the account is still there",
                    "{moving}"
                );
                assert_eq!(fixture.life("00001"), "m1 open", "{moving}");
            }
            never(&fixture);
            fixture.run();
            assert_eq!((fixture.life("00001").as_str(), fixture.members.all().len()), ("m1 retired", 0));
        }
    }
}

#[test]
fn a_return_that_was_ignored_is_not_kept() {
    let folder = folder();
    let mut fixture = leaving(folder.path());
    fixture.run();
    fixture.planning.source = person(1, "");
    always(&fixture, Misbehaviour::IgnoredInSilence);
    for _ in 0..2 {
        let ran = fixture.run().outcomes();
        assert_eq!(ran, "return 00001 not kept: rewards.members took it and did not keep it: `active` is what it was before");
        assert_eq!(fixture.life("00001"), "m1 left 1");
    }
    never(&fixture);
    assert_eq!(fixture.run().outcomes(), "return 00001 done");
    assert_eq!(fixture.life("00001"), "m1 open");
}

#[test]
fn what_was_given_up_is_written_again_when_a_person_asks_or_the_pipeline_changes() {
    for edited in [false, true] {
        let folder = folder();
        let mut fixture = moved(folder.path());
        always(&fixture, Misbehaviour::Ignored);
        for _ in 0..3 {
            fixture.run();
        }
        never(&fixture);
        assert_eq!(fixture.run().writes, 0);
        if edited {
            fixture.planning.baseline.binding = Some("another".into());
        } else {
            assert_eq!(fixture.store.retry("fixture", &["00002".into()], jiff::Timestamp::UNIX_EPOCH).unwrap(), 0);
            assert_eq!(fixture.store.retry("fixture", &[], jiff::Timestamp::UNIX_EPOCH).unwrap(), 1);
        }
        assert_eq!(fixture.run().outcomes(), "update 00001 done");
    }
}

/// `leaver { call deactivate }`: a leaver whose account is linked and open. Calls of the stand-in close nothing.
fn calling(folder: &std::path::Path, once: bool) -> ApplyFixture {
    let mut fixture = leaving(folder);
    target_of(&mut fixture.planning.plan).named = vec![("deactivate".into(), call("POST"))];
    fixture.planning.plan.leavers[0].actions = vec![Action::Call { call: 0, once, span: crate::diagnose::Span::default() }];
    fixture
}

fn called(fixture: &ApplyFixture) -> u64 {
    fixture.members.of("00001")["called"].as_u64().unwrap_or(0)
}

fn set_active(fixture: &ApplyFixture, active: bool) {
    let called = called(fixture);
    fixture.members.put(&[member(1, &json!({"active": active, "called": called}))]);
}

#[test]
fn a_call_that_closes_nothing_is_no_leave() {
    for once in [false, true] {
        for silent in [false, true] {
            let folder = folder();
            let mut fixture = calling(folder.path(), once);
            if silent {
                always(&fixture, Misbehaviour::NoId);
            }
            for round in 1..=3 {
                assert_eq!(fixture.run().outcomes(), CLOSED_IN_VAIN, "{once} {silent}");
                assert_eq!(called(&fixture), if once { 1 } else { round }, "tried in every run, unless it is made once");
                assert_eq!(fixture.life("00001"), "m1 open");
            }
            set_active(&fixture, false);
            assert_eq!((fixture.run().writes, fixture.life("00001").as_str()), (0, "m1 left 1"));
        }
    }
}

#[test]
fn without_get_the_next_read_tells_what_a_call_has_closed() {
    for closes in [true, false] {
        let folder = folder();
        let mut fixture = calling(folder.path(), false);
        without_get(&mut fixture);
        always(&fixture, Misbehaviour::NoId);
        assert_eq!(fixture.run().outcomes(), SENT);
        assert_eq!(fixture.life("00001"), "m1 open", "nobody has seen it closed");
        set_active(&fixture, !closes);
        let second = fixture.run();
        if closes {
            assert_eq!((second.writes, fixture.life("00001").as_str()), (0, "m1 left 1"));
        } else {
            let said = "leave 00001 not kept: rewards.members took it, and did not keep it the last time";
            assert_eq!((second.outcomes().as_str(), fixture.life("00001").as_str()), (said, "m1 open"));
        }
    }
}

#[test]
fn an_account_that_a_call_has_closed_is_reported_when_it_is_open_again() {
    let folder = folder();
    let mut fixture = calling(folder.path(), false);
    fixture.run();
    set_active(&fixture, false);
    fixture.run();
    assert_eq!(fixture.life("00001"), "m1 left 1");
    set_active(&fixture, true);
    let again = fixture.run();
    assert_eq!((again.writes, again.change_set.findings[0].kind.word()), (0, "opened again"));
    fixture.planning.plan.leavers[0].enforce = true;
    assert!(fixture.run().outcomes().starts_with("stage 00001 not kept"));
    assert_eq!(called(&fixture), 2);
}

/// A call beside a line that closes has something else to do.
#[test]
fn a_call_beside_the_line_that_closes_is_not_asked_to_close() {
    let folder = folder();
    let mut fixture = calling(folder.path(), false);
    fixture.planning.plan.leavers[0].stages = vec![delete_after(60)];
    assert_eq!((fixture.run().outcomes().as_str(), fixture.life("00001").as_str()), ("leave 00001 done", "m1 left 1, next 2026-05-01"));
    assert_eq!(fixture.run().writes, 0);
}

#[test]
fn a_missing_value_does_not_show_an_account_closed() {
    for closes in [false, true] {
        let folder = folder();
        let mut fixture = leaving(folder.path());
        if closes {
            let shown = member(1, &json!({"active": null}));
            always(&fixture, Misbehaviour::Shows(shown));
            assert_eq!(
                (fixture.run().outcomes().as_str(), fixture.life("00001").as_str()),
                ("leave 00001 done", "m1 left 1"),
                "`get` tells"
            );
        } else {
            let shown = member(1, &json!({"active": null}));
            always(&fixture, Misbehaviour::ShowsOnly(shown));
            assert_eq!((fixture.run().outcomes().as_str(), fixture.life("00001").as_str()), (CLOSED_IN_VAIN, "m1 open"));
        }
    }
}

/// A call says nothing of the account, so it is seen, or nobody knows.
#[test]
fn a_call_whose_look_shows_nothing_is_unknown() {
    for (look, why) in [
        (Err(ErrorClass::Temporary), "looking at the account failed: no look"),
        (Err(ErrorClass::Gone), "the account is not there"),
        (Ok(json!({"id": "m1"})), "the account does not show it"),
    ] {
        let folder = folder();
        let mut fixture = calling(folder.path(), false);
        always(&fixture, Misbehaviour::NoId);
        *fixture.members.blind.borrow_mut() = Some((fixture.members.writes.get(), look));
        let ran = fixture.run();
        assert!(ran.outcomes().starts_with("leave 00001 unknown") && ran.outcomes().contains(why), "{why}: {}", ran.outcomes());
        assert_eq!(fixture.life("00001"), "m1 open");
        *fixture.members.blind.borrow_mut() = None;
        set_active(&fixture, false);
        assert_eq!((fixture.run().writes, fixture.life("00001").as_str()), (0, "m1 left 1"));
    }
}

/// `leaver { call purge }`, a DELETE at the address of the account.
fn purging(folder: &std::path::Path, once: bool) -> ApplyFixture {
    let mut fixture = calling(folder, once);
    let members = target_of(&mut fixture.planning.plan);
    (members.update, members.named) = (Some(call("PATCH")), vec![("purge".into(), call("DELETE"))]);
    fixture.members.purges.set(true);
    fixture
}

const STILL_THERE: &str = "leave 00001 not kept: rewards.members took it and did not keep it: the account is still there";

#[test]
fn a_call_that_deletes_is_no_leave_until_the_account_is_gone() {
    for misbehaviour in [Misbehaviour::IgnoredInSilence, Misbehaviour::Ignored] {
        let folder = folder();
        let mut fixture = purging(folder.path(), false);
        always(&fixture, misbehaviour.clone());
        for _ in 0..3 {
            let ran = fixture.run();
            assert_eq!((ran.outcomes().as_str(), ran.applied.counts.left, ran.writes), (STILL_THERE, 0, 1), "{misbehaviour:?}");
            assert_eq!(fixture.life("00001"), "m1 open", "{misbehaviour:?}");
        }
        never(&fixture);
        let ran = fixture.run();
        assert_eq!((ran.outcomes().as_str(), ran.applied.counts.left), ("leave 00001 done", 1), "{misbehaviour:?}");
        assert_eq!((fixture.life("00001").as_str(), fixture.members.all().len()), ("m1 retired", 0), "{misbehaviour:?}");
        assert_eq!(fixture.run().writes, 0, "{misbehaviour:?}");
    }
}

#[test]
fn a_call_that_deletes_is_believed_by_a_list_that_lacks_the_account() {
    let folder = folder();
    let mut fixture = purging(folder.path(), false);
    without_get(&mut fixture);
    always(&fixture, Misbehaviour::IgnoredInSilence);
    let first = fixture.run();
    assert_eq!((first.applied.unproved.len(), fixture.life("00001").as_str()), (1, "m1 open"), "{}", first.outcomes());
    for _ in 0..2 {
        let ran = fixture.run();
        assert_eq!((ran.outcomes().as_str(), ran.writes), (STILL_THERE, 1));
    }
    never(&fixture);
    fixture.run();
    assert_eq!((fixture.life("00001").as_str(), fixture.members.all().len()), ("m1 open", 0), "nobody has seen it");
    assert_eq!((fixture.run().writes, fixture.life("00001").as_str()), (0, "m1 retired"));
}

#[test]
fn a_call_that_deletes_and_is_made_once_is_no_leave_by_having_been_made() {
    for has_get in [true, false] {
        let folder = folder();
        let mut fixture = purging(folder.path(), true);
        if !has_get {
            without_get(&mut fixture);
        }
        always(&fixture, Misbehaviour::IgnoredInSilence);
        fixture.run();
        for _ in 0..2 {
            let ran = fixture.run();
            assert!(ran.outcomes().starts_with("leave 00001 not kept") && ran.writes == 0, "{has_get}: {}", ran.outcomes());
            assert_eq!(fixture.life("00001"), "m1 open", "{has_get}");
        }
    }
}

#[test]
fn a_call_that_deletes_and_has_no_answer_is_looked_up() {
    for (lost, ends, life) in [
        (Misbehaviour::LostAfter, "leave 00001 done", "m1 retired"),
        (Misbehaviour::LostBefore, "leave 00001 failed temporary: no answer, and nothing was written", "m1 open"),
        (
            Misbehaviour::Refused(ErrorClass::Gone, "no such member"),
            "leave 00001 failed gone: no such member, and nothing was written",
            "m1 open",
        ),
    ] {
        let folder = folder();
        let mut fixture = purging(folder.path(), false);
        always(&fixture, lost);
        assert_eq!((fixture.run().outcomes().as_str(), fixture.life("00001").as_str()), (ends, life));
        never(&fixture);
        fixture.run();
        assert_eq!((fixture.life("00001").as_str(), fixture.members.all().len()), ("m1 retired", 0), "{ends}");
    }
}

/// The same request of another vendor closes the account: whoever left may return to it.
#[test]
fn a_call_that_deletes_is_a_leave_where_the_account_is_seen_closed() {
    let folder = folder();
    let mut fixture = purging(folder.path(), false);
    fixture.members.purges.set(false);
    let closed = member(1, &json!({"active": false}));
    *fixture.members.blind.borrow_mut() = Some((fixture.members.writes.get(), Ok(closed.clone())));
    assert_eq!((fixture.run().outcomes().as_str(), fixture.life("00001").as_str()), ("leave 00001 done", "m1 left 1"));
    *fixture.members.blind.borrow_mut() = None;
    fixture.members.put(&[closed]);
    assert_eq!(fixture.run().writes, 0);
    set_active(&fixture, true);
    assert_eq!(fixture.run().change_set.findings[0].kind.word(), "opened again");
}

#[test]
fn a_later_step_that_deletes_by_a_call_is_done_when_the_account_is_gone() {
    let folder = folder();
    let mut fixture = leaving(folder.path());
    let span = crate::diagnose::Span::default();
    target_of(&mut fixture.planning.plan).named = vec![("purge".into(), call("DELETE"))];
    let purge = vec![Action::Call { call: 0, once: false, span }];
    fixture.planning.plan.leavers[0].stages = vec![Stage { actions: purge, ..delete_after(10) }];
    fixture.members.purges.set(true);
    assert_eq!(fixture.run().outcomes(), "leave 00001 done");
    fixture.day("2026-03-15");
    always(&fixture, Misbehaviour::IgnoredInSilence);
    for _ in 0..2 {
        assert_eq!(fixture.run().outcomes(), STILL_THERE.replace("leave", "stage"));
        assert!(fixture.life("00001").starts_with("m1 left 1, next"), "{}", fixture.life("00001"));
    }
    never(&fixture);
    assert_eq!((fixture.run().outcomes().as_str(), fixture.life("00001").as_str()), ("stage 00001 done", "m1 retired"));
    assert_eq!((fixture.members.all().len(), fixture.run().writes), (0, 0));
}

/// What calls of a part write is seen as much as what the record's own call writes.
#[test]
fn a_write_to_a_part_that_was_ignored_is_not_kept() {
    for misbehaviour in [Misbehaviour::Ignored, Misbehaviour::IgnoredInSilence] {
        let folder = folder();
        let mut fixture = moved(folder.path());
        let members = target_of(&mut fixture.planning.plan);
        let division = members.attribute("division").unwrap();
        let path = members.attributes[division].path.clone();
        let (name, update) = ("job".to_owned(), Some(call("PATCH")));
        let part = Part {
            requested_as: name.clone(),
            name,
            at: path.clone(),
            written_at: None,
            create: None,
            update,
            delete: None,
            discovery: None,
        };
        members.parts.push(part);
        members.attributes[division].part = Some(InPart { part: 0, path });
        let ignored = misbehaviour.clone();
        let of_part = move |write: &Write, _| matches!(write.kind, WriteKind::Part(0)).then(|| ignored.clone());
        *fixture.members.failure_rule.borrow_mut() = Box::new(of_part);
        let first = fixture.run();
        let silent = matches!(misbehaviour, Misbehaviour::IgnoredInSilence);
        assert_eq!(
            (first.outcomes().as_str(), first.applied.unproved.len()),
            if silent { ("update 00001 done", 1) } else { (NOT_KEPT, 0) }
        );
        let second = fixture.run();
        assert!(second.outcomes().starts_with("update 00001 not kept: rewards.members took it"), "{}", second.outcomes());
        never(&fixture);
        assert_eq!(fixture.run().outcomes(), "update 00001 done");
        assert_eq!((&fixture.members.of("00001")["division"], fixture.run().writes), (&json!("Sales"), 0));
    }
}

/// Five leaves go out in one request, and the target ignores one of them.
#[test]
fn an_item_of_a_batched_close_that_was_ignored_is_not_kept() {
    for misbehaviour in [Misbehaviour::Ignored, Misbehaviour::IgnoredInSilence] {
        let folder = folder();
        let leavers: Vec<_> = (1..=5).map(|number| person(number, LEAVER)).collect();
        let mut fixture = ApplyFixture::new(folder.path(), &leavers.join("\n"));
        (fixture.members.gathers, fixture.members.at_once) = (Some(5), 2);
        fixture.members.put(&(1..=5).map(|number| member(number, &json!({}))).collect::<Vec<_>>());
        fixture.run();
        let ignored = misbehaviour.clone();
        let third = move |write: &Write, _| {
            let is_third = write.id.as_ref().and_then(|id| id.as_text()) == Some("m3");
            is_third.then(|| ignored.clone())
        };
        *fixture.members.failure_rule.borrow_mut() = Box::new(third);
        let before = fixture.members.calls.get();
        let ran = fixture.run();
        assert_eq!(
            (ran.applied.counts.left, ran.applied.counts.failed, fixture.members.calls.get() - before),
            (4, 1, 1),
            "{}",
            ran.outcomes()
        );
        assert!(ran.outcomes().contains(&CLOSED_IN_VAIN.replace("00001", "00003")), "{}", ran.outcomes());
        assert_eq!([2, 3].map(|number| fixture.life(&format!("{number:05}"))), ["m2 left 1", "m3 open"]);
        never(&fixture);
        assert_eq!((fixture.run().outcomes().as_str(), fixture.life("00003").as_str()), ("leave 00003 done", "m3 left 1"));
    }
}
