//! Between a plan and its apply, and between a leave and its later stages, an account may have become another one.

use super::apply_fixture::{ApplyFixture, member, people, person};
use crate::run::tests::fixture::delete_after;
use serde_json::{Value as Json, json};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn a_saved_change_set_looks_at_each_account_whatever_its_age() {
    for (saved, said, division) in [
        (true, "update 00001 conflict: `division` was changed by somebody else meanwhile", "By hand"),
        (false, "update 00001 done", "Sales"),
    ] {
        let folder = folder();
        let mut fixture = ApplyFixture::new(folder.path(), &person(1, r#""department": "Sales""#));
        fixture.members.put(&[member(1, &json!({"division": "Support"}))]);
        fixture.saved = saved;
        fixture.meanwhile = Box::new(|members| members.put(&[member(1, &json!({"division": "By hand"}))]));
        assert_eq!(fixture.run().outcomes(), said);
        assert_eq!(fixture.members.of("00001")["division"], division);
    }
}

#[test]
fn a_saved_change_set_creates_nobody_who_was_created_meanwhile() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=2));
    fixture.saved = true;
    fixture.members.unique = false;
    fixture.meanwhile = Box::new(|members| members.put(&[member(1, &json!({}))]));
    let ran = fixture.run();
    assert!(ran.outcomes().starts_with("create 00001 conflict: exists: m1 of rewards.members"), "{}", ran.outcomes());
    assert_eq!(ran.writes, 1);
}

/// What the target makes of a look-up says nothing of the record: it is not put off as one that was refused.
#[test]
fn a_record_whose_look_up_is_refused_is_tried_in_each_run() {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &people(1..=2));
    fixture.saved = true;
    fixture.members.unfiltered.set(true);
    for _ in 0..3 {
        let ran = fixture.run();
        let said = "create 0000N failed temporary: it seems to ignore the filter";
        assert_eq!(ran.outcomes(), [said.replace('N', "1"), said.replace('N', "2")].join("\n"));
        assert_eq!(ran.writes, 0);
    }
    fixture.members.unfiltered.set(false);
    assert_eq!(fixture.run().outcomes(), "create 00001 done\ncreate 00002 done");
}

/// A leaver whose account is deleted ten days after it was closed, when it looks like this by then.
fn at_the_stage(account: &Json) -> (String, String, usize) {
    let folder = folder();
    let mut fixture = ApplyFixture::new(folder.path(), &person(1, ""));
    fixture.planning.plan.leavers[0].stages = vec![delete_after(10)];
    fixture.run();
    fixture.planning.source = person(1, r#""contract_end": "2026-02-27""#);
    assert_eq!(fixture.run().outcomes(), "leave 00001 done");
    fixture.members.put(std::slice::from_ref(account));
    fixture.day("2026-03-12");
    let ran = fixture.run();
    let found = ran.change_set.findings.iter().map(|finding| finding.kind.to_string()).collect();
    (ran.outcomes(), found, fixture.members.all().len())
}

#[test]
fn a_later_stage_deletes_only_the_account_that_was_closed() {
    let closed = |more: Json| {
        member(1, &json!({"active": false})).as_object().cloned().map(|mut member| {
            member.extend(more.as_object().cloned().unwrap());
            Json::Object(member)
        })
    };
    let nothing = |word: &str| (String::new(), word.to_owned(), 1);
    assert_eq!(at_the_stage(&closed(json!({})).unwrap()), ("stage 00001 done".to_owned(), String::new(), 0));
    assert_eq!(at_the_stage(&closed(json!({"external_id": "00900"})).unwrap()), nothing("account changed hands"));
    assert_eq!(at_the_stage(&closed(json!({"email": "else@example.com"})).unwrap()), nothing("account changed hands"));
    assert_eq!(at_the_stage(&closed(json!({"active": true})).unwrap()), nothing("account changed hands"));
    assert_eq!(at_the_stage(&closed(json!({"last_name": "Married"})).unwrap()), ("stage 00001 done".to_owned(), String::new(), 0));
}
