//! Accounts that this pipeline closed, in targets whose lists do not show closed ones.

use super::fixture::{Fixture, T_EMAIL, target_of};
use crate::{
    run::{classify::leavers::next_stage, proofs::looked_up_key},
    state::link::{Life, Links},
};

/// A person whose contract ended on a day; an empty day is none.
fn person(ended: &str) -> String {
    let end = if ended.is_empty() { String::new() } else { format!(r#", "contract_end": "{ended}""#) };
    format!(r#"{{"id": 1, "number": "00001", "email": "a@x.com", "last_name": "A"{end}}}"#)
}

const CALLS: &str = r#"
    list GET "/members" { items $.items }
    get GET "/members/{id}"
    find by email GET "/members?email={email}" { items $.items }
    find by external_id GET "/members?external_id={external_id}" { items $.items }
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

/// `check` refuses what can never create anybody; where a setting chooses what `match` compares, only the run can tell.
#[test]
fn who_can_never_be_proved_to_be_new_is_unread_with_the_reason() {
    let fixture = left("", "open only").with(|fixture| {
        fixture.links = Links::default();
        target_of(&mut fixture.plan).finds.retain(|(by, _)| *by == T_EMAIL);
    });
    assert!(fixture.wanted().is_empty());
    assert_eq!(
        fixture.verdicts(),
        "unread 00001 unread: cannot tell whether an account exists: `rewards.members` may not list every account, and has no `find by external_id`: add that, or `lists all` if its list shows all [21]\n1 read: 1 unread"
    );
}

#[test]
fn what_no_account_has_though_each_should_waits_for_a_person() {
    let accounts = |count: usize, name: &str| -> String {
        let account = |at| format!(r#"{{"id": "m{at}", "external_id": "{at}", "email": "{at}@x.com", {name}: "A", "active": true}}"#);
        (0..count).map(|at| account(at) + "\n").collect()
    };
    let doubts = |accounts: &str| Fixture::new(&person(""), accounts, "").plan_changes().head.doubts;
    let doubt =
        "none of 3 accounts has anything at `$.last_name`, where each should have `last_name`: correct the path, or declare it with `?`";
    assert_eq!(doubts(&accounts(3, r#""name""#)), [doubt]);
    let some = accounts(2, r#""name""#) + accounts(3, r#""last_name""#).lines().last().unwrap();
    for accounts in [accounts(2, r#""name""#), accounts(3, r#""last_name""#), some] {
        assert!(doubts(&accounts).is_empty(), "{accounts}");
    }
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

/// By `get`, the account is missing. Whoever gets another one is looked up first, like everybody without an account.
#[test]
fn whoever_gets_an_account_again_is_looked_up_first() {
    let gone = |fixture: &mut Fixture| {
        fixture.proofs.asked.insert("m1".into());
        fixture.proofs.gone.insert("m1".into());
    };
    let lost = || {
        left("", "open only").line("on lost counterpart create again").with(|fixture| {
            let mut link = fixture.links.of_key("00001").expect("linked").clone();
            link.life = Life::Open;
            fixture.links.insert(link);
            gone(fixture);
        })
    };
    // Somebody who left, whose account was deleted, and who is hired again.
    let hired = || left("", "open only").edit("set active = true }", "create again }").with(gone);
    for (how, who) in [("lost", &lost as &dyn Fn() -> Fixture), ("hired again", &hired)] {
        let wanted = who().wanted();
        assert_eq!(wanted.finds.len(), 2, "{how}: {wanted:?}");
        let said = who().verdicts();
        assert!(said.starts_with("unread 00001 ") && said.contains("cannot tell whether another account exists"), "{how}: {said}");
        let asked = who().with(|fixture| {
            for (attribute, value) in &wanted.finds {
                let key = looked_up_key(*attribute, value, &fixture.plan).expect("it can be looked up");
                fixture.proofs.looked_up.insert(key);
            }
        });
        assert!(asked.wanted().is_empty(), "{how}");
        assert!(asked.verdicts().starts_with("create 00001 (again: the earlier account is missing)"), "{how}: {}", asked.verdicts());
    }
}
