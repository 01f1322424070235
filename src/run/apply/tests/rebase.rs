//! Accounts that have changed since the plan: edited by somebody else, or merged into another account.

use super::apply_fixture::{ApplyFixture, Misbehaviour, call, member, people, person};
use crate::{
    compile::{
        program::{Comparator, Name, Program},
        system::{Body, BodyFormat, Call, Outcome, OutcomeRule, Rules},
    },
    diagnose::Span,
    run::tests::fixture::{Fixture, target_of},
    value::Value,
};
use jiff::SignedDuration;
use serde_json::json;
use std::sync::Arc;

/// One who is linked and is renamed, with time enough that the account is looked at before.
fn fixture(folder: &tempfile::TempDir, changed: &str) -> ApplyFixture {
    let mut fixture = ApplyFixture::new(folder.path(), &person(1, ""));
    fixture.members.put(&[member(1, &json!({}))]);
    fixture.run();
    fixture.planning.source = person(1, changed);
    fixture.later = SignedDuration::from_mins(11);
    fixture
}

const SALES: &str = r#""department": "Sales""#;

fn tagged(folder: &tempfile::TempDir) -> ApplyFixture {
    let mut fixture = fixture(folder, SALES);
    fixture.members.tags = true;
    fixture
}

fn diffed(folder: &tempfile::TempDir) -> ApplyFixture {
    let mut fixture = fixture(folder, SALES);
    let body = Body { format: BodyFormat::XmlDiff("Member".into()), value: None };
    target_of(&mut fixture.planning.plan).update = Some(Call { body: Some(body), ..call("PATCH") });
    fixture.members.diffs = true;
    fixture
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn an_edit_by_somebody_else_is_kept_and_our_request_is_rebuilt() {
    for make in [tagged, diffed] {
        let folder = folder();
        let mut fixture = make(&folder);
        let first = fixture.members.writes.get() + 1;
        *fixture.members.failure_rule.borrow_mut() =
            Box::new(move |_, number| (number == first).then_some(Misbehaviour::Overtaken("badge", json!("B-2"))));
        let ran = fixture.run();
        assert_eq!((ran.outcomes().as_str(), ran.writes), ("update 00001 done", 2));
        let now = fixture.members.of("00001");
        assert_eq!((now["division"].as_str(), now["badge"].as_str()), (Some("Sales"), Some("B-2")));
        assert_eq!(fixture.run().writes, 0);
    }
}

#[test]
fn an_edit_by_somebody_else_of_the_same_attribute_is_not_overwritten() {
    for make in [tagged, diffed] {
        let folder = folder();
        let mut fixture = make(&folder);
        *fixture.members.failure_rule.borrow_mut() = Box::new(|_, _| Some(Misbehaviour::Overtaken("division", json!("Legal"))));
        let ran = fixture.run();
        assert_eq!((ran.outcomes().as_str(), ran.writes), ("update 00001 conflict: `division` was changed by somebody else meanwhile", 1));
        assert_eq!(fixture.members.of("00001")["division"], "Legal");
    }
}

#[test]
fn the_same_value_written_by_somebody_else_counts_as_done() {
    for make in [tagged, diffed] {
        let folder = folder();
        let mut fixture = make(&folder);
        *fixture.members.failure_rule.borrow_mut() = Box::new(|_, _| Some(Misbehaviour::Overtaken("division", json!("Sales"))));
        let ran = fixture.run();
        assert_eq!((ran.outcomes().as_str(), ran.writes), ("update 00001 done", 1));
        assert_eq!(fixture.run().writes, 0);
    }
}

#[test]
fn an_account_that_keeps_changing_is_a_conflict() {
    for (make, expected) in [
        (tagged as fn(&tempfile::TempDir) -> ApplyFixture, "conflict: the account was changed by somebody else meanwhile"),
        (diffed, "failed invalid division: Element 'Email' not found (the account was read again, and the change was computed again)"),
    ] {
        let folder = folder();
        let mut fixture = make(&folder);
        *fixture.members.failure_rule.borrow_mut() = Box::new(|_, number| Some(Misbehaviour::Overtaken("badge", json!(number))));
        let ran = fixture.run();
        assert_eq!((ran.outcomes(), ran.writes), (format!("update 00001 {expected}"), 2));
        assert!(fixture.store.open_intents(&fixture.set()).unwrap().is_empty());
        *fixture.members.failure_rule.borrow_mut() = Box::new(|_, _| None);
        // What was refused as invalid is tried again on another day.
        fixture.planning.now += SignedDuration::from_hours(25);
        assert_eq!(fixture.run().outcomes(), "update 00001 done");
    }
}

#[test]
fn a_diff_refused_for_another_reason_is_not_sent_twice() {
    let folder = folder();
    let mut fixture = diffed(&folder);
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, _| Some(Misbehaviour::Status(400, "Division is not enabled")));
    let ran = fixture.run();
    assert_eq!((ran.outcomes().as_str(), ran.writes), ("update 00001 failed invalid division: Division is not enabled", 1));
}

#[test]
fn a_target_with_meaningless_tags_gets_none() {
    let folder = folder();
    let mut fixture = tagged(&folder);
    *fixture.members.failure_rule.borrow_mut() = Box::new(|write, _| {
        let tagged = write.record.as_ref().is_some_and(|record| record.tag.is_some());
        tagged.then_some(Misbehaviour::Status(412, "precondition failed"))
    });
    let ran = fixture.run();
    assert_eq!((ran.outcomes().as_str(), ran.writes), ("update 00001 done", 2));
}

#[test]
fn an_account_protected_meanwhile_is_not_written_in_the_second_try() {
    let folder = folder();
    let mut fixture = tagged(&folder);
    let words = "protect when current.manager == \"m9\" as \"an administrator\"\n    on return";
    fixture.planning.plan.leavers = Fixture::new("", "", "").edit("on return", words).plan.pipeline.leavers;
    *fixture.members.failure_rule.borrow_mut() = Box::new(|_, _| Some(Misbehaviour::Overtaken("manager", json!("m9"))));
    let ran = fixture.run();
    assert_eq!((ran.outcomes().as_str(), ran.writes), ("update 00001 conflict: protected by now: an administrator", 1));
}

/// `moved when status == 308`
fn moved_by_308() -> Arc<Rules> {
    let both = (Program::Name(Name::Status), Program::Constant(Value::Int(308)));
    let when = Program::Compare(Comparator::Equal, Box::new(both));
    Arc::new(Rules { errors: Vec::new(), outcomes: vec![OutcomeRule { outcome: Outcome::Moved, when, span: Span::default() }] })
}

/// Two who are linked; the first is renamed. `meanwhile` members are merged: from, into.
fn merging(folder: &tempfile::TempDir, merges: &'static [(&str, &str)]) -> ApplyFixture {
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=2));
    let others = ["m7", "m8"].map(|id| json!({ "id": id, "last_name": "N1", "email": format!("{id}@example.com"), "active": true }));
    fixture.members.put(&[vec![member(1, &json!({})), member(2, &json!({}))], others.to_vec()].concat());
    target_of(&mut fixture.planning.plan).update = Some(Call { rules: moved_by_308(), ..call("PATCH") });
    fixture.run();
    fixture.planning.source = [person(1, SALES), person(2, "")].join("\n");
    fixture.later = SignedDuration::from_mins(11);
    fixture.meanwhile = Box::new(move |members| {
        let mut all = members.all();
        for (from, into) in merges {
            let at = all.iter().position(|member| member["id"] == *from).unwrap();
            all[at]["merged_into"] = json!(into);
        }
        members.put(&all);
    });
    fixture
}

#[test]
fn a_link_moves_to_the_survivor_of_a_merge_during_a_write() {
    for merges in [&[("m1", "m7")] as &'static [_], &[("m1", "m8"), ("m8", "m7")]] {
        let folder = folder();
        let mut fixture = merging(&folder, merges);
        let ran = fixture.run();
        assert_eq!((ran.outcomes().as_str(), ran.writes), ("update 00001 done", 1));
        let moved: Vec<_> = ran.applied.rekeyed.iter().map(|rekey| rekey.words("arlo.contacts")).collect();
        assert_eq!(moved, ["re-keyed m1 -> m7: merged in arlo"]);
        assert_eq!(fixture.life("00001"), "m7 open");
        assert_eq!(fixture.members.all().iter().find(|member| member["id"] == "m7").unwrap()["division"], "Sales");
    }
}

#[test]
fn a_merge_between_the_look_up_and_the_write_is_followed_too() {
    let folder = folder();
    let mut fixture = merging(&folder, &[]);
    *fixture.members.failure_rule.borrow_mut() = Box::new(|write, _| {
        let first = write.id.as_ref().and_then(|id| id.as_text()) == Some("m1");
        first.then_some(Misbehaviour::Overtaken("merged_into", json!("m7")))
    });
    let ran = fixture.run();
    assert_eq!((ran.outcomes().as_str(), ran.writes), ("update 00001 done", 2));
    assert_eq!(fixture.life("00001"), "m7 open");
}

#[test]
fn a_survivor_linked_to_another_record_is_not_written() {
    let folder = folder();
    let mut fixture = merging(&folder, &[("m1", "m2")]);
    let ran = fixture.run();
    assert_eq!((ran.outcomes().as_str(), ran.writes), ("update 00001 conflict: m1 was merged into m2, which is linked to 00002", 0));
    assert_eq!((fixture.life("00001").as_str(), fixture.life("00002").as_str()), ("m1 open", "m2 open"));
}

#[test]
fn a_survivor_that_the_change_set_links_to_another_record_is_not_taken() {
    let folder = folder();
    let mut fixture = merging(&folder, &[("m1", "m7")]);
    let found = r#"{"id": 3, "number": "00003", "email": "m7@example.com", "last_name": "N1", "department": "Legal"}"#;
    fixture.planning.source = [person(1, SALES), person(2, ""), found.to_owned()].join("\n");
    let ran = fixture.run();
    assert_eq!(ran.outcomes(), "update 00001 conflict: m1 was merged into m7, which is linked to 00003\nupdate 00003 done");
    assert_eq!((fixture.life("00001").as_str(), fixture.life("00003").as_str()), ("m1 open", "m7 open"));
}

/// The change set may be a day old when it is applied.
#[test]
fn no_account_is_created_that_exists_since_the_plan() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &person(1, ""));
    fixture.members.unique = false;
    fixture.later = SignedDuration::from_mins(11);
    fixture.meanwhile = Box::new(|members| members.put(&[member(1, &json!({}))]));
    let ran = fixture.run();
    let exists = "exists: m1 of rewards.members has the same values, which nobody had when it was planned";
    assert_eq!((ran.outcomes(), ran.writes), (format!("create 00001 conflict: {exists}"), 0));
    fixture.meanwhile = Box::new(|_| {});
    assert_eq!(fixture.run().change_set.updates.links.len(), 1);
    assert_eq!((fixture.life("00001").as_str(), fixture.members.all().len()), ("m1 open", 1));
}

#[test]
fn no_account_is_created_if_the_second_look_up_fails() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=2));
    fixture.later = SignedDuration::from_mins(11);
    assert_eq!(fixture.run().outcomes(), "create 00001 done\ncreate 00002 done");
    fixture.planning.source = people(1..=3);
    fixture.members.silent.set(true);
    assert_eq!(fixture.run().outcomes(), "create 00003 failed temporary: no answer");
    fixture.members.silent.set(false);
    assert_eq!(fixture.run().outcomes(), "create 00003 done");
}
