//! Accounts that this pipeline closed, in targets whose lists do not show closed ones.

use super::fixture::Fixture;
use crate::{run::classify::leavers::next_stage, state::link::Life};

/// A person whose contract ended on a day; an empty day is none.
fn person(ended: &str) -> String {
    let end = if ended.is_empty() { String::new() } else { format!(r#", "contract_end": "{ended}""#) };
    format!(r#"{{"id": 1, "number": "00001", "email": "a@x.com", "last_name": "A"{end}}}"#)
}

const CALLS: &str = r#"
    list GET "/members" { items $.items }
    get GET "/members/{id}"
    find by email GET "/members?email={email}" { items $.items }
    create POST "/members" { body = record }
    update PATCH "/members/{id}" { body = changes }
    delete DELETE "/members/{id}""#;

/// One linked person who left on the first of February, and the list of the target, which does not have the account.
fn left(ended: &str, lists: &str) -> Fixture {
    Fixture::new(&person(ended), "", "00001=m1 left 2026-02-01").edits(&[
        ("title \"Rewards\"", "title \"Rewards\"\n  http \"https://rewards.example.com\" { format json }"),
        ("file  \"members.jsonl\" json_lines", &format!("lists {lists}\n{CALLS}")),
    ])
}

/// The same with a second step, due on a day.
fn with_step(fixture: Fixture, day: &str) -> Fixture {
    fixture.edit("set  active = false", "set  active = false\n    after 20 days { delete }").with(|fixture| {
        let next = next_stage(&fixture.plan.leavers[0], 1).expect("there is a second step");
        let mut link = fixture.links.of_key("00001").expect("linked").clone();
        if let Life::Left { next: due, .. } = &mut link.life {
            *due = Some((day.parse().unwrap(), next.hash));
        }
        fixture.links.insert(link);
    })
}

#[test]
fn an_account_that_was_closed_and_is_not_listed_has_already_left() {
    let fixture = left("2026-01-31", "open only");
    assert!(fixture.wanted().is_empty(), "no request for each person who left, in every run");
    assert_eq!(fixture.verdicts(), "1 read: 1 already left");
    let waits = with_step(left("2026-01-31", "open only"), "2026-06-01");
    assert!(waits.wanted().is_empty(), "the next step is not due");
    assert!(waits.verdicts().contains("1 read: 1 already left"), "{}", waits.verdicts());
}

#[test]
fn a_missing_record_whose_account_was_closed_has_already_left() {
    let fixture = left("2026-01-31", "open only").with(|fixture| fixture.source = String::new());
    assert!(fixture.wanted().is_empty());
    assert_eq!(fixture.verdicts(), "0 read: ; not read: 1 already left");
}

#[test]
fn a_step_that_is_due_asks_for_the_account() {
    let due = with_step(left("2026-01-31", "open only"), "2026-02-21");
    assert_eq!(due.wanted().gets, ["m1"]);
    let found = r#"{"id": "m1", "external_id": "00001", "email": "a@x.com", "last_name": "A", "active": false}"#;
    let found = due.with(|fixture| {
        fixture.target = found.to_owned();
        fixture.proofs.asked.insert("m1".into());
    });
    assert!(found.verdicts().starts_with("stage 2 00001 = m1"), "{}", found.verdicts());
    let failed = found.with(|fixture| {
        fixture.target = String::new();
        fixture.proofs.failed.insert("m1".into(), "no answer".into());
    });
    assert!(failed.verdicts().starts_with("unread 00001 not answered: member m1 was not read: no answer"), "{}", failed.verdicts());
}

#[test]
fn who_comes_back_is_asked_for() {
    assert_eq!(left("", "open only").wanted().gets, ["m1"]);
}

#[test]
fn who_left_and_is_not_in_a_list_of_all_accounts_is_asked_for_once() {
    let fixture = left("2026-01-31", "all");
    assert_eq!(fixture.wanted().gets, ["m1"], "it was deleted, which its `get` confirms");
    let gone = fixture.with(|fixture| {
        fixture.proofs.asked.insert("m1".into());
        fixture.proofs.gone.insert("m1".into());
    });
    assert!(gone.wanted().is_empty());
    assert!(gone.verdicts().starts_with("retire 00001"), "{}", gone.verdicts());
}
